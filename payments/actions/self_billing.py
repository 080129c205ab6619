"""Self-billing: an annotator agrees once, and each payout then is an invoice in their name."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import AnnotatorProfile
from accounts.selectors import iso
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from payments import vat
from payments.models import Earning, Payout, SelfBilledInvoice, SelfBillingAgreement
from payments.report import paper
from payments.selectors import papers
from payments.states import MADE, EarningKind

LENGTHS = {
    "legal_name": 200, "line1": 200, "line2": 200, "postal_code": 20, "city": 100, "country": 2,
    "vat_id": 20,
}  # fmt: skip
NEEDED = ("legal_name", "line1", "city", "country")


def terms() -> str:
    """What an annotator agrees to; kept with the agreement as it was."""
    text = _(
        "I agree that %(platform)s makes invoices in my name for the work that it pays me for "
        "(self-billing). I make no invoices of my own for the same work. I tell the platform when "
        "my name, my address or my VAT registration changes."
    )
    return text % {"platform": settings.PLATFORM_NAME}


@transaction.atomic
def agree(
    *, annotator_id: uuid.UUID, accepted: bool, by: Actor, **fields: str
) -> SelfBillingAgreement:
    """The annotator themselves agrees, or gives new data; invoices are made from then on.

    `fields` are those of `LENGTHS`. Refuses (404) anybody else, and (422) with every fault at once:
    not accepted, missing, too long or unreadable on paper, no country, no VAT id by its country's
    shape, and a VAT id of the platform's own country: VAT would have to be charged, which we do
    not reckon. The same data again changes nothing.
    """
    own = _own(annotator_id, by)
    says = {name: fields.get(name, "").strip() for name in LENGTHS}
    says["country"], says["vat_id"] = says["country"].upper(), vat.normal(says["vat_id"])
    faults = [] if accepted else [Fault("/accepted", _("Nothing is made without your agreement."))]
    faults += _faults(says)
    if faults:
        raise invalid(_("Your data for invoices are not complete."), faults)
    live = _live(own.pk)
    if live and all(getattr(live, name) == value for name, value in says.items()):
        return live
    if live:
        _end(live)
    row = SelfBillingAgreement.objects.create(annotator=own, terms=terms(), **says)
    audit.record("agreed_to_self_billing", row, by=by)
    return row


@transaction.atomic
def end(*, annotator_id: uuid.UUID, by: Actor) -> None:
    """No more invoices are made in their name; those that were made stay.

    Refuses `not_agreed` where there is no agreement.
    """
    live = _live(_own(annotator_id, by).pk)
    if live is None:
        raise Refused("not_agreed", _("There is no agreement on self-billing."))
    _end(live)
    audit.record("ended_self_billing", live, by=by)


def issue(*, by: Actor, limit: int = 200) -> int:
    """Make the invoices of payouts that were sent under an agreement, the oldest first; returns how
    many. Safe to repeat: a payout has one invoice.
    """
    rows = list(due().order_by("sent_at", "pk").values_list("pk", flat=True)[:limit])
    return sum(_issue(pk, by=by) for pk in rows)


def due() -> "QuerySet[Payout]":
    """Sent payouts of work, under an agreement that was live then, without an invoice yet."""
    live = SelfBillingAgreement.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=OuterRef("sent_at")),
        annotator=OuterRef("annotator"),
        agreed_at__lte=OuterRef("sent_at"),
    )
    work = Earning.objects.filter(payout=OuterRef("pk")).exclude(kind=EarningKind.GOODWILL)
    return Payout.objects.filter(
        Exists(live), Exists(work), state__in=MADE, self_billed__isnull=True
    )


@transaction.atomic
def _issue(payout_id: uuid.UUID, *, by: Actor) -> bool:
    payout = Payout.objects.select_related("annotator").get(pk=payout_id)
    sent = payout.sent_at or payout.created_at
    under = _agreed(payout.annotator_id, sent)
    if under is None or SelfBilledInvoice.objects.filter(payout=payout).exists():
        return False
    mine = SelfBilledInvoice.objects.filter(annotator=payout.annotator_id, year=sent.year)
    earned = payout.earnings.order_by("pk")
    lines = [
        {"text": row.label, "amount_minor": row.amount_minor - row.taken_minor}
        for row in earned.exclude(kind=EarningKind.GOODWILL)
    ]
    other = earned.filter(kind=EarningKind.GOODWILL)
    row = SelfBilledInvoice.objects.create(
        agreement=under,
        annotator=payout.annotator,
        payout=payout,
        year=sent.year,
        number=mine.count() + 1,
        currency=payout.currency,
        amount_minor=sum(line["amount_minor"] for line in lines),
        other_minor=sum(row.amount_minor - row.taken_minor for row in other),
        kept_minor=payout.recovered_minor,
        lines=lines,
        seller=_seller(under),
        buyer=papers.issuer(),
        note=note(under.vat_id, settings.PLATFORM_VAT_ID),
        issued_at=sent,
    )
    audit.record("issued_self_billed", row, by=by, number=str(row), amount_minor=row.amount_minor)
    return True


def _agreed(annotator_id: uuid.UUID, sent: dt.datetime) -> SelfBillingAgreement | None:
    """The agreement that held then. All of the annotator's are locked: numbers go one by one."""
    rows = SelfBillingAgreement.objects.select_for_update(no_key=True).filter(
        annotator=annotator_id
    )
    under = [
        row
        for row in rows.order_by("agreed_at", "pk")
        if row.agreed_at <= sent and (row.ended_at is None or row.ended_at > sent)
    ]
    return under[-1] if under else None


def note(seller: str, buyer: str) -> str:
    """What is said of VAT: only what both VAT ids tell."""
    return {
        "reverse_charge": _(
            "Reverse charge: the recipient accounts for VAT "
            "(Articles 44 and 196 of Directive 2006/112/EC)."
        ),
        "abroad": _(
            "The service is supplied where the recipient is established. "
            "No VAT of the supplier's country is charged."
        ),
    }.get(vat.treatment(seller, vat.normal(buyer))) or (
        _("No VAT is shown.") if seller else _("No VAT is shown: the supplier gave no VAT id.")
    )


def _seller(row: SelfBillingAgreement) -> list[str]:
    place = " ".join(part for part in (row.postal_code, row.city) if part)
    lines = [row.legal_name, row.line1, row.line2, place, row.country]
    return [*(line for line in lines if line), *papers.vat(row.vat_id)]


def _own(annotator_id: uuid.UUID, by: Actor) -> AnnotatorProfile:
    """The profile, locked, if it is this actor's own."""
    row = AnnotatorProfile.objects.select_for_update(no_key=True).filter(pk=annotator_id).first()
    if row is None or by.id != str(row.user_id):
        raise NotFound("annotator")
    return row


def _live(annotator_id: uuid.UUID) -> SelfBillingAgreement | None:
    rows = SelfBillingAgreement.objects.select_for_update(no_key=True)
    return rows.filter(annotator=annotator_id, ended_at__isnull=True).first()


def _end(row: SelfBillingAgreement) -> None:
    SelfBillingAgreement.objects.filter(pk=row.pk).update(ended_at=Now())


def _faults(says: dict[str, str]) -> Sequence[Fault]:
    """What is missing, too long, of no known shape, or cannot be written on the paper."""
    faults = [Fault(f"/{name}", _("This is needed.")) for name in NEEDED if not says[name]]
    for name, length in LENGTHS.items():
        if len(says[name]) > length:
            faults.append(Fault(f"/{name}", _("At most %d characters.") % length))
        elif not says[name].isprintable() or not paper.shows(says[name]):
            text = _("Write it in Latin letters, as in a passport: the invoice has no others.")
            faults.append(Fault(f"/{name}", text))
    if says["country"] and says["country"] not in iso.COUNTRIES:
        faults.append(Fault("/country", _("It is the country's two-letter code, as DE.")))
    if says["vat_id"] and (problem := vat.wrong(says["vat_id"])):
        faults.append(Fault("/vat_id", problem))
    elif vat.treatment(says["vat_id"], vat.normal(settings.PLATFORM_VAT_ID)) == "domestic":
        text = _(
            "Your VAT id is of the platform's own country: VAT has to be charged, which we do not "
            "reckon. Make your invoices yourself."
        )
        faults.append(Fault("/vat_id", text))
    return faults
