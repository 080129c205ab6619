"""Offers at once with pulls, with each other and with the sweep. Each with its control."""

import datetime as dt
import threading

import pytest
from django.db import OperationalError, connection, transaction

from accounts.selectors.actors import of_user
from marketplace.core import clock
from marketplace.core.models import AuditEntry
from tasks.actions import cascade, claims, offers, planning
from tasks.models import Assignment, Candidate, Offer, Project, Task
from tasks.states import AssignmentState
from tests.support import factories_offers as push
from tests.support import factories_tasks as work
from tests.support.races import Gate, Outcome, at_once, codes, times, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def offered(number=1, tasks=1, **other):
    """A project that has offered its tasks; those it asked, the best first, and those who wait."""
    project = push.pushing(tasks=tasks, **other)
    Candidate.objects.filter(project=project).delete()
    crowd = [work.expert() for _ in range(number)]
    for place, who in enumerate(crowd):
        Candidate.objects.filter(annotator=who, project=project).update(score=number - place)
    push.plan(project)
    return project, crowd


def unlocked(monkeypatch, model):
    """Take the row locks of one table away, for a control."""
    rows = type(model.objects.all())
    monkeypatch.setattr(rows, "select_for_update", lambda self, **_: self)
    monkeypatch.setattr(type(model.objects), "select_for_update", lambda self, **_: self.all())


def test_an_offer_accepted_and_a_pull_of_the_last_slot_at_once_make_one_claim():
    for _ in range(8):
        project, (asked,) = offered()
        puller = work.expert()
        outcomes = at_once(
            lambda a=asked: push.accept(a.offers.latest("pk")),
            lambda p=puller, at=project: work.claim(p, project_id=at.pk),
        )
        (row,) = values(outcomes)
        assert Assignment.objects.filter(project=project).get() == row
        assert Task.objects.get(project=project).open_slots == 0
        state = asked.offers.latest("pk").state
        if row.annotator_id == asked.pk:
            assert (codes(outcomes), state) == (["nothing_to_claim"], "accepted")
        else:
            assert (codes(outcomes), state) == (["offer_missed"], "missed")


def test_control_an_acceptance_that_does_not_go_by_the_claim_doubles_the_slot(monkeypatch):
    project, (asked,) = offered()
    puller = work.expert()
    gate, claim = Gate(2), claims.claim

    def by_itself(*, annotator_id, project_id, task_id, claim_id, by):
        task = Task.objects.get(pk=task_id)
        assert task.open_slots == 1
        gate.wait()
        return Assignment.objects.create(
            pk=claim_id,
            task=task,
            project_id=project_id,
            annotator_id=annotator_id,
            state=AssignmentState.CLAIMED,
            currency="usd",
            price_minor=500,
            fee_minor=100,
            guideline_version=1,
            leased_until=clock.now(),
        )

    def pull():
        gate.wait()
        return claim(annotator_id=puller.pk, project_id=project.pk, by=of_user(puller.user))

    monkeypatch.setattr(claims, "claim", by_itself)
    assert len(values(at_once(lambda: push.accept(asked.offers.get()), pull))) == 2
    assert Assignment.objects.filter(project=project).count() == 2  # of one slot


def test_two_offers_of_the_last_slot_accepted_at_once_make_one_claim():
    project, crowd = offered(number=2)
    outcomes = at_once(*[lambda w=who: push.accept(w.offers.get()) for who in crowd])
    assert len(values(outcomes)) == 1
    assert codes(outcomes) == ["offer_missed"]
    assert sorted(Offer.objects.values_list("state", flat=True)) == ["accepted", "missed"]
    assert Assignment.objects.filter(project=project).count() == 1


def test_accepting_eight_times_at_once_makes_one_claim():
    _, (asked,) = offered()
    outcomes = times(8, lambda: push.accept(asked.offers.get()))
    assert len({row.pk for row in values(outcomes)}) == 1
    assert len(values(outcomes)) == 8
    assert Assignment.objects.count() == 1
    assert AuditEntry.objects.filter(verb="offer_accepted").count() == 1


def accepted_twice(monkeypatch):
    """Two acceptances that both got the claim and meet where they keep it; both got the same."""
    _, (asked,) = offered()
    gate, is_noted = Gate(2, timeout=2), offers._is_noted

    def together(offer):
        found = is_noted(offer)
        gate.wait()
        return found

    monkeypatch.setattr(offers, "_claim_of", only_known(offers._claim_of))
    monkeypatch.setattr(offers, "_is_noted", together)
    first, second = values(times(2, lambda: push.accept(asked.offers.get())))
    assert first.pk == second.pk
    return AuditEntry.objects.filter(verb="offer_accepted").count()


def only_known(claim_of):
    """Both look before either has claimed."""
    gate = Gate(2)

    def looked(offer):
        found = claim_of(offer)
        if offer.state == "offered":
            gate.wait()
        return found

    return looked


def test_an_acceptance_is_kept_once(monkeypatch):
    assert accepted_twice(monkeypatch) == 1


def test_control_without_the_locks_it_is_kept_twice(monkeypatch):
    monkeypatch.setattr(
        offers, "_own", lambda offer_id, by: Offer.objects.select_related("project").get(pk=offer_id)
    )  # fmt: skip
    assert accepted_twice(monkeypatch) == 2


def test_an_acceptance_without_money_does_not_hold_the_pot_while_it_marks_the_project(monkeypatch):
    """The claim's transaction is over by then: whoever gives money has the project, then the pot."""
    _, (asked,) = offered(fund=0)
    mark, inside = claims.funding.mark_short, []

    def marks(**only):
        inside.append(connection.in_atomic_block)
        return mark(**only)

    monkeypatch.setattr(claims.funding, "mark_short", marks)
    assert codes([*at_once(lambda: push.accept(asked.offers.get()))]) == ["funds_short"]
    assert inside == [False]


def accepted_while_time_runs_out(monkeypatch, asked, place="claim", of=claims) -> list[Outcome]:
    """The time ends and the sweep comes by after the acceptance's look and before its claim."""
    looked, swept, real = threading.Event(), threading.Event(), getattr(of, place)

    def later(*args, **only):
        looked.set()
        assert swept.wait(20)
        return real(*args, **only)

    def sweep():
        assert looked.wait(20)
        clock.advance(dt.timedelta(minutes=241))
        try:
            return push.sweep()
        finally:
            swept.set()

    monkeypatch.setattr(of, place, later)
    return at_once(lambda: push.accept(asked.offers.get()), sweep)


def ends():
    return sorted(
        AuditEntry.objects.filter(verb__startswith="offer").values_list("verb", flat=True)
    )


def test_an_offer_that_is_swept_at_the_moment_of_its_claim_ends_once_and_the_claim_stands(
    monkeypatch,
):
    _, (asked,) = offered()
    row, swept = values(accepted_while_time_runs_out(monkeypatch, asked))
    assert (row.state, swept) == ("claimed", 1)
    assert asked.offers.get().state == "expired"
    assert ends() == ["offers_expired"]
    assert push.accept(asked.offers.get()) == row


def missed_while_time_runs_out(monkeypatch):
    """The same between the look that the task is gone and the keeping of that."""
    project, (asked,) = offered()
    work.claim(work.expert(), project_id=project.pk)
    return asked, accepted_while_time_runs_out(monkeypatch, asked, "_miss", offers)


def test_an_offer_that_is_being_missed_is_not_swept(monkeypatch):
    asked, outcomes = missed_while_time_runs_out(monkeypatch)
    assert (codes(outcomes), values(outcomes)) == (["offer_missed"], [0])
    assert asked.offers.get().state == "missed"
    assert ends() == ["offer_missed"]


def test_control_without_the_offers_lock_it_ends_twice(monkeypatch):
    unlocked(monkeypatch, Offer)
    _, outcomes = missed_while_time_runs_out(monkeypatch)
    assert values(outcomes) == [1]
    assert ends() == ["offer_missed", "offers_expired"]


def test_a_claim_does_not_wait_for_an_offer_that_is_held_and_the_sweep_finds_it():
    project, (asked,) = offered()
    with transaction.atomic():
        Offer.objects.select_for_update().get(annotator=asked)
        (row,) = values(at_once(lambda: work.claim(asked, project_id=project.pk)))
    assert asked.offers.get().state == "offered"
    clock.advance(dt.timedelta(minutes=241))  # it is not one that ran out
    assert push.sweep() == 1
    assert asked.offers.get().state == "accepted"
    assert push.accept(asked.offers.get()) == row


def swept_twice(monkeypatch):
    """Two sweeps, each of which has ended one of a task's two offers and now moves others up."""
    offered(number=2)
    monkeypatch.setattr(cascade, "BATCH", 1)
    gate, move_up = Gate(2, timeout=2), cascade.move_up

    def together(**only):
        gate.wait()
        return move_up(**only)

    monkeypatch.setattr(cascade, "move_up", together)
    clock.advance(dt.timedelta(minutes=241))
    return times(2, lambda: cascade._end("offers_expired", cascade._OVER, push.BY))


def test_two_sweeps_of_one_task_do_not_wait_for_each_other(monkeypatch):
    assert values(swept_twice(monkeypatch)) == [1, 1]
    assert set(Offer.objects.values_list("state", flat=True)) == {"expired"}


def test_control_without_the_cascades_lock_they_do(monkeypatch):
    monkeypatch.setattr(cascade, "_one_at_a_time", lambda: None)
    errors = [one.error for one in swept_twice(monkeypatch) if one.error]
    assert [type(error) for error in errors] == [OperationalError]
    assert "deadlock" in str(errors[0])


def moved_up_twice(monkeypatch):
    """Two run-outs of one task seen by two jobs at once: how many were asked altogether."""
    project, crowd = offered(number=4)
    crowd[0].offers.update(state="expired")
    task_id = Task.objects.get(project=project).pk
    gate, out_to = Gate(2, timeout=2), cascade.out_to

    def together(ids):
        gate.wait()
        return out_to(ids)

    monkeypatch.setattr(cascade, "out_to", together)
    return sum(values(times(2, lambda: cascade.move_up(task_ids=[task_id], by=push.BY))))


def test_one_gap_is_filled_once(monkeypatch):
    assert moved_up_twice(monkeypatch) == 1
    assert AuditEntry.objects.filter(verb="offer_moved_up").count() == 1


def test_control_without_the_lock_it_is_filled_twice(monkeypatch):
    monkeypatch.setattr(cascade, "_one_at_a_time", lambda: None)
    unlocked(monkeypatch, Offer)
    assert moved_up_twice(monkeypatch) == 2
    assert AuditEntry.objects.filter(verb="offer_moved_up").count() == 2


def planned_twice(monkeypatch):
    project = push.pushing(tasks=1)
    for _ in range(4):
        work.expert()
    gate, reading = Gate(2, timeout=2), planning.planning.open_work

    def together(project_id):
        found = reading(project_id)
        gate.wait()
        return found

    monkeypatch.setattr(planning.planning, "open_work", together)
    return times(2, lambda: push.plan(project))


def test_two_plans_at_once_are_one_after_the_other(monkeypatch):
    plans = values(planned_twice(monkeypatch))
    assert sorted(plan is None for plan in plans) == [False, True]
    assert Offer.objects.filter(state="offered").count() == 2


def test_control_without_the_plans_lock_both_plan_the_same_and_the_database_keeps_one(monkeypatch):
    monkeypatch.setattr(planning, "_one_after_the_other", lambda project_id: None)
    plans = values(planned_twice(monkeypatch))
    assert sorted((plan.offers, plan.standby) for plan in plans) == [(0, 0), (2, 2)]
    assert Offer.objects.count() == 4


def test_a_project_is_not_locked_while_it_is_planned(monkeypatch):
    project = push.pushing(tasks=1)
    work.expert()
    reading, changed = planning.planning.open_work, []

    def meanwhile(project_id):
        (changed[:],) = values(
            at_once(lambda: [Project.objects.filter(pk=project_id).update(rank=3)])
        )
        return reading(project_id)

    monkeypatch.setattr(planning.planning, "open_work", meanwhile)
    assert push.plan(project).offers == 1
    assert changed == [1]
