"""A client's statement in words and figures, for page, PDF and CSV alike."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organization
from payments.currencies import major
from payments.models import BillingDetails
from payments.report.paper import Block, Paper
from payments.selectors import client_month
from payments.selectors.client_month import Line, Month, Spent
from payments.selectors.movements import Span
from payments.selectors.papers import issuer, month_called, vat

SHEET = (
    "currency", "what", "date", "week", "project", "project_name", "reference", "items",
    "expert_pay_minor", "platform_fee_minor", "amount_minor",
)  # fmt: skip
WORDS = {
    "fund": gettext_lazy("Paid in"),
    "fund card": gettext_lazy("Paid by card"),
    "fund bank_transfer": gettext_lazy("Paid by bank transfer"),
    "fund top_up": gettext_lazy("Automatic top-up"),
    "fund cash_balance": gettext_lazy("Rest of a bank transfer"),
    "refund": gettext_lazy("Refunded to you"),
    "refund_failed": gettext_lazy("A refund that could not be made: yours again"),
    "clawback": gettext_lazy("Taken back from an annotator, returned to the project"),
    "clawback_reversed": gettext_lazy("That was found wrong, and paid after all"),
    "dispute": gettext_lazy("Disputed: your bank took it back"),
    "dispute_made_good": gettext_lazy("Kept for a disputed payment not covered before"),
    "dispute_won": gettext_lazy("The dispute ended: yours again"),
}
KINDS = {
    "work": gettext_lazy("Accepted answers"),
    "review": gettext_lazy("Reviews"),
    "adjudication": gettext_lazy("Adjudications"),
    "kill_fee": gettext_lazy("Kill fees"),
}
KILLED = "kill_fee"
Names = Mapping[str, str]


def said(kind: str, method: str = "") -> str:
    """An entry for people; one of an unknown kind keeps its own name."""
    return str(WORDS.get(f"{kind} {method}") or WORDS.get(kind) or kind.replace("_", " "))


def work(kind: str) -> str:
    """What money was spent on, for people."""
    return str(KINDS.get(kind, kind.replace("_", " ") or _("Accepted work")))


def addressee(organization: Organization) -> list[str]:
    """The client by its billing data as they are now, or by its name."""
    row = BillingDetails.objects.filter(organization=organization).first()
    if row is None:
        return [organization.name]
    place = " ".join(part for part in (row.postal_code, row.city) if part)
    order = [_("Purchase order %s") % row.purchase_order] if row.purchase_order else []
    lines = [row.legal_name, row.line1, row.line2, place, row.region, row.country]
    return [*(line for line in lines if line), *vat(row.vat_id), *order]


def month(organization: Organization, span: Span, names: Names) -> Paper:
    """The statement of a month; `names` are those of projects, by pot."""
    found = client_month.of(organization.pk, span)
    blocks = [block for one in found for block in _blocks(one, names)]
    told = _("Money that is set aside for work under way is still yours until it is accepted. ")
    told += _("Days and months are those of UTC; weeks are those of ISO 8601.")
    return Paper(
        title=_("Statement of account"),
        subtitle=month_called(span.since),
        issuer=issuer(),
        addressee=addressee(organization),
        blocks=blocks,
        closing=told if blocks else _("Nothing was paid in or spent by the end of this month."),
    )


def _blocks(found: Month, names: Names) -> Iterator[Block]:
    yield _summary(found)
    if found.lines:
        yield _lines(found, names)
    if found.spent:
        yield _by_project(found, names)
        yield _by_week(found, names)


def _summary(found: Month) -> Block:
    killed = sum(one.pay_minor for one in found.spent if one.kind == KILLED)
    rows = [(_("At the beginning"), found.opening_minor)]
    rows += [(said(kind), minor) for kind, minor in found.by_kind().items()]
    spent = [
        (_("Pay of experts"), killed - found.pay_minor),
        (_("Kill fees of experts"), -killed),
        (_("Fee of the platform"), -found.fee_minor),
    ]
    rows += [(what, minor) for what, minor in spent if minor]
    rows.append((_("At the end"), found.closing_minor))
    return Block(
        title=found.currency.upper(),
        heads=[_("What"), _("Amount")],
        rows=[[what, major(minor, found.currency)] for what, minor in rows],
        widths=(6, 2),
        numbers=frozenset({1}),
        sums=1,
    )


def _lines(found: Month, names: Names) -> Block:
    def row(one: Line) -> list[str]:
        what = said(one.kind, one.method)
        project = names.get(one.pot, one.pot) if one.pot else ""
        told = f"{what} ({project})" if project else what
        amount = major(one.amount_minor, found.currency)
        return [f"{one.at:%Y-%m-%d}", told, one.reference, amount]

    return Block(
        title=_("Paid in, and other movements"),
        heads=[_("Date (UTC)"), _("What"), _("Reference"), _("Amount")],
        rows=[row(one) for one in found.lines],
        widths=(2, 5, 5, 2),
        numbers=frozenset({3}),
    )


def _by_project(found: Month, names: Names) -> Block:
    pots = sorted({one.pot for one in found.spent}, key=lambda pot: names.get(pot, pot))
    groups = [[one for one in found.spent if one.pot == pot] for pot in pots]
    rows = [
        [names.get(pot, pot), *_sums(own, found.currency)]
        for pot, own in zip(pots, groups, strict=True)
    ]
    rows.append([_("Together"), *_sums(found.spent, found.currency)])
    return Block(
        title=_("Spent, by project"),
        heads=[_("Project"), _("Items"), _("Pay of experts"), _("Fee of the platform"), _("Sum")],
        rows=rows,
        widths=(10, 3, 4, 4, 4),
        numbers=frozenset({1, 2, 3, 4}),
        sums=1,
    )


def _by_week(found: Month, names: Names) -> Block:
    ordered = sorted(found.spent, key=lambda one: (one.week, names.get(one.pot, one.pot), one.kind))
    rows = [
        [one.week, names.get(one.pot, one.pot), work(one.kind), *_sums([one], found.currency)]
        for one in ordered
    ]
    return Block(
        title=_("Spent, by week"),
        heads=[
            _("Week"), _("Project"), _("What"), _("Items"), _("Pay of experts"),
            _("Fee of the platform"), _("Sum"),
        ],
        rows=rows,
        widths=(5, 10, 8, 4, 5, 5, 5),
        numbers=frozenset({3, 4, 5, 6}),
    )  # fmt: skip


def _sums(spent: Sequence[Spent], currency: str) -> list[str]:
    pay, fee = sum(one.pay_minor for one in spent), sum(one.fee_minor for one in spent)
    amounts = [major(minor, currency) for minor in (pay, fee, pay + fee)]
    return [str(sum(one.items for one in spent)), *amounts]


def sheet(organization_id: uuid.UUID, span: Span, names: Names) -> Iterator[Sequence[object]]:
    """The same for a spreadsheet: in each currency the amounts up to `closing` sum to it."""
    last = (span.until - dt.timedelta(days=1)).date()
    for found in client_month.of(organization_id, span):
        money = found.currency
        day = span.since.date()
        yield money, "opening", day, "", "", "", "", "", "", "", found.opening_minor
        for one in found.lines:
            name = names.get(one.pot or "", "")
            what = f"{one.kind} {one.method}".strip()
            yield (
                money, what, one.at, "", one.pot or "", name, one.reference, "", "", "",
                one.amount_minor,
            )  # fmt: skip
        for each in found.spent:
            yield (
                money, each.kind, "", each.week, each.pot, names.get(each.pot, ""), "", each.items,
                each.pay_minor, each.fee_minor, -each.amount_minor,
            )  # fmt: skip
        yield money, "closing", last, "", "", "", "", "", "", "", found.closing_minor
