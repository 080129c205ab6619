"""How much of an annotator's work is looked at by a reviewer, in a project."""

import uuid

from tasks.models import Project, Skill
from tasks.quality.review_share import share_for
from tasks.quality.skill import Beta
from tasks.selectors.skills import prior
from tasks.states import ReviewPlan


def percent(project: Project, annotator_id: uuid.UUID) -> float:
    """The percentage of this annotator's answers that are reviewed, 0 to 100.

    By the plan `share` it is everybody's `review_percent`; by `record` as much as their accuracy in
    the domain asks for, reckoned with its lower bound, so that all of a newcomer's is reviewed,
    and never less than `audit_percent`.
    """
    if project.review_plan == ReviewPlan.SHARE:
        return float(project.review_percent)
    skill = Skill.objects.filter(annotator=annotator_id, domain=project.domain_id).first()
    alpha, beta = (skill.alpha, skill.beta) if skill else prior(annotator_id, project.domain_id)
    return 100 * share_for(Beta(alpha, beta), least=project.audit_percent / 100)
