"""What was measured of a project's questions and of who answers them, ready to weigh answers."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tasks.interface.ballots import Ballot
from tasks.models import AnnotatorModel, Project, QuestionModel, Skill
from tasks.quality.calibration import Calibration
from tasks.quality.labels import Floats
from tasks.quality.weighing import Model, coin, unfitted
from tasks.selectors.skills import DECLARED, PROVEN


@dataclass(frozen=True, slots=True)
class Measured:
    """The fitted questions by key, everybody's confusions by question and annotator, and the mean
    skill of those of whom one is known.
    """

    questions: Mapping[str, QuestionModel]
    confusions: Mapping[tuple[str, uuid.UUID], Floats]
    skills: Mapping[uuid.UUID, float]
    stranger: float

    def model(self, ballot: Ballot) -> Model:
        """How labels of this choice are read; a model of other classes is none."""
        row = self.questions.get(ballot.key)
        if row is None or tuple(row.classes) != ballot.classes:
            return unfitted(self.stranger, len(ballot.classes))
        return Model(
            row.method,
            np.asarray(row.prior, float),
            np.asarray(row.stranger, float),
            Calibration.from_data(row.calibration) if row.calibration else None,
        )

    def confusion(self, ballot: Ballot, annotator_id: uuid.UUID, model: Model) -> Floats:
        """How an annotator answers: as measured here, else by their skill, else as strangers do."""
        size = len(ballot.classes)
        found = self.confusions.get((ballot.key, annotator_id))
        if found is not None and found.shape == (size, size):
            return found
        skill = self.skills.get(annotator_id)
        return model.stranger if skill is None else coin(skill, size)


def of(project: Project, annotator_ids: Sequence[uuid.UUID]) -> Measured:
    """What is known of the project and these annotators, in at most three statements however many
    they are.

    A skill is that of the project's domain, else of the closest one above it; nobody asks for it
    where all of them were measured in each question.
    """
    questions = {row.question: row for row in QuestionModel.objects.filter(project=project)}
    names = {row.pk: name for name, row in questions.items()}
    rows = AnnotatorModel.objects.filter(
        question_model__project=project, annotator_id__in=annotator_ids
    )
    confusions = {
        (names[row.question_model_id], row.annotator_id): np.asarray(row.confusion, float)
        for row in rows
        if row.question_model_id in names
    }
    unmeasured = [
        one
        for one in annotator_ids
        if not names or any((name, one) not in confusions for name in questions)
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
