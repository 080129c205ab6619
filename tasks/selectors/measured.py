"""What was measured of a project's questions and of who answers them, ready to weigh answers."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from tasks.interface.ballots import Ballot
from tasks.models import AnnotatorModel, Project, QuestionModel, Skill
from tasks.quality.calibration import Calibration
from tasks.quality.labels import Floats
from tasks.quality.truth.choice import MAJORITY
from tasks.quality.weighing import Model, Part, coin, unfitted
from tasks.selectors.skills import DECLARED, PROVEN


@dataclass(frozen=True, slots=True)
class Measured:
    """The fitted questions by key, everybody's confusions by question and annotator (a matrix for
    each method), and the mean skill of those of whom one is known.
    """

    questions: Mapping[str, QuestionModel]
    confusions: Mapping[tuple[str, uuid.UUID], Mapping[str, Any]]
    skills: Mapping[uuid.UUID, float]
    stranger: float

    def model(self, ballot: Ballot) -> Model:
        """How labels of this choice are read; a model of other classes is none."""
        row = self.questions.get(ballot.key)
        if row is None or tuple(row.classes) != ballot.classes:
            return unfitted(self.stranger, len(ballot.classes))
        parts = {
            method: Part(
                weight,
                np.asarray(row.prior[method], float),
                np.asarray(row.stranger[method], float),
            )
            for method, weight in row.weights.items()
        }
        calibration = Calibration.from_data(row.calibration) if row.calibration else None
        return Model(parts, calibration)

    def confusion(
        self, ballot: Ballot, annotator_id: uuid.UUID, model: Model
    ) -> Mapping[str, Floats]:
        """How an annotator answers by each method: as measured here, else by their skill, else as
        strangers do.
        """
        measured = self.confusions.get((ballot.key, annotator_id), {})
        skill = self.skills.get(annotator_id)
        size = len(ballot.classes)
        return {
            method: _matrix(measured.get(method), size, skill, part)
            for method, part in model.parts.items()
            if method != MAJORITY
        }


def _matrix(measured: Any, size: int, skill: float | None, part: Part) -> Floats:
    if measured is not None:
        found = np.asarray(measured, float)
        if found.shape == (size, size):
            return found
    return part.stranger if skill is None else coin(skill, size)


def of(project: Project, annotator_ids: Sequence[uuid.UUID]) -> Measured:
    """What is known of the project and these annotators, in at most two statements however many
    they are.

    A skill is that of the project's domain, else of the closest one above it; nobody asks for it
    where all of them were measured in each question.
    """
    of_these = AnnotatorModel.objects.filter(
        question_model=OuterRef("pk"), annotator_id__in=annotator_ids
    ).values(found=JSONObject(who="annotator_id", confusion="confusion"))
    questions, confusions = {}, {}
    for row in QuestionModel.objects.filter(project=project).annotate(
        known=ArraySubquery(of_these)
    ):
        questions[row.question] = row
        for one in row.known:
            confusions[row.question, uuid.UUID(one["who"])] = one["confusion"]
    unmeasured = [
        one
        for one in annotator_ids
        if not questions or any((name, one) not in confusions for name in questions)
    ]
    start = PROVEN if project.credential_required else DECLARED
    return Measured(
        questions=questions,
        confusions=confusions,
        skills=_skills(project, unmeasured) if unmeasured else {},
        stranger=start[0] / sum(start),
    )


def _skills(project: Project, annotator_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, float]:
    parts = project.domain_id.split(".")
    above = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    rows = Skill.objects.filter(annotator_id__in=annotator_ids, domain_id__in=above)
    found = sorted(rows, key=lambda row: len(row.domain_id))  # the closest comes last and stays
    return {row.annotator_id: row.alpha / (row.alpha + row.beta) for row in found}
