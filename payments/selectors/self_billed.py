"""A self-billed invoice as a paper."""

from django.utils.translation import gettext as _

from payments.currencies import major
from payments.models import SelfBilledInvoice
from payments.report.paper import Block, Paper


def paper(row: SelfBilledInvoice) -> Paper:
    """The invoice of one payout, in the words that were kept with it."""
    agreed = _("Self-billing: the recipient made this invoice, as the supplier agreed on %s (UTC).")
    return Paper(
        title=_("Self-billed invoice"),
        subtitle=str(row),
        issuer=[_("Recipient, who made this invoice"), *row.buyer],
        addressee=[_("Supplier"), *row.seller],
        blocks=[_facts(row), _lines(row), *_rest(row)],
        closing=f"{row.note} {agreed % f'{row.agreement.agreed_at:%Y-%m-%d}'}",
    )


def _facts(row: SelfBilledInvoice) -> Block:
    return Block(
        heads=[_("Number"), _("Date of invoice and of transfer (UTC)"), _("Transfer")],
        rows=[[str(row), f"{row.issued_at:%Y-%m-%d}", row.payout.stripe_transfer or ""]],
        widths=(4, 4, 5),
    )


def _lines(row: SelfBilledInvoice) -> Block:
    lines = [[line["text"], major(line["amount_minor"], row.currency)] for line in row.lines]
    return Block(
        title=_("Services"),
        heads=[_("What"), _("Amount")],
        rows=[*lines, [_("Together"), major(row.amount_minor, row.currency)]],
        widths=(8, 2),
        numbers=frozenset({1}),
        sums=1,
    )


def _rest(row: SelfBilledInvoice) -> list[Block]:
    """From the invoice to what was sent, where the two differ."""
    parts = [
        (_("Goodwill, no price of services"), row.other_minor),
        (_("Kept against what the supplier owed"), -row.kept_minor),
    ]
    rows = [[what, major(minor, row.currency)] for what, minor in parts if minor]
    sent = [_("Transferred"), major(row.transferred_minor, row.currency)]
    block = Block(
        title=_("How it was paid"),
        heads=[_("What"), _("Amount")],
        rows=[*rows, sent],
        widths=(8, 2),
        numbers=frozenset({1}),
        sums=1,
    )
    return [block] if rows else []
