"""Drift: recent gold answers that are worse than the earlier ones make the estimate wider.

It accuses nobody. What was learnt before counts half from then on, so that the mean stays, the
interval grows, more of the answers are reviewed, and the next answers move the estimate faster.
"""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Count

from marketplace.core.actors import Actor
from marketplace.core.clock import after
from tasks.actions import learning
from tasks.models import SkillEvent
from tasks.quality.drift import LEAST_PAST, LEAST_RECENT, of_answers
from tasks.quality.skill import PRIOR_STRENGTH
from tasks.states import SkillEventKind

KEEP = 0.5
LATELY = dt.timedelta(days=1)
MOST = 500


def watch(*, by: Actor) -> int:
    """Look at those who answered gold in the last day; returns how many estimates became wider."""
    gold = SkillEvent.objects.filter(kind=SkillEventKind.GOLD)
    recent = gold.filter(at__gte=after(-LATELY)).values("annotator_id", "domain_id")
    pairs = recent.annotate(n=Count("pk")).order_by("annotator_id", "domain_id")[:MOST]
    return sum(
        widen(annotator_id=row["annotator_id"], domain=row["domain_id"], by=by) for row in pairs
    )


@transaction.atomic
def widen(*, annotator_id: uuid.UUID, domain: str, by: Actor) -> bool:
    """Halve what an estimate rests on if its recent gold answers have fallen off, once for the same
    answers: what alarmed before is not looked at again. True if that happened.
    """
    skill = learning.locked(annotator_id, domain)
    events = SkillEvent.objects.filter(annotator_id=annotator_id, domain_id=domain)
    last = events.filter(kind=SkillEventKind.DRIFT).order_by("at").last()
    gold = events.filter(kind=SkillEventKind.GOLD, undone_by__isnull=True)
    if last is not None:
        gold = gold.filter(at__gt=last.at)
    if gold.count() < LEAST_PAST + LEAST_RECENT:
        return False
    right = [(share or 0) >= 1 for share in gold.order_by("at").values_list("share", flat=True)]
    found = of_answers(right)
    whole = skill.alpha + skill.beta
    if not found.alarm or whole <= PRIOR_STRENGTH:
        return False
    keep = max(KEEP, PRIOR_STRENGTH / whole)
    change = learning.Change(
        kind=SkillEventKind.DRIFT,
        key=f"drift:{annotator_id}:{gold.order_by('at').values_list('pk', flat=True).last()}",
        alpha=skill.alpha * keep,
        beta=skill.beta * keep,
        weight=keep,
        formula=(
            f"Beta({skill.alpha:.4g} × {keep:.3g}, {skill.beta:.4g} × {keep:.3g})"
            f" = Beta({skill.alpha * keep:.4g}, {skill.beta * keep:.4g}): recent answers to known"
            f" tasks differ from earlier ones (chance {found.chance:.2g}). The middle stays,"
            " the interval grows, and more answers are reviewed until it is clear."
        ),
    )
    learning.apply(skill, change, by=by)
    return True
