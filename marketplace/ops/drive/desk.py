"""Staff at the browser: credentials to verify, people to appoint, reviews, disputes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import quote

from marketplace.ops.drive.browser import OK_BELOW, Browser, Page, Surprise

CREDENTIALS = "/admin/accounts/credential/"
PEOPLE = "/admin/accounts/user/"
REVIEW = "/admin/tasks/review/desk/"
DISPUTES = "/admin/tasks/adjudication/desk/"
REFUSED = (403, 409, 422)
GONE = 404
# What the desk says to somebody who may not decide a dispute, or is too late.
NOT_OURS = ("Nobody decides a dispute they answered", "is not disputed, or has been decided")
EVIDENCE = re.compile(r'href="(/files/[^"]+)"')


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """An answer in hand: whose claim it answers (empty: a task's result), on which task, and how
    often it came back.
    """

    assignment: str
    task: str
    returns: int
    page: Page

    @property
    def may_return(self) -> bool:
        """Whether the page offers to send it back."""
        return 'value="return"' in self.page.text


class DeskWeb:
    """One member of staff at the desk."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def verify_credentials(self) -> int:
        """Open each claimed credential with its evidence, and verify it; returns how many."""
        page = self.browser.get(f"{CREDENTIALS}?state__exact=claimed")
        waiting = _decide_links(page)
        for url in waiting:
            page = self.browser.get(url)
            evidence = EVIDENCE.search(page.text)
            if evidence is None:
                raise Surprise(f"{url} shows no evidence: {page.said()}")
            self.browser.get(unescape(evidence[1]))
            self._decide(page, {"decision": "verify", "reason": "The certificate was checked."})
        return len(waiting)

    def appoint(self, email: str) -> None:
        """Make somebody a member of staff."""
        page = self.browser.get(f"{PEOPLE}?q={quote(email)}")
        (url,) = _decide_links(page)
        self._decide(self.browser.get(url), {"verb": "appoint"})

    def _decide(self, page: Page, values: Mapping[str, Any]) -> None:
        """Fill in a decide page; a `Surprise` when it comes back."""
        after = self.browser.submit(page.form(*values), values, allow=REFUSED)
        if after.status >= OK_BELOW:
            raise Surprise(f"{page.url} refused: {after.said()}")

    def next_review(self) -> ReviewPage | None:
        """Take the submission that has waited longest; None where none waits."""
        return _review_of(self.browser.submit(self.browser.bare_form(f"{REVIEW}next/")))

    def decide(
        self, review: ReviewPage, *, verdict: str, category: str, text: str
    ) -> ReviewPage | None:
        """Give the verdict; returns the next submission, if one waits."""
        form = review.page.form("verdict", "category", "text")
        values = {"verdict": verdict, "category": category, "text": text}
        page = self.browser.submit(form, values)
        found = _review_of(page)
        if found is not None and found.page.url == review.page.url:
            raise Surprise(f"The verdict was not taken: {page.said()}")
        return found

    def disputed(self) -> list[str]:
        """The ids of the tasks that wait for a last word."""
        return self.browser.get(DISPUTES).all_data("task")

    def adjudicate(self, task: str, answer: Mapping[str, Any], reason: str) -> bool:
        """Say the last word on a disputed task. False where it is not ours to say: we had a part in
        the task, or somebody else was faster.
        """
        page = self.browser.get(f"{DISPUTES}{task}/", allow=(GONE,))
        if page.status == GONE:
            return False
        page = self.browser.submit(page.form("reason"), {**answer, "reason": reason})
        if page.status >= OK_BELOW or page.has_form("reason"):
            words = page.words()
            if not any(one in words for one in NOT_OURS):
                raise Surprise(f"The decision was not taken: {page.said()}")
            return False
        return True


def _decide_links(page: Page) -> list[str]:
    """The rows of a list, each by the page on which it is decided."""
    return [unescape(one) for one in re.findall(r'href="([^"]+/decide/)"', page.text)]


def _review_of(page: Page) -> ReviewPage | None:
    if not page.has_form("verdict"):
        return None
    return ReviewPage(page.data("assignment"), page.data("task"), int(page.data("returns")), page)
