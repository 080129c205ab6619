"""Self-billed invoices and their credit notes: as papers, as a list, and as a sheet."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from marketplace.core.actors import Actor
from payments.currencies import major
from payments.models import SelfBilledInvoice, SelfBilledNote
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


def note_title(row: SelfBilledNote) -> str:
    """What the document is, for people."""
    return _("Credit note withdrawn") if row.withdraws else _("Credit note")


def note_paper(row: SelfBilledNote) -> Paper:
    """A credit note, with the number of what it corrects."""
    bill = row.invoice
    why = (
        _("Taking this pay back was found wrong: credit note %s is withdrawn.") % row.withdraws
        if row.withdraws
        else _("Pay for this service was taken back after its transfer.")
    )
    agreed = _(
        "Self-billing: the recipient made this document, as the supplier agreed on %s (UTC)."
    )
    return Paper(
        title=note_title(row),
        subtitle=str(row),
        issuer=[_("Recipient, who made this document"), *bill.buyer],
        addressee=[_("Supplier"), *bill.seller],
        blocks=[
            Block(
                heads=[_("Number"), _("Date (UTC)"), _("Corrects invoice"), _("of (UTC)")],
                rows=[
                    [str(row), f"{row.issued_at:%Y-%m-%d}", str(bill), f"{bill.issued_at:%Y-%m-%d}"]
                ],
                widths=(4, 2, 4, 2),
            ),
            Block(
                title=_("Correction"),
                text=why,
                heads=[_("What"), _("Amount")],
                rows=[
                    [row.text, major(row.signed_minor, row.currency)],
                    [_("Together"), major(row.signed_minor, row.currency)],
                ],
                widths=(8, 2),
                numbers=frozenset({1}),
                sums=1,
            ),
        ],
        closing=f"{bill.note} {agreed % f'{bill.agreement.agreed_at:%Y-%m-%d}'}",
    )


def invoices(by: Actor) -> "QuerySet[SelfBilledInvoice]":
    """Those that somebody may see, the newest first, each with its notes in their order."""
    notes = SelfBilledNote.objects.select_related("withdraws").order_by("issued_at", "pk")
    found = SelfBilledInvoice.objects.visible_to(by).order_by("-issued_at", "-pk")
    return found.prefetch_related(Prefetch("notes", notes))


HEADS = (
    "number", "document", "issued_at", "corrects", "withdraws", "currency", "amount_minor",
    "supplier", "vat",
)  # fmt: skip


def sheet_rows(by: Actor) -> Iterator[Sequence[object]]:
    """A line for each document; amounts of credit notes are negative: the column sums up."""
    for bill in invoices(by):
        rest = (bill.seller[0], bill.note)
        for row in bill.notes.all():
            kind = "withdrawal" if row.withdraws else "credit_note"
            yield (str(row), kind, _day(row), str(bill), str(row.withdraws or ""), row.currency,
                   row.signed_minor, *rest)  # fmt: skip
        yield str(bill), "invoice", _day(bill), "", "", bill.currency, bill.amount_minor, *rest


def _day(row: SelfBilledInvoice | SelfBilledNote) -> dt.date:
    return row.issued_at.date()
