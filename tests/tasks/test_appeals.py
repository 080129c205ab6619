"""Appeals: in time, once, decided by somebody else or won; and a rejection is final only after."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.actions import qualifications
from accounts.models import AdverseAct
from accounts.selectors.actors import of_staff, of_user
from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from marketplace.core.registry import SWEEPS
from payments.models import Earning, Reservation
from tasks.actions import appeals, learning, requests, reviews
from tasks.models import (
    Appeal,
    Review,
    ReviewCheck,
    ReviewRequest,
    Skill,
    SkillEvent,
    Task,
)
from tasks.selectors import appeals as reads
from tasks.selectors import review_queue
from tasks.states import ReviewKind, ReviewLevel, SkillEventKind
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.desk import Desk, told

pytestmark = pytest.mark.django_db
TEXT = "The guideline says in section two that this counts as correct."
AGAIN = "I read it again: the third line is off by one for n = 1, as said."


def rejected(**plan):
    """An answer that was rejected, of the only task of a project."""
    work.project(**plan)
    row = work.claim(work.expert())
    work.review(work.submit(row), "reject")
    row.refresh_from_db()
    return row


def appeal(row, text=TEXT):
    return appeals.against_rejection(
        assignment_id=row.pk, text=text, by=of_user(row.annotator.user)
    )


def decide(verdict, person=None, text=AGAIN, **said):
    """Another reviewer takes what is due first."""
    person = person or people.staff()
    held = reviews.claim_next(by=of_staff(person), user=person)
    return reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict=verdict,
        category="" if verdict == "accept" else "wrong",
        text="" if verdict == "accept" else text,
        by=of_staff(person),
        **said,
    )


def learnt():
    rows = SkillEvent.objects.order_by("at")
    return [(row.kind, row.share, row.weight) for row in rows]


def code(call, *args, **values):
    with pytest.raises(Refused) as refused:
        call(*args, **values)
    return refused.value.code


def test_an_appeal_asks_a_senior_for_a_decision_within_72_hours():
    row = rejected()
    made = appeal(row)
    request = ReviewRequest.objects.get(kind="appeal")
    assert (request.level, request.due_at) == (ReviewLevel.SENIOR, made.due_at)
    left = (made.due_at - clock.now()).total_seconds() / 3600
    assert 71.9 < left <= 72
    assert code(appeal, row) == "appealed_already"


def test_a_won_appeal_repairs_pay_act_and_checks_the_first_reviewer():
    row = rejected()
    appeal(row)
    decide("accept")
    row.refresh_from_db()
    found = Appeal.objects.get()
    assert (row.state, found.state, found.reason) == ("accepted", "won", appeals.FOUND_RIGHT)
    assert Earning.objects.get(source=row.holder).amount_minor == 500
    assert AdverseAct.objects.get().reversed_at is not None
    check = ReviewCheck.objects.get()
    assert (check.review.verdict, check.source, check.was_right) == ("reject", "appeal", True)
    assert learnt() == [("review", 1.0, 0.5)]
    assert told(row.annotator)[-1][0] == "overturned"
    SWEEPS["tasks.lapse_appeals"].run()
    assert Earning.objects.filter(source=row.holder).count() == 1


def test_a_fix_wins_and_its_edit_counts():
    row = rejected()
    appeal(row)
    decide("fix", answer=work.WRONG)
    row.refresh_from_db()
    assert (row.state, Appeal.objects.get().state) == ("accepted", "won")
    assert row.submissions.order_by("version").last().answer == work.WRONG
    ((kind, share, weight),) = learnt()
    assert (kind, round(share, 4), weight) == ("review", 0.0556, 0.5)


def test_a_lost_appeal_makes_the_rejection_final_and_only_then_it_counts():
    row = rejected()
    appeal(row)
    SWEEPS["tasks.settle_rejections"].run()
    assert learnt() == []
    decide("reject")
    found = Appeal.objects.get()
    assert (found.state, found.reason) == ("lost", AGAIN)
    assert told(row.annotator)[-1] == (
        "appeal_lost",
        f"{row.project.name}: your appeal was not granted. {AGAIN}",
    )
    assert Reservation.objects.get(holder=row.holder).state == "held"
    for _ in range(2):
        SWEEPS["tasks.settle_rejections"].run()
    row.refresh_from_db()
    assert (row.state, row.final_at is not None) == ("rejected", True)
    assert Reservation.objects.get(holder=row.holder).state == "released"
    first = Review.objects.get(kind="first")
    assert SkillEvent.objects.get().key == f"review:{first.pk}"
    assert learnt() == [("review", 0.0, 0.5)]


def test_an_appeal_that_nobody_decides_is_won():
    row = rejected()
    appeal(row)
    clock.advance(dt.timedelta(hours=71))
    SWEEPS["tasks.lapse_appeals"].run()
    assert Appeal.objects.get().state == "open"
    clock.advance(dt.timedelta(hours=1))
    for _ in range(2):
        SWEEPS["tasks.lapse_appeals"].run()
    row.refresh_from_db()
    found = Appeal.objects.get()
    assert (row.state, found.state, found.reason) == ("accepted", "lapsed", appeals.LAPSED)
    assert Earning.objects.get(source=row.holder).amount_minor == 500
    assert ReviewRequest.objects.get(kind="appeal").state == "withdrawn"
    assert Task.objects.get().state == "filled"
    assert learnt() == []


def test_a_verdict_after_the_lapse_changes_nothing():
    row = rejected()
    appeal(row)
    clock.advance(dt.timedelta(hours=71, minutes=50))
    person = people.staff()
    held = reviews.claim_next(by=of_staff(person), user=person)
    clock.advance(dt.timedelta(minutes=11))
    SWEEPS["tasks.lapse_appeals"].run()
    reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict="reject",
        category="wrong",
        text=AGAIN,
        by=of_staff(person),
    )
    row.refresh_from_db()
    assert (row.state, Appeal.objects.get().state) == ("accepted", "lapsed")


def test_the_money_waits_for_appeals_and_for_audits():
    row = rejected()
    clock.advance(dt.timedelta(days=13, hours=23))
    appeal(row)
    clock.advance(dt.timedelta(hours=2))
    SWEEPS["tasks.settle_rejections"].run()
    row.refresh_from_db()
    assert row.final_at is None
    other = rejected()
    requests.ask(
        kind=ReviewKind.AUDIT,
        submission=other.submissions.get(),
        level=ReviewLevel.SENIOR,
        by=work.BY,
    )
    clock.advance(dt.timedelta(days=15))
    SWEEPS["tasks.settle_rejections"].run()
    other.refresh_from_db()
    assert other.final_at is None
    third = rejected()
    clock.advance(dt.timedelta(days=14))
    SWEEPS["tasks.settle_rejections"].run()
    third.refresh_from_db()
    assert third.final_at is not None


def test_an_audit_that_takes_the_rejection_back_wins_the_appeal():
    row = rejected()
    submission = row.submissions.get()
    requests.ask(kind=ReviewKind.AUDIT, submission=submission, level=ReviewLevel.SENIOR, by=work.BY)
    appeal(row)
    ReviewRequest.objects.filter(kind="audit").update(due_at=clock.now())
    decide("accept")
    row.refresh_from_db()
    assert (row.state, Appeal.objects.get().state) == ("accepted", "won")
    assert ReviewRequest.objects.get(kind="appeal").state == "withdrawn"


def test_nobody_decides_about_their_own_verdict_and_nothing_is_returned():
    work.project()
    row = work.claim(work.expert())
    first = people.staff()
    work.review(work.submit(row), "reject", staff=first)
    appeal(row)
    assert code(reviews.claim_next, by=of_staff(first), user=first) == "nothing_to_review"
    person = people.staff()
    held = reviews.claim_next(by=of_staff(person), user=person)
    with pytest.raises(Refused) as refused:
        reviews.decide(
            review_assignment_id=held.pk,
            fence=held.fence,
            verdict="return",
            category="wrong",
            text=AGAIN,
            by=of_staff(person),
        )
    assert [fault.pointer for fault in refused.value.faults] == ["/verdict"]


def test_what_cannot_be_appealed():
    row = rejected()
    other = work.expert()
    by = of_user(row.annotator.user)
    assert code(appeal, row, text="Too short.") == "invalid"
    assert code(appeal, row, text="x" * 4001) == "invalid"
    assert (
        code(appeal, row, text="Not a text\x00 that can be kept, though it is long.") == "invalid"
    )
    with pytest.raises(NotFound):
        appeals.against_rejection(assignment_id=row.pk, text=TEXT, by=of_user(other.user))
    with pytest.raises(NotFound):
        appeals.against_rejection(assignment_id=row.pk, text=TEXT, by=of_staff(people.staff()))
    mine = work.claim(other)
    assert code(appeal, mine) == "wrong_state"
    clock.advance(dt.timedelta(days=14))
    assert code(appeal, row) == "appeal_too_late"
    assert not Appeal.objects.exists()
    assert by.id == str(row.annotator.user_id)


def taught(row, share=0.0, kind=SkillEventKind.GOLD):
    return learning.learn(
        annotator_id=row.annotator_id,
        domain=work.DOMAIN,
        kind=kind,
        key=f"gold:{row.pk}",
        share=share,
        weight=1.0,
        submission=row.submissions.get(),
        by=work.BY,
    )


def accepted():
    work.project()
    row = work.claim(work.expert())
    work.review(work.submit(row))
    return row


def test_an_event_that_lowered_a_skill_is_undone_by_a_won_appeal():
    row = accepted()
    event = taught(row)
    by = of_user(row.annotator.user)
    appeals.against_event(event_id=event.pk, text=TEXT, by=by)
    assert code(appeals.against_event, event_id=event.pk, text=TEXT, by=by) == "appealed_already"
    decide("accept")
    assert Appeal.objects.get().state == "won"
    assert [kind for kind, *_ in learnt()] == ["review", "gold", "reversal"]
    skill = Skill.objects.get()
    assert (skill.alpha, skill.beta) == (4.5, 1)
    assert told(row.annotator)[-1][0] == "appeal_won"


def test_a_rejection_can_be_appealed_after_what_the_answer_did_to_a_skill():
    row = rejected()
    by = of_user(row.annotator.user)
    event = taught(row)
    appeals.against_event(event_id=event.pk, text=TEXT, by=by)
    assert code(appeal, row) == "appeal_open"
    assert reads.of_assignment(row).until is None
    decide("reject")
    assert reads.of_assignment(row).until is not None
    second = appeal(row)
    assert code(appeal, row) == "appealed_already"
    assert ReviewRequest.objects.filter(kind="appeal", state="waiting").get() == second.request
    decide("accept")
    row.refresh_from_db()
    assert (row.state, Appeal.objects.get(pk=second.pk).state) == ("accepted", "won")
    assert Earning.objects.get(source=row.holder).amount_minor == 500


def test_a_lapsed_appeal_in_hand_goes_back_to_nobody():
    row = rejected()
    appeal(row)
    person = people.staff()
    held = reviews.claim_next(by=of_staff(person), user=person)
    Appeal.objects.update(due_at="2020-01-01T00:00Z")
    assert appeals.lapse(by=work.BY) == 1
    reviews.release(review_assignment_id=held.pk, by=of_staff(person))
    assert ReviewRequest.objects.get(kind="appeal").state == "withdrawn"
    other = people.staff()
    with pytest.raises(Refused, match="Nothing waits"):
        reviews.claim_next(by=of_staff(other), user=other)


def test_an_event_stays_when_the_appeal_is_lost_and_goes_when_it_lapses():
    row = accepted()
    by = of_user(row.annotator.user)
    appeals.against_event(event_id=taught(row).pk, text=TEXT, by=by)
    decide("reject")
    assert (Appeal.objects.get().state, Skill.objects.get().beta) == ("lost", 2)
    other = accepted()
    event = taught(other)
    appeals.against_event(event_id=event.pk, text=TEXT, by=of_user(other.annotator.user))
    clock.advance(dt.timedelta(hours=72))
    SWEEPS["tasks.lapse_appeals"].run()
    assert SkillEvent.objects.get(undoes=event).kind == "reversal"


def test_an_event_that_did_not_lower_a_skill_is_not_appealed():
    row = accepted()
    by = of_user(row.annotator.user)
    good = taught(row, share=1.0)
    assert code(appeals.against_event, event_id=good.pk, text=TEXT, by=by) == "not_appealable"
    with pytest.raises(NotFound):
        appeals.against_event(event_id=good.pk, text=TEXT, by=of_user(work.expert().user))


@pytest.mark.parametrize("at", ["desk", "web"])
def test_the_judge_of_an_appeal_reads_what_the_annotator_says_and_no_first_verdict(at):
    appeal(rejected())
    if at == "desk":
        desk = Desk()
        user, by, client, name = (
            desk.person,
            of_staff(desk.person),
            desk.browser,
            "admin:tasks_review_one",
        )
    else:
        who = work.expert()
        kind = people.qualification(domain_id=work.DOMAIN, review_level=2)
        qualifications.grant(qualification_id=kind.pk, annotator_id=who.pk, by=work.BY)
        user, by, client, name = who.user, of_user(who.user), Client(), "tasks:review"
        client.force_login(who.user)
    held = reviews.claim_next(by=by, user=user)
    assert (held.request.kind, list(review_queue.page(user, held.pk).earlier)) == ("appeal", [])
    answer = client.get(reverse(name, args=[held.pk]))
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "This is an appeal: what the annotator says" in text
    assert (escape(TEXT) in text, escape(work.REASON) in text) == (True, False)
