"""A hold that a person made longer, contested by its annotator and decided by another person."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import AdverseAct, AnnotatorProfile
from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused
from marketplace.core.ids import new_id
from marketplace.core.registry import SWEEPS
from payments.actions import earnings, hold_contests, holds
from payments.models import Earning, HoldContest
from tests.payments.clawing import BY, own
from tests.payments.money import pass_time
from tests.support import factories_accounts as people
from tests.support.desk import Desk, acts, done, faults, told
from tests.support.factories_payments import annotator, earn
from tests.support.races import at_once, values

pytestmark = pytest.mark.django_db
TEXT = "I have shown my notes to the reviewer already."
TABLE = "payments/holdcontest"


def staff():
    return Actor(ActorKind.STAFF, str(people.staff().pk))


def lengthen(row, by, days=30):
    until = clock.now() + dt.timedelta(days=days)
    holds.lengthen(earning_id=row.pk, until=until, reason="It is looked into.", by=by)
    return AdverseAct.objects.filter(subject=f"earning:{row.pk}").latest("at")


@pytest.fixture
def held():
    """An earning of 5.00, held for 7 days, then by a person for 30."""
    who = annotator()
    row = earn(who, 500, label="Task 7")
    row.who, row.usual, row.by = who, row.hold_until, staff()
    row.act = lengthen(row, row.by)
    return row


def contest(held, text=TEXT, act=None):
    act_id = (act or held.act).pk
    return hold_contests.contest(act_id=act_id, text=text, by=own(held.who))


def decide(row, *, lift, by=None, why="The notes are there."):
    return hold_contests.decide(contest_id=row.pk, lift=lift, why=why, by=by or staff())


def now(held):
    row = Earning.objects.get(pk=held.pk)
    return row.hold_until, row.state


def refused(call, code):
    with pytest.raises(Refused) as refusal:
        call()
    assert refusal.value.code == code


# --- through the doors --------------------------------------------------------------------------
def test_an_annotator_contests_on_the_page_and_another_person_lifts_it(client, held):
    client.force_login(held.who.user)
    told_page = client.get(reverse("tasks:decision", args=[held.act.pk])).content.decode()
    where = reverse("payments:hold", args=[held.act.pk])
    assert f'href="{where}"' in told_page
    page = client.get(where).content.decode()
    assert "It is looked into." in page
    assert "$5.00 · Task 7" in page
    page = client.post(where, {"text": TEXT}, follow=True).content.decode()
    assert "Somebody else decides within 72 hours." in page
    assert TEXT in page
    assert "<textarea" not in page
    row = HoldContest.objects.get()
    assert row.due_at - row.opened_at == pytest.approx(
        dt.timedelta(hours=72), abs=dt.timedelta(seconds=5)
    )
    plain, other = Desk(), Desk(administrator=True)
    assert "Holds that annotators contest" in other.browser.get("/admin/").content.decode()
    assert TEXT in other.page(TABLE, f"{row.pk}/decide/")
    assert "to be decided" in other.page(TABLE)
    assert plain.decide(TABLE, row, what="lift", why="x").status_code == 403  # not entrusted
    assert faults(other.decide(TABLE, row, what="lift", why=""))["why"]
    assert done(other.decide(TABLE, row, what="lift", why="The notes are there."))
    assert now(held) == (held.usual, "pending")
    page = client.get(where).content.decode()
    assert "Won: the longer hold is lifted" in page
    assert "That was found wrong, and is undone." in page
    told_page = client.get(reverse("tasks:decision", args=[held.act.pk])).content.decode()
    assert "Found wrong and undone" in told_page
    assert told(held.who)[-1] == (
        "hold",
        "The longer hold of “Task 7” is lifted. The notes are there.",
    )
    assert acts("contested_hold", "hold_contest_won", "lifted_hold", "adverse_act_reversed") == [
        ("user", "contested_hold", TEXT),
        ("staff", "hold_contest_won", "The notes are there."),
        ("staff", "adverse_act_reversed", "The notes are there."),
        ("staff", "lifted_hold", "The notes are there."),
    ]


def test_who_made_the_hold_longer_is_told_that_another_person_decides(held):
    row = contest(held)
    setter = Desk(people.User.objects.get(pk=held.by.id))
    answer = setter.decide(TABLE, row, what="stand", why="Because.")
    assert faults(answer) == {"__all__": ["Somebody else has to decide this."]}
    with pytest.raises(IntegrityError), transaction.atomic():
        HoldContest.objects.update(
            state="lost", decided_by=held.by.key, decision="x", ended_at=clock.now()
        )


def test_what_is_refused_stays_on_the_page_as_it_was_typed(client, held):
    client.force_login(held.who.user)
    where = reverse("payments:hold", args=[held.act.pk])
    long = "It is mine. " * 200
    answer = client.post(where, {"text": long})
    text = answer.content.decode()
    assert (answer.status_code, "1 to 2000 characters." in text) == (422, True)
    assert long.strip() in text
    assert client.post(where, {"text": " "}).status_code == 422
    client.post(where, {"text": TEXT})
    answer = client.post(where, {"text": "And besides."})
    text = answer.content.decode()
    assert (answer.status_code, "was contested already" in text) == (422, True)
    assert "And besides." in text


def test_others_holds_are_not_found(client, held):
    where = reverse("payments:hold", args=[held.act.pk])
    client.force_login(annotator().user)
    assert client.get(where).status_code == 404
    assert client.post(where, {"text": TEXT}).status_code == 404
    client.force_login(people.user())
    assert client.get(where).status_code == 404
    for by in (held.by, own(annotator())):
        with pytest.raises(NotFound):
            hold_contests.contest(act_id=held.act.pk, text=TEXT, by=by)
    with pytest.raises(NotFound):
        hold_contests.contest(act_id=new_id(), text=TEXT, by=own(held.who))
    assert not HoldContest.objects.exists()


# --- the rules ----------------------------------------------------------------------------------
def test_silence_at_the_deadline_decides_for_the_annotator(held):
    row = contest(held)
    SWEEPS["payments.lapse_hold_contests"].run()
    assert now(held)[0] > held.usual
    pass_time(hours=72)
    for _ in range(2):
        SWEEPS["payments.lapse_hold_contests"].run()
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.decision) == ("lapsed", "", "Nobody decided it in time.")
    assert now(held) == (held.usual, "pending")
    assert AdverseAct.objects.get().reversed_why == "Nobody decided it in time."
    refused(lambda: decide(row, lift=False), "decided_already")


def test_what_stands_is_told_and_is_not_contested_again(client, held):
    until = now(held)[0]
    row = contest(held)
    decide(row, lift=False, why="The notes are another's.")
    row.refresh_from_db()
    assert (row.state, row.decision) == ("lost", "The notes are another's.")
    assert now(held) == (until, "pending")
    assert AdverseAct.objects.get().reversed_at is None
    assert told(held.who)[-1][1] == ("The longer hold of “Task 7” stands. The notes are another's.")
    refused(lambda: contest(held), "contested_already")
    client.force_login(held.who.user)
    page = client.get(reverse("payments:hold", args=[held.act.pk])).content.decode()
    assert "Lost: the longer hold stands" in page
    assert "<textarea" not in page


def test_a_hold_made_longer_twice_is_lifted_whole_and_by_a_third(held):
    second = staff()
    later = lengthen(held, second, days=60)
    row = contest(held, act=later)
    refused(lambda: contest(held), "contested_already")
    for by in (held.by, second):
        refused(lambda by=by: decide(row, lift=True, by=by), "same_person")
    decide(row, lift=True)
    assert now(held) == (held.usual, "pending")
    assert not AdverseAct.objects.filter(reversed_at__isnull=True).exists()


def test_it_is_not_held_still_longer_while_it_is_contested(held):
    row, before = contest(held), now(held)
    refused(lambda: lengthen(held, staff(), days=60), "hold_contested")
    assert now(held) == before
    decide(row, lift=False)
    assert now(held) == before
    lengthen(held, staff(), days=60)
    assert now(held)[0] > before[0]


def test_nobody_decides_on_their_own(held):
    row = contest(held)
    desk = people.staff()
    AnnotatorProfile.objects.filter(pk=held.who.pk).update(user=desk)
    by = Actor(ActorKind.STAFF, str(desk.pk))
    refused(lambda: decide(row, lift=True, by=by), "same_person")
    refused(lambda: decide(row, lift=True, by=own(held.who)), "staff_only")
    refused(lambda: decide(row, lift=True, why=" "), "invalid")
    with pytest.raises(NotFound):
        hold_contests.decide(contest_id=new_id(), lift=True, why="x", by=staff())


def test_a_hold_that_is_over_is_not_contested_and_its_contest_is_decided_all_the_same(held):
    row = contest(held)
    pass_time(days=31)
    earnings.mature(by=BY)
    later = now(held)
    assert later[1] == "payable"
    refused(lambda: contest(held), "contested_already")
    decide(row, lift=True)
    assert now(held) == later
    assert AdverseAct.objects.get().reversed_at is not None
    who = annotator()
    other = earn(who, 300)
    act = lengthen(other, staff())
    pass_time(days=31)
    refused(
        lambda: hold_contests.contest(act_id=act.pk, text=TEXT, by=own(who)),
        "hold_over",
    )


def test_a_longer_hold_of_before_its_usual_end_was_kept_ends_at_once(held):
    Earning.objects.update(usual_until=None)
    row = contest(held)
    decide(row, lift=True)
    assert earnings.mature(by=BY) == 1
    assert now(held)[1] == "payable"


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_decided_by_two_and_lapsed_at_once_it_ends_once():
    who = annotator()
    row = earn(who, 500)
    act = lengthen(row, staff())
    made = hold_contests.contest(act_id=act.pk, text=TEXT, by=own(who))
    pass_time(hours=73)
    one, two = staff(), staff()
    ended = at_once(
        lambda: decide(made, lift=True, by=one).state,
        lambda: decide(made, lift=False, by=two).state,
        lambda: hold_contests.lapse(by=BY),
    )
    made.refresh_from_db()
    counted = [value for value in values(ended) if value]
    assert len(counted) == 1
    assert len(told(who)) == 2  # held for longer, and how it ended
    assert acts("hold_contest_won", "hold_contest_lost", "hold_contest_lapsed")[0][1] == (
        f"hold_contest_{made.state}"
    )


def test_contests_are_seen_by_their_annotator_and_staff(held):
    contest(held)
    rows = HoldContest.objects
    assert rows.visible_to(staff()).count() == rows.visible_to(own(held.who)).count() == 1
    assert not rows.visible_to(own(annotator())).exists()
    assert not rows.visible_to(BY).exists()
    assert str(rows.get()) == "Task 7"


def test_after_its_time_nobody_lets_the_hold_stand(held):
    row = contest(held)
    pass_time(hours=73)
    refused(lambda: decide(row, lift=False), "too_late")
    assert decide(row, lift=True).state == "won"
    assert now(held)[0] == held.usual


def test_a_contest_that_was_decided_meanwhile_does_not_lapse(held):
    """The list of those that are due was read before the decision."""
    row = contest(held)
    decide(row, lift=False)
    assert not hold_contests._lapse(row.pk, BY)
    row.refresh_from_db()
    assert row.state == "lost"
