"""How far the confidences of a project can be trusted, question by question, in words."""

import datetime as dt
import uuid
from dataclasses import dataclass

from tasks.interface.ballots import Ballot, ballots
from tasks.interface.spec import Interface
from tasks.models import Project, QuestionModel
from tasks.selectors.labels import LEAST_NEW
from tasks.states import TruthMethod

CALIBRATED, UNCALIBRATED = "calibrated", "uncalibrated"
NOT_MEASURED = f"Not measured yet: that begins with {LEAST_NEW} answers."


def label(confidence: object, *, calibrated: bool) -> str | None:
    """The word that stands beside a confidence wherever it is shown; None beside none."""
    if confidence is None:
        return None
    return CALIBRATED if calibrated else UNCALIBRATED


@dataclass(frozen=True, slots=True)
class QuestionConfidence:
    """One question (or one `option` of a set). `confidence_label` says whether gold has told how
    true its confidences are; `supported`, whether it supports accepting from `accept_from` on
    without a person; `why` says so in a sentence. The two errors are how far confidences were off
    on gold tasks, before and after calibration: 0.05 is five points.
    """

    question: str
    title: str
    option: str | None
    confidence_label: str
    supported: bool
    accept_from: float | None
    why: str
    method: str | None
    answers: int
    gold_tasks: int
    error_raw: float | None
    error_calibrated: float | None
    measured_at: dt.datetime | None

    @property
    def method_title(self) -> str:
        """The method's name, for people."""
        return str(TruthMethod(self.method).label) if self.method else "–"


def of_project(project_id: uuid.UUID) -> list[QuestionConfidence]:
    """All questions that can be voted on, in the order of the interface. Two statements."""
    project = Project.objects.only("interface").get(pk=project_id)
    rows = {row.question: row for row in QuestionModel.objects.filter(project_id=project_id)}
    choices = ballots(Interface.load(project.interface))
    return [_one(ballot, rows.get(ballot.key)) for those in choices.values() for ballot in those]


def _one(ballot: Ballot, row: QuestionModel | None) -> QuestionConfidence:
    question = ballot.question
    return QuestionConfidence(
        question=question.name,
        title=question.title,
        option=None if ballot.place is None else str(question.values[ballot.place]),
        confidence_label=CALIBRATED if row and row.calibration else UNCALIBRATED,
        supported=row is not None and row.supported,
        accept_from=row.accept_from if row else None,
        why=row.why if row else NOT_MEASURED,
        method=row.method if row else None,
        answers=row.labels if row else 0,
        gold_tasks=row.gold_tasks if row else 0,
        error_raw=row.ece_raw if row else None,
        error_calibrated=row.ece_calibrated if row else None,
        measured_at=row.fitted_at if row else None,
    )
