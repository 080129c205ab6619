"""What a report was reckoned from and that changes later: the models, the tests of reviewers."""

from typing import Any

from tasks.models import AnnotatorModel, Delivery, QuestionModel
from tasks.selectors import warranty
from tasks.states import Verdict

Record = dict[str, Any]


def told(row: Delivery) -> Record:
    """The evidence as the delivery went out; of one that is not ready, as things stand."""
    return row.evidence or of(row)


def of(row: Delivery) -> Record:
    """The model of each question with its held-out gold, and every test of those who inspected.

    Annotators appear by pseudonym; a test says only what was right and what was said, not by whom.
    """
    models = QuestionModel.objects.filter(project=row.project_id).order_by("question")
    tests = sorted(warranty.checks(row))  # in no order that would tell of a reviewer
    return {
        "models": [_model(one) for one in models],
        "checks": [
            {"was_right": right, "accepted": verdict == Verdict.ACCEPT} for right, verdict in tests
        ],
    }


def _model(one: QuestionModel) -> Record:
    rows = AnnotatorModel.objects.filter(question_model=one).select_related("annotator")
    return {
        "question": one.question,
        "method": one.method,
        "weights": one.weights,
        "classes": one.classes,
        "prior": one.prior,
        "stranger": one.stranger,
        "calibration": one.calibration,
        "held_out": one.held_out,
        "annotators": [
            {
                "annotator": str(row.annotator.pseudonym),
                "answers": row.answers,
                "confusion": row.confusion,
            }
            for row in rows.order_by("annotator__pseudonym")
        ],
    }
