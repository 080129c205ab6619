"""Balance settings: when an account's money goes to its bank, and what stays. Read and update."""

from typing import Any, Final

from payments.devstripe.constants import CURRENCIES, DAY, PLATFORM, Json
from payments.devstripe.endpoints import accounts, payouts
from payments.devstripe.errors import BadParameter
from payments.devstripe.fields import Spec, flag, group, integer, many, may, one_of
from payments.devstripe.paging import EXPAND
from payments.devstripe.state import Context


def minimums(name: str, value: Any) -> dict[str, int | None]:
    """Minor units by currency; an empty text takes a currency out."""
    if not isinstance(value, dict) or not CURRENCIES.issuperset(value):
        raise BadParameter("parameter_invalid", f"Invalid object: {name}", name)
    return {
        code: None if amount == "" else integer(0)(f"{name}[{code}]", amount)
        for code, amount in value.items()
    }


DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")
SCHEDULE: Final[Spec] = {
    "interval": may(one_of("daily", "manual", "monthly", "weekly")),
    "monthly_payout_days": may(many(integer(1, 31), 31)),
    "weekly_payout_days": may(many(one_of(*DAYS), 5)),
}
PAYOUTS: Final[Spec] = {
    "minimum_balance_by_currency": may(minimums),
    "schedule": may(group(SCHEDULE)),
}
UPDATE: Final[Spec] = {
    **EXPAND,
    "payments": may(group({"debit_negative_balances": may(flag), "payouts": may(group(PAYOUTS))})),
}


def retrieve(ctx: Context) -> Json:
    """The settings of the account of this request."""
    rules = payouts.rules(ctx, ctx.owner)
    account = ctx.store.find(accounts.KIND, ctx.owner) if ctx.owner != PLATFORM else None
    ready = account is None or ctx.store.notes[ctx.owner]["bank"] is not None
    return {
        "object": "balance_settings",
        "payments": {
            "debit_negative_balances": rules["debit"],
            "payouts": {
                "automatic_transfer_rules_by_currency": {},  # the SDK cannot read null here
                "minimum_balance_by_currency": rules["keep"],
                "schedule": rules["schedule"],
                "statement_descriptor": None,
                "status": "enabled" if ready else "disabled",
            },
            "settlement_timing": {
                "delay_days": ctx.state.settings.settle_seconds // DAY,
                "start_of_day": None,
            },
        },
    }


def update(ctx: Context) -> Json:
    """Change what is given. With another interval what is available is planned anew."""
    rules = payouts.rules(ctx, ctx.owner)
    given = ctx.params.get("payments", {})
    wanted = given.get("payouts", {})
    rules["debit"] = given.get("debit_negative_balances", rules["debit"])
    for code, amount in wanted.get("minimum_balance_by_currency", {}).items():
        rules["keep"].pop(code, None)
        if amount is not None:
            rules["keep"][code] = amount
    if "schedule" in wanted:
        rules["schedule"] = {**rules["schedule"], **wanted["schedule"]}
    payouts.keep_rules(ctx, ctx.owner, rules)
    for code in ctx.books.currencies(ctx.owner):
        payouts.plan(ctx, ctx.owner, code)
    shown = retrieve(ctx)
    ctx.emit("balance_settings.updated", shown)
    return shown
