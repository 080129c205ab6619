"""Annotators' accounts at Stripe.

Accounts v2 with the recipient configuration, Express dashboard.
"""

import datetime as dt
import uuid
from typing import Any

from payments.stripe.client import call
from payments.stripe.gateway import Account


def create_account(
    *, annotator_id: uuid.UUID, email: str, name: str, country: str, renewals: int = 0
) -> Account:
    """Open an account that asks for transfers only; the same key gives the same account again.

    The key names the annotator, and how many accounts of theirs were given up before.
    """
    key = f"acct:{annotator_id}:{renewals}" if renewals else f"acct:{annotator_id}"
    made = call(
        lambda client: client.v2.core.accounts.create(
            {
                "contact_email": email,
                "display_name": name,
                "dashboard": "express",
                "identity": {"country": country.lower(), "entity_type": "individual"},
                "configuration": {
                    "recipient": {
                        "capabilities": {
                            "stripe_balance": {"stripe_transfers": {"requested": True}}
                        }
                    }
                },
                "defaults": {
                    "responsibilities": {
                        "fees_collector": "application",
                        "losses_collector": "application",
                    }
                },
                "metadata": {"annotator": str(annotator_id)},
                "include": ["configuration.recipient", "requirements"],
            },
            {"idempotency_key": key},
        )
    )
    return _account(made)


def read_account(account_id: str) -> Account:
    """The account as it is now."""
    found = call(
        lambda client: client.v2.core.accounts.retrieve(
            account_id, {"include": ["configuration.recipient", "requirements"]}
        )
    )
    return _account(found)


def onboarding_link(account_id: str, *, return_url: str, refresh_url: str) -> str:
    """A hosted page, good for a few minutes and one use."""
    link = call(
        lambda client: client.v2.core.account_links.create(
            {
                "account": account_id,
                "use_case": {
                    "type": "account_onboarding",
                    "account_onboarding": {
                        "return_url": return_url,
                        "refresh_url": refresh_url,
                        "collection_options": {"fields": "eventually_due"},
                    },
                },
            }
        )
    )
    return link.url


def dashboard_link(account_id: str) -> str:
    """The account's own dashboard at Stripe, where bank details are changed; good for one visit."""
    return call(lambda client: client.v1.accounts.login_links.create(account_id)).url


def _account(row: Any) -> Account:
    """Parts that were not asked for, or that a later version renames, read as not payable."""
    shown: dict[str, Any] = row.to_dict()
    found: Any = shown
    for name in (
        "configuration",
        "recipient",
        "capabilities",
        "stripe_balance",
        "stripe_transfers",
    ):
        found = (found or {}).get(name)
    requirements = shown.get("requirements") or {}
    entries = requirements.get("entries") or []
    deadline = (requirements.get("summary") or {}).get("minimum_deadline") or {}
    return Account(
        id=shown["id"],
        transfers=str((found or {}).get("status") or "none")[:24],
        requirements=tuple(str(entry.get("description", ""))[:200] for entry in entries),
        closed=bool(shown.get("closed")),
        due=_moment(deadline.get("time")),
    )


def _moment(text: object) -> dt.datetime | None:
    """A time of the v2 API; none, or one that cannot be read, is no deadline."""
    try:
        return dt.datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
