"""Disputes by the control API and by the dashboard's buttons, and the other buttons there."""

import re

import pytest
import stripe

DAY = 86_400


def balance(devstripe):
    return devstripe.client.v1.balance.retrieve().available[0].amount


def moves(devstripe, dispute):
    found = devstripe.client.v1.disputes.retrieve(dispute)
    return [(row.amount, row.fee, row.net) for row in found.balance_transactions]


def told(inbox):
    return [name for name in inbox.types() if name.startswith("charge.dispute")]


@pytest.mark.parametrize(("end", "left"), [("won", 8_180), ("lost", -1_820)])
def test_a_dispute_takes_amount_and_fee_and_gives_the_amount_back(devstripe, inbox, end, left):
    devstripe.stripe.add_webhook(inbox.url, "whsec_x")
    intent = devstripe.fund(10_000)
    status, body = devstripe.control("disputes", {"charge": intent.id, "reason": "general"})
    assert (status, body["status"]) == (200, "needs_response")
    assert (balance(devstripe), moves(devstripe, body["dispute"])) == (
        -1_820,
        [(-10_000, 1_500, -11_500)],
    )
    found = devstripe.client.v1.charges.retrieve(intent.latest_charge)
    assert (found.disputed, found.refunded) == (True, False)
    for step in ("under_review", end):
        moved = devstripe.control("disputes/move", {"dispute": body["dispute"], "status": step})
        assert moved == (200, {"dispute": body["dispute"], "status": step})
    assert balance(devstripe) == left
    assert len(moves(devstripe, body["dispute"])) == (2 if end == "won" else 1)
    assert devstripe.stripe.courier.idle()
    assert told(inbox) == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
        *(["charge.dispute.funds_reinstated"] if end == "won" else []),
    ]


def test_an_inquiry_takes_nothing_until_it_is_escalated(devstripe, inbox):
    devstripe.stripe.add_webhook(inbox.url, "whsec_x")
    first, second = devstripe.fund(10_000), devstripe.fund(10_000)
    names = []
    for intent in (first, second):
        _, body = devstripe.control("disputes", {"charge": intent.id, "inquiry": True})
        assert body["status"] == "warning_needs_response"
        names.append(body["dispute"])
    devstripe.control("disputes/move", {"dispute": names[0], "status": "warning_closed"})
    assert balance(devstripe) == 19_360
    devstripe.control("disputes/move", {"dispute": names[1], "status": "warning_under_review"})
    assert moves(devstripe, names[1]) == []
    devstripe.control("disputes/move", {"dispute": names[1], "status": "needs_response"})
    assert (balance(devstripe), moves(devstripe, names[1])) == (
        7_860,
        [(-10_000, 1_500, -11_500)],
    )
    assert devstripe.stripe.courier.idle()
    assert told(inbox)[-2:] == ["charge.dispute.updated", "charge.dispute.funds_withdrawn"]


def test_what_is_left_of_a_charge_is_disputed_and_listed(devstripe):
    v1, intent = devstripe.client.v1, devstripe.fund(10_000)
    v1.refunds.create({"payment_intent": intent.id, "amount": 4_000})
    devstripe.control("disputes", {"charge": intent.latest_charge})
    (row,) = v1.disputes.list({"payment_intent": intent.id}).data
    assert (row.amount, row.charge, row.evidence_details.due_by - row.created) == (
        6_000,
        intent.latest_charge,
        7 * DAY,
    )
    assert v1.disputes.list({"charge": "ch_other"}).data == []
    with pytest.raises(stripe.InvalidRequestError):
        v1.disputes.retrieve("du_gone")


def test_what_the_bank_has_taken_back_is_not_refunded(devstripe):
    """Stripe refuses while a dispute is open and once it is lost; an inquiry's charge it refunds."""

    def refund(intent):
        return devstripe.client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})

    def disputed(**more):
        intent = devstripe.fund(10_000)
        _, body = devstripe.control("disputes", {"charge": intent.latest_charge, **more})
        return intent, body["dispute"]

    asked, _name = disputed(inquiry=True)
    assert refund(asked).status == "succeeded"
    won, won_name = disputed()
    lost, lost_name = disputed()
    devstripe.control("disputes/move", {"dispute": lost_name, "status": "lost"})
    for intent in (won, lost):
        with pytest.raises(stripe.InvalidRequestError, match="has been charged back") as refusal:
            refund(intent)
        assert refusal.value.code == "charge_disputed"
    devstripe.control("disputes/move", {"dispute": won_name, "status": "won"})
    assert refund(won).status == "succeeded"
    assert refund(devstripe.fund(10_000)).status == "succeeded"


def test_disputes_that_cannot_be(devstripe):
    intent = devstripe.fund(10_000)
    with pytest.raises(stripe.CardError):
        devstripe.client.v1.payment_intents.create(
            {
                "amount": 500,
                "currency": "usd",
                "payment_method": "pm_card_chargeDeclined",
                "confirm": True,
            }
        )
    failed = devstripe.client.v1.charges.list().data[0].id
    assert devstripe.control("disputes", {"charge": failed})[0] == 404
    assert devstripe.control("disputes", {"charge": "ch_gone"})[0] == 404
    assert devstripe.control("disputes", {})[1] == {"error": "charge is missing."}
    assert devstripe.control("disputes", {"charge": intent.id, "reason": "spite"})[0] == 400
    _, body = devstripe.control("disputes", {"charge": intent.id})
    assert devstripe.control("disputes", {"charge": intent.id})[0] == 400  # disputed already
    name = body["dispute"]
    for status in ("warning_closed", "needs_response", "unicorn"):
        move = {"dispute": name, "status": status}
        assert devstripe.control("disputes/move", move)[0] == 400, status
    assert devstripe.control("disputes/move", {"dispute": name, "status": "lost"})[0] == 200
    assert devstripe.control("disputes/move", {"dispute": name, "status": "won"})[0] == 400
    assert devstripe.control("disputes/move", {"dispute": "du_x", "status": "won"})[0] == 404
    _, body = devstripe.control("disputes", {"charge": devstripe.fund(900).id, "inquiry": True})
    move = {"dispute": body["dispute"], "status": "won"}
    assert devstripe.control("disputes/move", move)[0] == 400


def press(devstripe, action, text=""):
    """Find the button on the dashboard and press it."""
    html = devstripe.visit(devstripe.base_url + "/").html
    forms = re.findall(
        r'<form method="post" action="/" class="deeds">(.*?)</form>', html, re.DOTALL
    )
    form = next(one for one in forms if f'value="{action}"' in one and text in one)
    name = re.search(r'name="id" value="([^"]*)"', form).group(1)
    return devstripe.visit(devstripe.base_url + "/", {"action": action, "id": name}), name


def test_the_dashboard_disputes_a_charge_and_decides(devstripe):
    devstripe.fund(10_000)
    page, _ = press(devstripe, "dispute")
    assert (page.status, page.location, balance(devstripe)) == (303, "/", -1_820)
    assert 'value="dispute"' not in devstripe.visit(devstripe.base_url + "/").html
    press(devstripe, "evidence")
    _, name = press(devstripe, "win")
    assert (devstripe.client.v1.disputes.retrieve(name).status, balance(devstripe)) == (
        "won",
        8_180,
    )
    assert 'value="lose"' not in devstripe.visit(devstripe.base_url + "/").html
    again = devstripe.visit(devstripe.base_url + "/", {"action": "lose", "id": name})
    assert (again.status, "cannot become lost" in again.html) == (422, True)


def test_the_dashboard_loses_a_dispute_and_handles_inquiries(devstripe):
    devstripe.fund(10_000)
    press(devstripe, "inquiry")
    press(devstripe, "escalate")
    _, name = press(devstripe, "lose")
    assert devstripe.client.v1.disputes.retrieve(name).status == "lost"
    devstripe.fund(10_000)
    press(devstripe, "inquiry")
    _, name = press(devstripe, "close")
    assert devstripe.client.v1.disputes.retrieve(name).status == "warning_closed"


def test_the_dashboard_moves_time_and_lets_banks_and_reviewers_refuse(devstripe):
    v1, account = devstripe.client.v1, devstripe.onboarded()
    intent = devstripe.fund(10_000)
    topup = v1.topups.create({"amount": 5, "currency": "usd"})
    refund = v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    v1.transfers.create({"amount": 500, "currency": "usd", "destination": account.id})
    press(devstripe, "fail_topup")
    press(devstripe, "fail_refund")
    assert v1.topups.retrieve(topup.id).status == "failed"
    assert v1.refunds.retrieve(refund.id).status == "failed"
    before = devstripe.stripe.now()
    for action, days in (("day", 1), ("week", 8), ("month", 38)):
        press(devstripe, action)
        assert days * DAY <= devstripe.stripe.now() - before <= days * DAY + 5
    _, name = press(devstripe, "fail_payout")
    inside = {"stripe_account": account.id}
    assert v1.payouts.retrieve(name, {}, inside).status == "failed"
    for action, status in (("restrict", "restricted"), ("activate", "active")):
        press(devstripe, action, account.id)
        found = devstripe.client.v2.core.accounts.retrieve(
            account.id, {"include": ["configuration.recipient"]}
        )
        parts = found.configuration.recipient.capabilities.stripe_balance
        assert parts.stripe_transfers.status == status
    for form in ({"action": "unicorn"}, {"action": "win", "id": "du_x"}):
        page = devstripe.visit(devstripe.base_url + "/", form)
        assert (page.status, 'role="alert"' in page.html) == (422, True)
