"""What a drill of payouts has come to: what was owed, what Stripe moved, what the books say."""

from typing import Any

from django.db import connection

from marketplace.ops import proof

KEYS = (
    "paid_once", "paid_more", "unpaid", "ledger_sum",
    "stripe_minor", "ledger_minor", "audit_rows", "faults",
)  # fmt: skip
"""The figures of a run, in the order in which they are shown."""
OWED = """
SELECT c.stripe_account, sum(e.amount_minor - e.taken_minor)::bigint
  FROM payments_earning e JOIN payments_connectedaccount c USING (annotator_id)
 WHERE e.currency = %s GROUP BY c.stripe_account
"""
UNPAID = "SELECT count(*) FROM payments_earning WHERE state <> 'paid'"
LEDGER_SUM = "SELECT coalesce(sum(amount), 0)::bigint FROM payments_ledgerleg"
SENT = """
SELECT coalesce(sum(l.amount), 0)::bigint
  FROM payments_ledgerleg l JOIN payments_ledgerentry e ON e.id = l.entry_id
  JOIN payments_ledgeraccount a ON a.id = l.account_id
 WHERE e.kind = 'payout_done' AND a.kind = 'clearing_transfer' AND l.currency = %s
"""


def read(transfers: dict[str, Any], currency: str) -> dict[str, int]:
    """All but `faults`; `transfers` are the local Stripe's totals. Amounts in minor units."""
    paid = {
        account: row[currency]["amount"] for account, row in transfers["by_destination"].items()
    }
    owed = dict(_rows(OWED, currency))
    return {
        "paid_once": sum(paid.get(account, 0) == amount for account, amount in owed.items()),
        "paid_more": sum(amount > owed.get(account, 0) for account, amount in paid.items()),
        "unpaid": sum(paid.get(account, 0) < amount for account, amount in owed.items()),
        "ledger_sum": _rows(LEDGER_SUM)[0][0],
        "stripe_minor": transfers["total"].get(currency, {}).get("amount", 0),
        "ledger_minor": _rows(SENT, currency)[0][0],
        "audit_rows": len(proof.run(most=1000)),
    }


def all_paid() -> bool:
    """Whether nothing is left to do, as our own books say."""
    return bool(_rows(UNPAID)[0][0] == 0)


def failures(found: dict[str, int], payouts: int) -> list[str]:
    """In words, each figure that is not as it must be; with few faults nothing was proved."""
    wrong = [name for name in ("paid_more", "unpaid", "ledger_sum", "audit_rows") if found[name]]
    says = [f"{name} is {found[name]}" for name in wrong]
    if found["paid_once"] != payouts:
        says.append(f"only {found['paid_once']} of {payouts} were paid once")
    if found["stripe_minor"] != found["ledger_minor"]:
        gap = found["stripe_minor"] - found["ledger_minor"]
        says.append(f"Stripe moved {gap} more than the ledger says")
    if found["faults"] < payouts // 4:
        says.append(f"only {found['faults']} faults hit a request")
    return says


def _rows(query: str, *values: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())
