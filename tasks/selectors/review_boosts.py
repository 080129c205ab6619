"""How much more of somebody's work is reviewed for a while, because a rule asked for it."""

import uuid

from django.db.models import Max, Q

from accounts.selectors import domains
from marketplace.core.expressions import Now
from tasks.models import Project, ReviewBoost


def percent(annotator_id: uuid.UUID, project: Project) -> int:
    """The least share, 0 to 100, of an annotator's answers in a project that rules want reviewed
    now: the largest of the live boosts of the project, of its domain and those above, and of all.
    """
    here = Q(project=project) | Q(
        project__isnull=True, domain_id__in=domains.ancestors(project.domain_id)
    )
    rows = ReviewBoost.objects.filter(
        here | Q(project__isnull=True, domain__isnull=True),
        annotator_id=annotator_id,
        until__gt=Now(),
    )
    return rows.aggregate(most=Max("percent"))["most"] or 0
