"""The platform's monthly statement for staff: one content as page, PDF and CSV."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _

from payments.admin import words
from payments.admin.month_leads import Leads
from payments.chart import CHART
from payments.currencies import major
from payments.report.paper import Block, Paper
from payments.selectors import movements, papers, platform_month
from payments.selectors.platform_month import COSTS, HELD, INCOME, OWED, Month, Part

HEADS = (
    "currency", "account", "kind", "entry", "entry_kind", "legs", "opening_minor", "debit_minor",
    "credit_minor", "closing_minor",
)  # fmt: skip
ALL = tuple(CHART)


def statement(year: int, month: int) -> Paper:
    """The papers' content; refuses (404) a month that is none or is still to come."""
    span = movements.asked_month(year, month)
    leads = Leads(span)
    blocks = [block for one in platform_month.of(span) for block in _currency(one, leads)]
    return Paper(
        title=_("Statement of the platform"),
        subtitle=papers.month_called(span.since),
        issuer=papers.issuer(),
        addressee=[],
        blocks=blocks or [Block(text=_("Nothing was booked until the end of this month."))],
        closing=_("From the ledger alone; months are those of UTC."),
    )


def sheet_rows(year: int, month: int) -> list[Sequence[object]]:
    """Each kind of account and entry: opening + credit - debit = closing, minor units."""
    found = platform_month.of(movements.asked_month(year, month))
    return [
        (
            of.currency, words.account(one.account), one.account, words.entry(one.entry), one.entry,
            one.legs, one.opening_minor, one.debit_minor, one.credit_minor, one.closing_minor,
        )
        for of in found
        for one in of.parts
    ]  # fmt: skip


def around(year: int, month: int) -> tuple[dt.date, dt.date]:
    """The first days of the months before and after."""
    span = movements.month(year, month)
    return (span.since - dt.timedelta(days=1)).date().replace(day=1), span.until.date()


def _currency(of: Month, leads: Leads) -> list[Block]:
    code = of.currency.upper()
    return [
        _moved(of, leads, f"{code}: {_('Fees earned')}", INCOME, last=_("Fees together")),
        _moved(of, leads, f"{code}: {_('Costs')}", COSTS, last=_("Costs together"), sign=-1),
        _result(of, f"{code}: {_('Result')}"),
        _stood(of, leads, f"{code}: {_('What we owe')}", OWED, last=_("Owed together")),
        _stood(
            of,
            leads,
            f"{code}: {_('What we hold, and is owed to us')}",
            HELD,
            last=_("Held together"),
            sign=-1,
        ),
        _trial(of, leads, f"{code}: {_('Trial balance')}"),
    ]


def _moved(
    of: Month, leads: Leads, title: str, kinds: Sequence[str], *, last: str, sign: int = 1
) -> Block:
    found = of.of(kinds)
    rows = [
        [words.account(one.account), words.entry(one.entry), str(one.legs), _money(of, one, sign)]
        for one in found
    ]
    to = {
        (line, 3): leads.moved(one.account, of.currency, one.entry)
        for line, one in enumerate(found)
    }
    rows.append([last, "", "", _money(of, of.all(kinds), sign)])
    heads = [_("Account"), _("What"), _("Entries"), _("In the month")]
    return Block(title, "", heads, rows, (5, 4, 2, 3), frozenset({2, 3}), 1, to)


def _money(of: Month, one: Part, sign: int) -> str:
    return major(sign * one.moved_minor, of.currency)


def _result(of: Month, title: str) -> Block:
    whole = of.all((*INCOME, *COSTS))
    rows = [
        [_("Until the month began"), major(whole.opening_minor, of.currency)],
        [_("In the month: fees less costs"), major(of.result_minor, of.currency)],
        [_("Until the month's end"), major(whole.closing_minor, of.currency)],
    ]
    text = _("What we hold less what we owe is the result until then, to the cent.")
    return Block(title, text, [_("What"), _("Amount")], rows, (11, 3), frozenset({1}), 1)


def _stood(
    of: Month, leads: Leads, title: str, kinds: Sequence[str], *, last: str, sign: int = 1
) -> Block:
    def row(name: str, one: Part) -> list[str]:
        figures = (one.opening_minor, one.moved_minor, one.closing_minor)
        return [name, *(major(sign * figure, of.currency) for figure in figures)]

    found = of.lines(kinds)
    rows = [row(words.account(one.account), one) for one in found]
    rows.append(row(last, of.all(kinds)))
    heads = [_("Account"), _("At the beginning"), _("Change"), _("At the end")]
    return Block(
        title, "", heads, rows, (5, 3, 3, 3), frozenset({1, 2, 3}), 1, _lead(of, leads, found)
    )


def _lead(
    of: Month, leads: Leads, found: Sequence[Part], moved: int = 1
) -> dict[tuple[int, int], str]:
    """Where a row of balances leads: what was there, so many columns of what moved, what is left.
    What is zero because nothing was booked leads nowhere.
    """
    to = {}
    for line, one in enumerate(found):
        if one.opening_minor:
            to[line, 1] = leads.opening(one.account, of.currency)
        if one.legs or one.closing_minor:
            to[line, moved + 2] = leads.closing(one.account, of.currency)
        for column in range(2, moved + 2) if one.legs else ():
            to[line, column] = leads.moved(one.account, of.currency)
    return to


def _trial(of: Month, leads: Leads, title: str) -> Block:
    def row(name: str, one: Part) -> list[str]:
        figures = (one.opening_minor, one.debit_minor, one.credit_minor, one.closing_minor)
        return [name, *(major(figure, of.currency) for figure in figures)]

    found = of.lines(ALL)
    rows = [row(words.account(one.account), one) for one in found]
    rows.append(row(_("Together"), of.all(ALL)))
    return Block(
        title,
        _("Credits are positive. Debits and credits are equal, and all balances sum to zero."),
        [_("Account"), _("At the beginning"), _("Debit"), _("Credit"), _("At the end")],
        rows,
        (5, 3, 3, 3, 3),
        frozenset({1, 2, 3, 4}),
        1,
        _lead(of, leads, found, moved=2),
    )
