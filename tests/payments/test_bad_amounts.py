"""Negative, zero, fractional and huge amounts, and currencies that we do not take, at each door:
refused with a sentence that says what is possible; nothing moved, nothing that was typed is lost."""

import pytest
from django.urls import reverse

from accounts.states import Role
from payments.admin.words import NOT_AN_AMOUNT as TO_STAFF
from payments.currencies import CURRENCIES
from payments.web.deposit_forms import NOT_AN_AMOUNT
from tests.payments.bad_input import kept, moved, says
from tests.payments.clawing import REASON, earned
from tests.payments.refunding import paid
from tests.payments.test_deposits_page import save_card
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work
from tests.support.api import Api
from tests.support.desk import Desk

WHOLE = "Must be a whole number."
TOO_LARGE = "The number is too large: the largest that can be kept is 9223372036854775807."


# --- the API ------------------------------------------------------------------------------------
@pytest.fixture
def api(db):
    """A client's program, with 50 dollars paid in, and 50 in a project."""
    made = Api()
    made.project = work.project(tasks=1, fund=5000, client=made.organization)
    money.deposit(made.organization.pk, 5000)
    made.holder = people.owner_of(made.organization).key
    return made


def door(method, path, field, least, most, **body):
    return pytest.param(method, path, field, least, most, body, id=f"{method} {path} {field}")


TOP_UP = {
    "floor_minor": 1000, "amount_minor": 5000, "ceiling_minor": 5000,
    "card": "00000000-0000-0000-0000-000000000000",
}  # fmt: skip
LIMIT = {"act": "deposit", "currency": "usd", "holder": "{holder}"}
MOST, CHARGE, PRICE = 10**12, 99_999_999, 10_000_000
BETWEEN = "Must be a whole number from {} to {}."
DOORS = [
    door("POST", "/deposits", "amount_minor", 1, CHARGE, currency="usd"),
    door("POST", "/refunds", "amount_minor", 1, MOST, currency="usd"),
    door("PUT", "/spend-limits", "most_minor", 0, MOST, **LIMIT),
    door("PUT", "/top-ups/usd", "floor_minor", 1, CHARGE, **TOP_UP),
    door("PUT", "/top-ups/usd", "amount_minor", 1, CHARGE, **TOP_UP),
    door("PUT", "/top-ups/usd", "ceiling_minor", 1, 1000 * CHARGE, **TOP_UP),
    door("POST", "/projects/{project}/funds", "amount_minor", 1, 99_999_999_999),
    door("POST", "/projects/{project}/funds/take-back", "amount_minor", 1, 99_999_999_999),
    door("PUT", "/projects/{project}/funds/limit", "most_minor", 0, MOST),
    door("POST", "/projects", "price_minor", 1, PRICE, **work.fields()),
    door("POST", "/projects", "review_price_minor", 0, PRICE, **work.fields()),
    door("POST", "/projects", "adjudication_price_minor", 0, PRICE, **work.fields()),
    door("POST", "/projects/{project}/price", "price_minor", 1, PRICE),
    door("POST", "/projects/{project}/price", "review_price_minor", 0, PRICE),
]


@pytest.mark.parametrize(("method", "path", "field", "least", "most", "body"), DOORS)
def test_the_api_refuses_an_amount_that_cannot_be_and_says_which_can(
    *, api, method, path, field, least, most, body
):
    path = path.format(project=api.project.pk)
    if "holder" in body:
        body = {**body, "holder": api.holder}
    by_rule = path.startswith("/projects") and "price" in field
    too_little = f"Ensure this value is greater than or equal to {least}."
    too_much = f"Ensure this value is less than or equal to {most}."
    wrong = {
        -5: BETWEEN.format(least, most) if by_rule else too_little,
        10.5: WHOLE,
        "5": WHOLE,
        True: WHOLE,
        most + 1: BETWEEN.format(least, most) if by_rule else too_much,
        10**30: TOO_LARGE,
    }
    if least:
        wrong[0] = wrong[-5]
    before = moved()
    for amount, sentence in wrong.items():
        status, problem = api.send(method, path, {**body, field: amount})
        assert (status, problem["code"], problem["title"], problem["errors"]) == (
            422,
            "invalid",
            "Unprocessable Content",
            [{"pointer": f"/{field}", "detail": sentence}],
        ), amount
        assert problem["detail"].endswith(".")
    assert moved() == before


def test_control_the_same_doors_take_amounts_that_can_be(api, local):
    """What was refused above was refused for its amount alone; the card alone is unknown."""
    paid(local, api.organization, 1000)
    for one in DOORS:
        method, path, field, least, most, body = one.values
        body = {**body, "holder": api.holder} if "holder" in body else body
        amount = {"floor_minor": 1000, "amount_minor": 500, "ceiling_minor": 5000}.get(field, 900)
        assert least <= amount <= most
        path = path.format(project=api.project.pk)
        status, answer = api.send(method, path, {**body, field: amount})
        if "top-ups" in path:
            assert [fault["pointer"] for fault in answer["errors"]] == ["/card"]
        else:
            assert status in (200, 201), (path, answer)


@pytest.mark.parametrize("currency", ["huf", "twd", "kwd", "bhd", "xxx", "USD"])
def test_a_currency_that_we_do_not_take_is_refused_with_those_that_we_do(api, currency):
    """Scenario 32: HUF, TWD and those of three decimals, at each door that names a currency."""
    before = moved()
    asked = [
        ("POST", "/deposits", {"amount_minor": 1000, "currency": currency}),
        ("POST", "/refunds", {"amount_minor": 1000, "currency": currency}),
        (
            "PUT",
            "/spend-limits",
            {**LIMIT, "holder": api.holder, "most_minor": 5, "currency": currency},
        ),
        ("POST", "/projects", work.fields(currency=currency)),
        ("PUT", f"/top-ups/{currency}", TOP_UP),
    ]
    for method, path, body in asked:
        status, problem = api.send(method, path, body)
        (fault,) = problem["errors"]
        assert (status, fault["pointer"]) == (422, "/currency"), path
        assert all(code in fault["detail"] for code in CURRENCIES), path
    assert moved() == before


# --- pages --------------------------------------------------------------------------------------
@pytest.fixture
def org(db):
    return people.organization()


@pytest.fixture
def signed_in(client, org):
    client.force_login(org.memberships.get(role=Role.OWNER).user)
    money.deposit(org.pk, 5000)
    return client


def send(browser, name, form, *args):
    return browser.post(reverse(name, args=args), form)


BAD = ["-5", "1.005", "1e3", "10,00", "a lot", "0x10"]
HUGE = "999,999,999,999"
BOUNDS = "It is $0.50 to $999,999.99."


@pytest.mark.parametrize(
    ("amount", "words"),
    [*[(bad, NOT_AN_AMOUNT) for bad in BAD], ("0", BOUNDS), (HUGE, BOUNDS), ("0.49", BOUNDS)],
)
def test_the_deposits_page_keeps_what_was_typed(signed_in, org, amount, words):
    before = moved()
    form = {"organization": org.pk, "currency": "usd", "method": "bank_transfer"}
    page = send(signed_in, "payments:deposits", {**form, "amount_minor": amount})
    assert (page.status_code, str(words) in says(page)) == (422, True)
    assert {amount, "usd", "bank_transfer"} <= kept(page)
    assert moved() == before


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        *[(bad, NOT_AN_AMOUNT) for bad in BAD],
        ("0", "It is $0.01 at least."),
        (HUGE, "$50.00 is free. Take money back from projects first"),
        ("50.01", "$50.00 is free. Take money back from projects first"),
    ],
)
def test_the_refund_form_keeps_what_was_typed(signed_in, org, amount, words):
    before = moved()
    form = {"organization": org.pk, "currency": "usd", "reason": "The study is over."}
    page = send(signed_in, "payments:client_refund", {**form, "amount": amount})
    assert (page.status_code, str(words) in says(page)) == (422, True)
    assert {amount, "usd", "The study is over."} <= kept(page)
    assert moved() == before


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        *[(bad, NOT_AN_AMOUNT) for bad in BAD],
        (HUGE, "It is $0.00 to $10,000,000,000.00."),
    ],
)
def test_the_forms_of_limits_keep_what_was_typed(signed_in, org, amount, words):
    before = moved()
    holder = people.owner_of(org).key
    form = {"organization": org.pk, "currency": "usd", "holder": holder, "act": "allocate"}
    page = send(signed_in, "payments:client_limit", {**form, "amount": amount})
    assert (page.status_code, str(words) in says(page)) == (422, True)
    assert {amount, "usd", holder, "allocate"} <= kept(page)
    assert moved() == before
    project = work.project(tasks=0, fund=0, active=False, client=org)
    page = send(signed_in, "tasks:client_ceiling", {"amount": amount}, project.pk)
    assert (page.status_code, str(words) in says(page)) == (422, True)
    assert amount in kept(page)
    assert moved()[:2] == before[:2]


TYPED = {"floor_minor": "20", "amount_minor": "1,000", "ceiling_minor": "3,000"}
NO_FLOOR, CEILING = "It is $0.01 to $999,999.99.", "(one top-up) to $999,999,990.00."


@pytest.mark.parametrize(
    ("field", "amount", "words"),
    [
        *[(field, bad, NOT_AN_AMOUNT) for field in TYPED for bad in BAD],
        ("floor_minor", "0", NO_FLOOR),
        ("floor_minor", HUGE, NO_FLOOR),
        ("amount_minor", "0", BOUNDS),
        ("amount_minor", HUGE, BOUNDS),
        ("ceiling_minor", "0", f"It is $1,000.00 {CEILING}"),
        ("ceiling_minor", HUGE, f"It is $1,000.00 {CEILING}"),
    ],
)
def test_the_form_of_automatic_top_ups_keeps_what_was_typed(
    *, signed_in, local, org, field, amount, words
):
    card = save_card(local, org)
    before = moved()
    typed = {**TYPED, "currency": "usd", "card": str(card.pk), field: amount}
    page = send(signed_in, "payments:top_up_set", {"organization": org.pk, **typed})
    assert (page.status_code, str(words) in says(page)) == (422, True)
    assert set(typed.values()) <= kept(page)
    assert moved() == before


@pytest.mark.parametrize("name", ["payments:deposits", "payments:client_refund"])
def test_a_page_that_is_sent_another_currency_keeps_the_amount(signed_in, org, name):
    before = moved()
    form = {"organization": org.pk, "currency": "kwd", "method": "card", "reason": "Over."}
    page = send(signed_in, name, {**form, "amount_minor": "12.50", "amount": "12.50"})
    assert (page.status_code, "Select a valid choice" in says(page)) == (422, True)
    assert "12.50" in kept(page)
    assert moved() == before


# --- the desk -----------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "words"),
    [*[(bad, TO_STAFF) for bad in [*BAD, "0"]], (HUGE, "At most $10.00 is left.")],
)
def test_the_form_of_a_clawback_keeps_what_was_typed(amount, words):
    earning = earned(money.annotator())
    before = moved()
    url = reverse("admin:payments_clawback_ask", args=[earning.pk])
    page = Desk(administrator=True).browser.post(url, {"amount": amount, "reason": REASON})
    assert (page.status_code, str(words) in says(page)) == (422, True)
    assert {amount, REASON} <= kept(page)
    assert moved() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "words"),
    [*[(bad, TO_STAFF) for bad in [*BAD, "0"]], (HUGE, "It is $0.01 to $100,000.00.")],
)
def test_the_form_of_goodwill_keeps_what_was_typed(amount, words):
    who = people.annotator()
    before = moved()
    typed = {
        "annotator": who.user.email, "currency": "usd", "amount": amount,
        "reason": "Our page lost your answer.",
    }  # fmt: skip
    page = Desk().new("payments/goodwillrequest", **typed)
    assert (page.status_code, str(words) in says(page)) == (422, True)
    assert set(typed.values()) <= kept(page)
    assert page.context["form"].errors.keys() == {"amount"}
    assert moved() == before
