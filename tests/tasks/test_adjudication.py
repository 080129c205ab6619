"""Disputes at the adjudicators' desk: claimed, paid whatever is decided, and what follows."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.actions import qualifications
from accounts.models import Notice
from accounts.selectors.actors import of_staff, of_user
from accounts.selectors.reviewers import reviewer
from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from marketplace.core.registry import JOBS, SWEEPS
from payments.models import Earning, Reservation
from payments.selectors import balances
from tasks.actions import adjudication, adjudication_claims, funding, reviews, weighing
from tasks.models import (
    Adjudication,
    AdjudicationAssignment,
    Assignment,
    Project,
    Result,
    ResultRevision,
    ReviewCheck,
    SkillEvent,
    Task,
)
from tasks.selectors import disputes
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db
WHY = "Tried it with n = 0 and n = 1: both are right."


def adjudicator(level=3, domain=work.DOMAIN):
    who = work.expert()
    kind = people.qualification(domain_id=domain, review_level=level)
    qualifications.grant(qualification_id=kind.pk, annotator_id=who.pk, by=work.BY)
    return who


def disputed(**plan):
    """A task with two accepted answers that differ; the annotators of both."""
    row = work.project(overlap=2, **plan)
    crowd = [work.expert() for _ in range(2)]
    for who, answer in zip(crowd, (work.RIGHT, work.WRONG), strict=True):
        work.review(work.submit(work.claim(who, project_id=row.pk), answer))
    task = Task.objects.get(project=row)
    weighing.weigh(task_id=task.pk, by=work.BY)
    task.refresh_from_db()
    assert task.state == "disputed"
    return task, crowd


def take(who):
    return adjudication_claims.claim_next(by=of_user(who.user), user=who.user)


def decide(who, claim, answer=None, reason=WHY, fence=None):
    return adjudication_claims.decide(
        claim_id=claim.pk,
        fence=claim.fence if fence is None else fence,
        answer=answer or work.RIGHT,
        reason=reason,
        by=of_user(who.user),
        user=who.user,
    )


def code(call, *args, **values):
    with pytest.raises(Refused) as refused:
        call(*args, **values)
    return refused.value.code


def learnt():
    rows = SkillEvent.objects.filter(kind="adjudication").order_by("at")
    return {row.annotator_id: (row.share, row.weight) for row in rows}


def test_an_adjudicator_claims_decides_and_is_paid_twice_a_review():
    task, (right, wrong) = disputed()
    judge = adjudicator()
    claim = take(judge)
    assert take(judge) == claim
    assert (claim.price_minor, claim.task_id) == (200, task.pk)
    assert Reservation.objects.get(holder=claim.holder).state == "held"
    result = decide(judge, claim)
    assert (result.source, result.answer) == ("adjudication", work.RIGHT)
    earning = Earning.objects.get(annotator=judge)
    assert (earning.source, earning.amount_minor) == (claim.holder, 200)
    assert learnt() == {right.pk: (1.0, 1.0), wrong.pk: (0.0, 1.0)}
    checks = {
        row.review.submission.annotator_id: row.was_right for row in ReviewCheck.objects.all()
    }
    assert checks == {right.pk: True, wrong.pk: False}
    assert Earning.objects.filter(annotator__in=[right, wrong]).count() == 2
    assert code(decide, judge, claim) == "too_late"
    assert Earning.objects.filter(annotator=judge).count() == 1


def test_the_project_may_name_a_price():
    disputed(adjudication_price_minor=750)
    assert take(adjudicator()).price_minor == 750


def test_who_may_not_take_a_dispute():
    _task, crowd = disputed()
    assert code(take, crowd[0]) == "not_allowed"
    senior, elsewhere = adjudicator(level=2), adjudicator(domain="law")
    assert code(take, senior) == "nothing_to_decide"
    assert code(take, elsewhere) == "nothing_to_decide"
    kind = people.qualification(domain_id=work.DOMAIN, review_level=3)
    qualifications.grant(qualification_id=kind.pk, annotator_id=crowd[0].pk, by=work.BY)
    assert code(take, crowd[0]) == "nothing_to_decide"
    judge = adjudicator()
    claim = take(judge)
    assert code(take, adjudicator()) == "nothing_to_decide"
    with pytest.raises(NotFound):
        adjudication_claims.release(claim_id=claim.pk, by=of_user(senior.user))
    staff = people.staff()
    assert (
        code(
            adjudication.decide,
            task_id=claim.task_id,
            answer=work.RIGHT,
            reason=WHY,
            by=of_staff(staff),
            user=staff,
        )
        == "taken"
    )


def test_a_dispute_given_back_or_run_out_returns_its_money_and_waits_again():
    disputed()
    judge = adjudicator()
    first = take(judge)
    adjudication_claims.release(claim_id=first.pk, by=of_user(judge.user))
    second = take(judge)
    clock.advance(dt.timedelta(hours=1))
    for _ in range(2):
        SWEEPS["tasks.expire_leases"].run()
    second.refresh_from_db()
    assert second.state == "expired"
    held = Reservation.objects.filter(holder__in=[first.holder, second.holder])
    assert {row.state for row in held} == {"released"}
    assert code(decide, judge, second) == "too_late"
    third = take(adjudicator())
    assert code(decide, judge, third) == "not_found"
    assert Earning.objects.filter(source__startswith="adjudication").count() == 0


def test_a_project_without_money_is_left_out():
    task, _crowd = disputed(adjudication_price_minor=2_000_000)
    assert code(take, adjudicator()) == "funds_short"
    assert Project.objects.get(pk=task.project_id).funds_short_at is not None
    assert not AdjudicationAssignment.objects.exists()


@pytest.mark.parametrize("priced", [True, False])
def test_a_client_is_told_once_when_no_adjudication_is_covered(priced):
    """Where the project names no price, twice a review is what has to be covered."""
    task, _crowd = disputed(
        review_price_minor=800, adjudication_price_minor=1600 if priced else None
    )
    project = task.project
    # 1,600 and a fee of 20 % cost 1,920; an answer (500) or a review (800) is still covered
    free = balances.pot(project.pot, project.currency).funds_minor
    funding.take_back(project_id=project.pk, amount_minor=free - 1919, by=work.BY)
    judge = adjudicator()
    for _ in range(2):
        assert code(take, judge) == "funds_short"
    project.refresh_from_db()
    assert project.funds_short_at is not None
    told = Notice.objects.get(kind="funds_short")
    assert told.text == (
        f"{project.name}: the money does not cover another claim. Add funds to go on."
    )
    assert project.organization.memberships.filter(user_id=told.user_id).exists()
    money.fund(project.pot, 1, organization_id=project.organization_id, currency=project.currency)
    JOBS["tasks.resume_pot"].run(pot=project.pot)
    assert take(judge).price_minor == 1600
    project.refresh_from_db()
    assert project.funds_short_at is None


def test_a_bad_answer_is_refused_and_loses_nothing():
    disputed()
    judge = adjudicator()
    claim = take(judge)
    with pytest.raises(Refused) as refused:
        decide(judge, claim, answer={"verdict": "x"}, reason=" ")
    pointers = [fault.pointer for fault in refused.value.faults]
    assert pointers == ["/answer/verdict", "/answer/why", "/reason"]
    assert code(decide, judge, claim, fence=claim.fence + 1) == "stale_claim"
    assert decide(judge, claim).source == "adjudication"


def test_a_result_found_wrong_is_decided_anew_and_what_it_taught_is_taken_back():
    task, (right, wrong) = disputed()
    first = adjudicator()
    decide(first, take(first), answer=work.WRONG)
    Task.objects.update(state="disputed")
    assert code(take, first) == "nothing_to_decide"
    second = adjudicator()
    result = decide(second, take(second))
    assert Result.objects.get(task=task) == result
    assert (result.answer, result.source) == (work.RIGHT, "adjudication")
    old = ResultRevision.objects.get()
    assert (old.number, old.answer, old.why) == (1, work.WRONG, WHY)
    assert Adjudication.objects.count() == 2
    events = SkillEvent.objects.filter(annotator=right).exclude(kind="review").order_by("at")
    assert [(row.kind, row.share) for row in events] == [
        ("adjudication", 0.0),
        ("reversal", None),
        ("adjudication", 1.0),
    ]
    assert learnt()[wrong.pk] == (0.0, 1.0)


def test_the_pages_of_the_desk():
    disputed()
    judge, other = adjudicator(), work.expert()
    client = Client()
    client.force_login(other.user, backend="django.contrib.auth.backends.ModelBackend")
    assert "no such qualification" in client.get(reverse("tasks:adjudications")).content.decode()
    client.force_login(judge.user, backend="django.contrib.auth.backends.ModelBackend")
    assert "One dispute waits for you." in client.get("/adjudications/").content.decode()
    assert client.get(reverse("tasks:adjudicate")).status_code == 302
    assert client.post(reverse("tasks:adjudicate_next")).status_code == 302
    page = client.get(reverse("tasks:adjudicate")).content.decode()
    assert page.count('class="card answer"') == 2
    assert page.count("A reviewer:") == 2
    for person in (*(row.user for row in (judge, other)),):
        assert page.count(person.email) == (person == judge.user)
    claim = AdjudicationAssignment.objects.get()
    answer = {"fence": claim.fence, "answer-verdict": "correct", "answer-why": "It works."}
    refused = client.post(reverse("tasks:adjudicate"), answer)
    assert refused.status_code == 422
    assert "It works." in refused.content.decode()
    done = client.post(reverse("tasks:adjudicate"), {**answer, "reason": WHY})
    assert done.status_code == 302
    assert Result.objects.get().answer == {"verdict": "correct", "why": "It works."}
    assert Adjudication.objects.get().reason == WHY


def test_a_dispute_is_given_back_on_its_page():
    disputed()
    judge = adjudicator()
    claim = take(judge)
    client = Client()
    client.force_login(judge.user, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("tasks:adjudicate_release", args=[claim.pk]))
    claim.refresh_from_db()
    assert claim.state == "released"


@pytest.mark.parametrize("category", ["wrong", "copied"])
def test_a_rejected_answer_that_the_decision_proves_right_is_paid_unless_it_was_copied(category):
    row = work.project(overlap=2)
    hapless, *crowd = (work.expert() for _ in range(3))
    first = work.submit(work.claim(hapless, project_id=row.pk), work.RIGHT)
    refused = work.review(first, "reject", category=category)
    for who, answer in zip(crowd, (work.RIGHT, work.WRONG), strict=True):
        work.review(work.submit(work.claim(who, project_id=row.pk), answer))
    task = Task.objects.get(project=row)
    weighing.weigh(task_id=task.pk, by=work.BY)
    shown = [(one.submission.annotator, one.state) for one in disputes.page(task.pk).answers]
    assert shown == [(hapless, "rejected"), (crowd[0], "accepted"), (crowd[1], "accepted")]
    judge = adjudicator()
    decide(judge, take(judge))
    overturned = category == "wrong"
    answer = Assignment.objects.get(annotator=hapless)
    assert answer.state == ("accepted" if overturned else "rejected")
    assert Earning.objects.filter(annotator=hapless).count() == (1 if overturned else 0)
    assert Earning.objects.get(annotator=judge).amount_minor == 200
    check = ReviewCheck.objects.get(review=refused)
    assert (check.source, check.was_right) == ("adjudication", True)
    assert learnt().get(hapless.pk) == ((1.0, 1.0) if overturned else None)


def test_a_rejected_answer_that_differs_from_the_decision_stays_rejected():
    row = work.project(overlap=2)
    who, *crowd = (work.expert() for _ in range(3))
    refused = work.review(work.submit(work.claim(who, project_id=row.pk), work.WRONG), "reject")
    for one, answer in zip(crowd, (work.RIGHT, work.WRONG), strict=True):
        work.review(work.submit(work.claim(one, project_id=row.pk), answer))
    task = Task.objects.get(project=row)
    weighing.weigh(task_id=task.pk, by=work.BY)
    judge = adjudicator()
    decide(judge, take(judge))
    assert Assignment.objects.get(annotator=who).state == "rejected"
    assert ReviewCheck.objects.get(review=refused).was_right is False
    assert Earning.objects.filter(annotator=who).count() == 0


def test_the_desk_and_a_claim_ask_as_little_of_many_disputes_as_of_one(
    django_assert_num_queries,
):
    judge = adjudicator()
    asked = reviewer(user=judge.user, by=of_user(judge.user))
    first, _ = disputed()
    with CaptureQueriesContext(connection) as one:
        assert disputes.open_to(asked) == [first]
    more = [Task.objects.create(**copy_of(first)) for _ in range(5)]
    with django_assert_num_queries(len(one)):
        assert disputes.open_to(asked) == [first, *more]
    assert disputes.open_to(asked, most=2) == [first, more[0]]


def test_the_desk_says_which_disputes_are_for_others():
    task, crowd = disputed()
    hint = "You had a part in it: another person decides."
    shown = {}
    for name, person in (("stranger", people.staff()), ("answered", crowd[0].user)):
        person.is_staff = person.is_superuser = True
        person.save(update_fields=["is_staff", "is_superuser"])
        page = Desk(person).browser.get(reverse("admin:tasks_adjudication_desk"))
        text = page.content.decode()
        assert f'data-task="{task.pk}"' in text
        shown[name] = hint in text
    assert shown == {"stranger": False, "answered": True}


def copy_of(task):
    values = {name.attname: getattr(task, name.attname) for name in Task._meta.concrete_fields}
    for name in ("id", "created_at", "external_id"):
        values.pop(name, None)
    return values


def test_the_page_of_a_dispute_asks_for_all_verdicts_at_once():
    task, _ = disputed()
    with CaptureQueriesContext(connection) as asked:
        page = disputes.page(task.pk)
    assert [len(row.reviews) for row in page.answers] == [1, 1]
    assert sum('FROM "tasks_review"' in one["sql"] for one in asked) == 1


def test_a_reviewers_edit_says_nothing_of_the_annotator():
    row = work.project(overlap=2)
    first, second = work.expert(), work.expert()
    work.review(work.submit(work.claim(first, project_id=row.pk)))
    mine = work.submit(work.claim(second, project_id=row.pk))
    person = people.staff()
    held = reviews.claim(submission_id=mine.pk, by=of_staff(person), user=person)
    reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict="fix",
        category="wrong",
        text=work.REASON,
        answer=work.WRONG,
        by=of_staff(person),
    )
    work.run_jobs("tasks.weigh_task")
    judge = adjudicator()
    decide(judge, take(judge))
    assert learnt() == {first.pk: (1.0, 1.0), second.pk: (1.0, 1.0)}
    assert ReviewCheck.objects.get(review__submission=mine).was_right
