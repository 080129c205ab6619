"""An annotator at the browser: profile, credential, payout set-up, and the work itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.ops.drive.browser import OK_BELOW, Browser, Form, Page, Surprise
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

    @staticmethod
    def _expect_saved(page: Page, name: str) -> None:
        """A form that comes back was refused."""
        if page.has_form(name) and page.status >= OK_BELOW:
            raise Surprise(f"{page.url} refused what was filled in: {page.said()}")

    # -- the work ---------------------------------------------------------------------------------
    def claim_next(self, project: str = "") -> Claim | None:
        """Take the next task, of one project or of any; None where the list says there is none."""
        path = f"/work/projects/{project}/next" if project else "/work/next"
        return claim_of(self.browser.submit(self._bare_form(path)))

    def open(self, assignment: str) -> Claim | None:
        """The page of a claim; None where it is not the annotator's to work on any more."""
        return claim_of(self.browser.get(f"/work/{assignment}/"))

    def held(self) -> list[Held]:
        """What is in hand, the most urgent first."""
        page = self.browser.get("/work/")
        pairs = zip(page.all_data("assignment"), page.all_data("state"), strict=True)
        return [Held(*pair) for pair in pairs]

    def save_draft(self, claim: Claim, pairs: Sequence[tuple[str, str]]) -> None:
        """Keep what is written so far, as the page does while one types."""
        form = _answer_form(claim)
        draft = Form(f"{form.action}draft", form.method, form.fields, form.names)
        page = self.browser.submit(draft, _values(pairs))
        if "saved" not in page.said().lower():
            raise Surprise(f"The draft was not kept: {page.said()}")

    def submit(self, claim: Claim, pairs: Sequence[tuple[str, str]], *, go_on: bool = True) -> Page:
        """Hand in; with `go_on` the answer is the page of the next task, if there is one.

        A page with status 409 says that the time was over, and offers to claim again.
        """
        values = _values(pairs) | ({"next": "1"} if go_on else {})
        return self.browser.submit(_answer_form(claim), values, allow=(CONFLICT,))

    def reclaim(self, page: Page) -> Claim | None:
        """Take up again a task whose time ran out."""
        return claim_of(self.browser.submit(page.form(action="/reclaim")))

    def _bare_form(self, path: str) -> Form:
        """A form of one button: the site's CSRF token is all it sends."""
        return self.browser.bare_form(path)


def claim_of(page: Page) -> Claim | None:
    """The claim whose page this is; None for any other page."""
    if not page.has_form("fence", action="/work/"):
        return None
    return Claim(page.data("assignment"), page.data("task"), int(page.data("returns")), page)


def _answer_form(claim: Claim) -> Form:
    return claim.page.form("fence", "save", action=f"/work/{claim.assignment}/")


def _values(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Names with one value or several, as `Form.filled` takes them."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return dict(values)
