"""Answers to gold: scored once, learned from, taken back when the known answer is in doubt."""

import pytest
from django.test import Client
from django.urls import reverse

from payments.models import Earning
from tasks.actions import checks
from tasks.actions import gold as actions
from tasks.models import Gold, GoldAnswer, ReviewCheck, Skill, SkillEvent, Submission
from tests.support import desk, races
from tests.support import factories_gold as gold
from tests.support import factories_tasks as work
from tests.support.api import Api
from tests.support.factories_gold import answered, good, in_quarantine, skill, standing
from tests.support.factories_tasks import BY

pytestmark = pytest.mark.django_db
PARTS = {"verdict": True, "fault": False}
KNOWN = {"answer": work.WRONG}


def counts(row=None):
    row = row or Gold.objects.get()
    row.refresh_from_db()
    return row.seen, row.right, row.good_seen, row.good_right


@pytest.mark.parametrize(
    ("answer", "right", "questions", "change"),
    [
        (work.WRONG, True, {"verdict": True, "fault": True}, (1, 0)),
        ({**work.WRONG, "why": "Something else."}, True, {"verdict": True, "fault": True}, (1, 0)),
        ({**work.WRONG, "fault": "style"}, False, PARTS, (0, 1)),
        (work.RIGHT, False, {"verdict": False}, (0, 1)),
    ],
)
def test_an_answer_is_scored_by_question_and_moves_the_skill(answer, right, questions, change):
    gold.project(gold=1, known=KNOWN)
    who = good()
    submission = answered(who, answer)
    row = GoldAnswer.objects.get(submission=submission)
    assert (row.right, row.questions, row.counts) == (right, questions, True)
    assert counts() == (1, int(right), 1, int(right))
    assert standing(who) == (1, 1, int(right))
    assert skill(who) == (40 + change[0], 2 + change[1], 41)
    event = SkillEvent.objects.get(submission=submission)
    assert (event.key, event.share, event.weight) == (f"gold:{submission.pk}", float(right), 1.0)


def test_a_tolerance_counts_and_a_question_may_be_left_out():
    known = {**KNOWN, "tolerance": {"fault": {"ignore": True}}}
    gold.project(gold=1, known=known)
    answered(work.expert(), {**work.WRONG, "fault": "style"})
    row = GoldAnswer.objects.get()
    assert (row.right, row.questions) == (True, {"verdict": True})


def test_the_same_check_again_scores_nothing_more():
    gold.project(gold=1)
    who = work.expert()
    submission = answered(who)
    before = (counts(), standing(who), skill(who))
    work.check(submission)
    checks.check(submission_id=submission.pk, by=BY)
    assert (counts(), standing(who), skill(who)) == before
    assert counts() == (1, 1, 0, 0)


def test_a_correction_is_not_scored_again():
    gold.project(gold=1)
    who = work.expert()
    first = answered(who, work.WRONG)
    work.review(first, "return")
    row = first.assignment
    row.refresh_from_db()
    work.check(work.submit(row))
    assert GoldAnswer.objects.get().submission == first
    assert (counts(), standing(who)) == ((1, 0, 0, 0), (1, 1, 0))


def test_other_tasks_are_not_scored():
    work.project(tasks=1)
    work.check(work.submit(work.claim(work.expert())))
    assert GoldAnswer.objects.count() == 0


def test_it_is_paid_as_any_task_and_has_no_result():
    gold.project(gold=1, review_percent=0)
    row = answered(work.expert(), work.WRONG).assignment
    row.refresh_from_db()
    assert row.state == "accepted"
    assert Earning.objects.get().amount_minor == row.price_minor == 500
    work.run_jobs("tasks.conclude_task")
    row.task.refresh_from_db()
    assert (row.task.state, hasattr(row.task, "result")) == ("gold", False)


def test_a_rejected_answer_opens_no_slot():
    gold.project(gold=1)
    submission = answered(work.expert(), work.WRONG)
    work.review(submission, "reject")
    submission.task.refresh_from_db()
    assert (submission.task.state, submission.task.open_slots) == ("gold", 0)


def test_training_moves_no_skill_and_shows_the_right_answer_after_the_hand_in_only():
    known = {**KNOWN, "explanation": "For n = 1 the loop never runs."}
    gold.project(gold=0, training=1, known=known)
    who = work.expert()
    row = work.claim(who)
    assert gold.kind(row) == "T"
    browser = Client()
    browser.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    paths = [reverse("tasks:task", args=[row.pk]), reverse("tasks:history_one", args=[row.pk])]
    for path in paths:
        assert "the loop never runs" not in browser.get(path).content.decode()
    form = {"fence": row.fence, "answer-verdict": "correct", "answer-why": "It does, I think."}
    reply = browser.post(paths[0], {**form, "next": "1"})
    assert (reply.status_code, reply["Location"]) == (302, paths[1])
    page = browser.get(paths[1]).content.decode()
    assert page.count("For n = 1 the loop never runs.") == 1
    assert "data-training" in page
    work.run_jobs("tasks.check_submission")
    assert counts() == (1, 0, 0, 0)
    assert GoldAnswer.objects.get().counts is False
    assert Skill.objects.filter(annotator=who).count() == 0


def test_gold_that_is_not_for_training_is_never_explained():
    gold.project(gold=1, known={**KNOWN, "explanation": "For n = 1 the loop never runs."})
    who = work.expert()
    row = answered(who).assignment
    work.review(row.submissions.get(), "reject")
    browser = Client()
    browser.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get(reverse("tasks:history_one", args=[row.pk])).content.decode()
    assert "the loop never runs" not in page
    assert "data-training" not in page


def test_what_good_annotators_fail_goes_into_quarantine_and_teaches_nothing():
    api, project, plain, people = in_quarantine()
    row = Gold.objects.get()
    why = "Annotators who are good elsewhere fail it: 0 of 3 were right."
    assert (row.state, row.quarantined_why, counts()) == ("quarantined", why, (4, 1, 3, 0))
    assert skill(people[0]) == (40, 3, 41)
    work.run_jobs("tasks.settle_gold")
    assert [skill(who) for who in people] == [(40, 2, 40)] * 3
    assert (standing(plain), standing(people[0])) == ((1, 1, 0), (1, 1, 0))
    assert set(GoldAnswer.objects.values_list("counts", flat=True)) == {False}
    assert api.get(f"/projects/{project.pk}/gold")[1]["results"][0]["quarantined_why"] == why
    assert gold.kind(work.claim(work.expert())) == "."
    assert actions.settle(gold_id=row.pk, by=BY) == 0


def test_pay_is_not_touched_by_a_quarantine():
    gold.project(gold=1, tasks=9, review_percent=0)
    for _ in range(3):
        answered(good(), work.WRONG)
    work.run_jobs("tasks.settle_gold")
    assert Earning.objects.count() == 3
    assert Gold.objects.get().state == "quarantined"


def test_released_by_staff_it_counts_again_and_good_annotators_are_counted_anew():
    _, _, plain, people = in_quarantine()
    work.run_jobs("tasks.settle_gold")
    staff = desk.Desk()
    row = Gold.objects.get()
    assert desk.faults(staff.decide("tasks/gold", row, act="release")) == {
        "reason": ["A reason is required."]
    }
    assert desk.done(
        staff.decide("tasks/gold", row, act="release", reason="It is hard, not wrong.")
    )
    work.run_jobs("tasks.settle_gold")
    row.refresh_from_db()
    assert (row.state, row.quarantined_why, counts()) == ("active", "", (4, 1, 0, 0))
    assert [skill(who) for who in people] == [(40, 3, 41)] * 3
    assert standing(plain) == (1, 1, 1)
    assert desk.acts("gold_released") == [("staff", "gold_released", "It is hard, not wrong.")]
    assert gold.kind(work.claim(work.expert())) == "G"
    keys = SkillEvent.objects.filter(annotator=people[0], kind="gold").values_list("key", flat=True)
    first = GoldAnswer.objects.get(annotator=people[0]).pk
    assert sorted(keys) == [f"gold:{first}", f"gold:{first}:2"]


def test_a_second_quarantine_takes_it_back_again():
    _, _, _, people = in_quarantine()
    work.run_jobs("tasks.settle_gold")
    staff = desk.Desk()
    staff.decide("tasks/gold", Gold.objects.get(), act="release", reason="It is hard, not wrong.")
    work.run_jobs("tasks.settle_gold")
    for _ in range(3):
        answered(good(), work.WRONG)
    work.run_jobs("tasks.settle_gold")
    assert Gold.objects.get().state == "quarantined"
    assert [skill(who) for who in people] == [(40, 2, 40)] * 3


def test_a_reviewer_of_gold_is_checked_until_the_gold_is_in_doubt():
    gold.project(gold=1, tasks=9)
    first = answered(good(), work.WRONG)
    review = work.review(first, "accept")
    actions.check_reviewer(review, by=BY)
    actions.check_reviewer(review, by=BY)
    row = ReviewCheck.objects.get()
    assert (row.review, row.source, row.was_right) == (review, "gold", False)
    for _ in range(2):
        answered(good(), work.WRONG)
    work.run_jobs("tasks.settle_gold")
    assert ReviewCheck.objects.count() == 0
    assert actions.check_reviewer(review, by=BY) is None
    staff = desk.Desk()
    staff.decide("tasks/gold", Gold.objects.get(), act="release", reason="It is hard, not wrong.")
    work.run_jobs("tasks.settle_gold")
    assert ReviewCheck.objects.get().was_right is False


@pytest.mark.parametrize(
    ("answer", "category", "told"),
    [
        (work.RIGHT, "wrong", [True]),
        (work.RIGHT, "unsupported", []),
        (work.RIGHT, "factual", []),
        (work.WRONG, "unsupported", [False]),
    ],
)
def test_a_bad_reason_beside_a_right_choice_tells_nothing_of_who_rejects_it(answer, category, told):
    gold.project(gold=1)
    review = work.review(answered(work.expert(), answer), "reject")
    ReviewCheck.objects.all().delete()
    review.category = category
    actions.check_reviewer(review, by=BY)
    assert list(ReviewCheck.objects.values_list("was_right", flat=True)) == told


def test_other_reviews_tell_nothing_of_their_reviewer():
    work.project(tasks=1)
    submission = work.submit(work.claim(work.expert()))
    assert actions.check_reviewer(work.review(submission), by=BY) is None
    assert ReviewCheck.objects.count() == 0


@pytest.mark.parametrize("state", ["retired", "quarantined"])
def test_what_was_in_hand_when_gold_went_counts_for_nobody(state):
    gold.project(gold=1)
    who = work.expert()
    row = work.claim(who)
    why = "In doubt." if state == "quarantined" else ""
    Gold.objects.update(state=state, quarantined_why=why)
    work.check(work.submit(row))
    assert GoldAnswer.objects.get().counts is False
    assert standing(who) == (1, 1, 0)
    assert Skill.objects.filter(annotator=who).count() == 0


def test_retired_gold_that_was_given_out_is_cancelled_and_still_paid():
    api = Api()
    project = gold.project(gold=1, client=api.organization, review_percent=0)
    row = work.claim(work.expert())
    reply = api.http.delete(f"/api/v1/projects/{project.pk}/tasks/{row.task_id}/gold")
    assert reply.status_code == 204
    row.task.refresh_from_db()
    assert (row.task.state, Gold.objects.get().state) == ("cancelled", "retired")
    work.check(work.submit(row))
    assert Earning.objects.count() == 1
    url = f"/projects/{project.pk}/tasks/{row.task_id}/gold"
    status, problem = api.send("PUT", url, {"answer": work.RIGHT})
    assert (status, problem["code"]) == (409, "wrong_state")


def test_the_answer_of_gold_that_was_given_out_stays_and_its_explanation_may_change():
    api = Api()
    project = gold.project(gold=1, client=api.organization)
    row = work.claim(work.expert())
    url = f"/projects/{project.pk}/tasks/{row.task_id}/gold"
    status, problem = api.send("PUT", url, {"answer": work.WRONG})
    assert (status, problem["code"]) == (409, "already_answered")
    status, body = api.send("PUT", url, {"answer": work.RIGHT, "explanation": "Read line 3."})
    assert (status, body["explanation"]) == (200, "Read line 3.")


def test_progress_counts_gold_by_itself():
    api = Api()
    project = gold.project(gold=2, tasks=3, client=api.organization, review_percent=0)
    answered(work.expert())
    seen = api.get(f"/projects/{project.pk}/progress")[1]
    names = ("tasks_total", "tasks_open", "tasks_gold", "submissions", "accepted", "spent_minor")
    assert [seen[name] for name in names] == [3, 3, 2, 0, 0, 600]
    assert api.http.get(f"/api/v1/projects/{project.pk}/results").getvalue() == b""


class TestRaces:
    pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

    def world(self):
        gold.project(gold=1, tasks=3)
        who = work.expert()
        return who, answered(who, check=False)

    def test_two_checks_of_one_answer_score_it_once(self):
        who, submission = self.world()
        races.values(races.times(6, lambda: work.check(submission)))
        assert (counts(), standing(who)) == ((1, 1, 0, 0), (1, 1, 1))
        assert SkillEvent.objects.count() == 1

    def test_two_annotators_at_once_are_both_counted(self):
        _, first = self.world()
        second = answered(work.expert(), check=False)
        races.values(races.at_once(lambda: work.check(first), lambda: work.check(second)))
        assert counts() == (2, 2, 0, 0)

    def test_control_without_the_lock_and_the_look_back_it_is_scored_twice(self, monkeypatch):
        """Without them both runs write; only the table's own key stops the second."""
        _, submission = self.world()
        gate = races.Gate(2)
        plain = Gold.objects.select_related("project")
        monkeypatch.setattr(actions, "_locked", lambda task_id: plain.get(pk=task_id))
        monkeypatch.setattr(actions, "_answered_before", lambda *_: gate.wait())
        monkeypatch.setattr(checks, "lock_assignment", lambda pk: Submission.objects.get(pk=submission.pk).assignment)  # fmt: skip
        found = races.at_once(*[lambda: actions.score(submission, by=BY)] * 2)
        assert sorted(type(one.error).__name__ for one in found) == ["IntegrityError", "NoneType"]
