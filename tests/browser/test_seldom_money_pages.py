"""Pages of money in the states that are seldom seen: nothing yet, stopped, owed, frozen, low."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import AdverseAct
from marketplace.core import clock
from payments.actions import hold_contests, holds
from payments.models import (
    ClientFreeze,
    ConnectedAccount,
    Deposit,
    Dispute,
    Earning,
    Refund,
    RefundPart,
)
from tasks.actions import pricing
from tasks.models import Project
from tests.browser.looking import faults
from tests.browser.test_pages import MODES
from tests.payments import clawing
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("mode", MODES)
def test_an_annotator_who_has_nothing_yet(look, mode, request):
    who = work.expert()
    assert (
        faults(
            look(who.user, **mode),
            request,
            {
                "none-earnings": (
                    reverse("payments:earnings"),
                    ["Nothing earned yet", "Your payout account is not ready"],
                ),
                "none-setup": (reverse("payments:setup"), ["Set up at Stripe"]),
                "none-statements": (
                    reverse("payments:statements"),
                    ["Nothing was booked for you yet"],
                ),
                "none-history": (reverse("tasks:history"), ["Nothing yet"]),
                "none-notices": (reverse("accounts:notices"), ["No notices"]),
            },
        )
        == {}
    )


@pytest.mark.parametrize("mode", MODES)
def test_an_annotator_whose_country_has_no_rail(look, mode, request):
    who = work.expert(country="KP")
    work.project(name="Judge Python functions")
    words = "We cannot pay to your country yet"
    assert (
        faults(
            look(who.user, **mode),
            request,
            {
                "rail-work": (reverse("tasks:work"), [words]),
                "rail-earnings": (reverse("payments:earnings"), [words]),
                "rail-setup": (reverse("payments:setup"), [words, "We tell you when that changes"]),
            },
        )
        == {}
    )


def owing(label="Read an electrocardiogram with ST elevation"):
    """Somebody of whom a paid item was taken back: a debt, and a held item that was cut."""
    who = money.payable_annotator()
    first = clawing.payable(who, 5_000)
    Earning.objects.filter(pk=first.pk).update(label=label)
    clawing.sent(who)
    first.refresh_from_db()
    clawing.ask(first, 3_000)
    second = clawing.earned(who, 2_000)
    clawing.ask(second, 500)
    later = clawing.payable(who, 4_000)
    assert clawing.sent(who, "tr_2").recovered_minor > 0
    assert later
    return who


@pytest.mark.parametrize("mode", MODES)
def test_an_annotator_who_owes(look, mode, request):
    who = owing()
    month = clock.now()
    assert (
        faults(
            look(who.user, **mode),
            request,
            {
                "owing-earnings": (
                    reverse("payments:earnings"),
                    [
                        "Taken back",
                        "Still to be settled",
                        "kept from a payout",
                        "Contest it, until",
                    ],
                ),
                "owing-statements": (reverse("payments:statements"), [f"{month:%B %Y}"]),
                "owing-notices": (reverse("accounts:notices"), ["$30.00"]),
            },
        )
        == {}
    )


@pytest.mark.parametrize("mode", MODES)
def test_an_annotator_whose_hold_was_made_longer(look, mode, request):
    row = money.earn(money.payable_annotator(), 500, label="Read an electrocardiogram")
    until = clock.now() + dt.timedelta(days=30)
    holds.lengthen(earning_id=row.pk, until=until, reason="It is looked into.", by=clawing.ADA)
    act = AdverseAct.objects.get(subject=f"earning:{row.pk}")
    where = reverse("payments:hold", args=[act.pk])
    user = row.annotator.user
    words = ["$5.00", "It is looked into.", "Why is it wrong to hold it for longer?"]
    found = faults(look(user, **mode), request, {"hold": (where, words)})
    text = "I have shown my notes to the reviewer already."
    hold_contests.contest(act_id=act.pk, text=text, by=clawing.own(row.annotator))
    said = {"hold-contested": (where, [text, "If nobody does, you win."])}
    assert found | faults(look(user, **mode), request, said) == {}


STILL = {
    "stopped": ({"stopped_at": clock.Now()}, "Your payouts are frozen, as you asked"),
    "closed": ({"transfers": "closed"}, "Your account at Stripe is closed to us"),
    "lost": (
        {"transfers": "inactive", "requirements": ["identity.individual.id_numbers"]},
        "Stripe cannot send you money at the moment",
    ),
    "ready": ({}, "Your account is ready"),
}


@pytest.mark.parametrize("mode", MODES)
def test_a_payout_account_that_stands_still(look, mode, request):
    found = {}
    for name, (values, words) in STILL.items():
        who = money.payable_annotator()
        row = ConnectedAccount.objects.filter(annotator=who)
        row.update(**values)
        if name == "lost":
            row.update(requirements_due_at=clock.now() + dt.timedelta(days=9))
        money.earn_payable(who, 4_000)
        pages = {
            f"{name}-setup": (reverse("payments:setup"), [words]),
            f"{name}-earnings": (reverse("payments:earnings"), ["$40.00"]),
        }
        found |= faults(look(who.user, **mode), request, pages)
    assert found == {}


@pytest.mark.parametrize("mode", MODES)
def test_a_client_who_has_nothing_yet(look, mode, request):
    org = people.organization("Lab for Careful Reading")
    eyes = look(org.memberships.get().user, **mode)
    draft = work.project(client=org, name="Read electrocardiograms", fund=0, active=False)
    assert (
        faults(
            eyes,
            request,
            {
                "none-client": (reverse("payments:client"), ["Nothing was paid in yet"]),
                "none-deposits": (
                    reverse("payments:deposits"),
                    ["Nothing was paid in yet", "None is set."],
                ),
                "none-billing": (
                    reverse("payments:client_billing"),
                    ["This stands on your invoices"],
                ),
                "none-client-statements": (
                    reverse("tasks:client_statements"),
                    ["Nothing was paid in yet"],
                ),
                "none-items": (
                    reverse("tasks:client_items", args=[draft.pk]),
                    ["Nothing was accepted yet"],
                ),
                "draft": (reverse("tasks:client_project", args=[draft.pk]), ["What it may cost"]),
            },
        )
        == {}
    )


@pytest.mark.parametrize("mode", MODES)
def test_a_client_whose_money_stands_still_or_runs_out(look, mode, request):
    row = work.project(name="Read electrocardiograms", fund=3_000, tasks=3)
    org = row.organization
    paid = Deposit.objects.create(
        organization=org, currency="usd", amount_minor=3_000, state="paid", method="bank_transfer",
        payment_intent="pi_1", invoice="in_1", paid_at=clock.now(),
    )  # fmt: skip
    dispute = Dispute.objects.create(
        stripe_dispute="dp_1", payment_intent="pi_1", organization=org, currency="usd",
        amount_minor=3_000, state="open", reason="fraudulent",
    )  # fmt: skip
    ClientFreeze.objects.create(organization=org, dispute=dispute)
    refund = Refund.objects.create(
        organization=org, currency="usd", amount_minor=2_000, state="sent", asked_by="user:1",
        ended_at=clock.now(),
    )  # fmt: skip
    RefundPart.objects.create(
        refund=refund, deposit=paid, payment_intent="pi_1", currency="usd", amount_minor=2_000,
        state="sent", stripe_refund="re_1", sent_at=clock.now(),
    )  # fmt: skip
    low = work.project(client=org, name="Judge Python functions", fund=800, tasks=5)
    Project.objects.filter(pk=low.pk).update(funds_low_at=clock.now())
    pricing.reprice(project_id=low.pk, fields={"price_minor": 700}, by=work.BY)
    assert (
        faults(
            look(org.memberships.get().user, **mode),
            request,
            {
                "frozen-client": (
                    reverse("payments:client"),
                    ["disputed with the bank", "Stripe asks you by e-mail"],
                ),
                "frozen-project": (
                    reverse("tasks:client_project", args=[row.pk]),
                    ["disputed with the bank"],
                ),
                "low-project": (reverse("tasks:client_project", args=[low.pk]), ["running low"]),
            },
        )
        == {}
    )
