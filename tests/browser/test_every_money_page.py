"""Every table of money at the desk, its list and one row's page: words in place of keys, money with
its currency, no column off the screen.
"""

import datetime as dt
import re

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import AdverseAct
from accounts.selectors.actors import of_staff
from marketplace.core import clock
from marketplace.core.models import AuditEntry, OutboxMessage
from payments.actions import (
    bank_payouts,
    differences,
    goodwill,
    hold_contests,
    holds,
    refunds,
    runs,
    self_billed_notes,
    self_billing,
)
from payments.actions.comparisons.register import compare
from payments.models import (
    BillingDetails,
    Clawback,
    ClientFreeze,
    ConnectedAccount,
    Deposit,
    Dispute,
    HandBooking,
    HoldContest,
    RailWait,
    Recovery,
    Reversal,
    SavedCard,
    SpendLimit,
    StripeEvent,
    TopUpRule,
)
from payments.states import ComparisonName
from tests.browser.looking import WIDE, faults
from tests.browser.test_books_pages import staff
from tests.browser.test_money_pages import to_bank
from tests.browser.test_pages import MODES, keep
from tests.payments import clawing
from tests.payments.money import pass_time
from tests.payments.test_self_billing import DATA
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RAW = re.compile(
    r"\b(staff|user|org|project|annotator|payout|clawback|api_key):[0-9a-f]{8}-"
    r"|_minor\b|\busd\b|transfer_orphan|clawback_contested|Select .* to view"
)
"""What no page shows: keys of rows, columns' names, codes."""


def client_and_work(person):
    """A client with money of every kind: paid, promised, given back, disputed, limited."""
    client = people.organization(name="Charité Heart Lab")
    make.project(name="Heart sounds of children", client=client, fund=250_000)
    make.claim(make.expert())
    row = Deposit.objects.create(
        organization=client, currency="usd", amount_minor=90_000, state="paid",
        payment_intent="pi_3QabcDEFghiJKL", paid_at=clock.now(),
    )  # fmt: skip
    money.payment(row, "pi_3QabcDEFghiJKL", 90_000)
    owner = client.memberships.get().user
    refunds.request(
        organization_id=client.pk, currency="usd", amount_minor=60_000,
        reason="The study ended early.", by=refunds.Actor("user", str(owner.pk)),
    )  # fmt: skip
    card = SavedCard.objects.create(
        organization=client, stripe_method="pm_1Qabc", brand="visa", last4="4242",
        exp_month=4, exp_year=2030,
    )  # fmt: skip
    TopUpRule.objects.create(
        organization=client, currency="usd", floor_minor=50_000, amount_minor=200_000,
        ceiling_minor=1_000_000, card=card,
    )  # fmt: skip
    for holder in (f"user:{owner.pk}", f"project:{make.Project.objects.get().pk}"):
        SpendLimit.objects.create(
            organization=client, holder=holder, act="allocate", currency="usd",
            most_minor=500_000, set_by=f"staff:{person.pk}",
        )  # fmt: skip
    BillingDetails.objects.create(
        organization=client, legal_name="Charité – Universitätsmedizin Berlin",
        line1="Charitéplatz 1", postal_code="10117", city="Berlin", country="DE",
        vat_id="DE228847810", emails=["rechnung@charite.test"],
    )  # fmt: skip
    dispute = Dispute.objects.create(
        stripe_dispute="du_1QabcDEF", organization=client, currency="usd", amount_minor=70_000,
        payment_intent="pi_3QabcDEFghiJKL", withdrawn_minor=70_000, fee_minor=1_500, state="open",
        reason="product_not_received", taken=[["client_prepaid", f"org:{client.pk}", 70_000]],
        evidence_due_at=clock.now() + dt.timedelta(days=7),
    )  # fmt: skip
    ClientFreeze.objects.create(organization=client, dispute=dispute)
    differences.found(
        kind="dispute", subject=f"dispute:{dispute.stripe_dispute}", currency="usd",
        ours_minor=None, theirs_minor=70_000, reason="A payment of $700.00 is disputed.",
        by=money.BY,
    )  # fmt: skip


def annotators(settings, person):
    """People paid, in debt, invoiced, waiting for a rail and for a payout run."""
    settings.PLATFORM_NAME, settings.PLATFORM_ADDRESS = "Market GmbH", ["Weg 1", "53111 Bonn"]
    settings.PLATFORM_VAT_ID = "DE123456789"
    who = money.payable_annotator("CZ")
    self_billing.agree(annotator_id=who.pk, accepted=True, by=clawing.own(who), **DATA)
    paid = clawing.payable(who, 9_000)
    pass_time(minutes=1)
    sent = clawing.sent(who, "tr_1QabcDEF2345678")
    assert self_billing.issue(by=money.BY) == 1
    clawing.ask(paid, 4_000, by=of_staff(person))
    assert self_billed_notes.issue(by=money.BY) == 1
    clawing.ask(clawing.earned(who, 20_000), 15_000, by=of_staff(person))
    debt = Clawback.objects.get(state="booked")
    back = Reversal.objects.create(
        payout=sent, clawback=debt, currency="usd", amount_minor=3_000, returned_minor=500,
        state="done", stripe_reversal="trr_1Qabc", done_at=clock.now(),
        asked_by=f"staff:{person.pk}", reason="Agreed with the annotator.",
    )  # fmt: skip
    Recovery.objects.create(clawback=debt, way="reversal", reversal=back, amount_minor=2_500)
    account = ConnectedAccount.objects.get(annotator=who)
    account.requirements = ["identity.individual.documents"]
    account.requirements_due_at = clock.now() + dt.timedelta(days=9)
    account.stopped_at = account.details_changed_at = clock.now()
    account.save()
    bank_payouts.keep(account.stripe_account, to_bank(0, "in_transit"), by=money.BY)
    RailWait.objects.create(annotator=money.annotator("KE"), country="KE")
    money.earn_payable(money.payable_annotator(), 124_050)
    run = runs.draft(currency="usd", by=money.BY)
    runs.collect(run.pk, by=money.BY)
    goodwill.request(
        annotator_id=who.pk, currency="usd", amount_minor=90_000,
        reason="Our page lost an afternoon of your work.",
        by=of_staff(person),
    )  # fmt: skip
    differences.found(
        kind="transfer_orphan", subject="transfer:tr_1QunknownOFours", currency="usd",
        ours_minor=0, theirs_minor=7_000, reason="Stripe has a transfer that is no payout of ours.",
        by=money.BY,
    )  # fmt: skip
    HandBooking.objects.create(
        difference=differences.Difference.objects.get(kind="transfer_orphan"), annotator=who,
        stripe_id="tr_1QunknownOFours", currency="usd", amount_minor=7_000,
        reason="Sent by hand while the page was down.", asked_by=f"staff:{person.pk}",
    )  # fmt: skip


def held_and_contested(who, by):
    """An earning that a person holds for longer, and what its annotator says to it."""
    row = money.earn(who, 500, label="Read an electrocardiogram")
    until = clock.now() + dt.timedelta(days=30)
    holds.lengthen(earning_id=row.pk, until=until, reason="It is looked into.", by=by)
    act = AdverseAct.objects.get(subject=f"earning:{row.pk}")
    text = "I have shown my notes to the reviewer already."
    return hold_contests.contest(act_id=act.pk, text=text, by=clawing.own(who))


@pytest.fixture
def world(settings):
    """A row in every table of money."""
    person = staff()
    client_and_work(person)
    annotators(settings, person)
    held_and_contested(money.payable_annotator(), of_staff(person))
    compare(ComparisonName.CLEARING, by=money.BY)
    StripeEvent.objects.create(
        id="evt_1QabcDEF", type="charge.dispute.created", object_id="du_1QabcDEF", livemode=False,
        payload={"id": "evt_1QabcDEF", "data": {"object": {"id": "du_1QabcDEF"}}},
    )  # fmt: skip
    OutboxMessage.objects.create(job="payments.send_payout", args=["a"], state="dead", attempts=8)
    return person


def tables():
    """The tables of money at the desk, and those that all share."""
    return [
        model
        for model in admin.site._registry
        if model._meta.app_label == "payments" or model in {AuditEntry, OutboxMessage}
    ]


def raw(page):
    """Keys and codes on a page, but for what only machines use."""
    page.evaluate("document.querySelectorAll('details,.key,pre').forEach(one => one.remove())")
    return [f"raw: {found[0]}" for found in RAW.finditer(page.inner_text("body"))]


def cut(page):
    """How much of a list lies off the screen."""
    wide = page.evaluate(
        "(one => one ? one.scrollWidth - one.clientWidth : 0)(document.querySelector('.results'))"
    )
    return [f"{wide} pixels of the list are cut"] * (wide > 0)


def amiss(page):
    wide = page.evaluate(WIDE)
    return [*cut(page), *[f"{wide} pixels wider than the screen"] * (wide > 0)]


@pytest.mark.parametrize("mode", MODES)
def test_every_table_of_money_and_a_row_of_it(look, mode, request, world):
    eyes, found = look(world, **mode), {}
    for model in tables():
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        rows = model._default_manager.order_by("pk")
        assert rows, name
        for kind, address in (
            ("list", reverse(f"admin:{name}_changelist")),
            ("row", reverse(f"admin:{name}_change", args=[rows[0].pk])),
        ):
            page = eyes.open(address)
            keep(page, f"{kind}_{name}", request)
            here = [*eyes.complaints, *(eyes.barriers(page) if mode == {} else []), *amiss(page)]
            if model is Dispute and "Platform's fee" in page.inner_text("body"):
                here += ["Stripe's fee is called the platform's"]
            if model is not OutboxMessage:  # a job is shown with what it was promised with
                here += raw(page)
            eyes.complaints.clear()  # axe's own styles
            if here:
                found[f"{kind} {name}"] = here
            page.close()
    assert found == {}


@pytest.mark.parametrize("mode", MODES)
def test_pages_that_act(look, mode, request, world):
    asked = Clawback.objects.get(state="asked")
    orphan = differences.Difference.objects.get(kind="transfer_orphan")
    pages = {
        "act_clawback": (
            reverse("admin:payments_clawback_decide", args=[asked.pk]),
            ["Approve it", "Do not take it back after all"],
        ),
        "act_dispute": (
            reverse("admin:payments_dispute_decide", args=[Dispute.objects.get().pk]),
            ["$700.00 of Charité Heart Lab, disputed", "Nothing received"],
        ),
        "act_difference": (
            reverse("admin:payments_difference_decide", args=[orphan.pk]),
            ["A transfer of no payout of ours", "Transfer tr_1QunknownOFours"],
        ),
        "act_reversal": (
            reverse("admin:payments_reversal_decide", args=[Reversal.objects.get().pk]),
            ["$30.00", "$5.00"],
        ),
        "act_hold": (
            reverse("admin:payments_holdcontest_decide", args=[HoldContest.objects.get().pk]),
            ["It is looked into.", "I have shown my notes", "$5.00"],
        ),
        "act_goodwill": (reverse("admin:payments_goodwillrequest_new"), ["Pay goodwill"]),
        "act_run_new": (reverse("admin:payments_payoutrun_new"), ["Draft a run now"]),
        "audit": (reverse("admin:core_auditentry_changelist"), ["an operator (tests)"]),
        "home": (reverse("admin:index"), ["MONEY", "PEOPLE AND ACCESS"]),
    }
    assert faults(look(world, **mode), request, pages) == {}
