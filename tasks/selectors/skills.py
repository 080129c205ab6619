"""Where an annotator's estimate in a domain starts, before they have answered anything there."""

import uuid

from django.db.models import Avg, Count, F

from accounts.selectors import credentials
from tasks.models import Skill

STRENGTH = 5.0
LEAST_POOL = 10
# A mean of 0 or 1 is no Beta distribution.
LOWEST, HIGHEST = 0.05, 0.95
# Where the pool is too small to say anything: what the queue assumes as well
# (tasks/matching/score.py).
PROVEN, DECLARED = (4.0, 1.0), (3.0, 2.0)


def prior(annotator_id: uuid.UUID, domain: str) -> tuple[float, float]:
    """Alpha and beta to start from: the mean of the pool in that domain, worth five answers.

    With fewer than ten annotators the pool says nothing: then Beta(4, 1) for who has a verified
    credential in the domain, else Beta(3, 2).
    """
    pool = Skill.objects.filter(domain_id=domain).aggregate(
        mean=Avg(F("alpha") / (F("alpha") + F("beta"))), size=Count("pk")
    )
    if pool["size"] >= LEAST_POOL:
        mean = min(max(pool["mean"], LOWEST), HIGHEST)
        return STRENGTH * mean, STRENGTH * (1 - mean)
    proven = credentials.in_domain(domain).filter(annotator_id=annotator_id)
    return PROVEN if proven.exists() else DECLARED
