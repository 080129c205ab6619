"""Why a claim got nothing, in words, and when it is worth asking again."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy as many

from accounts.models import AnnotatorProfile
from accounts.states import AnnotatorState
from marketplace.core.errors import NotFound, Refused
from tasks.matching import instant
from tasks.matching.rules import PAIR_RULES
from tasks.models import Project
from tasks.selectors import eligibility, misses, told
from tasks.selectors.waiting import ask_again, until_midnight

# What a claim of any project may find in the way, for one sentence; each is a number of projects.
_SENTENCES = {
    "no_open_task": many(
        "{n} of your projects has no free task just now",
        "{n} of your projects have no free task just now",
        "n",
    ),
    "review_backlog": many(
        "{n} waits for reviews to catch up", "{n} wait for reviews to catch up", "n"
    ),
    "share_reached": many(
        "of {n} you have done your share", "of {n} you have done your share", "n"
    ),
    "project_open_reached": many(
        "of {n} you have as many open as it allows",
        "of {n} you have as many open as they allow",
        "n",
    ),
    "project_day_reached": many(
        "of {n} you have done as many as it allows in a day",
        "of {n} you have done as many as they allow in a day",
        "n",
    ),
    "project_cap_reached": many(
        "of {n} you have done as many as it allows one expert",
        "of {n} you have done as many as they allow one expert",
        "n",
    ),
}
_PAIR_CODES = frozenset(rule.code for rule in PAIR_RULES)


def of(
    outcome: str,
    detail: Mapping[str, Any],
    *,
    annotator_id: uuid.UUID,
    project_id: uuid.UUID | None = None,
    task_id: uuid.UUID | None = None,
) -> Refused:
    """The refusal for what `tasks_claim` answered; as exact as the question was."""
    if outcome == "not_found":
        return NotFound("annotator")
    if outcome == instant.FUNDED.code:
        return Refused(outcome, _(instant.FUNDED.sentence), retry_after=ask_again(annotator_id))
    if outcome != "nothing_to_claim":
        return _capped(outcome, annotator_id)
    return (
        _suspended(annotator_id)
        or (_of_project(annotator_id, project_id) if project_id else None)
        or _nothing(detail, annotator_id, task_id)
    )


def _suspended(annotator_id: uuid.UUID) -> Refused | None:
    active = AnnotatorProfile.objects.filter(
        pk=annotator_id, state=AnnotatorState.ACTIVE, user__is_active=True
    )
    if active.exists():
        return None
    return Refused("annotator_suspended", _("Your profile is suspended."), status=403)


def busy() -> Refused:
    """Locks that do not come in time."""
    return Refused("busy", _("Many are claiming at this moment. Try again."), retry_after=1)


def annotator_of(user_id: str | None) -> uuid.UUID:
    """The profile of a person who asked; refuses who has none."""
    if user_id is None:
        raise NotFound("annotator")
    row = AnnotatorProfile.objects.filter(user_id=user_id).values_list("pk", flat=True).first()
    if row is None:
        raise NotFound("annotator")
    return row


def _capped(code: str, annotator_id: uuid.UUID) -> Refused:
    for finding in eligibility.of_moment(annotator_id):
        if finding.rule.code == code:
            return Refused(code, finding.sentence, retry_after=_again(code, annotator_id))
    return Refused(code, _("You have reached a limit of the platform."))


def _again(code: str, annotator_id: uuid.UUID) -> int | None:
    """When what stops a claim may have passed; none where only the annotator can change it."""
    if code in instant.BY_MIDNIGHT:
        return until_midnight()
    return None if code in instant.IN_THEIR_HANDS else ask_again(annotator_id)


def _of_project(annotator_id: uuid.UUID, project_id: uuid.UUID) -> Refused | None:
    """What stops this annotator at this project, in the words that experts may read; None for one
    that they may not ask about, which is refused like an unknown one.
    """
    if not misses.visible(annotator_id, project_id):
        return None
    project = Project.objects.select_related("organization").get(pk=project_id)
    broken = [one for one in eligibility.of_pair(annotator_id, project_id) if not one.holds]
    # A project that is closed to everybody comes first: nobody is told to add a language for it.
    broken.sort(key=lambda one: one.rule.code != "project_not_active")
    for finding in broken:
        (rule,) = told.rules([finding], project)
        if finding.rule.code in _PAIR_CODES:
            return Refused(rule.code, rule.sentence, status=403)
        if finding.rule.code != instant.FUNDED.code:
            again = _again(finding.rule.code, annotator_id)
            return Refused(rule.code, rule.sentence, retry_after=again)
    return None


def _nothing(
    detail: Mapping[str, Any], annotator_id: uuid.UUID, task_id: uuid.UUID | None
) -> Refused:
    if task_id is not None:
        return Refused("nothing_to_claim", _("This task has no free place any more."))
    tally = {code: n for code, n in detail.items() if code != "short"}
    parts = [
        (text % {"n": tally[code]}).format(n=tally[code])
        for code, text in _SENTENCES.items()
        if code in tally
    ]
    why = f" {'; '.join(parts)}." if parts else ""
    return Refused(
        "nothing_to_claim",
        _("There is no open task for you at the moment.") + why,
        retry_after=ask_again(annotator_id),
        data={"reasons": tally},
    )
