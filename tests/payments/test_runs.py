"""Payout runs: drafted, looked at, approved by whom it takes, begun in batches, never twice."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import AuditEntry
from payments.actions import payouts, runs, sending
from payments.models import ConnectedAccount, Earning, Payout, PayoutRun, PayoutRunItem
from payments.selectors import runs as shown
from tests.payments.money import at_stripe, pass_time, purse
from tests.support.factories_payments import BY, annotator, earn, earn_payable, payable_annotator
from tests.support.races import Gate, at_once, times, values

DAY = dt.timedelta(days=1)
ADA, BEN = (Actor(ActorKind.STAFF, name) for name in ("ada", "ben"))


@pytest.fixture
def by_hand(settings):
    """Runs wait for a person, and above 3,000 for two."""
    settings.PAYOUT_RUN_AUTOMATIC = False
    settings.PAYOUT_RUN_ALONE_MINOR = {"usd": 3_000}


def drafted(*amounts):
    """A run that waits, of annotators with these amounts."""
    for amount in amounts:
        earn_payable(payable_annotator(), amount)
    run = runs.draft(currency="usd", by=BY)
    runs.collect(run.pk, by=BY)
    run.refresh_from_db()
    return run


def code(action, **words):
    with pytest.raises(Refused) as refusal:
        action(**words)
    return refusal.value.code


@pytest.mark.django_db
@pytest.mark.usefixtures("by_hand")
def test_a_draft_tells_who_gets_how_much_and_who_is_left_out_why(settings):
    settings.PAYOUT_MINIMUM_MINOR = 100
    earn_payable(payable_annotator(), 99)
    earn_payable(annotator(), 700)
    earn_payable(payable_annotator(transfers="restricted"), 50)
    earn(payable_annotator(), 500)
    busy = payable_annotator()
    earn_payable(busy, 300)
    payouts.start(annotator_id=busy.pk, currency="usd", by=BY)
    earn_payable(busy, 400)
    lately = payable_annotator()
    earn_payable(lately, 800)
    Payout.objects.filter(
        pk=payouts.start(annotator_id=lately.pk, currency="usd", by=BY).pk
    ).update(state="sent", stripe_transfer="tr_1")
    earn_payable(lately, 600)
    earn_payable(payable_annotator(), 5_000, currency="eur")
    held = {"details_changed_at": clock.now(), "payouts_held_until": clock.after(DAY)}
    for why in (held, {"stopped_at": clock.now()}):
        waits = payable_annotator()
        ConnectedAccount.objects.filter(annotator=waits).update(**why)
        earn_payable(waits, 900)

    run = drafted(1_000, 1_500)
    assert (run.state, run.two_needed) == ("waiting", False)
    assert shown.total(run.pk) == shown.Total(2, 2_500)
    assert shown.progress(run.pk) == {"waiting": shown.Total(2, 2_500)}
    assert run.left_out == {
        "below_minimum": {"annotators": 1, "minor": 99},
        "not_set_up": {"annotators": 2, "minor": 750},
        "new_details": {"annotators": 2, "minor": 1_800},
        "held": {"annotators": 1, "minor": 500},
        "payout_open": {"annotators": 1, "minor": 400},
        "not_due": {"annotators": 1, "minor": 600},
    }
    assert shown.waiting_count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("by_hand")
def test_up_to_the_limit_one_member_of_staff_lets_it_go():
    run = runs.approve(run_id=drafted(1_000, 2_000).pk, by=ADA)
    assert (run.state, run.first_by, run.second_by) == ("approved", "staff:ada", "")
    assert code(runs.approve, run_id=run.pk, by=BEN) == "not_waiting"


@pytest.mark.django_db
@pytest.mark.usefixtures("by_hand")
def test_above_the_limit_two_different_ones_must():
    run = drafted(1_000, 2_001)
    assert run.two_needed
    assert runs.approve(run_id=run.pk, by=ADA).state == "waiting"
    assert code(runs.approve, run_id=run.pk, by=ADA) == "second_person"
    run = runs.approve(run_id=run.pk, by=BEN)
    assert (run.state, run.first_by, run.second_by) == ("approved", "staff:ada", "staff:ben")
    verbs = AuditEntry.objects.filter(subject=f"payoutrun:{run.pk}").order_by("id")
    assert list(verbs.values_list("verb", "actor")) == [
        ("drafted_payout_run", BY.key),
        ("approved_payout_run_first", "staff:ada"),
        ("approved_payout_run", "staff:ben"),
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("by_hand")
def test_in_a_currency_without_a_limit_two_must(settings):
    settings.PAYOUT_RUN_ALONE_MINOR = {}
    assert drafted(1_000).two_needed


@pytest.mark.django_db
@pytest.mark.usefixtures("by_hand")
@pytest.mark.parametrize(
    "columns",
    [
        {"state": "approved"},
        {"state": "approved", "first_by": "staff:ada"},
        {"state": "approved", "first_by": "staff:ada", "second_by": "staff:ada"},
        {"state": "paid"},
    ],
)
def test_the_database_refuses_a_run_that_one_person_let_go(columns):
    run = drafted(5_000)
    columns |= {"approved_at": run.created_at}
    with pytest.raises(IntegrityError), transaction.atomic():
        PayoutRun.objects.filter(pk=run.pk).update(**columns)


@pytest.mark.django_db
@pytest.mark.usefixtures("by_hand")
def test_only_staff_decide():
    run = drafted(1_000)
    for action, more in ((runs.approve, {}), (runs.cancel, {"reason": "No."})):
        assert code(action, run_id=run.pk, by=BY, **more) == "not_permitted"
        with pytest.raises(NotFound):
            action(run_id=BY_NOBODY, by=ADA, **more)


BY_NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("automatic", "limit", "state"),
    [(True, 1_000, "approved"), (True, 999, "waiting"), (False, 1_000, "waiting")],
)
def test_a_planned_run_up_to_the_limit_lets_itself_go(settings, automatic, limit, state):
    settings.PAYOUT_RUN_AUTOMATIC = automatic
    settings.PAYOUT_RUN_ALONE_MINOR = {"usd": limit}
    assert drafted(1_000).state == state


@pytest.mark.django_db
def test_a_run_that_staff_drafted_waits_for_staff(settings):
    earn_payable(payable_annotator(), 1_000)
    run = runs.draft(currency="usd", by=ADA)
    runs.collect(run.pk, by=ADA)
    run.refresh_from_db()
    assert (run.state, run.first_by) == ("waiting", "")


@pytest.mark.django_db
@pytest.mark.usefixtures("by_hand")
def test_a_cancelled_run_leaves_the_money_payable_and_the_day_quiet(local):
    local.fund(100_000)
    who = at_stripe(local)
    earn_payable(who, 1_000)
    runs.plan(by=BY)
    run = PayoutRun.objects.get()
    refused = code(runs.cancel, run_id=run.pk, reason=" ", by=ADA)
    assert refused == "invalid"
    run = runs.cancel(run_id=run.pk, reason="The amounts look wrong.", by=ADA)
    assert (run.state, run.reason) == ("cancelled", "The amounts look wrong.")
    assert code(runs.cancel, run_id=run.pk, reason="Again.", by=ADA) == "run_over"
    assert code(runs.approve, run_id=run.pk, by=ADA) == "not_waiting"
    assert (runs.plan(by=BY), PayoutRun.objects.count(), purse(who)) == (0, 1, (0, 1_000, 0))
    pass_time(hours=25)
    runs.plan(by=BY)
    assert PayoutRun.objects.filter(state="waiting").count() == 1


def test_there_is_one_open_run_of_a_currency_and_an_empty_one_ends(local):
    run = runs.draft(currency="usd", by=BY)
    assert runs.draft(currency="usd", by=BY) is None
    assert runs.draft(currency="eur", by=BY) is not None
    runs.collect(run.pk, by=BY)
    run.refresh_from_db()
    assert (run.state, run.reason) == ("cancelled", "Nobody was due.")
    runs.collect(run.pk, by=BY)  # another worker comes too late
    earn_payable(at_stripe(local), 500)
    assert runs.plan(by=BY) == 0  # no money at Stripe; but a run was drafted, the day is not quiet
    assert PayoutRun.objects.filter(currency="usd", state="approved").count() == 1


def test_a_run_goes_from_draft_to_done(local, settings):
    local.fund(100_000)
    settings.PAYOUT_RUN_AUTOMATIC = False
    folk = [at_stripe(local) for _ in range(3)]
    for number, who in enumerate(folk):
        earn_payable(who, 1_000 + number, 500)
    runs.plan(by=BY)
    run = PayoutRun.objects.get()
    assert (run.state, Payout.objects.count()) == ("waiting", 0)
    runs.approve(run_id=run.pk, by=ADA)
    assert runs.plan(by=BY) == 3
    run.refresh_from_db()
    assert run.state == "done"
    assert shown.progress(run.pk) == {"ready": shown.Total(3, 4_503)}
    sending.sweep(by=BY)
    assert shown.progress(run.pk) == {"sent": shown.Total(3, 4_503)}
    assert set(Payout.objects.values_list("annotator", "amount_minor", "rail")) == {
        (who.pk, 1_500 + number, "connect_transfer") for number, who in enumerate(folk)
    }


def test_who_does_not_fit_our_balance_waits_in_the_run(local):
    local.fund(2_000)
    for amount in (1_500, 900):
        earn_payable(at_stripe(local), amount)
    assert runs.plan(by=BY) == 1
    assert PayoutRun.objects.get().state == "approved"
    assert runs.plan(by=BY) == 0
    local.fund(5_000)
    assert runs.plan(by=BY) == 1
    assert PayoutRun.objects.get().state == "done"


def test_what_changed_since_the_draft_is_skipped_or_waits_for_the_next(local, settings):
    """Nobody gets more than was approved; what was earned since is for the next run."""
    local.fund(100_000)
    settings.PAYOUT_RUN_AUTOMATIC = False
    lost, richer, later = (at_stripe(local) for _ in range(3))
    for who in (lost, richer, later):
        earn_payable(who, 1_000)
    runs.plan(by=BY)
    run = PayoutRun.objects.get()
    ConnectedAccount.objects.filter(annotator=lost).update(transfers="restricted")
    earn_payable(later, 200)  # its hold ended after the draft
    early = earn_payable(richer, 400)[0]
    Earning.objects.filter(pk=early.pk).update(hold_until=run.created_at)
    runs.approve(run_id=run.pk, by=ADA)
    assert runs.proceed(by=BY) == 1
    assert shown.skipped(run.pk) == {"payouts_restricted": 1, "changed": 1}
    assert list(Payout.objects.values_list("annotator", "amount_minor")) == [(later.pk, 1_000)]
    assert purse(later) == (0, 200, 1_000)
    assert (purse(lost), purse(richer)) == ((0, 1_000, 0), (0, 1_400, 0))


def test_a_large_run_is_listed_and_begun_in_batches(local, monkeypatch):
    """Memory holds one batch, and a worker that ends early is followed by one that goes on."""
    monkeypatch.setattr(runs, "BATCH", 2)
    local.fund(100_000)
    for number in range(5):
        earn_payable(at_stripe(local), 1_000 + number)
    monkeypatch.setattr(runs, "BEGIN_SECONDS", -1)
    assert runs.plan(by=BY) == 0  # its time was over at once
    assert PayoutRunItem.objects.filter(state="waiting").count() == 5
    monkeypatch.setattr(runs, "BEGIN_SECONDS", 30)
    assert runs.plan(by=BY) == 5
    assert PayoutRun.objects.get().state == "done"


def test_a_draft_whose_worker_died_is_finished_by_the_next(local, monkeypatch):
    local.fund(100_000)
    monkeypatch.setattr(runs, "BATCH", 1)
    for number in range(3):
        earn_payable(at_stripe(local), 1_000 + number)
    calls, real = [], runs._uncollected

    def dying(run):
        calls.append(run)
        if len(calls) == 3:
            raise SystemExit
        return real(run)

    monkeypatch.setattr(runs, "_uncollected", dying)
    with pytest.raises(SystemExit):
        runs.plan(by=BY)
    assert (PayoutRun.objects.get().state, PayoutRunItem.objects.count()) == ("collecting", 2)
    assert runs.plan(by=BY) == 3
    assert PayoutRun.objects.count() == 1


@pytest.mark.django_db
def test_a_draft_that_is_cancelled_meanwhile_lists_nobody_more():
    earn_payable(payable_annotator(), 1_000)
    run = runs.draft(currency="usd", by=BY)
    runs.cancel(run_id=run.pk, reason="Not today.", by=ADA)
    runs.collect(run.pk, by=BY)
    run.refresh_from_db()
    assert (run.state, PayoutRunItem.objects.count()) == ("cancelled", 0)


def test_a_run_that_is_cancelled_while_it_begins_begins_no_more(local, monkeypatch):
    local.fund(100_000)
    for _ in range(2):
        earn_payable(at_stripe(local), 1_000)
    real = runs._waiting

    def cancelling(run):
        first, second = list(real(run))
        yield first
        runs.cancel(run_id=run.pk, reason="Stop.", by=ADA)
        yield second

    monkeypatch.setattr(runs, "_waiting", cancelling)
    assert runs.plan(by=BY) == 1
    run = PayoutRun.objects.get()
    assert (run.state, Payout.objects.count()) == ("cancelled", 1)
    assert shown.progress(run.pk).keys() == {"waiting", "ready"}


@pytest.mark.concurrency
def test_two_workers_on_one_run_begin_each_payout_once(local):
    """Scenario 15: two payout runs at once for one annotator make one payout."""
    local.fund(100_000)
    folk = [at_stripe(local) for _ in range(6)]
    for who in folk:
        earn_payable(who, 1_000)
    ends = values(times(4, lambda: runs.plan(by=BY)))
    ends.append(runs.plan(by=BY))
    assert sum(ends) == 6
    assert sorted(Payout.objects.values_list("annotator", flat=True)) == sorted(
        who.pk for who in folk
    )
    assert PayoutRun.objects.get().state == "done"


@pytest.mark.concurrency
def test_a_run_and_the_annotators_own_request_at_once_make_one_payout(local):
    """Scenario 15: whichever comes first; the other one finds it."""
    local.fund(100_000)
    folk = [at_stripe(local) for _ in range(5)]
    for who in folk:
        earn_payable(who, 1_000)
    asks = [lambda who=who: payouts.request(annotator_id=who.pk, by=BY) for who in folk]
    values(at_once(lambda: runs.plan(by=BY), *asks))
    runs.plan(by=BY)
    assert list(Payout.objects.values_list("amount_minor", flat=True)) == [1_000] * 5
    assert [purse(who) for who in folk] == [(0, 0, 1_000)] * 5
    assert not PayoutRun.objects.exclude(state__in=["done", "cancelled"]).exists()


@pytest.mark.concurrency
def test_control_without_the_locks_only_postgresql_stands_against_a_second_one(local, monkeypatch):
    local.fund(100_000)
    who = at_stripe(local)
    earn_payable(who, 1_000)
    run = runs.draft(currency="usd", by=BY)
    runs.collect(run.pk, by=BY)
    gate, seen = Gate(2), payouts.selector.open_payout

    def met(*args):
        found = seen(*args)
        gate.wait()
        return found

    monkeypatch.setattr(payouts.selector, "open_payout", met)
    monkeypatch.setattr(
        "django.db.models.query.QuerySet.select_for_update", lambda self, *_, **__: self
    )
    ends = times(2, lambda: runs.proceed(by=BY))
    (fault,) = [one.error for one in ends if one.error is not None]
    assert isinstance(fault, IntegrityError)
    assert "payments_payout_one_open" in str(fault)
    assert (Payout.objects.count(), purse(who)) == (1, (0, 0, 1_000))


@pytest.mark.django_db
def test_staff_see_runs_and_nobody_else():
    run = runs.draft(currency="usd", by=BY)
    assert list(PayoutRun.objects.visible_to(ADA)) == [run]
    assert not PayoutRun.objects.visible_to(Actor(ActorKind.USER, "x")).exists()
    assert str(run).startswith("USD, 20")
