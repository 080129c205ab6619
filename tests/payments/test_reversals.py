"""Money taken back from the annotator's account at Stripe: the real SDK against the local Stripe."""

import pytest

from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id
from payments import jobs
from payments.actions import (
    books,
    clawbacks,
    comings_back,
    contests,
    events,
    payouts,
    rails,
    reversals,
    sending,
    trying,
)
from payments.actions.comparisons import cash
from payments.models import Clawback, Difference, Earning, Payout, Reversal, StripeEvent
from payments.states import REVERSAL_MOVES
from payments.stripe.gateway import (
    StripeKeyMisused,
    StripeRejected,
    StripeUnanswered,
    TransferBack,
)
from tests.payments.money import at_stripe, balance, pass_time, purse, run_jobs
from tests.support.factories_payments import BY, earn_payable

GRACE, ADA = (Actor(ActorKind.STAFF, str(number)) for number in (1, 2))
REASON = "The answer was copied from the guideline's own example, word for word."
PATH = "/v1/transfers/[^/]+/reversals$"


@pytest.fixture
def paid(local):
    """A payout of 1,700 that was sent, and money at Stripe."""
    local.fund(100_000)
    who = at_stripe(local)
    who.earnings_made = earn_payable(who, 1000, 700)
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    sending.send(row.pk, by=BY)
    row.refresh_from_db()
    assert row.state == "sent"
    return row


def claw(payout, amount=1000):
    earning = Earning.objects.get(payout=payout, amount_minor=1000)
    return clawbacks.ask(earning_id=earning.pk, amount_minor=amount, reason=REASON, by=GRACE)


def ask(row):
    return reversals.ask(clawback_id=row.pk, reason="They asked us to.", by=GRACE)


def debt(payout):
    return -balance("annotator_debt", f"annotator:{payout.annotator_id}")


def returned(payout):
    return balance("annotator_returned", f"annotator:{payout.annotator_id}")


def at_local(local, payout):
    """The reversals that Stripe has."""
    rows = local.client.v1.transfers.reversals.list(payout.stripe_transfer)
    return [row.amount for row in rows.data]


def settle(row, *, turns=12):
    for _ in range(turns):
        row.refresh_from_db()
        if row.state in {"done", "refused"}:
            break
        pass_time(minutes=16)
        jobs.send_reversals()
    return row


def assert_done_once(local, payout, row, amount=1000):
    row.refresh_from_db()
    payout.refresh_from_db()
    assert (row.state, at_local(local, payout)) == ("done", [amount]), row.last_error
    assert (debt(payout), payout.reversed_minor, payout.state) == (0, amount, "part_reversed")
    books.sync(by=BY)
    assert balance("clearing_reversal", "platform") == 0
    assert balance("clearing_transfer", "platform") == 0
    if balance("clearing_charge", "platform") == 0:
        assert cash.compare(BY).differences == 0


def test_a_debt_is_taken_from_the_account_at_stripe(local, paid):
    """Scenario 27: partial and full reversal."""
    debt_row = claw(paid)
    row = ask(debt_row)
    run_jobs()
    assert_done_once(local, paid, row)
    reversals.send(row.pk, by=BY)
    jobs.send_reversals()
    comings_back.recognise(paid.stripe_transfer, by=BY)
    assert_done_once(local, paid, row)
    rest = clawbacks.ask(
        earning_id=Earning.objects.get(amount_minor=700).pk,
        amount_minor=700,
        reason=REASON,
        by=GRACE,
    )
    second = ask(rest)
    run_jobs()
    paid.refresh_from_db()
    second.refresh_from_db()
    assert (paid.state, paid.reversed_minor, debt(paid)) == ("reversed", 1700, 0)
    # a late answer about the transfer changes nothing
    payouts.recognise(paid.stripe_transfer, by=BY)
    paid.refresh_from_db()
    assert paid.state == "reversed"


def test_an_empty_destination_leaves_a_debt_that_later_work_settles(local, paid):
    """Scenario 27: a reversal of an empty destination becomes a debt, recovered from later pay."""
    local.stripe.advance(3 * 86_400)  # Stripe has paid the bank
    row = ask(claw(paid))
    run_jobs()
    row.refresh_from_db()
    assert (row.state, at_local(local, paid), debt(paid)) == ("refused", [], 1000)
    assert "balance_insufficient" in row.last_error
    assert Difference.objects.get().kind == "reversal_refused"
    pass_time(days=2)
    jobs.send_reversals()  # not tried again by itself
    row.refresh_from_db()
    assert row.state == "refused"
    earn_payable(paid.annotator, 2400)
    later = payouts.start(annotator_id=paid.annotator_id, currency="usd", by=BY)
    assert (later.amount_minor, later.recovered_minor, debt(paid)) == (1400, 1000, 0)
    assert Clawback.objects.get().unpaid_minor == 0


@pytest.mark.parametrize(
    "kind",
    ["drop_before", "drop_after", "bad_json", "500_before", "500_after", "409", "429", "401"],
)
def test_one_fault_then_reversed_exactly_once(local, paid, kind):
    row = ask(claw(paid))
    local.stripe.add_fault(kind, path=PATH)
    reversals.send(row.pk, by=BY)
    row.refresh_from_db()
    # a 500 would only be repeated under the key, so it is looked for at once
    assert row.state == ("done" if kind == "500_after" else "unknown")
    settle(row)
    assert_done_once(local, paid, row)


def test_a_worker_that_died_after_the_call_is_looked_after(local, paid, monkeypatch):
    row = ask(claw(paid))
    with monkeypatch.context() as patch:
        patch.setattr(reversals, "known", lambda *args, **more: None)
        reversals.send(row.pk, by=BY)
    row.refresh_from_db()
    assert (row.state, at_local(local, paid)) == ("sending", [1000])
    settle(row)
    assert_done_once(local, paid, row)


def test_a_refusal_after_a_lost_answer_is_looked_into_first(local, paid, monkeypatch):
    """The second call is refused, but the first had worked."""
    row = ask(claw(paid))
    local.stripe.add_fault("drop_after", path=PATH)
    reversals.send(row.pk, by=BY)
    monkeypatch.setattr(rails.reversals, "create_reversal", refusing("parameter_invalid"))
    pass_time(minutes=6)
    reversals.send(row.pk, by=BY)
    assert_done_once(local, paid, row)
    assert not Difference.objects.exists()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (StripeRejected, ("reversal_refused", "Stripe refused it, so it stays a debt")),
        (StripeKeyMisused, ("reversal_unclear", reversals.LOOK)),  # nobody knows: a person looks
    ],
)
def test_a_refusal_after_a_lost_call_that_never_worked_stays_a_debt(
    local, paid, monkeypatch, fault, told
):
    row = ask(claw(paid))
    local.stripe.add_fault("drop_before", path=PATH)
    reversals.send(row.pk, by=BY)
    monkeypatch.setattr(rails.reversals, "create_reversal", refusing("parameter_invalid", fault))
    pass_time(minutes=6)
    reversals.send(row.pk, by=BY)
    row.refresh_from_db()
    assert (row.state, row.last_error) == ("refused", "parameter_invalid: No.")
    assert (at_local(local, paid), debt(paid)) == ([], 1000)
    found = Difference.objects.get()
    assert (found.kind, found.reason) == (told[0], f"{told[1]}: parameter_invalid: No.")


def refusing(code, fault=StripeRejected):
    def call(**fields):
        raise fault(code, "No.", 400)

    return call


def test_after_a_day_it_is_looked_for_before_it_is_sent_anew(local, paid):
    """Stripe has forgotten the key, so the same call again would take the money twice."""
    row = ask(claw(paid))
    local.stripe.add_fault("drop_after", path=PATH)
    reversals.send(row.pk, by=BY)
    pass_time(hours=26)
    local.stripe.advance(26 * 3600)
    reversals.send(row.pk, by=BY)
    assert_done_once(local, paid, row)


def test_a_look_that_fails_too_waits(local, paid, monkeypatch):
    row = ask(claw(paid))
    local.stripe.add_fault("drop_before", path=PATH)
    reversals.send(row.pk, by=BY)
    local.stripe.add_fault("500_before", path=PATH, method="GET")
    pass_time(hours=21)
    reversals.send(row.pk, by=BY)
    row.refresh_from_db()
    assert (row.state, row.ambiguous) == ("unknown", True)
    settle(row)
    assert_done_once(local, paid, row)


def test_what_a_late_worker_learnt_is_not_written(local, paid):
    row = ask(claw(paid))
    late = reversals._take(row.pk)
    assert reversals._take(row.pk) is None
    pass_time(minutes=2)
    local.stripe.add_fault("429", path=PATH)
    reversals.send(row.pk, by=BY)
    row.refresh_from_db()
    said = row.last_error
    assert trying.looked_in_vain(late, moves=REVERSAL_MOVES) is False
    trying.later(late, "late", moves=REVERSAL_MOVES, ambiguous=False)
    reversals._refused(late, "late", by=BY, kind=reversals.REFUSED, says="x")
    row.refresh_from_db()
    assert (row.state, row.ambiguous, row.last_error) == ("unknown", True, said)
    assert said != "late"
    settle(row)
    assert_done_once(local, paid, row)


# --- by hand, in Stripe's dashboard -------------------------------------------------------------
def test_a_reversal_by_hand_is_booked_once_and_waits_for_a_person(local, paid):
    """Scenario 27: a reversal by hand in the Dashboard is recognised by its event."""
    local.client.v1.transfers.reversals.create(paid.stripe_transfer, {"amount": 600})
    event = next(e for e in local.client.v1.events.list().data if e.type == "transfer.reversed")
    for copy in range(3):
        events.take_in({**event.to_dict(), "id": f"evt_{copy}"}, livemode=False)
        events.apply(f"evt_{copy}", by=BY)
    assert StripeEvent.objects.filter(state="applied").count() == 3
    paid.refresh_from_db()
    assert (paid.state, paid.reversed_minor, debt(paid), returned(paid)) == (
        "part_reversed", 600, 0, 600,
    )  # fmt: skip
    found = Difference.objects.get()
    assert (found.kind, found.ours_minor) == ("reversal_by_hand", 600)
    row = Reversal.objects.get()
    for wrong, why in ((BY, "x"), (GRACE, "")):
        with pytest.raises(Refused):
            comings_back.give_back(reversal_id=row.pk, why=why, by=wrong)
    comings_back.give_back(reversal_id=row.pk, why="A slip of ours.", by=GRACE)
    assert (returned(paid), purse(paid.annotator)) == (0, (0, 600, 0))
    with pytest.raises(Refused, match="Nothing of this"):
        comings_back.give_back(reversal_id=row.pk, why="Again.", by=GRACE)
    with pytest.raises(Refused):
        comings_back.give_back(reversal_id=new_id(), why="Again.", by=GRACE)


def test_a_clawback_takes_first_what_came_back_by_hand(local, paid):
    local.client.v1.transfers.reversals.create(paid.stripe_transfer, {"amount": 300})
    local.client.v1.transfers.reversals.create(paid.stripe_transfer, {"amount": 900})
    comings_back.recognise(paid.stripe_transfer, by=BY)
    assert returned(paid) == 1200
    row = claw(paid)
    row.refresh_from_db()
    assert (returned(paid), debt(paid), row.settled_minor) == (200, 0, 1000)
    with pytest.raises(Refused, match="Nothing is left"):
        ask(row)
    contests.reverse(clawback_id=row.pk, why="Wrong.", by=ADA)
    assert purse(paid.annotator) == (0, 1000, 0)


def test_a_small_clawback_takes_of_the_first_that_came_back(local, paid):
    for amount in (300, 900):
        local.client.v1.transfers.reversals.create(paid.stripe_transfer, {"amount": amount})
    comings_back.recognise(paid.stripe_transfer, by=BY)
    row = claw(paid, 200)
    row.refresh_from_db()
    waiting = Reversal.objects.order_by("id").values_list("returned_minor", flat=True)
    assert (list(waiting), row.settled_minor, debt(paid)) == ([100, 900], 200, 0)


def test_one_by_hand_settles_the_debt_that_there_is(local, paid):
    claw(paid, 500)
    local.client.v1.transfers.reversals.create(paid.stripe_transfer, {"amount": 600})
    comings_back.recognise(paid.stripe_transfer, by=BY)
    assert (debt(paid), returned(paid)) == (0, 100)


def test_one_by_hand_leaves_the_one_that_was_asked_for(local, paid):
    row = ask(claw(paid, 500))
    local.client.v1.transfers.reversals.create(paid.stripe_transfer, {"amount": 200})
    comings_back.recognise(paid.stripe_transfer, by=BY)
    row.refresh_from_db()
    assert (row.state, debt(paid), Reversal.objects.count()) == ("ready", 300, 2)
    run_jobs()
    row.refresh_from_db()
    assert (row.state, row.amount_minor, row.returned_minor) == ("done", 500, 200)
    assert (debt(paid), returned(paid), at_local(local, paid)) == (0, 200, [500, 200])


def test_a_reversal_told_of_before_its_transfer_books_both(local, paid):
    """The event comes before our commit of `sent`."""
    local.client.v1.transfers.reversals.create(paid.stripe_transfer, {"amount": 600})
    other = at_stripe(local)
    earn_payable(other, 900)
    row = payouts.start(annotator_id=other.pk, currency="usd", by=BY)
    made = local.client.v1.transfers.create(
        {
            "amount": 900, "currency": "usd", "destination": row.destination,
            "transfer_group": f"payout_{row.pk}", "metadata": {"payout": str(row.pk)},
        }
    )  # fmt: skip
    local.client.v1.transfers.reversals.create(made.id)
    comings_back.recognise(made.id, by=BY)
    row.refresh_from_db()
    assert (row.state, row.reversed_minor) == ("reversed", 900)


def test_a_reversal_of_a_transfer_that_is_nobodys_is_a_difference(local):
    local.fund(5000)
    account = local.onboarded()
    made = local.client.v1.transfers.create(
        {"amount": 900, "currency": "usd", "destination": account.id}
    )
    local.client.v1.transfers.reversals.create(made.id)
    comings_back.recognise(made.id, by=BY)
    assert Difference.objects.filter(kind="reversal_orphan", subject=f"transfer:{made.id}").exists()
    assert not Reversal.objects.exists()


# --- who may, and when not ----------------------------------------------------------------------
def test_what_cannot_be_reversed_is_refused(local, paid):
    row = claw(paid, 400)
    for wrong in ({"by": BY}, {"reason": " "}, {"clawback_id": new_id()}):
        with pytest.raises(Refused):
            reversals.ask(**{"clawback_id": row.pk, "reason": "x", "by": GRACE, **wrong})
    first = ask(row)
    with pytest.raises(Refused, match="already under way"):
        ask(row)
    with pytest.raises(Refused, match="still under way"):
        contests.reverse(clawback_id=row.pk, why="Wrong.", by=ADA)
    run_jobs()
    first.refresh_from_db()
    assert first.state == "done"
    Payout.objects.filter(pk=paid.pk).update(state="reversed", reversed_minor=1700)
    with pytest.raises(Refused, match="has come back already"):
        ask(claw(paid, 100))


def test_a_payout_that_is_not_sent_has_no_reversal(local):
    back = TransferBack("trr_x", "tr_x", 5, "usd", "", clock.now())
    fresh = at_stripe(local)
    earn_payable(fresh, 900)
    row = payouts.start(annotator_id=fresh.pk, currency="usd", by=BY)
    with pytest.raises(Refused, match="not sent"):
        comings_back.known(row.pk, back, by=BY)


def test_many_reversals_are_read_page_by_page(local, paid, monkeypatch):
    monkeypatch.setattr("payments.stripe.reversals.PAGE", 2)
    for _ in range(5):
        local.client.v1.transfers.reversals.create(paid.stripe_transfer, {"amount": 10})
    comings_back.recognise(paid.stripe_transfer, by=BY)
    paid.refresh_from_db()
    assert (paid.reversed_minor, Reversal.objects.count()) == (50, 5)
    assert StripeUnanswered("x", "y", 500).replayed
