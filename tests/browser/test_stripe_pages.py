"""The pages of the local Stripe that clients, annotators and developers are sent to."""

import pytest

from tests.browser.looking import WIDE
from tests.browser.test_pages import MODES, keep
from tests.payments.clients import ask, client, wire

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LINK = {
    "use_case": {
        "type": "account_onboarding",
        "account_onboarding": {
            "refresh_url": "http://127.0.0.1:9/refresh",
            "return_url": "http://127.0.0.1:9/return",
        },
    },
}


def seldom(local, stripe):
    """The pages of saved cards, transfers and refunds, as they wait and once they are done with."""
    lab = stripe.customers.create({"name": "Lab", "email": "lab@example.com"}).id
    terms = {"success_url": "http://127.0.0.1:9/", "customer": lab}
    save, saved = (
        stripe.checkout.sessions.create({"mode": "setup", "currency": "usd", **terms}).url
        for _ in range(2)
    )
    paying = {
        "amount": 100_000, "currency": "usd", "customer": lab, "confirm": True,
        "allowed_payment_method_types": ["customer_balance"],
        "payment_method_data": {"type": "customer_balance"},
        "payment_method_options": {
            "customer_balance": {
                "funding_type": "bank_transfer", "bank_transfer": {"type": "us_bank_transfer"},
            },
        },
    }  # fmt: skip
    paid = stripe.payment_intents.create(paying)
    stripe.test_helpers.customers.fund_cash_balance(lab, {"amount": 140_000, "currency": "usd"})
    waits = stripe.payment_intents.create(paying)
    refunds = [
        stripe.refunds.create({"payment_intent": paid.id, "amount": amount}).id
        for amount in (40_000, 25_000)
    ]
    at = {one: f"{local.base_url}/refund/{one}" for one in refunds}
    local.visit(at[refunds[1]], {"account_number": "000123456789"})
    assert local.visit(saved, {"card_number": "4242424242424242", "action": "pay"}).status == 303
    return {
        "stripe-card": (save, ["Save a card", "Nothing is charged now."]),
        "stripe-card-saved": (saved, ["Card saved"]),
        "stripe-transfer": (
            waits.next_action.display_bank_transfer_instructions.hosted_instructions_url,
            ["Total: 1,000.00 USD", "Still missing: 600.00 USD"],
        ),
        "stripe-transfer-done": (f"{local.base_url}/transfer/{paid.id}", ["Total: 1,000.00 USD"]),
        "stripe-refund": (at[refunds[0]], ["400.00 USD goes back to your bank account"]),
        "stripe-refund-done": (at[refunds[1]], ["250.00 USD", "Nothing is asked of you"]),
    }


@pytest.fixture
def pages(local):
    """By name, where each page is and words that stand on it."""
    org = client()
    card = ask(org, 12_550, method="card")
    row = ask(org, 1_250_000)
    wire(local, org, 500_000)
    yen = ask(org, 480_000, "jpy")
    stripe = local.client.v1
    link = local.client.v2.core.account_links.create({"account": local.account().id, **LINK})
    ready = local.onboarded()
    local.fund(900_000)
    stripe.transfers.create({"amount": 7_500, "currency": "usd", "destination": ready.id})
    login = stripe.accounts.login_links.create(ready.id)
    return {
        **seldom(local, stripe),
        "stripe-checkout": (card.checkout_url, ["125.50 USD", "Test cards"]),
        "stripe-invoice": (row.checkout_url, ["5,000.00 USD", "Billed to Lab"]),
        "stripe-invoice-yen": (yen.checkout_url, ["480,000 JPY"]),
        "stripe-onboarding": (link.url, ["Set up payouts"]),
        "stripe-express": (login.url, ["Your earnings", "75.00 USD"]),
        "stripe-dashboard": (f"{local.base_url}/", ["Connected accounts", "Payment pages"]),
        "stripe-none": (f"{local.base_url}/pay/nothing", ["The address is not right"]),
    }


@pytest.mark.parametrize("mode", MODES)
def test_the_local_stripes_pages(look, mode, request, pages):
    eyes = look(None, **mode)
    found = {}
    for name, (address, words) in pages.items():
        page = eyes.context.new_page()
        page.goto(address, wait_until="networkidle")
        keep(page, name, request)
        text = page.inner_text("body")
        wide = page.evaluate(WIDE)
        cut = page.evaluate(
            "[...document.querySelectorAll('table.few')]"
            ".filter(one => one.offsetWidth > one.parentElement.clientWidth + 1).length"
        )
        here = [f"{cut} tables cut"] * (cut > 0)
        here += [one for one in words if one not in text]
        here += [*([f"{wide} too wide"] if wide > 0 else []), *eyes.barriers(page)]
        if here:
            found[name] = here
        page.close()
    assert found == {}
