"""Learning: what an answer turned out to be worth moves its annotator's skill, once, and is kept.

Right answers add to alpha, wrong ones to beta: the conjugate posterior of a binomial share (Gelman
et al., Bayesian Data Analysis, 3rd ed., section 2.4). The lock of the skill is taken after those of
task and assignment, before the ledger's; who teaches several annotators goes by annotator id.
"""

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass

from django.db import transaction

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.clock import Now
from tasks.matching.score import NEWCOMER_GOLD
from tasks.models import Skill, SkillEvent, Submission
from tasks.quality.skill import interval
from tasks.selectors import skills
from tasks.states import SkillEventKind

# What an undone event leaves at least: less is no Beta distribution.
LEAST = 0.01
# Matching hears of what was learned after so long, and as much more as a draw says.
SOON, SPREAD = dt.timedelta(hours=1), dt.timedelta(hours=11)
# Matching is told when a bound has passed a mark of this grid, or gold made a newcomer known.
GRID = 100


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a skill, and how the history says it."""

    kind: SkillEventKind
    key: str
    alpha: float
    beta: float
    weight: float
    formula: str
    gold: int = 0
    share: float | None = None
    submission: Submission | None = None
    undoes: SkillEvent | None = None


@transaction.atomic
def learn(
    *,
    annotator_id: uuid.UUID,
    domain: str,
    kind: SkillEventKind,
    key: str,
    share: float,
    weight: float,
    by: Actor,
    submission: Submission | None = None,
) -> SkillEvent | None:
    """Count an answer that was right by `share` (0 to 1) with `weight` (above 0).

    `key` names the cause (`gold:<submission>`, `review:<review>`, `adjudication:<submission>`,
    `result:<submission>`); None if it was counted already. A first event makes the skill, from the
    prior of the pool.
    """
    if not (0 <= share <= 1 and weight > 0):
        raise ValueError("An answer is right by 0 to 1, and counts for more than nothing.")
    skill = locked(annotator_id, domain)
    if SkillEvent.objects.filter(key=key).exists():
        return None
    change = Change(
        kind=kind,
        key=key,
        alpha=skill.alpha + weight * share,
        beta=skill.beta + weight * (1 - share),
        weight=weight,
        formula=_sum(skill, kind, share, weight),
        gold=int(kind == SkillEventKind.GOLD),
        share=share,
        submission=submission,
    )
    return apply(skill, change, by=by)


@transaction.atomic
def undo(*, key: str, why: str, by: Actor) -> SkillEvent | None:
    """Take the event of that key back by an event of its own; None if there is none, or again.

    What a later drift had halved is taken back by half, and nothing of what an administrator has
    set anew since.
    """
    event = SkillEvent.objects.filter(key=key).first()
    if event is None or event.kind == SkillEventKind.REVERSAL:
        return None
    skill = locked(event.annotator_id, event.domain_id)
    if SkillEvent.objects.filter(undoes=event).exists():
        return None
    left = _left(event)
    right = left * (event.alpha_after - event.alpha_before)
    wrong = left * (event.beta_after - event.beta_before)
    alpha, beta = max(skill.alpha - right, LEAST), max(skill.beta - wrong, LEAST)
    formula = (
        f"Beta({skill.alpha:.4g} - {right:.4g}, {skill.beta:.4g} - {wrong:.4g})"
        f" = Beta({alpha:.4g}, {beta:.4g}): an earlier event is undone. {why}"
    )
    change = Change(
        kind=SkillEventKind.REVERSAL,
        key=f"undo:{event.pk}",
        alpha=alpha,
        beta=beta,
        weight=left * event.weight,
        formula=formula,
        gold=-int(event.kind == SkillEventKind.GOLD and left > 0),
        submission=event.submission,
        undoes=event,
    )
    return apply(skill, change, by=by)


def _left(event: SkillEvent) -> float:
    """How much of what an event had added is still in the skill, 0 to 1."""
    later = SkillEvent.objects.filter(
        annotator_id=event.annotator_id, domain_id=event.domain_id, at__gt=event.at
    )
    left = 1.0
    for kind, weight in later.filter(
        kind__in=[SkillEventKind.SET, SkillEventKind.DRIFT]
    ).values_list("kind", "weight"):
        left *= weight if kind == SkillEventKind.DRIFT else 0.0
    return left


def locked(annotator_id: uuid.UUID, domain: str) -> Skill:
    """The skill under its lock, made from the prior if there is none; the caller is in a
    transaction.
    """
    rows = Skill.objects.select_for_update(no_key=True).filter(
        annotator_id=annotator_id, domain_id=domain
    )
    found = rows.first()
    if found is not None:
        return found
    alpha, beta = skills.prior(annotator_id, domain)
    bounds = interval(alpha, beta)
    made = Skill(
        annotator_id=annotator_id,
        domain_id=domain,
        alpha=alpha,
        beta=beta,
        lower=bounds.lower,
        upper=bounds.upper,
    )
    Skill.objects.bulk_create([made], ignore_conflicts=True)
    return rows.get()


def apply(skill: Skill, change: Change, *, by: Actor) -> SkillEvent:
    """Write the event, move the locked skill, and tell matching if it matters."""
    bounds = interval(change.alpha, change.beta)
    gold = max(skill.gold_seen + change.gold, 0)
    event = SkillEvent.objects.create(
        annotator_id=skill.annotator_id,
        domain_id=skill.domain_id,
        kind=change.kind,
        key=change.key,
        submission=change.submission,
        share=change.share,
        weight=change.weight,
        formula=change.formula,
        alpha_before=skill.alpha,
        beta_before=skill.beta,
        lower_before=skill.lower,
        upper_before=skill.upper,
        alpha_after=change.alpha,
        beta_after=change.beta,
        lower_after=bounds.lower,
        upper_after=bounds.upper,
        undoes=change.undoes,
    )
    known = [skill.lower, skill.upper], skill.gold_seen
    skill.alpha, skill.beta, skill.gold_seen = change.alpha, change.beta, gold
    skill.lower, skill.upper, skill.updated_at = bounds.lower, bounds.upper, Now()
    skill.save()
    audit.record("skill_moved", skill, by=by, kind=change.kind, key=change.key)
    if _matters(*known) != _matters([bounds.lower, bounds.upper], gold):
        outbox.enqueue(
            "tasks.refresh_annotator", delay=_later(), annotator_id=str(skill.annotator_id)
        )
    return event


def _later() -> dt.timedelta:
    """What was learned shows in the work list some hours later, at no time that can be foreseen:
    points that moved after a hand-in, or did not after a result, would tell gold from work.
    """
    return SOON + dt.timedelta(seconds=secrets.randbelow(int(SPREAD.total_seconds())))


def _matters(bounds: list[float], gold: int) -> tuple[int, int, bool]:
    """What the queue's score takes from a skill, as coarse as it may be: each answer moves a bound
    by a little, and listing an annotator's projects anew costs milliseconds.
    """
    lower, upper = (int(bound * GRID) for bound in bounds)
    return lower, upper, gold < NEWCOMER_GOLD


def _sum(skill: Skill, kind: SkillEventKind, share: float, weight: float) -> str:
    right, wrong = weight * share, weight * (1 - share)
    return (
        f"Beta({skill.alpha:.4g} + {right:.4g}, {skill.beta:.4g} + {wrong:.4g})"
        f" = Beta({skill.alpha + right:.4g}, {skill.beta + wrong:.4g}):"
        f" {kind.label}, right by {share:.0%}, weight {weight:g}."
    )
