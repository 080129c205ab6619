"""What the dashboard's buttons do: the operator's verbs, for people instead of programs."""

from collections.abc import Callable
from typing import Final

from payments.devstripe.constants import DAY, Json
from payments.devstripe.exchange import Reply
from payments.devstripe.local import LocalStripe
from payments.devstripe.pages import dashboard
from payments.devstripe.pages.layout import redirect
from payments.devstripe.state import Context

UNPROCESSABLE: Final = 422
DEEDS: Final[dict[str, Callable[[LocalStripe, str], object]]] = {
    "day": lambda stripe, _: stripe.advance(DAY),
    "week": lambda stripe, _: stripe.advance(7 * DAY),
    "month": lambda stripe, _: stripe.advance(30 * DAY),
    "dispute": lambda stripe, name: stripe.open_dispute(name),
    "inquiry": lambda stripe, name: stripe.open_dispute(name, inquiry=True),
    "escalate": lambda stripe, name: stripe.move_dispute(name, "needs_response"),
    "evidence": lambda stripe, name: stripe.move_dispute(name, "under_review"),
    "win": lambda stripe, name: stripe.move_dispute(name, "won"),
    "lose": lambda stripe, name: stripe.move_dispute(name, "lost"),
    "close": lambda stripe, name: stripe.move_dispute(name, "warning_closed"),
    "fail_payout": lambda stripe, name: stripe.fail_payout(name),
    "fail_refund": lambda stripe, name: stripe.fail_refund(name),
    "fail_topup": lambda stripe, name: stripe.fail_topup(name),
    "restrict": lambda stripe, name: stripe.set_transfers(name, "restricted"),
    "activate": lambda stripe, name: stripe.set_transfers(name, "active"),
}


def answer(ctx: Context, form: Json) -> Reply:
    """Do what a button asks, or say in one sentence why not."""
    deed = DEEDS.get(str(form.get("action")))
    try:
        if deed is None:
            raise ValueError("There is no such button.")
        deed(LocalStripe(ctx.state), str(form.get("id", "")))
    except (ValueError, LookupError) as error:
        return dashboard.platform(ctx, str(error.args[0]), status=UNPROCESSABLE)
    return redirect("/")
