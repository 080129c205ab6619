"""Answers that nobody has judged in time are accepted by themselves, and paid."""

import datetime as dt

import pytest
from django.test import Client

from accounts.selectors.actors import of_staff
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry
from marketplace.ops import proof
from payments.models import Earning, Reservation
from payments.selectors import balances
from tasks import jobs
from tasks.actions import overdue, reviews
from tasks.models import Assignment, Project, ReviewAssignment, ReviewRequest, SkillEvent
from tasks.selectors import delivery
from tests.support import factories_accounts as people
from tests.support import factories_gold as golden
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


def waiting(**other):
    """An answer that waits for a reviewer."""
    who = work.expert()
    project = work.project(**other)
    submission = work.submit(work.claim(who))
    work.check(submission)
    return project, submission, Assignment.objects.get()


def pass_time(delta):
    """As if everything had happened so much earlier."""
    for row in Assignment.objects.exclude(submitted_at=None):
        Assignment.objects.filter(pk=row.pk).update(
            submitted_at=row.submitted_at - delta, accept_at=row.accept_at - delta
        )


def sweep():
    return overdue.accept_overdue(by=work.BY)


def test_an_answer_is_accepted_and_paid_when_its_hours_are_over():
    project, _submission, row = waiting()
    assert abs(row.accept_at - row.submitted_at - 72 * HOUR) < dt.timedelta(seconds=5)
    pass_time(71 * HOUR)
    assert sweep() == 0
    pass_time(HOUR)
    assert sweep() == 1
    assert sweep() == 0
    row.refresh_from_db()
    assert (row.state, row.timed_out) == ("accepted", True)
    earning = Earning.objects.get()
    assert (earning.kind, earning.amount_minor, earning.fee_minor) == ("work", 500, 100)
    assert balances.pot(project.pot, "usd").reserved_minor == 0
    assert ReviewRequest.objects.get().state == "withdrawn"
    entry = AuditEntry.objects.get(verb="accepted")
    assert (entry.subject, entry.reason) == (f"assignment:{row.pk}", overdue.WHY)
    assert proof.run() == []


def test_the_sweep_job_does_it_and_does_nothing_twice():
    waiting(review_hours=1)
    pass_time(HOUR)
    jobs.accept_overdue()
    jobs.accept_overdue()
    assert Earning.objects.count() == 1


def test_many_are_accepted_in_batches(monkeypatch):
    monkeypatch.setattr(overdue, "BATCH", 2)
    who = work.expert()
    work.project(tasks=5)
    for _ in range(5):
        work.check(work.submit(work.claim(who)))
    pass_time(72 * HOUR)
    assert overdue.accept_overdue(by=work.BY, seconds=0) == 2
    assert sweep() == 3
    assert Earning.objects.count() == 5
    assert proof.run() == []


def test_an_answer_from_before_there_were_dates_waits_14_days_at_most():
    _, _, row = waiting()
    Assignment.objects.update(accept_at=None, submitted_at=row.submitted_at - 13 * DAY)
    assert sweep() == 0
    Assignment.objects.update(submitted_at=row.submitted_at - 14 * DAY)
    assert sweep() == 1


def test_a_reviewer_who_has_it_in_hand_keeps_it_and_is_paid_and_decides_nothing():
    reviewer = work.expert(person=people.staff())
    _, submission, row = waiting()
    held = reviews.claim(
        submission_id=submission.pk, by=of_staff(reviewer.user), user=reviewer.user
    )
    pass_time(72 * HOUR)
    assert sweep() == 1
    assert ReviewRequest.objects.get().state == "taken"
    reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict="reject",
        category="wrong",
        text=work.REASON,
        by=of_staff(reviewer.user),
    )
    row.refresh_from_db()
    assert (row.state, row.timed_out) == ("accepted", True)
    assert sorted(Earning.objects.values_list("kind", "amount_minor")) == [
        ("review", 100),
        ("work", 500),
    ]
    assert not SkillEvent.objects.exists()
    assert proof.run() == []


def test_a_review_that_ran_out_gives_its_money_back_and_its_request_is_withdrawn():
    reviewer = work.expert(person=people.staff())
    project, submission, _ = waiting()
    reviews.claim(submission_id=submission.pk, by=of_staff(reviewer.user), user=reviewer.user)
    pass_time(72 * HOUR)
    assert sweep() == 1
    ReviewAssignment.objects.update(leased_until="2020-01-01T00:00Z")
    jobs.expire_leases()
    assert ReviewRequest.objects.get().state == "withdrawn"
    assert balances.pot(project.pot, "usd").reserved_minor == 0


def test_a_correction_begins_the_hours_anew_and_all_together_wait_14_days():
    _, submission, row = waiting(review_hours=336)
    pass_time(10 * DAY)
    work.review(submission, "return")
    row.refresh_from_db()
    assert abs(row.waited_seconds - 10 * DAY.total_seconds()) < 10
    work.submit(row, work.WRONG)
    row.refresh_from_db()
    left = row.accept_at - row.submitted_at
    assert abs(left - 4 * DAY) < dt.timedelta(seconds=20)
    pass_time(4 * DAY)
    assert sweep() == 1


def test_a_correction_with_hours_left_waits_them_whole():
    _, submission, row = waiting()
    pass_time(DAY)
    work.review(submission, "return")
    row.refresh_from_db()
    work.submit(row, work.WRONG)
    row.refresh_from_db()
    assert abs(row.accept_at - row.submitted_at - 72 * HOUR) < dt.timedelta(seconds=5)


def told_of(row):
    """What its annotator reads of a claim, without what tells tasks apart."""
    http = Client()
    http.force_login(row.annotator.user)
    text = http.get(f"/history/{row.pk}/").content.decode()
    at = row.accept_at.strftime("%H:%M")
    return text.count("accepted by itself"), at in text


def test_gold_waits_and_times_out_like_any_other_answer():
    who = work.expert()
    project = golden.project(gold=1, gold_first=1, gold_percent=0)
    claims = [work.claim(who) for _ in range(2)]
    assert [golden.kind(row) for row in claims] == ["G", "."]
    for row in claims:
        work.check(work.submit(row))
        row.refresh_from_db()
    assert told_of(claims[0]) == told_of(claims[1])
    pass_time(72 * HOUR)
    assert sweep() == 2
    for row in claims:
        row.refresh_from_db()
        assert (row.state, row.timed_out) == ("accepted", True)
    assert Earning.objects.count() == 2
    assert balances.pot(project.pot, "usd").reserved_minor == 0


@pytest.mark.parametrize("answer", [work.RIGHT, work.WRONG])
def test_training_is_paid_whatever_the_answer(answer):
    who = work.expert()
    golden.project(gold=0, training=1, training_most=1, review_percent=100)
    row = work.claim(who)
    assert golden.kind(row) == "T"
    work.check(work.submit(row, answer))
    row.refresh_from_db()
    assert (row.state, row.timed_out) == ("accepted", False)
    assert Earning.objects.get().amount_minor == row.price_minor
    assert not ReviewRequest.objects.exists()


@pytest.mark.parametrize("hours", [0, 337, -1, 1.5, "72", True])
def test_impossible_hours_are_refused(hours):
    api = Api()
    status, body = api.post("/projects", work.fields(review_hours=hours))
    assert (status, pointers(body)) == (422, ["/review_hours"])


def test_hours_are_kept_and_told():
    api = Api()
    status, body = api.post("/projects", work.fields(review_hours=336))
    assert (status, body["review_hours"]) == (201, 336)
    assert Project.objects.get().review_hours == 336


def test_the_client_reads_when_answers_are_accepted_and_how_many_were():
    client = people.organization()
    api = Api(client)
    project, _submission, row = waiting(client=client)
    (told,) = api.get(f"/projects/{project.pk}/submissions")[1]["results"]
    assert dt.datetime.fromisoformat(told["accept_at"]) == row.accept_at
    assert api.get(f"/projects/{project.pk}/progress")[1]["timed_out"] == 0
    pass_time(72 * HOUR)
    sweep()
    assert api.get(f"/projects/{project.pk}/progress")[1]["timed_out"] == 1
    work.run_jobs("tasks.weigh_task")
    (record,) = delivery.results(project.pk)
    (answer,) = record["provenance"]["answers"]
    assert (record["timed_out"], answer["timed_out"]) == (True, True)
    assert answer["judged"] == "accepted by itself: no verdict came in time"


def test_the_annotator_reads_until_when_the_verdict_comes():
    _, _, row = waiting()
    http = Client()
    http.force_login(row.annotator.user)
    for page in ("/history/", f"/history/{row.pk}/"):
        assert b"unless a reviewer decides before" in http.get(page).content
    pass_time(72 * HOUR)
    sweep()
    for page in ("/history/", f"/history/{row.pk}/"):
        text = http.get(page).content
        assert b"unless a reviewer" not in text
        assert b"no verdict came in time" in text


def test_a_verdict_in_time_wins():
    _, submission, row = waiting()
    pass_time(71 * HOUR)
    work.review(submission, "reject")
    pass_time(10 * HOUR)
    assert sweep() == 0
    row.refresh_from_db()
    assert (row.state, row.timed_out) == ("rejected", False)
    assert Reservation.objects.filter(holder=row.holder).get().state == "held"


def test_nobody_reviews_what_was_accepted_by_itself():
    _, submission, _ = waiting()
    pass_time(72 * HOUR)
    sweep()
    with pytest.raises(Refused) as refusal:
        work.review(submission)
    assert refusal.value.code == "wrong_state"
