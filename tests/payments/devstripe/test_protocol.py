"""Keys, bodies, unknown endpoints and pages: what comes in from outside and is wrong."""

import base64
import http.client
import json
from urllib.parse import urlsplit

import pytest
import stripe

AUTH = {"Authorization": "Bearer sk_test_1"}


def ask(devstripe, method, path, body=None, headers=AUTH):
    connection = http.client.HTTPConnection(urlsplit(devstripe.base_url).netloc, timeout=10)
    try:
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return reply.status, reply.read(), dict(reply.getheaders())
    finally:
        connection.close()


@pytest.mark.parametrize("key", ["sk_live_51Habcdefgh1234", "rk_live_1", "pk_test_1", "nonsense"])
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_only_test_keys_are_let_in(devstripe, key, version):
    client = devstripe.sdk(key)
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided") as refused:
        client.v1.balance.retrieve() if version == "v1" else client.v2.core.accounts.list()
    assert refused.value.http_status == 401
    assert key not in str(refused.value)
    assert not any(key in str(call) for call in devstripe.stripe.calls)


def test_secret_restricted_and_basic_keys_are_taken(devstripe):
    for key in ("sk_test_1", "rk_test_1"):
        assert devstripe.sdk(key).v1.balance.retrieve().livemode is False
    basic = base64.b64encode(b"sk_test_1:").decode()
    assert (
        ask(devstripe, "GET", "/v1/balance", headers={"Authorization": f"Basic {basic}"})[0] == 200
    )
    for headers in ({}, {"Authorization": "Basic %%%"}, {"Authorization": "Digest x"}):
        status, body, _ = ask(devstripe, "GET", "/v1/balance", headers=headers)
        assert status == 401
        assert b"You did not provide an API key" in body


def test_endpoints_that_are_left_out_say_so(devstripe):
    with pytest.raises(
        stripe.InvalidRequestError, match=r"Unrecognized request URL \(POST: /v1/coupons\)"
    ) as refused:
        devstripe.client.v1.coupons.create({"percent_off": 5, "duration": "once"})
    assert refused.value.http_status == 404
    assert ask(devstripe, "DELETE", "/v1/customers/cus_1")[0] == 404
    assert ask(devstripe, "POST", "/v1/balance")[0] == 404
    assert ask(devstripe, "GET", "/v2/core/nothing")[0] == 404


FORM = {**AUTH, "Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v1/customers", b"\xff\xfe=1", "parameter_invalid"),
        ("/v1/customers", b"name=%ff", "parameter_invalid"),
        ("/v1/customers", b"metadata[a]=1&metadata=2", "parameter_invalid"),
        ("/v1/customers", b"metadata=2&metadata[a]=1", "parameter_invalid"),
        ("/v1/customers", b"[name]=A", "parameter_unknown"),
        ("/v1/customers", b"metadata" + b"[a]" * 50 + b"=1", "parameter_invalid"),
        ("/v1/customers", b"&".join(b"a%d=1" % at for at in range(3000)), "parameter_invalid"),
        ("/v1/customers", b"name[x]=A", "parameter_invalid_string"),
        ("/v2/core/accounts", b"{", "invalid_json"),
        ("/v2/core/accounts", b"[1]", "invalid_json"),
        ("/v2/core/accounts", b"[" * 100_000, "invalid_json"),
        ("/v2/core/accounts", b'{"contact_email": 5}', "parameter_invalid_string"),
        ("/v2/core/accounts", b'{"configuration": "x"}', "parameter_invalid"),
        ("/v2/core/accounts", b'{"metadata": {"a": 1}}', "parameter_invalid"),
    ],
)
def test_broken_bodies_are_refused_with_400(devstripe, path, body, code):
    status, reply, _ = ask(devstripe, "POST", path, body, FORM)
    assert (status, json.loads(reply)["error"]["code"]) == (400, code)


def test_oversized_and_unmeasured_bodies_are_refused(devstripe):
    assert ask(devstripe, "POST", "/v1/customers", b"x" * 1_048_577, FORM)[0] == 413
    assert ask(devstripe, "POST", "/v1/customers", b"", {**FORM, "Content-Length": "abc"})[0] == 400
    assert ask(devstripe, "POST", "/v1/customers", iter([b"name=A"]), FORM)[0] == 400


def test_replies_carry_stripes_headers(devstripe):
    _, _, headers = ask(
        devstripe,
        "POST",
        "/v1/customers",
        "name=A",
        {**FORM, "Idempotency-Key": "k", "Stripe-Version": "2026-05-27.dahlia"},
    )
    assert headers["Content-Type"] == "application/json"
    assert headers["Request-Id"].startswith("req_")
    assert (headers["Idempotency-Key"], headers["Stripe-Version"]) == ("k", "2026-05-27.dahlia")


def test_expanding_ids(devstripe):
    intent = devstripe.fund(1_000)
    expanded = devstripe.client.v1.payment_intents.retrieve(
        intent.id, {"expand": ["latest_charge.balance_transaction"]}
    )
    assert expanded.latest_charge.balance_transaction.net == 941
    listed = devstripe.client.v1.charges.list({"expand": ["data.payment_intent"]})
    assert listed.data[0].payment_intent.id == intent.id
    assert isinstance(devstripe.client.v1.payment_intents.retrieve(intent.id).latest_charge, str)
    with pytest.raises(
        stripe.InvalidRequestError, match=r"cannot be expanded \(customer\.sources\)"
    ):
        devstripe.client.v1.payment_intents.retrieve(intent.id, {"expand": ["customer.sources"]})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/style.css", 200),
        ("GET", "/pay/cs_test_x", 404),
        ("GET", "/onboard/x", 404),
        ("GET", "/express/x", 404),
        ("GET", "/nothing", 404),
        ("POST", "/", 422),
        ("PUT", "/", 405),
        ("POST", "/express/x", 404),
        ("PUT", "/pay/cs_test_x", 405),
    ],
)
def test_pages(devstripe, method, path, status):
    got, _, headers = ask(devstripe, method, path, headers={})
    assert got == status
    if path != "/style.css":
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")


def test_a_form_that_cannot_be_read_is_refused(devstripe):
    assert ask(devstripe, "POST", "/pay/x", b"\xff", {})[0] == 400


def test_the_dashboard_shows_what_happened_and_escapes_it(devstripe):
    account = devstripe.onboarded(display_name="<script>Ada</script>")
    devstripe.fund(123_456)
    transfer = devstripe.client.v1.transfers.create(
        {"amount": 4_200, "currency": "usd", "destination": account.id, "transfer_group": "<g>"}
    )
    _, body, _ = ask(devstripe, "GET", "/", headers={})
    html = body.decode()
    assert "<script>" not in html
    assert "&lt;script&gt;Ada&lt;/script&gt;" in html
    for words in (
        "1,156.46 USD",
        "42.00 USD",
        transfer.id,
        account.id,
        "&lt;g&gt;",
        "transfer.created",
    ):
        assert words in html
