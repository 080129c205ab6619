"""Pairs whose answers go together: which projects to look at, and a pair as staff read it."""

import json
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks.interface.ballots import YES, Ballot, ballots
from tasks.interface.render import RenderedAnswer, render_answer
from tasks.interface.spec import Interface
from tasks.interface.voting import VOTABLE
from tasks.models import Submission, SuspectPair, Task
from tasks.quality.copying import LEAST_SHARED
from tasks.suspicion import SuspicionState

# A project is looked at again until so many days after its last answer.
DAYS = 7
MOST_SHOWN = 12
_MILLION = 1_000_000
SURE = 0.99

# Tasks with two answers are counted up to the least that a pair must share: fewer cannot be enough.
_DUE = """
SELECT project.id
  FROM tasks_project project
 WHERE project.state <> 'draft'
   AND jsonb_path_exists(project.interface, '$.questions[*] ? (@.type == $kinds[*])', %(kinds)s)
   AND EXISTS (SELECT 1 FROM tasks_assignment made
                WHERE made.project_id = project.id
                  AND made.submitted_at > core_now() - make_interval(days => %(days)s))
   AND %(least)s = (
       SELECT count(*) FROM (
           SELECT 1 FROM tasks_assignment made
            WHERE made.project_id = project.id AND made.submitted_at IS NOT NULL
            GROUP BY made.task_id HAVING count(DISTINCT made.annotator_id) > 1
            LIMIT %(least)s) shared)
 ORDER BY project.id
"""


def due_projects() -> list[uuid.UUID]:
    """Projects that can be voted on, with answers of the last days and 20 tasks that several
    annotators answered.
    """
    kinds = json.dumps({"kinds": VOTABLE})
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"kinds": kinds, "days": DAYS, "least": LEAST_SHARED})
        return [row[0] for row in cursor.fetchall()]


def waiting_count() -> int:
    """How many pairs wait for a decision."""
    return SuspectPair.objects.filter(state=SuspicionState.WAITING).count()


@dataclass(frozen=True, slots=True)
class Alike:
    """A task to which both gave the same answer: in words, which one is likelier and how likely,
    and both whole answers, without names.
    """

    task: Task
    said: str
    likelier: str
    chance: str
    known: bool
    answers: Sequence[Sequence[RenderedAnswer]]


def alike(pair: SuspectPair) -> list[Alike]:
    """The surest shared mistakes, up to 12."""
    interface = Interface.load(pair.project.interface)
    ballot = next(
        (one for those in ballots(interface).values() for one in those if one.key == pair.question),
        None,
    )
    if ballot is None:
        return []
    some = pair.alike[:MOST_SHOWN]
    tasks = {str(row.pk): row for row in Task.objects.filter(pk__in=[one["task"] for one in some])}
    own = _own_answers(pair, list(tasks.values()))
    return [
        Alike(
            task=task,
            said=_words(ballot, one["said"]),
            likelier=_words(ballot, one["likelier"]),
            chance=_share(one["chance"]),
            known=one["known"],
            answers=[
                render_answer(interface, own[task.pk, who].answer, task.payload)
                for who in (pair.one_id, pair.other_id)
                if (task.pk, who) in own
            ],
        )
        for one in some
        if (task := tasks.get(one["task"])) is not None
    ]


def sentences(pair: SuspectPair) -> list[str]:
    """What was found, for people who do not reckon."""
    figures = {"shared": pair.shared, "agreed": pair.agreed, "expected": f"{pair.expected:.1f}"}
    first = _(
        "Both answered %(shared)d tasks and gave the same answer to %(agreed)d of them. By their "
        "records, each answering alone, %(expected)s would be expected."
    )
    second = ngettext(
        "To %(n)d task both gave the same answer although another one is likelier.",
        "To %(n)d tasks both gave the same answer although another one is likelier.",
        pair.mistakes,
    )
    return [first % figures, second % {"n": pair.mistakes}, _times(pair.evidence)]


def _times(evidence: float) -> str:
    times = math.exp(min(evidence, 50))
    if times > _MILLION:
        return _(
            "This is more than a million times likelier if one copies three answers in four from "
            "the other than if each answers alone."
        )
    text = _(
        "This is about %(times)s times likelier if one copies three answers in four from the other "
        "than if each answers alone."
    )
    return text % {"times": f"{float(f'{times:.2g}'):,.0f}"}


def _own_answers(
    pair: SuspectPair, tasks: Sequence[Task]
) -> dict[tuple[uuid.UUID, uuid.UUID], Submission]:
    """The last own version of both, by task and annotator."""
    rows = Submission.objects.filter(
        task__in=tasks, annotator__in=(pair.one_id, pair.other_id), edited_by__isnull=True
    )
    return {
        (row.task_id, row.annotator_id): row for row in rows.order_by("submitted_at", "version")
    }


def _share(chance: float) -> str:
    """A chance in percent; nothing is certain."""
    return f"{chance:.0%}" if chance < SURE else f">\u00a0{SURE:.0%}"


def _words(ballot: Ballot, label: str) -> str:
    """A class of a ballot as its question shows it."""
    question = ballot.question
    if ballot.place is not None:
        option = question.text_of(question.values[ballot.place])
        return f"{option}: {_('yes') if label == YES else _('no')}"
    value = json.loads(label)
    return _("no answer") if value is None else question.text_of(value)
