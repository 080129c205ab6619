"""The one capability that decides whether an account can be paid, and what it waits for."""

from typing import Final

from payments.devstripe.constants import Json
from payments.devstripe.state import Context

STATUSES: Final = ("active", "pending", "restricted", "unsupported", "rejected")
DETAILS: Final = {
    "pending": {"code": "requirements_pending_verification", "resolution": "no_resolution"},
    "restricted": {"code": "requirements_past_due", "resolution": "provide_info"},
    "unsupported": {"code": "unsupported_country", "resolution": "no_resolution"},
    "rejected": {"code": "restricted_other", "resolution": "contact_stripe"},
}


def capability(status: str) -> Json:
    """A capability with the reason for its status; an active one needs none."""
    detail = DETAILS.get(status)
    return {"status": status, "status_details": [dict(detail)] if detail else []}


def transfers_status(account: Json) -> str:
    """The status of `stripe_balance.stripe_transfers`; `unsupported` where it was never asked."""
    recipient = account["configuration"]["recipient"] or {"capabilities": {}}
    parts = recipient["capabilities"].get("stripe_balance", {})
    return str(parts.get("stripe_transfers", {"status": "unsupported"})["status"])


def set_status(ctx: Context, account: Json, status: str) -> None:
    """Give transfers and payouts a status and tell the platform; no event without a change."""
    if transfers_status(account) == status:
        return
    parts = account["configuration"]["recipient"]["capabilities"]["stripe_balance"]
    for name in ("stripe_transfers", "payouts"):
        parts[name] = capability(status)
        ctx.emit_thin(
            "v2.core.account[configuration.recipient].capability_status_updated",
            related=account,
            data={"updated_capability": f"stripe_balance.{name}"},
        )


def requirements(*, done: bool) -> Json:
    """What the owner still has to give: a bank account and a name, or nothing."""
    if done:
        return {"entries": [], "summary": None}
    return {
        "entries": [requirement("default_payment_method"), requirement("identity.individual.name")],
        "summary": {"minimum_deadline": {"status": "past_due", "time": None}},
    }


def requirement(what: str) -> Json:
    """One open requirement, awaited from the account's owner."""
    return {
        "awaiting_action_from": "user",
        "description": what,
        "errors": [],
        "impact": {
            "restricts_capabilities": [
                {
                    "capability": "stripe_balance.stripe_transfers",
                    "configuration": "recipient",
                    "deadline": {"status": "past_due"},
                }
            ]
        },
        "minimum_deadline": {"status": "past_due"},
        "requested_reasons": [{"code": "routine_onboarding"}],
    }
