"""The queue of reviews: who may take which request, and in which order."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts.actions import qualifications
from accounts.models import ListEntry, Nda, Qualification, QualificationGrant, Team, Wall
from accounts.selectors.actors import of_staff, of_user
from accounts.selectors.reviewers import reviewer
from marketplace.core import clock
from marketplace.core.errors import Refused
from payments.models import Earning
from tasks.actions import requests, reviews
from tasks.models import Assignment, ReviewAssignment, ReviewRequest, Submission
from tasks.selectors import reviewable
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.desk import Desk, faults

pytestmark = pytest.mark.django_db


def refusal(call, **kwargs):
    with pytest.raises(Refused) as caught:
        call(**kwargs)
    return caught.value


def qualify(who, level=1, domain=work.DOMAIN, **grant):
    kind = Qualification.objects.create(
        name=f"Level {level} in {domain} {work.new_ids(1)[0]}", domain_id=domain, review_level=level
    )
    return QualificationGrant.objects.create(
        qualification=kind, annotator=who, granted_by="staff:x", **grant
    )


def judge(level=1, domain=work.DOMAIN):
    """An annotator who reviews."""
    who = work.expert()
    qualify(who, level, domain)
    return who


def take(who):
    return reviews.claim_next(by=of_user(who.user), user=who.user)


def nothing(who):
    return refusal(reviews.claim_next, by=of_user(who.user), user=who.user).code


def say(held, verdict="accept", **other):
    reason = {} if verdict == "accept" else {"category": "wrong", "text": work.REASON}
    return reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict=verdict,
        by=of_user(held.reviewer),
        **{**reason, **other},
    )


@pytest.fixture
def submission():
    work.project(tasks=1)
    row = work.submit(work.claim(work.expert()))
    work.check(row)
    return row


def test_a_qualified_annotator_reviews_and_is_paid(submission):
    who = judge()
    held = take(who)
    assert (held.submission_id, held.payee, held.price_minor) == (submission.pk, who, 100)
    say(held)
    assert [e.amount_minor for e in Earning.objects.filter(annotator=who)] == [100]
    assert Assignment.objects.get().state == "accepted"
    assert ReviewRequest.objects.get().state == "done"


@pytest.mark.parametrize(
    ("domain", "level"),
    [
        (work.DOMAIN, 1),
        ("engineering", 1),  # above it
        ("engineering.software", 3),
    ],
)
def test_a_level_holds_in_its_domain_and_below(submission, domain, level):
    who = judge(level, domain)
    assert reviewer(user=who.user, by=of_user(who.user)).level_in(work.DOMAIN) == level
    assert take(who).submission_id == submission.pk


@pytest.mark.parametrize("domain", ["medicine", "engineering.civil"])
def test_and_nowhere_else(submission, domain):
    assert nothing(judge(3, domain)) == "nothing_to_review"


def test_without_a_live_qualification_nobody_reviews(submission):
    assert nothing(work.expert()) == "not_allowed"
    late, revoked, suspended = work.expert(), work.expert(), judge()
    qualify(late, expires_on=clock.now().date() - dt.timedelta(days=1))
    grant = qualify(revoked)
    qualifications.revoke(grant_id=grant.pk, reason="Left.", by=of_staff(people.staff()))
    people.suspended(suspended)
    assert [nothing(who) for who in (late, revoked, suspended)] == ["not_allowed"] * 3


def test_staff_are_adjudicators_at_the_desk_and_nothing_on_the_web(submission):
    person = people.staff()
    assert reviewer(user=person, by=of_staff(person)).level_in("medicine") == 3
    assert refusal(reviews.claim_next, by=of_user(person), user=person).code == "not_allowed"
    assert refusal(reviews.claim_next, by=of_staff(people.staff()), user=person).code == (
        "not_allowed"
    )


def test_a_senior_request_is_for_seniors(submission):
    requests.ask(kind="tie", submission=submission, level=2, by=work.BY)
    ReviewRequest.objects.filter(kind="first").update(state="withdrawn")
    assert nothing(judge(1)) == "nothing_to_review"
    assert take(judge(2)).request.kind == "tie"


def test_the_nearest_date_comes_first_then_the_oldest():
    who = work.expert()
    work.project(tasks=4)
    rows = [work.submit(work.claim(who)) for _ in range(4)]
    for row in rows:
        work.check(row)
    now = clock.now()
    for row, days in ((rows[2], 3), (rows[3], 1)):
        ReviewRequest.objects.filter(submission=row).update(due_at=now + dt.timedelta(days=days))
    person = judge()
    assert [take(person).submission_id for _ in range(4)] == [rows[n].pk for n in (3, 2, 0, 1)]


@pytest.mark.parametrize("kind", ["second", "tie", "audit", "appeal"])
def test_every_other_reading_is_somebody_elses(submission, kind):
    first = judge(3)
    say(take(first), "reject")
    requests.ask(kind=kind, submission=submission, by=work.BY)
    assert nothing(first) == "nothing_to_review"
    assert take(judge()).request.kind == kind


def test_whoever_has_one_reading_in_hand_gets_no_other(submission):
    requests.ask(kind="second", submission=submission, by=work.BY)
    who = judge()
    held = take(who)
    assert reviewable.waiting(reviewer(user=who.user, by=of_user(who.user))).count() == 0
    assert take(who) == held
    assert {take(judge()).request.kind, held.request.kind} == {"first", "second"}


def test_a_correction_may_come_back_to_whoever_asked_for_it(submission):
    who = judge()
    say(take(who), "return")
    row = Assignment.objects.select_related("annotator__user").get()
    work.check(work.submit(row, work.WRONG))
    assert take(who).submission.version == 2


def test_a_second_reader_gets_no_correction(submission):
    requests.ask(kind="second", submission=submission, by=work.BY)
    first, second = judge(), judge()
    held, other = take(first), take(second)
    say(held, "return")
    say(other, "reject")
    row = Assignment.objects.select_related("annotator__user").get()
    work.check(work.submit(row, work.WRONG))
    kinds = {held.request.kind: first, other.request.kind: second}
    assert nothing(kinds["second"]) == "nothing_to_review"
    assert take(kinds["first"]).submission.version == 2


@pytest.mark.parametrize("rule", ["nda", "wall", "deny", "pause", "team", "language"])
def test_clients_rules_hold_for_reviewers_too(submission, rule):
    who, project = judge(), submission.task.project
    client = project.organization
    if rule == "nda":
        project.nda = Nda.objects.create(organization=client, version=1, title="N", text="…")
    if rule == "team":
        project.team = Team.objects.create(name="The few")
    if rule == "language":
        project.languages = ["de"]
    project.save()
    if rule == "deny":
        ListEntry.objects.create(organization=client, annotator=who, kind="deny", reason="Slow")
    if rule == "pause":
        people.paused(who)
    if rule == "wall":
        rival = work.project(tasks=1, client=people.organization())
        work.claim(who, project_id=rival.pk)
        first, second = sorted([client.pk, rival.organization_id])
        Wall.objects.create(first_id=first, second_id=second, reason="They compete")
    assert nothing(who) == "nothing_to_review"
    request = ReviewRequest.objects.get(submission=submission)
    who_judges = reviewer(user=who.user, by=of_user(who.user))
    with pytest.raises(Refused) as caught, transaction.atomic():
        reviews.take(request_id=request.pk, by=of_user(who.user), who=who_judges)
    assert (caught.value.code, caught.value.status) == ("not_open", 403)
    assert take(judge()) if rule in ("deny", "pause", "wall") else True


def test_who_has_read_a_rivals_answers_judges_not_the_others(submission):
    who = judge()
    rival = work.project(tasks=1, client=people.organization())
    work.check(work.submit(work.claim(work.expert(), project_id=rival.pk)))
    assert take(who).submission_id == submission.pk
    first, second = sorted([submission.task.project.organization_id, rival.organization_id])
    Wall.objects.create(first_id=first, second_id=second, reason="They compete")
    held = take(who)
    assert held.submission_id == submission.pk  # the one in hand, nothing new
    assert ReviewAssignment.objects.count() == 1


def test_an_annotator_picks_no_submission(submission):
    who = judge(3)
    error = refusal(reviews.claim, submission_id=submission.pk, by=of_user(who.user), user=who.user)
    assert (error.code, error.status) == ("not_allowed", 403)


def test_postgresql_refuses_a_review_of_own_work(submission):
    request = ReviewRequest.objects.get()
    claim = {
        "request": request, "task": submission.task, "submission": submission, "currency": "usd",
        "price_minor": 0, "fee_minor": 0, "leased_until": clock.now(),
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="worked on"), transaction.atomic():
        ReviewAssignment.objects.create(reviewer=submission.annotator.user, **claim)
    row = ReviewAssignment.objects.create(reviewer=people.staff(), **claim)
    with pytest.raises(IntegrityError, match="worked on"), transaction.atomic():
        ReviewAssignment.objects.filter(pk=row.pk).update(reviewer=submission.annotator.user)


def test_postgresql_refuses_a_review_of_another_tasks_answer(submission):
    work.project(tasks=1)
    work.claim(work.expert())
    other = Assignment.objects.exclude(task=submission.task).get().task
    with pytest.raises(IntegrityError, match="one task"), transaction.atomic():
        ReviewAssignment.objects.create(
            request=ReviewRequest.objects.get(), task=other, submission=submission,
            reviewer=people.staff(), currency="usd", price_minor=0, fee_minor=0,
            leased_until=clock.now(),
        )  # fmt: skip
    assert Submission.objects.count() == 1


def test_administrators_make_qualifications_for_reviewers():
    admin, helper = Desk(administrator=True), Desk()
    asked = {"name": "Reviews software", "domain": work.DOMAIN, "review_level": 2}
    assert helper.new("accounts/qualification", **asked).status_code != 302
    assert Qualification.objects.count() == 0
    nowhere = admin.new("accounts/qualification", **{**asked, "domain": ""})
    assert list(faults(nowhere)) == ["domain"]
    assert admin.new("accounts/qualification", **asked).status_code == 302
    who, kind = work.expert(), Qualification.objects.get()
    qualifications.grant(qualification_id=kind.pk, annotator_id=who.pk, by=of_staff(people.staff()))
    assert reviewer(user=who.user, by=of_user(who.user)).levels == {work.DOMAIN: 2}
