"""Why a claim got nothing, in words."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from psycopg.errors import LockNotAvailable

from marketplace.core.errors import Refused
from tasks.matching import rules
from tasks.models import Project
from tasks.selectors import facts
from tasks.states import ProjectState


def nothing_to_claim(
    who: rules.AnnotatorFacts,
    *,
    project_id: uuid.UUID | None = None,
    task_id: uuid.UUID | None = None,
) -> Refused:
    """The reason, as exact as the question was: about everything, one project, or one task."""
    if not who.active:
        return Refused("annotator_suspended", "Your profile is suspended.", status=403)
    stopped = _of_project(who, project_id) if project_id else None
    if stopped is not None:
        return stopped
    if task_id is not None:
        return Refused("nothing_to_claim", "This task has no free place any more.")
    return Refused("nothing_to_claim", "There is no open task for you at the moment.")


def _of_project(who: rules.AnnotatorFacts, project_id: uuid.UUID) -> Refused | None:
    """What stops this annotator at this project; None for an unknown one: it tells nothing."""
    project = Project.objects.filter(pk=project_id).first()
    if project is None or project.state == ProjectState.DRAFT:
        return None
    moment = rules.Moment(project_active=project.state == ProjectState.ACTIVE)
    if not rules.OPEN.holds(moment):
        return Refused(rules.OPEN.code, rules.OPEN.sentence(moment))
    pair = rules.Pair(who, facts.of_project(project))
    for rule in rules.failed(rules.PAIR_RULES, pair):
        return Refused(rule.code, rule.sentence(pair), status=403)
    return None


@contextmanager
def busy() -> Iterator[None]:
    """A lock that did not come within its time limit is the queue being busy, not a fault."""
    try:
        yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise Refused("busy", "Many are claiming at this moment. Try again.") from error
        raise
