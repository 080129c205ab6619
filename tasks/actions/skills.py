"""Skills: the estimate of an annotator's accuracy in a domain, and matching that follows it."""

import math
import uuid

from django.db import transaction

from accounts.actions import guards
from accounts.selectors import domains as taxonomy
from marketplace.core import audit
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, invalid
from marketplace.core.ids import new_id
from tasks.actions import learning
from tasks.models import Skill
from tasks.states import SkillEventKind

MOST = 1_000_000_000


def record(
    *,
    annotator_id: uuid.UUID,
    domain: str,
    alpha: float,
    beta: float,
    gold_seen: int,
    by: Actor,
    reason: str = "",
) -> Skill:
    """Set what is known of an accuracy: Beta(`alpha`, `beta`) after `gold_seen` gold answers.

    The history keeps it as an event of its own. Our own jobs record what they measured; of people,
    only administrators, with a reason. Refuses numbers that no Beta distribution has.
    """
    if by.kind is not ActorKind.JOB and by.kind is not ActorKind.COMMAND:
        guards.administrators_only(by)
        reason = guards.reason_of(reason)
    _check(domain, alpha, beta, gold_seen)
    with transaction.atomic():
        annotator = guards.annotator_for(annotator_id, by)
        skill = learning.locked(annotator.pk, domain)
        learning.apply(
            skill,
            learning.Change(
                kind=SkillEventKind.SET,
                key=f"set:{new_id()}",
                alpha=alpha,
                beta=beta,
                weight=1.0,
                formula=f"Set to Beta({alpha:.4g}, {beta:.4g}). {reason}".strip(),
                gold=gold_seen - skill.gold_seen,
            ),
            by=by,
        )
        audit.record(
            "record_skill",
            skill,
            by=by,
            reason=reason,
            annotator=str(annotator.pk),
            domain=domain,
            alpha=alpha,
            beta=beta,
            gold_seen=gold_seen,
        )
    return skill


def _check(domain: str, alpha: float, beta: float, gold_seen: int) -> None:
    faults = [
        Fault(f"/{name}", f"Above 0, at most {MOST}.")
        for name, value in (("alpha", alpha), ("beta", beta))
        if not (math.isfinite(value) and 0 < value <= MOST)
    ]
    if not 0 <= gold_seen <= MOST:
        faults.append(Fault("/gold_seen", f"0 to {MOST}."))
    if taxonomy.unknown([domain]):
        faults.append(Fault("/domain", f"No such domain: {domain}."))
    if faults:
        raise invalid("This is no skill.", faults)
