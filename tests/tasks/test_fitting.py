"""Measuring a project from its answers, and what then becomes of its tasks."""

import datetime as dt

import numpy as np
import pytest

from marketplace.core import clock
from marketplace.core.models import OutboxMessage
from marketplace.core.registry import JOBS, SWEEPS
from tasks.actions import fitting, result_learning, weighing
from tasks.interface.ballots import ballots
from tasks.models import (
    AnnotatorModel,
    Assignment,
    Belief,
    Gold,
    QuestionModel,
    Result,
    SkillEvent,
    Submission,
    Task,
)
from tasks.quality.calibration import Calibration
from tasks.quality.truth.choice import Choice, beliefs
from tasks.selectors import labels
from tests.support import factories_tasks as work
from tests.tasks.test_weighing import NO, PLAIN, YES, measure

pytestmark = pytest.mark.django_db
LEARN = "tasks.learn_from_result"


def answered(tasks=12, people=2, gold=0, **other):
    """A project whose tasks all these experts answer with yes; the first ones are gold."""
    crowd = [work.expert() for _ in range(people)]
    project = work.project(tasks=tasks, interface=PLAIN, overlap=people, review_percent=0, **other)
    for who in crowd:
        for _ in range(tasks):
            work.check(work.submit(work.claim(who), YES))
    known = project.tasks.order_by("pk")[:gold]
    Gold.objects.bulk_create(
        Gold(task=task, project=project, answer=YES, made_by="tests") for task in known
    )
    return project, crowd


def right_of(row):
    """How often they say yes when it is."""
    return row.confusion["pooled_dawid_skene"][0][0]


def test_enough_answers_are_found_by_the_sweep_and_measured_once():
    project, crowd = answered()
    SWEEPS["tasks.fit_stale"].run()
    assert OutboxMessage.objects.filter(job="tasks.fit_project").count() == 1
    work.run_jobs("tasks.fit_project")
    model = QuestionModel.objects.get()
    assert (model.project, model.question, model.classes) == (project, "verdict", ['"yes"', '"no"'])
    assert (model.labels, model.gold_tasks, model.supported) == (24, 0, False)
    assert (model.calibration, model.accept_from) == (None, None)
    assert model.why == "0 gold tasks were answered: at least 10 are needed to calibrate."
    rows = AnnotatorModel.objects.values_list("annotator", "answers")
    assert sorted(rows) == sorted((who.pk, 12) for who in crowd)
    assert model.weights == {"pooled_dawid_skene": 1}
    assert all(right_of(row) > 0.9 for row in AnnotatorModel.objects.all())
    fitted_at = model.fitted_at
    SWEEPS["tasks.fit_stale"].run()
    JOBS["tasks.fit_project"].run(project_id=str(project.pk))
    model.refresh_from_db()
    assert model.fitted_at == fitted_at
    assert not OutboxMessage.objects.filter(job="tasks.fit_project").exists()


def test_too_few_answers_are_not_measured():
    answered(tasks=9)  # 18 answers
    assert fitting.fit_stale() == 0


def test_single_answers_without_gold_are_not_measured_and_prose_never():
    answered(tasks=20, people=1)
    prose = {**PLAIN, "questions": [{"name": "why", "type": "text"}]}
    answered_prose = work.project(tasks=1, interface=prose, overlap=2)
    Assignment.objects.update(project=answered_prose)
    assert fitting.fit_stale() == 0


def test_gold_calibrates_what_is_measured():
    project, _crowd = answered(tasks=30, gold=15, target_confidence=0.6)
    assert fitting.fit_project(project_id=project.pk) == 1
    model = QuestionModel.objects.get()
    assert (model.gold_tasks, model.labels) == (15, 60)
    assert model.calibration["gold"] == 15
    assert len({one["task"] for one in model.held_out}) == 15
    assert all(one["right"] == one["raw_right"] == 1.0 for one in model.held_out)
    assert model.supported
    assert 0.6 <= model.accept_from < 1
    assert model.ece_calibrated < 0.1
    assert sum(one["tasks"] for one in model.reliability) == 15


def test_what_is_believed_of_a_task_is_the_measured_mixture_of_methods():
    """Task by task what `bench quality` makes of the same labels."""
    random = np.random.default_rng(5)
    crowd = [work.expert() for _ in range(3)]
    project = work.project(tasks=30, interface=PLAIN, overlap=3, review_percent=0)
    for who in crowd:
        for _ in range(30):
            work.submit(work.claim(who), YES if random.random() < 0.7 else NO)
    for task in project.tasks.order_by("pk")[:10]:
        Gold.objects.create(task=task, project=project, answer=YES, made_by="tests")
    assert fitting.fit_project(project_id=project.pk) == 1
    model = QuestionModel.objects.get()
    assert len(model.weights) > 1
    assert model.weights[model.method] == max(model.weights.values())

    found = labels.answers(project)
    table, gold = found.table(ballots(found.interface)["verdict"][0])
    chances = Choice(model.weights).mix(beliefs(table, gold))
    expected = Calibration.from_data(model.calibration).apply(chances)
    for task in project.tasks.filter(known__isnull=True):
        weighing.weigh(task_id=task.pk, by=work.BY)
        posterior = Belief.objects.get(task=task).questions["verdict"]["posterior"]
        place = table.tasks.index(task.pk)
        weighed = [posterior[name] for name in table.classes]
        assert weighed == pytest.approx(expected[place], abs=1e-4)
    assert Belief.objects.count() == 20


def test_gold_that_counts_for_nobody_is_left_out():
    project, _crowd = answered(tasks=15, gold=15)
    first, second = Gold.objects.order_by("pk")[:2]
    Gold.objects.filter(pk=first.pk).update(training=True)
    Gold.objects.filter(pk=second.pk).update(state="quarantined", quarantined_why="x")
    fitting.fit_project(project_id=project.pk)
    model = QuestionModel.objects.get()
    assert (model.gold_tasks, model.labels) == (13, 26)


def test_new_gold_is_reason_enough():
    project, _crowd = answered()
    assert fitting.fit_project(project_id=project.pk) == 1
    assert fitting.fit_project(project_id=project.pk) == 0
    task = project.tasks.first()
    Gold.objects.create(
        task=task, project=project, answer=YES, made_by="tests", made_at=clock.now()
    )
    assert fitting.fit_project(project_id=project.pk) == 1
    assert QuestionModel.objects.get().gold_tasks == 1


def test_a_fifth_more_answers_are_reason_enough():
    project, (who, _other) = answered(tasks=60)  # 120 answers: a fifth are 24
    fitting.fit_project(project_id=project.pk)
    row = Assignment.objects.filter(annotator=who).values_list("pk", flat=True)
    Assignment.objects.filter(pk__in=list(row[:23])).update(submitted_at=clock.now())
    assert fitting.fit_stale() == 0
    Assignment.objects.filter(pk__in=list(row[:24])).update(submitted_at=clock.now())
    assert fitting.fit_stale() == 1


def test_a_reviewers_edit_is_not_taken_for_the_annotators_answer():
    project, (who, _other) = answered()
    row = Assignment.objects.filter(annotator=who).first()
    own = row.submissions.get()
    Submission.objects.create(
        assignment=row,
        task=row.task,
        annotator=who,
        version=2,
        answer=NO,
        digest="x",
        guideline_version=1,
        edited_by=who.user,
    )
    fitting.fit_project(project_id=project.pk)
    model = AnnotatorModel.objects.get(annotator=who)
    assert own.answer == YES
    assert (model.answers, right_of(model) > 0.9) == (12, True)


def test_tasks_that_wait_are_weighed_again_by_what_was_learned():
    project, _crowd = answered(tasks=12, max_overlap=3, target_confidence=0.6)
    work.run_jobs("tasks.weigh_task")
    assert set(Task.objects.values_list("state", "overlap")) == {("open", 3)}
    for task in project.tasks.all()[:11]:
        Gold.objects.create(task=task, project=project, answer=YES, made_by="tests")
    fitting.fit_project(project_id=project.pk)
    assert QuestionModel.objects.get().supported
    Gold.objects.all().delete()  # a task whose answer is known would get no result
    work.run_jobs("tasks.weigh_task")
    assert set(Task.objects.values_list("state", "overlap")) == {("concluded", 2)}
    assert set(Result.objects.values_list("source", "calibrated")) == {("model", True)}


def concluded(*said, calibrated=True):
    """A task answered so, concluded by the majority."""
    crowd = [work.expert() for _ in said]
    project = work.project(tasks=1, interface=PLAIN, overlap=len(said), review_percent=0)
    if calibrated:
        measure(project, *crowd)
    for who, answer in zip(crowd, said, strict=True):
        work.check(work.submit(work.claim(who), answer))
    work.run_jobs("tasks.weigh_task")
    return crowd


def test_agreement_with_a_calibrated_result_moves_skills_a_little_and_once():
    crowd = concluded(YES, YES, NO)
    work.run_jobs(LEARN)
    found = {
        event.annotator_id: (event.kind, event.share, event.weight)
        for event in SkillEvent.objects.all()
    }
    assert found == {
        crowd[0].pk: ("result", 1.0, 0.25),
        crowd[1].pk: ("result", 1.0, 0.25),
        crowd[2].pk: ("result", 0.0, 0.25),
    }
    assert result_learning.learn_from(task_id=Task.objects.get().pk, by=work.BY) == 0
    assert SkillEvent.objects.count() == 3


@pytest.mark.parametrize(("said", "calibrated"), [((YES, YES), False), ((YES,), True)])
def test_what_proves_nothing_moves_no_skill(said, calibrated):
    concluded(*said, calibrated=calibrated)
    work.run_jobs(LEARN)
    task_id = Result.objects.get().task_id
    assert result_learning.learn_from(task_id=task_id, by=work.BY) == 0
    assert weighing.weigh(task_id=task_id, by=work.BY) is None
    assert SkillEvent.objects.count() == 0


def test_those_weighed_longest_ago_are_weighed_again_first(monkeypatch):
    monkeypatch.setattr(fitting, "MOST_WEIGHED", 1)
    project, _crowd = answered(tasks=12, max_overlap=3, target_confidence=0.6)
    work.run_jobs("tasks.weigh_task")
    last = project.tasks.order_by("pk").last()
    long_ago = clock.now() - dt.timedelta(days=1)
    Belief.objects.filter(pk=last.pk).update(updated_at=long_ago)
    fitting.fit_project(project_id=project.pk)
    work.run_jobs("tasks.weigh_task")
    assert list(Belief.objects.filter(updated_at__lte=long_ago)) == []
