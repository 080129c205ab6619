"""Second readings, ties, audits of rejections, fixes, and what reviewers are measured by."""

import datetime as dt

import pytest
from django.conf import settings

from accounts.selectors.actors import of_staff
from marketplace.core import clock
from marketplace.core.errors import Refused
from payments.models import Earning
from tasks.actions import requests, reviews, settlement
from tasks.interface.spec import Interface
from tasks.models import (
    Assignment,
    Gold,
    GoldAnswer,
    Project,
    Review,
    ReviewCheck,
    ReviewRequest,
    SkillEvent,
    Submission,
    Task,
)
from tasks.selectors import reviewer_rates
from tasks.selectors.changes import changes
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db
BETTER = {"verdict": "incorrect", "fault": "logic", "why": "It does what nobody says."}


def posted(**project):
    """A checked answer in a project of its own."""
    work.project(tasks=1, **project)
    submission = work.submit(work.claim(work.expert()))
    work.check(submission)
    return submission


def take(person, kind):
    """A claim on what waits, which is of that kind."""
    held = reviews.claim_next(by=of_staff(person), user=person)
    assert held.request.kind == kind
    return held


def say(held, verdict, **other):
    reason = {} if verdict == "accept" else {"category": "wrong", "text": work.REASON}
    if verdict == "fix":
        reason["answer"] = BETTER
    return reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict=verdict,
        by=of_staff(held.reviewer),
        **{**reason, **other},
    )


def read_twice(first, second, order=("first", "second")):
    """Both readings of one answer, by two people."""
    submission = posted(second_percent=100)
    said = {"first": first, "second": second}
    held = {row.request.kind: row for row in (work.claim_review() for _ in range(2))}
    for kind in order:
        say(held[kind], said[kind])
    return submission


def waiting():
    return sorted(ReviewRequest.objects.filter(state="waiting").values_list("kind", "level"))


def found():
    """What was found out about each reading."""
    rows = ReviewCheck.objects.values_list("review__kind", "source", "was_right")
    return sorted(rows)


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
@pytest.mark.parametrize(
    ("one", "other", "right"),
    [("accept", "accept", True), ("return", "reject", False), ("reject", "return", False)],
)
def test_two_equal_readings_agree_and_prove_nothing(one, other, right, order):
    read_twice(one, other, order)
    assert found() == [("first", "agreement", right), ("second", "agreement", right)]
    assert waiting() == []
    readers = list(Review.objects.values_list("reviewer", flat=True))
    rates = reviewer_rates.of_reviewers(readers).values()
    assert [(r.found.cases, r.spared.cases) for r in rates] == [(0, 0), (0, 0)]


@pytest.mark.parametrize("order", [("first", "second"), ("second", "first")])
@pytest.mark.parametrize(
    ("one", "other"),
    [("accept", "reject"), ("accept", "fix"), ("reject", "accept"), ("reject", "fix")],
)
def test_where_they_differ_a_senior_settles_it(one, other, order):
    submission = read_twice(one, other, order)
    assert (found(), waiting()) == ([], [("tie", 2)])
    row = Assignment.objects.get(pk=submission.assignment_id)
    assert row.state == ("rejected" if one == "reject" else "accepted")
    say(take(people.staff(), "tie"), "accept")
    assert found() == [("first", "second", True), ("second", "second", True)]
    row.refresh_from_db()
    assert row.state == "accepted"  # a rejection is taken back
    assert [e.amount_minor for e in Earning.objects.all()] == [500]


def test_a_tie_that_confirms_a_rejection_leaves_it():
    submission = read_twice("reject", "accept")
    say(take(people.staff(), "tie"), "reject")
    assert Assignment.objects.get(pk=submission.assignment_id).state == "rejected"
    assert found() == [("first", "second", False), ("second", "second", False)]


def test_a_second_reading_moves_nothing_by_itself():
    submission = posted(second_percent=100)
    held = {row.request.kind: row for row in (work.claim_review() for _ in range(2))}
    say(held["second"], "reject")
    row = Assignment.objects.get(pk=submission.assignment_id)
    assert (row.state, row.adverse_act, Task.objects.get().state) == ("submitted", None, "filled")
    assert row.annotator.user.notices.count() == 0


def test_no_second_reading_is_asked_for_at_0_percent_and_one_of_each_at_100():
    posted(second_percent=0)
    assert waiting() == [("first", 1)]
    posted(second_percent=100)
    assert waiting() == [("first", 1), ("first", 1), ("second", 1)]


def test_a_rejection_is_audited_before_it_is_final_and_overturned_if_wrong():
    submission = posted(rejection_audit_percent=100)
    first = people.staff()
    say(take(first, "first"), "reject")
    assert waiting() == [("audit", 2)]
    clock.advance(dt.timedelta(days=settings.APPEAL_DAYS))
    assert settlement.settle_rejections(by=work.BY) == 0  # the audit is open
    say(take(people.staff(), "audit"), "accept")
    row = Assignment.objects.get(pk=submission.assignment_id)
    assert (row.state, row.adverse_act.reversed_at is not None) == ("accepted", True)
    assert [e.amount_minor for e in Earning.objects.all()] == [500]
    assert found() == [("first", "audit", True)]
    rates = reviewer_rates.of_reviewers([first.pk])[first.pk]
    assert (rates.spared.cases, rates.spared.share, rates.found.cases) == (1, 0.0, 0)


def test_an_audit_that_agrees_lets_the_rejection_become_final():
    submission = posted(rejection_audit_percent=100)
    say(take(people.staff(), "first"), "reject")
    say(take(people.staff(), "audit"), "reject")
    assert found() == [("first", "audit", False)]
    clock.advance(dt.timedelta(days=settings.APPEAL_DAYS))
    assert settlement.settle_rejections(by=work.BY) == 1
    assert Assignment.objects.get(pk=submission.assignment_id).state == "rejected"


def test_what_is_overturned_elsewhere_needs_no_audit():
    submission = posted(rejection_audit_percent=100, second_percent=100)
    held = {row.request.kind: row for row in (work.claim_review() for _ in range(2))}
    say(held["first"], "reject")
    say(held["second"], "accept")
    assert waiting() == [("audit", 2), ("tie", 2)]
    person = people.staff()
    held = reviews.claim_next(by=of_staff(person), user=person)
    say(held, "accept")
    assert Assignment.objects.get(pk=submission.assignment_id).state == "accepted"
    assert waiting() == []


def test_what_is_accepted_unread_needs_no_reading():
    submission = posted(second_percent=100)
    Project.objects.update(review_percent=0)
    assert work.check(submission) is True
    states = ReviewRequest.objects.values_list("kind", "state").order_by("kind")
    assert list(states) == [("first", "withdrawn"), ("second", "withdrawn")]


# ------------------------------------------------------------------------------- fixes


def test_a_fix_is_a_new_version_accepted_and_paid_and_its_author_learns_what_changed():
    submission = posted()
    review = say(take(people.staff(), "first"), "fix")
    fixed = Submission.objects.get(version=2)
    assert (review.fixed, fixed.answer, fixed.edited_by) == (fixed, BETTER, review.reviewer)
    assert (fixed.annotator_id, fixed.assignment_id) == (
        submission.annotator_id,
        submission.assignment_id,
    )
    row = Assignment.objects.get()
    assert row.state == "accepted"
    assert [e.amount_minor for e in Earning.objects.all()] == [500]
    project = row.project
    text = f"{project.name}: an answer was accepted after a reviewer's edit (The answer is wrong)."
    assert [n.text for n in row.annotator.user.notices.all()] == [text]
    shown = changes(Interface.load(project.interface), {}, submission.answer, BETTER)
    assert [one.title for one in shown] == ["Verdict", "Fault", "Why"]
    assert [(p.kind, p.text) for p in shown[2].pieces] == [
        ("same", "It does what "),
        ("removed", "it"),
        ("added", "nobody"),
        ("same", " says."),
    ]


@pytest.mark.parametrize(
    ("answer", "pointers"),
    [
        (None, ["/answer"]),
        (work.RIGHT, ["/answer"]),  # nothing changed
        ({**work.RIGHT, "verdict": "maybe"}, ["/answer/verdict"]),
        ({"verdict": "correct"}, ["/answer/why"]),
        ({**work.RIGHT, "why": "a\x00 character"}, ["/answer/why"]),
    ],
)
def test_a_fix_is_an_allowed_answer_that_differs(answer, pointers):
    posted()
    held = take(people.staff(), "first")
    with pytest.raises(Refused) as caught:
        say(held, "fix", answer=answer)
    assert (caught.value.status, [f.pointer for f in caught.value.faults]) == (422, pointers)
    assert Submission.objects.count() == 1


def test_a_fix_says_why():
    posted()
    with pytest.raises(Refused) as caught:
        say(take(people.staff(), "first"), "fix", category="", text=" ")
    assert [f.pointer for f in caught.value.faults] == ["/category", "/text"]


def test_an_answer_of_the_fourth_version_can_still_be_fixed():
    submission = posted()
    for n in range(3):
        work.review(submission, "return")
        row = Assignment.objects.select_related("annotator__user").get()
        submission = work.submit(row, {**work.RIGHT, "why": f"Try number {n}"})
        work.check(submission)
    say(take(people.staff(), "first"), "fix")
    assert Submission.objects.latest("version").version == 5


def test_a_rejection_that_was_wrong_is_taken_back_with_the_edit_that_mends_the_answer():
    posted(rejection_audit_percent=100)
    say(take(people.staff(), "first"), "reject")
    review = say(take(people.staff(), "audit"), "fix")
    fixed = Submission.objects.get(version=2)
    assert (review.fixed, fixed.answer, fixed.edited_by) == (fixed, BETTER, review.reviewer)
    assert Assignment.objects.get().state == "accepted"


@pytest.mark.parametrize("verdict", ["accept", "fix"])
def test_a_tie_about_an_older_version_takes_back_no_rejection_of_a_newer_one(verdict):
    submission = read_twice("return", "accept")
    tie = take(people.staff(), "tie")
    row = Assignment.objects.select_related("annotator__user").get()
    again = work.submit(row, {**work.RIGHT, "why": "Another reason"})
    work.check(again)
    held = reviews.claim(submission_id=again.pk, by=of_staff(person := people.staff()), user=person)
    say(held, "reject")
    say(tie, verdict)
    assert Assignment.objects.get().state == "rejected"
    assert list(Submission.objects.order_by("version")) == [submission, again]


def test_a_correction_withdraws_what_nobody_has_read_of_the_version_before():
    read_twice("return", "accept")
    assert waiting() == [("tie", 2)]
    row = Assignment.objects.select_related("annotator__user").get()
    work.submit(row, {**work.RIGHT, "why": "Another reason"})
    assert waiting() == []


def test_a_tie_about_an_older_version_keeps_no_rejection_open():
    read_twice("return", "accept")
    take(people.staff(), "tie")
    row = Assignment.objects.select_related("annotator__user").get()
    again = work.submit(row, {**work.RIGHT, "why": "Another reason"})
    person = people.staff()
    say(reviews.claim(submission_id=again.pk, by=of_staff(person), user=person), "reject")
    clock.advance(dt.timedelta(days=settings.APPEAL_DAYS))
    assert settlement.settle_rejections(by=work.BY) == 1


# ------------------------------------------------------------------------------- skill


def learnt():
    return [(e.kind, round(e.share, 4), e.weight) for e in SkillEvent.objects.all()]


def test_an_accepted_answer_counts_half_at_once_and_a_rejected_one_not_yet():
    posted()
    review = say(take(people.staff(), "first"), "accept")
    assert learnt() == [("review", 1.0, 0.5)]
    assert SkillEvent.objects.get().key == f"review:{review.pk}"
    posted()
    say(take(people.staff(), "first"), "reject")
    assert len(learnt()) == 1


def test_a_fixed_answer_counts_as_far_as_it_stood():
    posted()
    say(
        take(people.staff(), "first"), "fix", answer={**work.RIGHT, "why": "It does what she says."}
    )
    # one of two questions is changed, in 1 of its 6 words and marks
    assert learnt() == [("review", round(1 - (1 / 6) / 2, 4), 0.5)]


def test_second_readers_teach_nobody():
    read_twice("accept", "accept")
    assert learnt() == [("review", 1.0, 0.5)]


# ------------------------------------------------------------------------ reviewers' rates


def test_each_review_counts_once_by_what_was_found_out_last():
    submission = posted()
    person = people.staff()
    review = say(take(person, "first"), "reject")
    ReviewCheck.objects.create(review=review, source="second", was_right=True)
    clock.advance(dt.timedelta(hours=1))
    ReviewCheck.objects.create(review=review, source="appeal", was_right=False)
    rates = reviewer_rates.of_reviewers([person.pk])[person.pk]
    assert (rates.found.cases, rates.found.share, rates.spared.cases) == (1, 1.0, 0)
    assert (rates.found.lower, rates.found.upper) == (pytest.approx(0.05), 1)
    assert submission.version == 1


def test_rates_of_many_reviewers_are_one_statement(django_assert_num_queries):
    persons = [people.staff() for _ in range(3)]
    with django_assert_num_queries(1):
        rates = reviewer_rates.of_reviewers([one.pk for one in persons])
    assert [(r.found.share, r.found.lower, r.found.upper) for r in rates.values()] == [
        (None, 0.0, 1.0)
    ] * 3


def test_gold_tests_its_reviewer_too():
    submission = posted()
    requests.ask(kind="second", submission=submission, by=work.BY)
    gold = Gold.objects.create(
        task=submission.task, project=submission.task.project, answer=BETTER, made_by="x"
    )
    GoldAnswer.objects.create(
        submission=submission, gold=gold, annotator=submission.annotator, right=False
    )
    held = {row.request.kind: row for row in (work.claim_review() for _ in range(2))}
    say(held["first"], "accept")
    assert found() == [("first", "gold", False)]
    assert learnt() == []  # the known answer counts, not its review
