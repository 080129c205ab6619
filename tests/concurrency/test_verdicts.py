"""Verdicts at once, on one answer: the first is the verdict, and the money moves by that alone."""

import pytest
from django.db import IntegrityError

from accounts.selectors.actors import of_staff
from marketplace.ops import proof
from payments.models import Earning, LedgerEntry, Reservation
from tasks.actions import reviews
from tasks.models import Assignment, Review
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.races import Gate, at_once, codes, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def in_hand(number=1):
    """Answers that a reviewer has in hand, and the reviewer."""
    who, person = work.expert(), people.staff()
    work.project(tasks=number, fund=number * 1000)
    held = []
    for _ in range(number):
        submission = work.submit(work.claim(who))
        held.append(reviews.claim(submission_id=submission.pk, by=of_staff(person), user=person))
    return held, person


def verdict(held, person, word):
    """The reviewer's click on `word`."""
    why = {"category": "wrong", "text": work.REASON} if word == "reject" else {}
    return lambda: reviews.decide(
        review_assignment_id=held.pk, fence=held.fence, verdict=word, by=of_staff(person), **why
    )


def ended(held):
    """(state, entries of acceptance, earnings, promise) of the answer that was judged."""
    row = Assignment.objects.get(pk=held.submission.assignment_id)
    return (
        row.state,
        LedgerEntry.objects.filter(key=f"accept:{row.holder}").count(),
        Earning.objects.filter(source=row.holder).count(),
        Reservation.objects.get(holder=row.holder).state,
    )


ACCEPTED, REJECTED = ("accepted", 1, 1, "spent"), ("rejected", 0, 0, "held")


def test_an_answer_accepted_four_times_at_once_is_paid_once():
    """Scenario 18: accept twice, at once; the same verdict is the same review."""
    (held,), person = in_hand()
    made = values(at_once(*[verdict(held, person, "accept")] * 4))
    assert len({review.pk for review in made}) == 1
    assert ended(held) == ACCEPTED
    assert Earning.objects.count() == 1
    assert proof.run() == []


def test_accepting_and_rejecting_at_once_have_one_end_and_one_entry():
    """Scenario 18: accept and reject racing; the later one is told that there is a verdict."""
    held, person = in_hand(5)
    for one in held:
        said = [verdict(one, person, word) for word in ("accept", "reject", "accept", "reject")]
        outcomes = at_once(*said)
        kept = Review.objects.get(assignment=one).verdict
        assert {review.verdict for review in values(outcomes)} == {kept}
        assert codes(outcomes) == ["already_decided"] * 2
        assert ended(one) == (ACCEPTED if kept == "accept" else REJECTED)
    assert proof.run() == []


def test_control_without_the_locks_only_postgresql_stands_against_a_second_verdict(monkeypatch):
    (held,), person = in_hand()
    gate, keep = Gate(2), reviews._keep

    def met(*args):
        gate.wait()  # both have read that there is no verdict yet
        return keep(*args)

    monkeypatch.setattr(reviews, "_keep", met)
    monkeypatch.setattr(
        "django.db.models.query.QuerySet.select_for_update", lambda self, *_, **__: self
    )
    outcomes = at_once(*[verdict(held, person, word) for word in ("accept", "reject")])
    (fault,) = [one.error for one in outcomes if one.error is not None]
    assert isinstance(fault, IntegrityError)
