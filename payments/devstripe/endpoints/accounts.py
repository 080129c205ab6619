"""Connected accounts of the v2 API with the recipient configuration: create, read, list, close."""

from typing import Final

from payments.devstripe.constants import PLATFORM, Json
from payments.devstripe.endpoints.capabilities import capability, requirements
from payments.devstripe.errors import v2_invalid, v2_missing
from payments.devstripe.fields import Spec, flag, group, many, may, metadata, need, one_of, text
from payments.devstripe.paging import V2_PAGE, v2_page
from payments.devstripe.state import Context
from payments.devstripe.store import new_id

KIND: Final = "v2.core.account"
INCLUDABLE: Final = (
    "configuration.customer",
    "configuration.merchant",
    "configuration.recipient",
    "defaults",
    "future_requirements",
    "identity",
    "requirements",
)
INCLUDE: Final[Spec] = {"include": may(many(one_of(*INCLUDABLE)))}
TRANSFERS: Final[Spec] = {"stripe_transfers": may(group({"requested": need(flag)}))}
RECIPIENT: Final[Spec] = {
    "capabilities": may(group({"stripe_balance": may(group(TRANSFERS))})),
}
CREATE: Final[Spec] = {
    **INCLUDE,
    "configuration": may(group({"recipient": may(group(RECIPIENT))})),
    "contact_email": may(text(800)),
    "dashboard": may(one_of("express", "full", "none")),
    "defaults": may(
        group(
            {
                "currency": may(text(3)),
                "locales": may(many(text(20))),
                "responsibilities": may(
                    group(
                        {
                            "fees_collector": need(one_of("application", "stripe")),
                            "losses_collector": need(one_of("application", "stripe")),
                        }
                    )
                ),
            }
        )
    ),
    "display_name": may(text(200)),
    "identity": may(
        group(
            {
                "country": may(text(2)),
                "entity_type": may(
                    one_of("company", "government_entity", "individual", "non_profit")
                ),
            }
        )
    ),
    "metadata": may(metadata),
}
UPDATE: Final[Spec] = {name: field for name, field in CREATE.items() if name != "dashboard"}
LIST: Final[Spec] = {
    **V2_PAGE,
    "applied_configurations": may(many(one_of("customer", "merchant", "recipient"))),
    "closed": may(flag),
}
CLOSE: Final[Spec] = {
    "applied_configurations": may(many(one_of("customer", "merchant", "recipient"))),
}


def create(ctx: Context) -> Json:
    """Open an account; its transfers stay restricted until the owner has been through onboarding.

    Refuses an Express dashboard whose losses the platform does not bear, a missing country, and a
    contact address without an @.
    """
    params = ctx.params
    check_new(params)
    wanted = params.get("configuration", {}).get("recipient")
    requested = asked_for_transfers(wanted or {})
    part = None if wanted is None else recipient(requested=requested)
    row = ctx.put(
        {
            "id": new_id("acct"),
            "object": KIND,
            "applied_configurations": [] if wanted is None else ["recipient"],
            "closed": False,
            "configuration": {"customer": None, "merchant": None, "recipient": part},
            "contact_email": params.get("contact_email"),
            "contact_phone": None,
            "created": ctx.state.clock.stamp(ctx.now),
            "dashboard": params.get("dashboard", "none"),
            "defaults": defaults(params.get("defaults", {})),
            "display_name": params.get("display_name"),
            "future_requirements": requirements(done=True),
            "identity": identity(params.get("identity", {})),
            "livemode": False,
            "metadata": params.get("metadata", {}),
            "requirements": requirements(done=not requested),
        }
    )
    ctx.store.notes[row["id"]] = {
        "bank": None,
        "holder": None,
        "failure": None,
        "stopped": False,
        "planned": {},
    }
    ctx.emit_thin("v2.core.account.created", related=row)
    return view(row, params.get("include", []))


def update(ctx: Context) -> Json:
    """Change what is given, keep the rest. Refuses a closed account and another country.

    Asking for transfers for the first time makes them wait for onboarding.
    """
    row, params = load(ctx, ctx.ids[0]), ctx.params
    if row["closed"]:
        raise v2_invalid("account_closed", "The account is closed.")
    check_new({**params, "identity": {"country": row["identity"]["country"]}})
    named = params.get("identity", {})
    if named.get("country", row["identity"]["country"]).lower() != row["identity"]["country"]:
        message = "The country of an account cannot be changed."
        raise v2_invalid("immutable_identity_param", message, user_message=message)
    row |= {name: params[name] for name in ("contact_email", "display_name") if name in params}
    row["metadata"] = row["metadata"] | params.get("metadata", {})
    row["identity"]["entity_type"] = named.get("entity_type", row["identity"]["entity_type"])
    if asked_for_transfers(params.get("configuration", {}).get("recipient", {})):
        _request_transfers(row)
    ctx.emit_thin("v2.core.account.updated", related=row)
    return view(row, params.get("include", []))


def _request_transfers(row: Json) -> None:
    held = row["configuration"]["recipient"]
    if held is None or not held["capabilities"]["stripe_balance"]:
        row["configuration"]["recipient"] = recipient(requested=True)
        row["applied_configurations"] = ["recipient"]
        row["requirements"] = requirements(done=False)


def asked_for_transfers(wanted: Json) -> bool:
    """Whether the recipient configuration requests `stripe_balance.stripe_transfers`."""
    asked = wanted.get("capabilities", {}).get("stripe_balance", {})
    return bool(asked.get("stripe_transfers", {}).get("requested", False))


def check_new(params: Json) -> None:
    """The rules of Stripe's that tie parameters together. Raises ApiError."""
    roles = params.get("defaults", {}).get("responsibilities", {})
    if params.get("dashboard") == "express" and roles.get("losses_collector") != "application":
        message = "An Express dashboard needs losses_collector and fees_collector `application`."
        raise v2_invalid(
            "account_controller_express_dash_without_application_losses_or_fees",
            message,
            user_message=message,
        )
    if "configuration" in params and "country" not in params.get("identity", {}):
        raise v2_invalid("identity_country_required", "identity.country is required.")
    if "@" not in params.get("contact_email", "@"):
        message = "The contact email is not an email address."
        raise v2_invalid("email_invalid", message, user_message=message)


def recipient(*, requested: bool) -> Json:
    """A new recipient configuration: transfers wait for onboarding, and payouts with them."""
    status = "restricted" if requested else "unsupported"
    names = ("stripe_transfers", "payouts") if requested else ()
    return {
        "applied": True,
        "capabilities": {"stripe_balance": {name: capability(status) for name in names}},
    }


def defaults(given: Json) -> Json:
    """The account's defaults; requirements are collected by Stripe."""
    return {
        "currency": given.get("currency"),
        "locales": given.get("locales", []),
        "profile": None,
        "responsibilities": {
            **given.get("responsibilities", {}),
            "requirements_collector": "stripe",
        },
    }


def identity(given: Json) -> Json:
    """Who stands behind the account, as far as the platform told."""
    return {
        "attestations": None,
        "business_details": None,
        "country": given.get("country", "us").lower(),
        "entity_type": given.get("entity_type"),
        "individual": None,
    }


def view(row: Json, include: list[str]) -> Json:
    """The account as answered: what was not asked for is null (v2's include rule)."""
    shown = dict(row)
    for name in ("defaults", "future_requirements", "identity", "requirements"):
        if name not in include:
            shown[name] = None
    parts = [name.removeprefix("configuration.") for name in include if "." in name]
    shown["configuration"] = (
        {name: row["configuration"][name] if name in parts else None for name in INCLUDED_PARTS}
        if parts
        else None
    )
    return shown


INCLUDED_PARTS: Final = ("customer", "merchant", "recipient")


def retrieve(ctx: Context) -> Json:
    """One account, with the parts that `include` names."""
    return view(load(ctx, ctx.ids[0]), ctx.params.get("include", []))


def load(ctx: Context, account_id: str) -> Json:
    """The account. Raises v2's 404 for an unknown id."""
    row = ctx.store.find(KIND, account_id)
    if row is None:
        raise v2_missing("Account", account_id)
    return row


def list_all(ctx: Context) -> Json:
    """Accounts, newest first: open ones unless `closed` says otherwise."""
    wanted = set(ctx.params.get("applied_configurations", []))
    rows = [
        view(row, [])
        for row in ctx.store.newest_first(KIND)
        if row["closed"] == ctx.params.get("closed", False)
        and wanted <= set(row["applied_configurations"])
    ]
    return v2_page(ctx, rows)


def close(ctx: Context) -> Json:
    """Close an account for good. Refuses one that still holds money, and mismatching parts."""
    row = load(ctx, ctx.ids[0])
    applied: list[str] = row["applied_configurations"]
    if set(ctx.params.get("applied_configurations") or applied) != set(applied):
        message = "applied_configurations must name all configurations of the account."
        raise v2_invalid(
            "configs_must_match_to_close",
            message,
            user_message=message,
            applied_configurations=applied,
        )
    currencies = ctx.books.currencies(row["id"])
    if any(ctx.books.total(currency, owner=row["id"]) for currency in currencies):
        message = "The account cannot be closed while it has a balance."
        raise v2_invalid("cannot_delete_account_with_balance", message, user_message=message)
    if not row["closed"]:
        row["closed"] = True
        row["applied_configurations"] = []
        ctx.emit_thin("v2.core.account.closed", related=row)
    return view(row, [])


def known(ctx: Context, account_id: str) -> bool:
    """Whether an id names an open connected account or is the platform's own."""
    row = ctx.store.find(KIND, account_id)
    return account_id == PLATFORM or (row is not None and not row["closed"])
