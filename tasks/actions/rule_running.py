"""Rules run: one statement finds those whom a rule hits, and its action is done once for each."""

import datetime as dt
import uuid

import structlog
from django.db import transaction
from django.db.models import Max

from marketplace.core import audit, clock, outbox
from marketplace.core.actors import Actor
from marketplace.core.errors import Refused
from tasks.actions import rule_effects
from tasks.models import QualityRule, RuleHit
from tasks.selectors import collectors, rule_words
from tasks.selectors.collectors import Found
from tasks.states import ProjectState, RuleState

log = structlog.get_logger(__name__)


@transaction.atomic
def sweep() -> int:
    """Promise a run of every enabled rule, of the platform and of projects that are not closed;
    returns how many."""
    rows = QualityRule.objects.filter(state=RuleState.ENABLED)
    ids = list(
        rows.exclude(project__state=ProjectState.CLOSED).order_by("pk").values_list("pk", flat=True)
    )
    outbox.enqueue_many("tasks.run_rule", [{"rule_id": str(pk)} for pk in ids])
    return len(ids)


@transaction.atomic
def run(*, rule_id: uuid.UUID, by: Actor) -> int:
    """Do a rule's action for everybody whom it hits now; returns how many that was.

    One hit for each annotator and day (UTC), however often it runs, and nothing counts for a rule
    twice: after a hit it looks at what came later only. The rule's lock makes two runs one after
    the other. An annotator whose action is refused keeps no hit and stops nobody else's.
    """
    rows = QualityRule.objects.select_for_update(no_key=True, of=("self",))
    rule = rows.filter(pk=rule_id, state=RuleState.ENABLED).first()
    if rule is None:
        return 0
    at = clock.now()
    before = RuleHit.objects.filter(rule=rule).values_list("annotator_id").annotate(at=Max("at"))
    today = set(
        RuleHit.objects.filter(rule=rule, day=at.date()).values_list("annotator_id", flat=True)
    )
    found = [
        one for one in collectors.hit_by(rule, at, dict(before)) if one.annotator_id not in today
    ]
    return sum(_hit(rule, one, at.date(), by) for one in found)


def _hit(rule: QualityRule, found: Found, day: dt.date, by: Actor) -> bool:
    try:
        with transaction.atomic():
            hit = RuleHit.objects.create(
                rule=rule,
                version=rule.version,
                annotator_id=found.annotator_id,
                project_id=rule.project_id,
                day=day,
                value=found.reading.value,
                seen=found.reading.seen,
                low=found.reading.low,
                high=found.reading.high,
                evidence=list(found.evidence),
                words=rule_words.of_hit(rule, found.reading),
            )
            rule_effects.do(rule, hit, by=by)
            audit.record(
                "rule_hit", hit, by=by, rule=str(rule.pk), version=rule.version, done=hit.done
            )
    except Refused as refusal:
        log.warning("rule_refused", rule=str(rule.pk), code=refusal.code)
        return False
    return True
