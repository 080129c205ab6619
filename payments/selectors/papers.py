"""What a statement says, in words and figures, for PDF, CSV and page alike; all from the ledger."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AnnotatorProfile
from payments.currencies import major
from payments.models import Earning
from payments.report.paper import Block, Paper
from payments.selectors import movements
from payments.selectors.movements import Account, Paid, Span

# What an entry of each kind is called on a statement; an unknown kind keeps its own name.
WORDS = {
    "accept": gettext_lazy("Accepted work"),
    "award": gettext_lazy("Paid by the platform"),
    "payout_done": gettext_lazy("Transferred to your account"),
    "payout_start": gettext_lazy("Kept against what you owed"),
    "clawback": gettext_lazy("Taken back"),
    "clawback_reversed": gettext_lazy("Given back: it was wrongly taken"),
    "reversal": gettext_lazy("A transfer to you came back"),
    "write_off": gettext_lazy("Let go of: you do not owe it any more"),
}
_ITEMS = """
SELECT entry.created_at, entry.kind, entry.key, leg.currency, sum(leg.amount)::bigint
  FROM payments_ledgeraccount account
  JOIN payments_ledgerleg leg ON leg.account_id = account.id
  JOIN payments_ledgerentry entry ON entry.id = leg.entry_id
 WHERE account.owner_key = ANY(%s) AND entry.created_at >= %s AND entry.created_at < %s
 GROUP BY entry.id, leg.currency HAVING sum(leg.amount) <> 0
 ORDER BY entry.id
"""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry that brought or took money; `what` is a sentence."""

    at: dt.datetime
    what: str
    key: str
    currency: str
    amount_minor: int


def said(kind: str) -> str:
    """A kind of entry, for people."""
    return str(WORDS.get(kind, kind.replace("_", " ").capitalize()))


def items(owners: Sequence[str], span: Span) -> list[Item]:
    """Each entry of a span, oldest first; earnings by their own words."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [list(owners), span.since, span.until])
        rows = cursor.fetchall()
    sources = [key.removeprefix("accept:") for _at, _kind, key, _currency, _minor in rows]
    labels = dict(Earning.objects.filter(source__in=sources).values_list("source", "label"))
    return [
        Item(at, labels.get(source, said(kind)), key, currency, minor)
        for source, (at, kind, key, currency, minor) in zip(sources, rows, strict=True)
    ]


def month_called(first: dt.date) -> str:
    """A month, for people: `November 2026`."""
    return date_format(first, "F Y")


def person(annotator: AnnotatorProfile) -> list[str]:
    """An annotator, as papers address them; without a name, by their e-mail address once."""
    return list(dict.fromkeys([str(annotator.user), annotator.user.email, annotator.country]))


def issuer() -> list[str]:
    """The platform, as it signs its papers."""
    return [settings.PLATFORM_NAME, *settings.PLATFORM_ADDRESS, *vat(settings.PLATFORM_VAT_ID)]


def vat(number: str) -> list[str]:
    """A line with the VAT id, where there is one."""
    return [_("VAT id %s") % number] if number else []


def summary(account: Account) -> Block:
    """Opening, what came and went, closing."""
    rows = [[_("At the beginning"), "", major(account.opening_minor, account.currency)]]
    rows += [
        [said(one.kind), str(one.entries), major(one.amount_minor, account.currency)]
        for one in account.moved
    ]
    rows.append([_("At the end"), "", major(account.closing_minor, account.currency)])
    return Block(
        title=account.currency.upper(),
        heads=[_("What"), _("Entries"), _("Amount")],
        rows=rows,
        widths=(6, 1, 2),
        numbers=frozenset({1, 2}),
        sums=1,
    )


def _listed(found: Sequence[Item]) -> Block:
    rows = [
        [f"{one.at:%Y-%m-%d}", one.what, major(one.amount_minor, one.currency)] for one in found
    ]
    return Block(
        title=_("Each entry"),
        heads=[_("Date (UTC)"), _("What"), _("Amount")],
        rows=rows,
        widths=(2, 8, 2),
        numbers=frozenset({2}),
    )


def annotator_month(annotator: AnnotatorProfile, year: int, month: int) -> Paper:
    """An annotator's statement of one month."""
    owners, span = [f"annotator:{annotator.pk}"], movements.month(year, month)
    blocks = [summary(one) for one in movements.accounts(owners, span)]
    return Paper(
        title=_("Statement of earnings"),
        subtitle=month_called(span.since),
        issuer=issuer(),
        addressee=person(annotator),
        blocks=[*blocks, _listed(items(owners, span))],
        closing=_("Amounts are booked when work is accepted; months are those of UTC."),
    )


def annotator_year(annotator: AnnotatorProfile, year: int) -> Paper:
    """What was transferred to an annotator in a year, for the tax declaration."""
    paid = movements.paid_in_year(annotator.pk, year)
    codes = sorted({one.currency for one in paid})

    def row(name: str, code: str, found: Sequence[Paid]) -> list[str]:
        came, back = sum(one.amount_minor for one in found), sum(one.back_minor for one in found)
        figures = (major(minor, code) for minor in (came, back, came - back))
        return [name, str(sum(one.payouts for one in found)), *figures]

    rows = [row(month_called(dt.date(year, one.month, 1)), one.currency, [one]) for one in paid]
    rows += [
        row(_("The whole year"), code, [one for one in paid if one.currency == code])
        for code in codes
    ]
    return Paper(
        title=_("Payments in the tax year"),
        subtitle=str(year),
        issuer=issuer(),
        addressee=person(annotator),
        blocks=[
            Block(
                text=_("By the date on which each transfer, or its reversal, was made."),
                heads=[_("Month"), _("Transfers"), _("Paid"), _("Came back"), _("Net")],
                rows=rows,
                widths=(3, 2, 3, 3, 3),
                numbers=frozenset({1, 2, 3, 4}),
                sums=len(codes),
            )
        ],
        closing="" if paid else _("Nothing was transferred in this year."),
    )


def platform(until: dt.datetime, called: Callable[[str], str]) -> Paper:
    """The trial balance of all books before that moment; `called` names a kind of account."""
    lines = movements.trial_balance(until)
    blocks = []
    for currency in sorted({one.currency for one in lines}):
        own = [one for one in lines if one.currency == currency]
        rows = [
            [
                called(one.kind),
                str(one.legs),
                major(one.debit_minor, currency),
                major(one.credit_minor, currency),
                major(one.balance_minor, currency),
            ]
            for one in own
        ]
        sums = [sum(one.debit_minor for one in own), sum(one.credit_minor for one in own)]
        rows.append(
            [_("Together"), "", *(major(one, currency) for one in (*sums, sums[1] - sums[0]))]
        )
        blocks.append(
            Block(
                title=currency.upper(),
                heads=[_("Account"), _("Legs"), _("Debit"), _("Credit"), _("Balance")],
                rows=rows,
                widths=(5, 1, 3, 3, 3),
                numbers=frozenset({1, 2, 3, 4}),
                sums=1,
            )
        )
    return Paper(
        title=_("Trial balance"),
        subtitle=f"{until:%Y-%m-%d %H:%M} UTC",
        issuer=issuer(),
        addressee=[],
        blocks=blocks,
        closing=_("Credits are positive: what is owed. Debits and credits are equal."),
    )
