"""Test transfers: the form with which the customer of a page sends money, and what it does."""

from payments.devstripe.constants import Json
from payments.devstripe.endpoints import cash
from payments.devstripe.errors import ApiError
from payments.devstripe.pages.layout import field
from payments.devstripe.state import Context


def form() -> str:
    """All that is missing, half of it, too much, or another amount."""
    return (
        '<h2>Send a test transfer</h2>\n<form method="post">\n<p class="buttons">'
        '<button name="action" value="all">Send all that is missing</button>\n'
        '<button name="action" value="part" class="quiet">Send half of it</button>\n'
        '<button name="action" value="much" class="quiet">Send a quarter too much</button></p>\n'
        + field("amount", "Another amount", "", hint="In the smallest unit of the currency.")
        + '\n<p class="buttons"><button name="action" value="other" class="quiet">'
        "Send this amount</button></p>\n</form>"
    )


def send(ctx: Context, row: Json, given: Json, *, missing: int, whole: int) -> str | None:
    """A transfer of what the form asks for arrives; or in one sentence why not."""
    amounts = {"all": missing, "part": missing // 2, "much": missing + whole // 4}
    text = str(given.get("amount", ""))
    amount = amounts.get(str(given.get("action")), int(text) if text.isdecimal() else 0)
    if amount < 1:
        return "Say how much, in whole minor units."
    try:
        cash.arrive(ctx, row["customer"], row["currency"], amount)
    except ApiError as error:
        return str(error)
    return None
