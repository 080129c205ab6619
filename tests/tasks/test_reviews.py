"""Reviews: accept, return, reject; never one's own work; paid whatever the verdict."""

import datetime as dt

import pytest
from django.conf import settings

from accounts.selectors.actors import of_staff, of_user
from accounts.selectors.reviewers import reviewer
from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from marketplace.core.ids import new_id
from payments.models import Earning, Reservation
from payments.selectors import balances
from tasks.actions import claims, expiry, reviews, settlement
from tasks.models import Assignment, CollusionMember, Review, ReviewAssignment, Task
from tasks.selectors import review_queue, reviewable
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


@pytest.fixture
def submission():
    who = work.expert()
    work.project(tasks=1)
    return work.submit(work.claim(who))


def assignment_of(submission):
    return Assignment.objects.select_related("annotator__user", "project").get(
        pk=submission.assignment_id
    )


def decide(held, verdict, person, **other):
    values = {"category": "wrong", "text": work.REASON, **other}
    return reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict=verdict,
        by=of_staff(person),
        **values,
    )


def test_accepting_earns_the_price_and_closes_the_money(submission):
    review = work.review(submission)
    row = assignment_of(submission)
    assert (review.verdict, review.category) == ("accept", "")
    assert (row.state, row.final_at is not None) == ("accepted", True)
    assert [e.amount_minor for e in Earning.objects.all()] == [500]
    pot = balances.pot(row.project.pot, "usd")
    assert (pot.reserved_minor, pot.spent_minor, pot.funds_minor) == (0, 600, 999_400)


def test_a_paid_reviewer_earns_whatever_the_verdict():
    who, reviewer = work.expert(), work.expert(person=people.staff())
    project = work.project(tasks=3)
    for verdict in ("accept", "return", "reject"):
        work.review(work.submit(work.claim(who)), verdict, staff=reviewer.user)
    paid = Earning.objects.filter(annotator=reviewer)
    assert [e.amount_minor for e in paid] == [100, 100, 100]
    assert {e.label for e in paid} == {f"Review: {project.name}"}
    assert Reservation.objects.filter(holder__startswith="review:", state="spent").count() == 3


def test_staff_without_a_profile_review_without_pay(submission):
    work.review(submission)
    assert Reservation.objects.filter(holder__startswith="review:").count() == 0


def test_nobody_reviews_a_task_they_worked_on():
    first, second = work.expert(person=people.staff()), work.expert(person=people.staff())
    work.project(tasks=1, overlap=2)
    mine, theirs = (work.submit(work.claim(who)) for who in (first, second))
    for submission in (mine, theirs):
        error = refusal(
            reviews.claim,
            submission_id=submission.pk,
            by=of_staff(first.user),
            user=first.user,
        )
        assert (error.code, error.status) == ("own_work", 403)
    error = refusal(reviews.claim_next, by=of_staff(first.user), user=first.user)
    assert error.code == "nothing_to_review"


def test_nobody_reviews_those_whose_answers_go_together_with_theirs(submission):
    fellow = work.expert(person=people.staff())
    circle = new_id()
    for who in (fellow, submission.annotator):
        CollusionMember.objects.create(annotator=who, component=circle, reason="The same errors")
    staff = {"by": of_staff(fellow.user), "user": fellow.user}
    error = refusal(reviews.claim, submission_id=submission.pk, **staff)
    assert (error.code, error.status) == ("own_circle", 403)
    assert refusal(reviews.claim_next, **staff).code == "nothing_to_review"
    assert work.claim_review(people.staff()).submission_id == submission.pk


def test_a_submission_is_with_one_reviewer_at_a_time(submission):
    first, second = people.staff(), people.staff()
    held = work.claim_review(first)
    error = refusal(reviews.claim, submission_id=submission.pk, by=of_staff(second), user=second)
    assert error.code == "taken"
    with pytest.raises(NotFound):
        decide(held, "accept", second)
    with pytest.raises(NotFound):
        reviews.release(review_assignment_id=held.pk, by=of_staff(second))
    reviews.release(review_assignment_id=held.pk, by=of_staff(first))
    assert work.claim_review(second).submission_id == submission.pk


def test_a_review_is_claimed_by_its_reviewer(submission):
    error = refusal(
        reviews.claim,
        submission_id=submission.pk,
        by=of_staff(people.staff()),
        user=people.staff(),
    )
    assert (error.code, error.status) == ("not_allowed", 403)
    person = people.user()
    error = refusal(reviews.claim_next, by=of_user(person), user=person)
    assert (error.code, error.status) == ("not_allowed", 403)


def test_the_open_claim_comes_back_when_nothing_else_waits(submission):
    person = people.staff()
    held = work.claim_review(person)
    assert work.claim_review(person) == held
    assert review_queue.waiting_count() == 0
    assert list(review_queue.open_for(person)) == [held]


@pytest.mark.parametrize(
    ("verdict", "category", "text", "pointers"),
    [
        ("maybe", "", "", ["/verdict"]),
        ("reject", "", "", ["/category", "/text"]),
        ("reject", "wrong", "x" * 39, ["/text"]),
        ("reject", "nonsense", "x" * 40, ["/category"]),
        ("return", "wrong", "  ", ["/text"]),
        ("accept", "", "a\x00", ["/text"]),
    ],
)
def test_a_verdict_says_why(submission, verdict, category, text, pointers):
    person = people.staff()
    held = work.claim_review(person)
    error = refusal(decide, held, verdict, person, category=category, text=text)
    assert error.status == 422
    assert [fault.pointer for fault in error.faults] == pointers
    assert Review.objects.count() == 0


def test_the_same_verdict_again_is_the_same_review_and_another_is_refused(submission):
    person = people.staff()
    held = work.claim_review(person)
    assert decide(held, "accept", person) == decide(held, "accept", person)
    assert refusal(decide, held, "reject", person).code == "already_decided"
    assert decide(held, "accept", person, category="").category == ""
    assert refusal(decide, held, "accept", person, text="Other words.").code == "already_decided"
    assert Earning.objects.count() == 1


def test_the_same_verdict_for_another_reason_is_another_review(submission):
    person = people.staff()
    held = work.claim_review(person)
    first = decide(held, "reject", person)
    assert decide(held, "reject", person, text=f" {work.REASON} ") == first
    for other in ({"category": "incomplete"}, {"text": f"{work.REASON} And more."}):
        assert refusal(decide, held, "reject", person, **other).code == "already_decided"


def test_a_return_gives_72_hours_a_new_fence_and_the_answer_to_start_from(submission):
    work.review(submission, "return", category="incomplete", text="Name an input.")
    row = assignment_of(submission)
    assert (row.state, row.fence, row.returns, row.draft) == ("returned", 2, 1, work.RIGHT)
    left = row.leased_until - clock.now()
    assert dt.timedelta(hours=71, minutes=59) < left <= dt.timedelta(hours=72)
    assert balances.pot(row.project.pot, "usd").reserved_minor == 600
    text = f"{row.project.name}: a correction is asked for (Something asked for is missing)."
    assert [n.text for n in row.annotator.user.notices.all()] == [text]
    assert refusal(work.submit, row, fence=1).code == "stale_claim"
    second = work.submit(row)  # even the same answer is a new version, under the new fence
    assert (second.version, second.pk == submission.pk) == (2, False)


def test_an_answer_is_returned_three_times_at_most(submission):
    for n in range(3):
        work.review(submission, "return")
        submission = work.submit(
            assignment_of(submission), {**work.RIGHT, "why": f"Try number {n}"}
        )
    assert submission.version == 4
    person = people.staff()
    held = work.claim_review(person)
    assert refusal(decide, held, "return", person).code == "no_more_returns"
    held.refresh_from_db()
    assert held.state == "claimed"
    decide(held, "accept", person)
    assert [e.amount_minor for e in Earning.objects.all()] == [500]


def test_a_correction_not_handed_in_ends_and_the_money_goes_back(submission):
    work.review(submission, "return")
    clock.advance(dt.timedelta(hours=73))
    assert expiry.expire_assignments(by=work.BY) == 1
    row = assignment_of(submission)
    assert row.state == "expired"
    assert balances.pot(row.project.pot, "usd").reserved_minor == 0
    again = claims.reclaim(assignment_id=row.pk, by=of_user(row.annotator.user))
    assert (again.returns, again.draft, again.fence) == (1, work.RIGHT, 3)


def test_a_rejection_opens_the_slot_at_once_and_moves_money_only_when_final(submission):
    other = work.expert()
    review = work.review(submission, "reject")
    row = assignment_of(submission)
    pot = row.project.pot
    assert (row.state, row.final_at) == ("rejected", None)
    assert Task.objects.get().state == "open"
    assert balances.pot(pot, "usd").reserved_minor == 600
    work.claim(other)
    assert balances.pot(pot, "usd").reserved_minor == 1200  # the slot filled again reserves anew
    assert settlement.settle_rejections(by=work.BY) == 0
    clock.advance(dt.timedelta(days=settings.APPEAL_DAYS))
    assert settlement.settle_rejections(by=work.BY) == 1
    assert settlement.settle_rejections(by=work.BY) == 0
    row.refresh_from_db()
    assert row.final_at is not None
    assert balances.pot(pot, "usd").reserved_minor == 600
    assert refusal(work.claim, row.annotator).code == "nothing_to_claim"
    text = f"{row.project.name}: an answer was rejected (The answer is wrong)."
    assert [n.text for n in row.annotator.user.notices.all()] == [text]
    assert review.text == work.REASON


def test_a_reviewers_time_ends_and_the_submission_waits_again():
    who, reviewer = work.expert(), work.expert(person=people.staff())
    project = work.project()
    work.submit(work.claim(who))
    held = work.claim_review(reviewer.user)
    assert balances.pot(project.pot, "usd").reserved_minor == 720
    clock.advance(dt.timedelta(minutes=31))
    assert refusal(decide, held, "accept", reviewer.user).code == "too_late"
    assert expiry.expire_reviews(by=work.BY) == 1
    assert expiry.expire_reviews(by=work.BY) == 0
    assert balances.pot(project.pot, "usd").reserved_minor == 600
    assert review_queue.waiting_count() == 1
    assert ReviewAssignment.objects.get().state == "expired"


def test_a_review_without_money_is_not_claimed_and_the_client_is_told():
    who, reviewer = work.expert(), work.expert(person=people.staff())
    project = work.project(fund=600)
    work.check(work.submit(work.claim(who)))
    error = refusal(reviews.claim_next, by=of_staff(reviewer.user), user=reviewer.user)
    assert error.code == "funds_short"
    project.refresh_from_db()
    assert project.funds_short_at is not None
    assert ReviewAssignment.objects.count() == 0


def test_one_project_without_money_does_not_hide_what_others_pay_for(monkeypatch):
    who, reviewer = work.expert(), work.expert(person=people.staff())
    monkeypatch.setattr(reviews, "MOST_LOOKED_AT", 2)
    broke = work.project(tasks=3, fund=1800)
    for _ in range(3):
        work.submit(work.claim(who, project_id=broke.pk))
    funded = work.project()
    last = work.submit(work.claim(who, project_id=funded.pk))
    assert work.claim_review(reviewer.user).submission_id == last.pk
    broke.refresh_from_db()
    assert broke.funds_short_at is not None


def test_a_reviewer_holds_five_at_most():
    who, person = work.expert(), people.staff()
    work.project(tasks=6)
    for _ in range(6):
        work.submit(work.claim(who))
    held = [work.claim_review(person) for _ in range(5)]
    assert work.claim_review(person) == held[0]
    (waiting,) = reviewable.waiting(reviewer(user=person, by=of_staff(person)))
    error = refusal(
        reviews.claim, submission_id=waiting.submission_id, by=of_staff(person), user=person
    )
    assert (error.code, error.status) == ("cap_reached", 409)


def test_what_is_sampled_out_is_accepted_at_once_and_what_is_corrected_never():
    who = work.expert()
    work.project(tasks=2, review_percent=0)
    first = work.submit(work.claim(who))
    person = people.staff()
    held = reviews.claim(submission_id=first.pk, by=of_staff(person), user=person)
    assert work.check(first) is False  # a reviewer was faster
    reviews.release(review_assignment_id=held.pk, by=of_staff(held.reviewer))
    assert work.check(first) is True
    second = work.submit(work.claim(who))
    work.review(second, "return")
    third = work.submit(assignment_of(second), work.WRONG)
    assert work.check(third) is False
    assert assignment_of(third).state == "submitted"


def test_a_correction_that_ran_out_of_time_and_was_claimed_again_is_reviewed():
    who = work.expert()
    work.project(tasks=1, review_percent=0)
    first = work.submit(work.claim(who))
    work.review(first, "return")
    clock.advance(dt.timedelta(hours=73))
    again = claims.reclaim(assignment_id=first.assignment_id, by=of_user(who.user))
    corrected = work.submit(again)
    assert (corrected.version, again.returns) == (1, 1)
    assert work.check(corrected) is False
    assert assignment_of(corrected).state == "submitted"


def test_everything_is_reviewed_at_100_percent(submission):
    assert work.check(submission) is False
    assert review_queue.waiting_count() == 1


def test_the_page_of_a_review_shows_both_sides_and_is_the_reviewers_own(submission):
    person = people.staff()
    work.review(submission, "return", staff=person, text="Name an input.")
    corrected = work.submit(assignment_of(submission), work.WRONG)
    held = work.claim_review(person)
    page = review_queue.page(person, held.pk)
    assert (page.submission, page.review) == (corrected, None)
    assert [review.text for review in page.earlier] == ["Name an input."]
    assert [field.name for field in page.fields] == ["problem"]
    assert "Read the whole function." in page.guideline
    first = ReviewAssignment.objects.get(submission=submission)
    assert (page.previous, page.next) == (first.pk, None)
    assert review_queue.page(person, first.pk).next == held.pk
    with pytest.raises(NotFound):
        review_queue.page(people.staff(), held.pk)
    assert [review.verdict for review in review_queue.recent(person)] == ["return"]
