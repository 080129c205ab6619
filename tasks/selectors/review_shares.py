"""How much of an annotator's work is looked at by a reviewer, in a project."""

import uuid

from tasks.models import Project, Skill
from tasks.quality.review_share import SENSITIVITY, share_for
from tasks.quality.skill import Beta
from tasks.selectors import reviewer_rates
from tasks.selectors.skills import prior
from tasks.states import ReviewPlan

# A pool that finds next to nothing reviews everything; it is never divided by zero.
LEAST_FOUND = 0.01


def percent(project: Project, annotator_id: uuid.UUID) -> float:
    """The percentage of this annotator's answers that are reviewed, 0 to 100.

    By the plan `share` it is everybody's `review_percent`; by `record` as much as their accuracy in
    the domain asks for, reckoned with its lower bound, so that all of a newcomer's is reviewed,
    and never less than `audit_percent`. What reviewers find of the wrong answers is taken as what
    was measured in the domain (lower bound), or 95 % until enough is known.
    """
    if project.review_plan == ReviewPlan.SHARE:
        return float(project.review_percent)
    skill = Skill.objects.filter(annotator=annotator_id, domain=project.domain_id).first()
    alpha, beta = (skill.alpha, skill.beta) if skill else prior(annotator_id, project.domain_id)
    found = reviewer_rates.of_the_pool(project.domain_id)
    sensitivity = SENSITIVITY if found is None else max(found, LEAST_FOUND)
    least = project.audit_percent / 100
    return 100 * share_for(Beta(alpha, beta), sensitivity=sensitivity, least=least)
