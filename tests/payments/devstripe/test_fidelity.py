"""The four layers that hold the local Stripe to the real one: each would be heard.

FIDELITY.md names them. 1 the contract, 2 the real SDK, 3 the conformance tests, 4 that page itself.
"""

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest
import stripe

from payments import devstripe as package
from payments.devstripe import routes
from payments.devstripe.delivery import Options
from payments.devstripe.endpoints import customers
from payments.devstripe.faults import KINDS
from tests.payments.conformance import (
    test_conformance,
    test_conformance_annotators,
    test_conformance_clients,
)
from tests.support import sandbox
from tests.support.devstripe import start_devstripe, stop_devstripe

PAGE = (Path(package.__file__).parent / "FIDELITY.md").read_text()
ROOT = Path(package.__file__).parent.parent.parent


def lying(change):
    """A local Stripe whose customers are not what Stripe's are."""
    made = start_devstripe()
    honest = customers.create
    route = next(one for one in routes.ROUTES if one.work is honest)

    def work(ctx):
        return {**honest(ctx), **change}

    object.__setattr__(route, "work", work)
    return made, lambda: object.__setattr__(route, "work", honest)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"created": "yesterday"}, "'yesterday' is not of type 'integer'"),
        ({"colour": "red"}, "'colour' was unexpected"),
        ({"livemode": None}, "None is not of type 'boolean'"),
    ],
)
def test_layer_1_a_reply_that_is_not_stripes_fails_the_test(change, words):
    made, mend = lying(change)
    try:
        made.client.v1.customers.create({"name": "A"})
    finally:
        mend()
    with pytest.raises(AssertionError, match="Stripe's contract was broken") as broken:
        stop_devstripe(made)
    assert words in str(broken.value)


def test_layer_1_a_request_that_is_not_stripes_fails_the_test():
    made = start_devstripe()
    route = next(one for one in routes.ROUTES if one.work is customers.create)
    route.spec["colour"] = route.spec["name"]
    try:
        made.client.v1.customers.create({"colour": "red"})
    finally:
        del route.spec["colour"]
    with pytest.raises(AssertionError, match="'colour' was unexpected"):
        stop_devstripe(made)


def test_layer_2_every_client_here_is_the_unmodified_sdk(devstripe):
    for client in (devstripe.client, devstripe.sdk("sk_test_2")):
        assert type(client) is stripe.StripeClient
    notes = []
    client = sandbox.client_of("sk_test_1", devstripe.base_url, notes)
    assert type(client) is stripe.StripeClient
    client.v1.customers.create({"name": "A"})
    assert issubclass(sandbox.Recorder, stripe.RequestsClient)
    assert [(note["asked"], note["status"]) for note in notes] == [("POST /v1/customers", 200)]
    assert notes[0]["answer"]["livemode"] == "bool"


def test_layer_3_each_expectation_runs_on_both_sides():
    """Whatever takes a `side` gets both; what takes none only reads keys."""
    modules = (test_conformance, test_conformance_clients, test_conformance_annotators)
    tests = [
        (name, set(inspect.signature(one).parameters))
        for module in modules
        for name, one in vars(module).items()
        if name.startswith("test_")
    ]
    assert [name for name, takes in tests if "side" not in takes] == [
        "test_no_key_but_a_test_key_is_taken_for_a_sandbox",
        "test_without_a_key_there_is_no_sandbox_half",
    ]
    assert len(tests) >= 20


def test_layer_4_the_page_names_every_endpoint_fault_and_option():
    part = PAGE.partition("## Endpoints")[2].partition("## Faults")[0]
    named = {
        (method, path)
        for path, methods in re.findall(r"^\| `(/v[^`]+)` \| ([A-Z ]+) \|$", part, re.MULTILINE)
        for method in methods.split()
    }
    assert named == {(one.method, one.path) for one in routes.ROUTES}
    part = PAGE.partition("## Faults and webhook options")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", part, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == KINDS
    for option in fields(Options):
        assert f"`{option.name}`" in part, option.name


def test_layer_4_every_documented_line_has_its_source():
    part = PAGE.partition("## Documented by Stripe and kept")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+) \| (.+) \|$", part, re.MULTILINE)[1:]
    assert len(rows) >= 35
    for what, source in rows:
        assert re.search(r"docs\.stripe\.com|stripe-python|the same page", source), what


def test_layer_4_every_file_that_the_page_names_is_there():
    named = re.findall(r"`((?:tests|payments)/[\w./]+)`", PAGE)
    assert len(named) >= 6
    assert [name for name in named if not (ROOT / name).exists()] == []
