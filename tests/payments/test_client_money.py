"""The client's money through the doors: the API, and the page with its forms."""

import uuid

import pytest
from django.urls import reverse

from accounts.states import Role
from marketplace.core.actors import Actor, ActorKind
from payments.actions import limits
from payments.models import BillingDetails, Deposit, Refund, SpendLimit
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as make
from tests.support.api import Api, pointers

pytestmark = pytest.mark.django_db


def paid(org, amount=5000, currency="usd"):
    """A paid deposit, and the money of it."""
    intent = f"pi_{uuid.uuid4().hex}"
    row = Deposit.objects.create(
        organization=org,
        currency=currency,
        amount_minor=amount,
        state="paid",
        payment_intent=intent,
        paid_at=money.clock.now(),
    )
    money.payment(row, intent, amount)
    return row


# --- the API ------------------------------------------------------------------------------------
@pytest.fixture
def api():
    return Api()


def test_a_refund_is_asked_for_and_read(api):
    paid(api.organization)
    status, made = api.post("/refunds", {"currency": "usd", "amount_minor": 700})
    assert (status, made["state"], made["failed_minor"]) == (201, "sending", 0)
    assert api.get(f"/refunds/{made['id']}") == (200, made)
    assert api.get("/refunds")[1]["results"] == [made]
    status, problem = api.post("/refunds", {"currency": "usd", "amount_minor": 4301})
    assert (status, problem["code"], problem["free_minor"]) == (409, "funds_short", 4300)
    assert pointers(api.post("/refunds", {"currency": "usd", "amount_minor": 0})[1]) == [
        "/amount_minor"
    ]
    other = Api()
    assert other.get(f"/refunds/{made['id']}")[0] == 404
    assert other.get("/refunds")[1]["results"] == []


def test_limits_are_set_and_shown(api):
    owner = people.owner_of(api.organization)
    says = {"holder": owner.key, "act": "deposit", "currency": "usd", "most_minor": 900}
    status, body = api.send("PUT", "/spend-limits", says)
    shown = {**says, "used_minor": 0, "left_minor": 900}
    assert (status, body) == (200, {"results": [shown]})
    assert api.get("/spend-limits") == (200, {"results": [shown]})
    assert api.send("PUT", "/spend-limits", {**says, "most_minor": 901})[0] == 403
    assert api.send("PUT", "/spend-limits", {**says, "holder": f"project:{uuid.uuid4()}"})[0] == 422


def test_billing_data_is_kept_and_read(api):
    assert api.get("/billing")[0] == 404
    data = {"legal_name": "Lab GmbH", "line1": "Weg 1", "city": "Bonn", "country": "DE"}
    status, body = api.send("PUT", "/billing", {**data, "vat_id": "DE123456789"})
    assert (status, body["vat_id"], body["version"]) == (200, "DE123456789", 1)
    assert api.get("/billing") == (200, body)
    status, problem = api.send("PUT", "/billing", {**data, "vat_id": "DE12"})
    assert (status, pointers(problem)) == (422, ["/vat_id"])
    assert Api().get("/billing")[0] == 404


# --- the page -----------------------------------------------------------------------------------
@pytest.fixture
def org():
    return people.organization("Lab")


@pytest.fixture
def owner(client, org):
    person = org.memberships.get().user
    client.force_login(person)
    return person


def page(client):
    return client.get(reverse("payments:client")).content.decode()


def post(client, name, *args, **data):
    answer = client.post(reverse(f"payments:{name}", args=args), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def wrong(client, name, **data):
    """The page with a form that was refused: nothing typed is lost."""
    answer = client.post(reverse(f"payments:{name}"), data)
    assert answer.status_code == 422
    return answer.content.decode()


def test_a_refund_by_the_page(client, org, owner):
    paid(org)
    text = post(client, "client_refund", currency="usd", amount="12.50", reason="Project ended")
    assert "The refund is on its way." in text
    assert Refund.objects.get().amount_minor == 1250
    assert "$37.50" in text
    assert "$37.50 is free." in wrong(client, "client_refund", currency="usd", amount="99")
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("text", ["many", "1 234,50", "1.234,50", "12,34", "1,2345", "-5", "1.234"])
def test_what_could_be_two_amounts_is_refused_with_the_form_that_is_taken(client, org, owner, text):
    paid(org)
    says = {"currency": "usd", "amount": text, "reason": "Project ended"}
    told = wrong(client, "client_refund", **says)
    assert "Write an amount as 1250, 1250.50 or 1,250.50" in told
    assert f'value="{text}"' in told
    assert 'value="Project ended"' in told
    limit = {"holder": f"user:{owner.pk}", "act": "allocate", "currency": "usd", "amount": text}
    assert "Write an amount as 1250" in wrong(client, "client_limit", **limit)
    assert not Refund.objects.exists()
    assert not SpendLimit.objects.exists()


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1,234.50", 123_450), ("1234.5", 123_450), (" 1,234 ", 123_400), ("0", 0)],
)
def test_plain_and_english_amounts_are_taken(client, org, owner, text, minor):
    says = {"holder": f"user:{owner.pk}", "act": "allocate", "currency": "usd", "amount": text}
    assert "The limit was changed." in post(client, "client_limit", **says)
    assert SpendLimit.objects.get().most_minor == minor


def test_yen_have_no_small_parts(client, org, owner):
    paid(org, currency="jpy")
    told = wrong(client, "client_refund", currency="jpy", amount="10.50")
    assert "no more decimals than the currency has" in told
    post(client, "client_refund", currency="jpy", amount="1000")
    assert Refund.objects.get().amount_minor == 1000


def test_a_large_refund_by_two_owners(client, org, owner, settings):
    settings.REFUND_APPROVAL_MINOR = 1000
    second, third = people.member(org, role=Role.OWNER), people.member(org, role=Role.OWNER)
    paid(org)
    text = post(client, "client_refund", currency="usd", amount="30")
    assert "It waits for a second owner or our staff." in text
    assert "Withdraw" in text
    assert "Approve" not in text
    row = Refund.objects.get()
    text = post(client, "client_refund_approve", row.pk)
    assert "Another owner or our staff must approve this." in text
    client.force_login(second)
    assert "Approve" in page(client)
    post(client, "client_refund_approve", row.pk)
    row.refresh_from_db()
    assert row.state == "sending"
    client.force_login(third)
    assert "was decided already" in post(client, "client_refund_decline", row.pk)
    client.force_login(people.organization().memberships.get().user)
    where = reverse("payments:client_refund_approve", args=[row.pk])
    assert client.post(where).status_code == 404


def test_a_limit_by_the_page(client, org, owner):
    holder = f"user:{owner.pk}"
    says = {"holder": holder, "act": "allocate", "currency": "usd"}
    text = post(client, "client_limit", **says, amount="250")
    assert "The limit was changed." in text
    assert "$0.00 of $250.00 used" in text
    stranger = {**says, "holder": "x:1", "amount": "5"}
    assert "Select a valid choice" in wrong(client, "client_limit", **stranger)
    assert "Select a valid choice" in wrong(client, "client_limit", **{**says, "act": "fly"})
    huge = {**says, "amount": "99,999,999,999"}
    assert "It is $0.00 to $10,000,000,000.00." in wrong(client, "client_limit", **huge)
    elsewhere = {**says, "holder": f"project:{uuid.uuid4()}", "amount": "5"}  # has its own page
    assert client.post(reverse("payments:client_limit"), elsewhere).status_code == 404
    post(client, "client_limit", **says)  # no amount lifts it
    assert not SpendLimit.objects.exists()


def test_billing_data_by_the_page(client, org, owner):
    data = {"legal_name": "Lab GmbH", "line1": "Weg 1", "city": "Bonn", "country": "DE"}
    where = reverse("payments:client_billing")
    answer = client.post(where, {**data, "vat_id": "DE12"})
    assert answer.status_code == 422
    assert "This is not what a VAT id of DE looks like." in answer.content.decode()
    assert 'value="Lab GmbH"' in answer.content.decode()  # nothing typed is lost
    text = post(client, "client_billing", **data, emails="a@lab.example, b@lab.example")
    assert "Lab GmbH, Weg 1" in text
    assert BillingDetails.objects.get().emails == ["a@lab.example", "b@lab.example"]
    assert "a@lab.example, b@lab.example" in client.get(where).content.decode()


def test_who_may_not_move_money_sees_no_forms(client, org):
    client.force_login(people.member(org, role=Role.VIEWER))
    text = page(client)
    assert "Ask for a refund" not in text
    assert "Keep this limit" not in text
    assert "Your role does not permit this" in post(
        client, "client_refund", currency="usd", amount="1"
    )
    mine = {"holder": f"user:{org.memberships.first().user_id}", "act": "allocate"}
    assert "Your role does not permit this" in post(
        client, "client_limit", currency="usd", amount="1", **mine
    )
    client.force_login(people.user())
    assert client.get(reverse("payments:client")).status_code == 404


def test_the_limit_of_a_project_stands_under_its_name(client, org, owner):
    row = make.project(client=org, name="Heart sounds", tasks=0, fund=0, active=False)
    by = Actor(ActorKind.USER, str(owner.pk))
    limits.set_limit(
        organization_id=org.pk,
        holder=row.pot,
        act="allocate",
        currency="usd",
        most_minor=500,
        by=by,
    )
    SpendLimit.objects.create(
        organization=org, holder="user:gone", act="allocate", currency="usd", most_minor=1,
        set_by=by.key,
    )  # fmt: skip
    text = page(client)
    assert "Heart sounds" in text
    assert "somebody who has left" in text
