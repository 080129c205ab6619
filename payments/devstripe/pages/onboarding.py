"""The onboarding page: give a name and a bank account, or leave it unfinished."""

from html import escape

from payments.devstripe.constants import Json
from payments.devstripe.endpoints import onboarding
from payments.devstripe.exchange import Reply
from payments.devstripe.pages.layout import error_box, field, page, redirect
from payments.devstripe.state import Context

NOT_FOUND, UNPROCESSABLE = 404, 422
MAX_NAME, MIN_NUMBER, MAX_NUMBER = 100, 4, 34


def answer(ctx: Context, token: str, form: Json | None) -> Reply:
    """The page behind an account link; with a form, what its button asks for.

    A link that is used up or too old sends the browser to `refresh_url`, as Stripe's does.
    """
    found = onboarding.open_link(ctx, token)
    if found is None:
        return page("No such link", "<p>The address is not right.</p>", status=NOT_FOUND)
    link, account = found
    if not onboarding.usable(ctx, link, account):
        return redirect(link["flow"]["refresh_url"])
    if form is None:
        return show(account)
    if form.get("action") == "leave":
        onboarding.leave(ctx, link, account)
        return back(link)
    problem, values = check(form)
    if problem:
        return show(account, problem, values, status=UNPROCESSABLE)
    onboarding.complete(
        ctx, link, account, holder=values["holder_name"], number=values["account_number"]
    )
    return back(link)


def back(link: Json) -> Reply:
    """To the platform, or to a page that says it is done."""
    if link["flow"].get("return_url"):
        return redirect(link["flow"]["return_url"])
    return page("Thank you", "<p>You can close this page.</p>")


def check(form: Json) -> tuple[str | None, dict[str, str]]:
    """What is wrong with the form, in one sentence, and the values as they will be kept."""
    holder = str(form.get("holder_name", "")).strip()
    number = "".join(str(form.get("account_number", "")).split())
    values = {"holder_name": holder, "account_number": number}
    if form.get("action") != "complete":
        return "Choose to complete the form or to leave it unfinished.", values
    if not 1 <= len(holder) <= MAX_NAME:
        return "Enter the name of the account holder.", values
    if not number.isalnum() or not MIN_NUMBER <= len(number) <= MAX_NUMBER:
        return "Enter a bank account number or IBAN: 4 to 34 letters and digits.", values
    return None, values


def show(
    account: Json,
    problem: str | None = None,
    values: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> Reply:
    """The form."""
    given = values or {"holder_name": "", "account_number": "000123456789"}
    country = escape(str(account["identity"]["country"]).upper())
    body = (
        f"{error_box(problem)}\n"
        f"<p>For {escape(account['display_name'] or account['contact_email'] or account['id'])}"
        f", country {country}.</p>\n"
        '<form method="post">\n'
        + field("holder_name", "Full name", given["holder_name"], wrong=problem is not None)
        + field(
            "account_number",
            "Bank account number or IBAN",
            given["account_number"],
            hint="000111111113 and 000111111116 are accounts whose bank sends money back.",
            wrong=problem is not None,
        )
        + '\n<p class="buttons"><button name="action" value="complete">Complete</button>\n'
        '<button name="action" value="leave" class="quiet">Leave unfinished</button></p>\n</form>'
    )
    return page("Set up payouts", body, status=status)
