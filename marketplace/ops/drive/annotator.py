"""An annotator at the browser: profile, credential, payout set-up, and the work itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.ops.drive.browser import OK_BELOW, Browser, Form, Page, Surprise, values_of
from marketplace.ops.drive.stripe_local import onboard

CONFLICT = 409
UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class Claim:
    """A task in hand, as its page shows it; `returns` counts how often it came back."""

    assignment: str
    task: str
    returns: int
    page: Page


@dataclass(frozen=True, slots=True)
class Held:
    """A line of the list "in your hands"."""

    assignment: str
    state: str


class AnnotatorWeb:
    """One annotator's pages."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    # -- who they are -----------------------------------------------------------------------------
    def save_profile(self, values: Mapping[str, Any]) -> None:
        """Fill in the profile; the names are those of the form."""
        page = self.browser.get("/profile/")
        form = page.form("country", "languages", "domains")
        self._expect_saved(self.browser.submit(form, values, allow=(UNPROCESSABLE,)), "country")

    def claim_credential(self, values: Mapping[str, Any], evidence: bytes) -> None:
        """Claim a credential with a PDF as its evidence."""
        page = self.browser.get("/credentials/new/")
        page = self.browser.submit(
            page.form("kind", "title", "issuer"),
            values,
            files={"evidence": ("evidence.pdf", evidence, "application/pdf")},
            allow=(UNPROCESSABLE,),
        )
        self._expect_saved(page, "issuer")

    def set_up_payouts(self, holder: str) -> None:
        """Go to Stripe's pages and come back with an account that can be paid."""
        page = self.browser.get("/payouts/setup/")
        page = self.browser.submit(page.form(action="/payouts/setup/"))
        onboard(self.browser, page, holder)

    def request_payout(self) -> bool:
        """Ask for everything that is payable; False where the page offers no payout."""
        page = self.browser.get("/earnings/")
        if not page.has_form(action="/payouts/request"):
            return False
        self.browser.submit(page.form(action="/payouts/request"))
        return True

    @staticmethod
    def _expect_saved(page: Page, name: str) -> None:
        """A form that comes back was refused."""
        if page.has_form(name) and page.status >= OK_BELOW:
            raise Surprise(f"{page.url} refused what was filled in: {page.said()}")

    # -- the work ---------------------------------------------------------------------------------
    def work_list(self) -> Page:
        """What is in hand and what is on offer."""
        return self.browser.get("/work/")

    def take_next(self, project: str = "") -> Page:
        """Ask for the next task, of one project or of any: its page, or the list that says why
        not.
        """
        path = f"/work/projects/{project}/next" if project else "/work/next"
        return self.browser.submit(self.browser.bare_form(path))

    def open(self, assignment: str) -> Claim | None:
        """The page of a claim; None where it is not the annotator's to work on any more."""
        return claim_of(self.browser.get(f"/work/{assignment}/"))

    def save_draft(self, claim: Claim, pairs: Sequence[tuple[str, str]]) -> None:
        """Keep what is written so far, as the page does while one types."""
        form = _answer_form(claim)
        draft = Form(f"{form.action}draft", form.method, form.fields, form.names)
        page = self.browser.submit(draft, values_of(pairs))
        if "saved" not in page.said().lower():
            raise Surprise(f"The draft was not kept: {page.said()}")

    def submit(self, claim: Claim, pairs: Sequence[tuple[str, str]], *, go_on: bool = True) -> Page:
        """Hand in; with `go_on` the answer is the page of the next task, if there is one.

        A page with status 409 says that the time was over, and offers to claim again.
        """
        values = values_of(pairs) | ({"next": "1"} if go_on else {})
        return self.browser.submit(_answer_form(claim), values, allow=(CONFLICT,))

    def history(self) -> Counter[str]:
        """How many of their claims are in which state, from all pages of the history."""
        found: Counter[str] = Counter()
        number, more = 1, True
        while more:
            page = self.browser.get(f"/history/?page={number}")
            found.update(page.all_data("state"))
            number, more = number + 1, 'rel="next"' in page.text
        return found

    def appeal(self, text: str) -> bool:
        """Appeal the last rejected answer; False where there is none that can be appealed."""
        page = self.browser.get("/history/")
        claims = zip(page.all_data("assignment"), page.all_data("state"), strict=True)
        for assignment in (name for name, state in claims if state == "rejected"):
            page = self.browser.get(f"/history/{assignment}/")
            if page.has_form("text", action="/appeal"):
                page = self.browser.submit(page.form("text", action="/appeal"), {"text": text})
                if page.status >= OK_BELOW:
                    raise Surprise(f"The appeal was not taken: {page.said()}")
                return True
        return False

    def appeals(self) -> list[str]:
        """The state of each appeal, as its page says it."""
        return self.browser.get("/appeals/").all_data("appeal")

    def reclaim(self, page: Page) -> Page:
        """Take up again a task whose time ran out; returns its page."""
        return self.browser.submit(page.form(action="/reclaim"))


def claim_of(page: Page) -> Claim | None:
    """The claim whose page this is; None for any other page, and once its time is over."""
    if not page.has_form("fence", "save", action="/work/"):
        return None
    return Claim(page.data("assignment"), page.data("task"), int(page.data("returns")), page)


def held_on(page: Page) -> list[Held]:
    """What the work list shows as in hand, the most urgent first."""
    pairs = zip(page.all_data("assignment"), page.all_data("state"), strict=True)
    return [Held(*pair) for pair in pairs]


def _answer_form(claim: Claim) -> Form:
    return claim.page.form("fence", "save", action=f"/work/{claim.assignment}/")
