"""Enough answers: what is believed after each, and when a task is concluded, asked once more, or
left to an adjudicator."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actions import qualifications
from accounts.selectors.actors import of_user
from marketplace.core.models import AuditEntry, OutboxMessage
from payments.models import Reservation
from tasks.actions import adjudication_claims, projects, results, weighing
from tasks.models import AnnotatorModel, Belief, Project, QuestionModel, Result, Skill, Task
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db
PLAIN = {
    **work.INTERFACE,
    "questions": [
        {"name": "verdict", "type": "choice", "required": True, "options": ["yes", "no"]}
    ],
}
YES, NO = {"verdict": "yes"}, {"verdict": "no"}
# A calibration that leaves chances as they are.
AS_IT_IS = {"temperature": [1.0], "lapse": [0.0], "weight": [1.0], "gold": 50}


def crowd(number):
    return [work.expert() for _ in range(number)]


def posted(**other):
    return work.project(tasks=1, interface=PLAIN, review_percent=0, **other)


def measure(project, *annotators, accept_from=0.9, right=0.9, calibration=AS_IT_IS):
    """A fitted question: these annotators are right with this chance; strangers guess."""
    row = QuestionModel.objects.create(
        project=project,
        question="verdict",
        method="dawid_skene",
        weights={"dawid_skene": 1},
        classes=['"yes"', '"no"'],
        prior={"dawid_skene": [0.5, 0.5]},
        stranger={"dawid_skene": [[0.5, 0.5], [0.5, 0.5]]},
        calibration=calibration,
        supported=accept_from is not None,
        accept_from=accept_from,
        why="" if accept_from else "Of 20 gold tasks 9 were wrong.",
        labels=100,
        gold_tasks=20,
    )
    for who in annotators:
        confusion = {"dawid_skene": [[right, 1 - right], [1 - right, right]]}
        AnnotatorModel.objects.create(
            question_model=row, annotator=who, confusion=confusion, answers=50
        )
    return row


def answer(who, said):
    """Claimed, handed in, accepted, weighed."""
    submission = work.submit(work.claim(who), said)
    work.check(submission)
    work.run_jobs("tasks.weigh_task")
    return submission


def task():
    return Task.objects.get()


def standing():
    row = task()
    return row.state, row.overlap, row.open_slots


def test_a_belief_follows_each_answer_before_its_review():
    first, second = crowd(2)
    project = work.project(tasks=1, interface=PLAIN, overlap=2)
    measure(project, first, second)
    submission = work.submit(work.claim(first), YES)
    work.check(submission)  # it goes to a reviewer
    work.run_jobs("tasks.weigh_task")
    belief = Belief.objects.get()
    assert belief.questions == {
        "verdict": {
            "answer": "yes",
            "confidence": 0.9,
            "posterior": {'"yes"': 0.9, '"no"': 0.1},
            "method": "dawid_skene",
            "calibrated": True,
            "supported": True,
        }
    }
    assert (belief.confidence, belief.calibrated, belief.answers) == (pytest.approx(0.9), True, 1)
    work.submit(work.claim(second), NO)
    weighing.weigh(task_id=task().pk, by=work.BY)
    belief.refresh_from_db()
    assert (belief.confidence, belief.answers) == (pytest.approx(0.5), 2)
    assert standing() == ("filled", 2, 0)


def test_a_rejected_answer_is_believed_no_more():
    who = work.expert()
    work.project(tasks=1, interface=PLAIN)
    submission = work.submit(work.claim(who), YES)
    weighing.weigh(task_id=task().pk, by=work.BY)
    assert Belief.objects.count() == 1
    work.review(submission, "reject")
    work.run_jobs("tasks.weigh_task")
    assert Belief.objects.count() == 0


def test_unmeasured_annotators_count_by_their_skill_and_nothing_is_called_calibrated():
    who = work.expert()
    work.project(tasks=1, interface=PLAIN, overlap=2)
    Skill.objects.create(
        annotator=who, domain_id=work.DOMAIN, alpha=19, beta=1, lower=0.85, upper=0.99
    )
    work.submit(work.claim(who), YES)
    weighing.weigh(task_id=task().pk, by=work.BY)
    known = Belief.objects.get().confidence
    Skill.objects.all().delete()  # then they count as anybody with a verified credential: 4 of 5
    weighing.weigh(task_id=task().pk, by=work.BY)
    belief = Belief.objects.get()
    assert known > 0.9
    assert 0.75 < belief.confidence < known
    assert not belief.calibrated
    assert belief.questions["verdict"]["method"] == "one_coin"


def test_without_a_target_the_majority_decides_and_its_share_is_uncalibrated():
    posted(overlap=3)
    for who, said in zip(crowd_now(3), (YES, YES, NO), strict=True):
        answer(who, said)
    result = Result.objects.get()
    assert (result.answer, result.source) == (YES, "majority")
    assert (result.confidence, result.calibrated) == (Decimal("0.6667"), False)
    assert result.details["verdict"]["votes"] == {'"yes"': 2, '"no"': 1}
    assert result.details["verdict"]["calibrated"] is False
    assert set(result.details["verdict"]["posterior"]) == {'"yes"', '"no"'}


def crowd_now(number):
    """Experts who come when the project is there already."""
    return [work.expert() for _ in range(number)]


def test_without_a_target_a_calibrated_chance_takes_the_place_of_the_share():
    good, poor, other = crowd(3)
    project = posted(overlap=3)
    model = measure(project, good)
    known = {"dawid_skene": [[0.6, 0.4], [0.4, 0.6]]}
    AnnotatorModel.objects.create(question_model=model, annotator=poor, confusion=known, answers=9)
    for who, said in ((good, NO), (poor, YES), (other, YES)):
        answer(who, said)
    result = Result.objects.get()
    # two of three say yes, and the one who is nearly always right says no
    assert (result.answer, result.source, result.calibrated) == (YES, "majority", True)
    # odds 0.1 * 0.6 against 0.9 * 0.4, discounted for three labels
    assert result.confidence == Decimal("0.2876")


def test_a_sure_task_is_concluded_by_the_model_with_the_fewest_answers():
    project = posted(overlap=1, max_overlap=3, target_confidence=0.9)
    who = work.expert()
    measure(project, who, right=0.95)
    answer(who, NO)
    result = Result.objects.get()
    assert (result.answer, result.source, result.submissions) == (NO, "model", 1)
    assert (result.confidence, result.calibrated) == (Decimal("0.9500"), True)
    assert standing() == ("concluded", 1, 0)


def test_an_unsure_task_gets_one_more_slot_until_it_is_sure():
    project = posted(overlap=1, max_overlap=3, target_confidence=0.9)
    first, second = crowd(2)
    measure(project, first, second, right=0.89)
    answer(first, YES)
    assert standing() == ("open", 2, 1)
    entry = AuditEntry.objects.get(verb="asked_once_more")
    assert entry.data == {"overlap": 2, "questions": ["verdict"], "why": results.UNSURE}
    assert Reservation.objects.filter(state="held").count() == 0  # money moves with the claim
    answer(second, YES)
    result = Result.objects.get()
    # odds (0.89 / 0.11) ** 2, discounted for two labels
    assert (result.confidence, result.submissions) == (Decimal("0.9118"), 2)
    assert standing() == ("concluded", 2, 0)


def test_what_stays_unsure_after_the_most_answers_goes_to_an_adjudicator():
    project = posted(overlap=1, max_overlap=2, target_confidence=0.9)
    first, second = crowd(2)
    measure(project, first, second)
    answer(first, YES)  # exactly as sure as asked for would do
    assert Result.objects.count() == 1
    project = work.project(
        tasks=1, interface=PLAIN, review_percent=0, overlap=1, max_overlap=2, target_confidence=0.95
    )
    measure(project, first, second)
    for who, said in ((first, YES), (second, NO)):
        work.check(work.submit(work.claim(who, project_id=project.pk), said))
        work.run_jobs("tasks.weigh_task")
    row = project.tasks.get()
    assert (row.state, row.overlap) == ("disputed", 2)
    assert AuditEntry.objects.get(verb="disputed").data == {
        "questions": ["verdict"],
        "why": results.UNSURE,
    }


def test_without_gold_nothing_is_accepted_however_sure():
    posted(overlap=2, target_confidence=0.5)
    for who in crowd(2):
        answer(who, YES)
    assert (task().state, Result.objects.count()) == ("disputed", 0)
    entry = AuditEntry.objects.get(verb="disputed")
    assert entry.data == {"questions": ["verdict"], "why": results.UNSUPPORTED}


def test_gold_may_ask_for_more_than_the_target():
    project = posted(overlap=1, target_confidence=0.8)
    who = work.expert()
    measure(project, who, accept_from=0.95)
    answer(who, YES)
    assert task().state == "disputed"


def test_a_tie_asks_once_more_where_the_plan_allows_it():
    posted(overlap=2, max_overlap=3)
    first, second, third = crowd(3)
    answer(first, YES)
    answer(second, NO)
    assert standing() == ("open", 3, 1)
    assert AuditEntry.objects.get(verb="asked_once_more").data["why"] == results.TIED
    answer(third, YES)
    assert Result.objects.get().answer == YES


def test_a_closed_project_asks_nobody_more():
    project = posted(overlap=2, max_overlap=3)
    first, second = crowd(2)
    answer(first, YES)
    submission = work.submit(work.claim(second), NO)
    projects.close(project_id=project.pk, by=work.BY)
    work.run_jobs("tasks.wind_up_project")
    work.check(submission)
    work.run_jobs("tasks.weigh_task")
    assert standing() == ("disputed", 2, 0)


def test_what_was_measured_since_takes_an_untaken_slot_back():
    project = posted(overlap=1, max_overlap=3, target_confidence=0.9)
    who = work.expert()
    answer(who, YES)
    assert standing() == ("open", 2, 1)
    measure(project, who, right=0.95)
    weighing.weigh(task_id=task().pk, by=work.BY)
    assert standing() == ("concluded", 1, 0)
    assert Result.objects.get().confidence == Decimal("0.9500")


def test_a_slot_that_somebody_has_taken_is_not_taken_back():
    project = posted(overlap=1, max_overlap=3, target_confidence=0.9)
    first, second = crowd(2)
    answer(first, YES)
    held = work.claim(second)
    measure(project, first, right=0.95)
    weighing.weigh(task_id=task().pk, by=work.BY)
    assert standing() == ("filled", 2, 0)
    work.release(held)
    weighing.weigh(task_id=task().pk, by=work.BY)
    assert standing() == ("concluded", 1, 0)


def test_what_was_measured_since_spares_the_adjudicator():
    project = posted(overlap=1, target_confidence=0.9)
    who = work.expert()
    answer(who, YES)
    assert task().state == "disputed"
    measure(project, who, right=0.95)
    weighing.weigh(task_id=task().pk, by=work.BY)
    assert (task().state, Result.objects.get().source) == ("concluded", "model")


def test_running_again_does_nothing_more():
    posted(overlap=1, max_overlap=3, target_confidence=0.9)
    who = work.expert()
    answer(who, YES)
    before = AuditEntry.objects.count(), OutboxMessage.objects.count()
    for _ in range(2):
        assert weighing.weigh(task_id=task().pk, by=work.BY) is None
    assert standing() == ("open", 2, 1)
    assert (AuditEntry.objects.count(), OutboxMessage.objects.count()) == before


def test_a_set_is_weighed_option_by_option():
    shape = {
        **PLAIN,
        "questions": [
            {"name": "kinds", "type": "multi", "required": True, "options": ["a", "b"]},
            {"name": "note", "type": "text"},
        ],
    }
    first, second = crowd(2)
    project = work.project(
        tasks=1, interface=shape, review_percent=0, overlap=2, target_confidence=0.8
    )
    for place in range(2):
        model = measure(project)
        QuestionModel.objects.filter(pk=model.pk).update(
            question=f"kinds/{place}", classes=["false", "true"], accept_from=0.5
        )
        model.annotators.bulk_create(
            AnnotatorModel(
                question_model=model,
                annotator=who,
                confusion={"dawid_skene": [[0.9, 0.1], [0.1, 0.9]]},
                answers=9,
            )
            for who in (first, second)
        )
    answer(first, {"kinds": ["a"], "note": "First."})
    answer(second, {"kinds": ["a"]})
    result = Result.objects.get()
    assert result.answer == {"kinds": ["a"], "note": "First."}
    # odds 9 ** 2, discounted for two labels
    assert result.details["kinds"]["posterior"] == {'"a"': 0.9194, '"b"': 0.0806}
    assert result.confidence == Decimal("0.9194")


@pytest.mark.parametrize("answers", [1, 4])
def test_the_number_of_statements_does_not_grow_with_the_answers(answers):
    people = crowd(answers)
    project = posted(overlap=answers, target_confidence=0.5)
    measure(project, *people, accept_from=0.5)
    for who in people:
        work.check(work.submit(work.claim(who), YES))
    with CaptureQueriesContext(
        connection,
    ) as sent:
        assert weighing.weigh(task_id=task().pk, by=work.BY) is not None
    assert len(sent) == 9


def test_a_project_of_prose_is_concluded_as_before():
    shape = {**PLAIN, "questions": [{"name": "why", "type": "text", "required": True}]}
    work.project(tasks=1, interface=shape, review_percent=0)
    answer(work.expert(), {"why": "Because."})
    result = Result.objects.get()
    assert (result.source, result.confidence, result.details) == ("submission", None, {})
    assert Belief.objects.count() == 0
    assert Project.objects.get().target_confidence is None


def test_a_dispute_in_an_adjudicators_hands_is_left_to_them():
    project = posted(overlap=1, target_confidence=0.9)
    who = work.expert()
    answer(who, YES)
    measure(project, who, right=0.95)
    judge = work.expert()
    kind = people.qualification(domain_id=work.DOMAIN, review_level=3)
    qualifications.grant(qualification_id=kind.pk, annotator_id=judge.pk, by=work.BY)
    by = of_user(judge.user)
    held = adjudication_claims.claim_next(by=by, user=judge.user)
    weighing.weigh(task_id=task().pk, by=work.BY)
    assert task().state == "disputed"
    adjudication_claims.release(claim_id=held.pk, by=by)
    work.run_jobs("tasks.weigh_task")
    assert (task().state, Result.objects.get().source) == ("concluded", "model")
