"""Whoever lives where we cannot pay is told, once, when we can."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.notices import Telling, notify_many
from accounts.models import AnnotatorProfile
from marketplace.core import audit
from marketplace.core.actors import Actor
from payments.currencies import paid_countries
from payments.models import RailWait

PAGE = "/payouts/setup/"


@transaction.atomic
def note_waiting(*, by: Actor, limit: int = 1000) -> int:
    """Remember annotators in countries without a rail; returns how many are new."""
    rows = AnnotatorProfile.objects.filter(rail_wait=None, country__regex=r"^[A-Z]{2}$")
    found = list(rows.exclude(country__in=paid_countries()).order_by("pk")[:limit])
    made = [RailWait(annotator=row, country=row.country) for row in found]
    RailWait.objects.bulk_create(made, ignore_conflicts=True)
    if made:
        audit.record("noted_rail_waits", "railwait:all", by=by, count=len(made))
    return len(made)


@transaction.atomic
def tell_payable(*, by: Actor, limit: int = 200) -> int:
    """Tell those who waited that their country is paid now; returns how many rows were ended.

    Whoever has moved meanwhile to where we pay is not told: their own page has said so.
    """
    rows = RailWait.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
    rows = rows.select_related("annotator").filter(annotator__country__in=paid_countries())
    found = list(rows.order_by("pk")[:limit])
    text = _("We can pay to your country now: set up your payouts, and claim paid tasks.")
    stayed = [row for row in found if row.annotator.country == row.country]
    notify_many(
        kind="rail", tellings=[Telling(row.annotator.user_id, text, PAGE) for row in stayed]
    )
    RailWait.objects.filter(pk__in=[row.pk for row in found]).delete()
    if found:
        audit.record("ended_rail_waits", "railwait:all", by=by, told=len(stayed))
    return len(found)
