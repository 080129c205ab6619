"""The client API for work, through the door: what it takes, what it refuses, whose it is."""

import json
import uuid

import pytest
from django.test import Client

from accounts.states import Scope
from marketplace.core import clock
from tasks.models import Batch, Project, Task
from tests.support import factories_payments as money
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def project(api):
    status, body = api.post("/projects", work.fields())
    assert status == 201
    return body


def test_a_posted_project_is_a_draft_with_its_terms(api, project):
    assert project["state"] == "draft"
    assert (project["price_minor"], project["fee_bps"], project["overlap"]) == (500, 2000, 1)
    assert api.get(f"/projects/{project['id']}") == (200, project)
    assert api.get("/projects")[1]["results"] == [project]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"price_minor": 0}, "/price_minor"),
        ({"price_minor": -5}, "/price_minor"),
        ({"price_minor": "500"}, "/price_minor"),
        ({"price_minor": 10**30}, "/price_minor"),
        ({"currency": "xxx"}, "/currency"),
        ({"currency": "inr"}, "/currency"),
        ({"overlap": 0}, "/overlap"),
        ({"domain": "no.such"}, "/domain"),
        ({"languages": ["xx"]}, "/languages/0"),
        ({"countries": ["ZZ"]}, "/countries/0"),
        ({"lease_minutes": 0}, "/lease_minutes"),
        ({"interface": {**work.INTERFACE, "questions": []}}, "/interface/questions"),
        ({"interface": "text"}, "/interface"),
        ({"surprise": 1}, "/surprise"),
        ({"name": None}, "/name"),
    ],
)
def test_a_wrong_project_is_refused_with_its_pointer(api, change, pointer):
    status, problem = api.post("/projects", work.fields(**change))
    assert status == 422
    assert pointer in pointers(problem)
    assert Project.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"name": NaN}', 400),
        (b'{"name": "a", "name": "b"}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b'{"name": "a\\u0000b"}', 400),
        (b"[" * 40 + b"]" * 40, 400),
        (b'{"name": "' + b"x" * 6_000_000 + b'"}', 413),
        (b"[]", 422),
        (b"null", 422),
    ],
    ids=["cut", "not utf-8", "nan", "twice", "surrogate", "nul", "deep", "large", "list", "null"],
)
def test_a_malformed_body_is_a_problem_never_a_fault_of_ours(api, body, status):
    got, problem = api.send("POST", "/projects", body)
    assert (got, problem["status"]) == (status, status)
    assert Project.objects.count() == 0


def test_tasks_come_as_a_list_or_as_lines(api, project):
    path = f"/projects/{project['id']}/tasks"
    rows = [{"external_id": f"e{n}", "payload": {"problem": f"P{n}"}} for n in range(3)]
    status, body = api.post(path, rows)
    assert (status, body["tasks"]) == (201, 3)
    lines = b"\n".join(json.dumps({"payload": {"problem": f"L{n}"}}).encode() for n in range(2))
    status, body = api.send("POST", path, lines, content_type="application/x-ndjson")
    assert (status, body["tasks"]) == (201, 2)
    assert Batch.objects.count() == 2
    status, listed = api.get(path)
    assert [one["external_id"] for one in listed["results"]] == ["", "", "e2", "e1", "e0"]


def test_one_wrong_row_stores_none_and_each_fault_is_named(api, project):
    rows = [
        {"payload": {"problem": "fine"}},
        {"payload": {}},
        {"payload": {"problem": 5}},
        "not a task",
        {"payload": {"problem": "x"}, "extra": 1},
    ]
    status, problem = api.post(f"/projects/{project['id']}/tasks", rows)
    assert status == 422
    assert {p.split("/")[1] for p in pointers(problem)} == {"1", "2", "3", "4"}
    assert Task.objects.count() == 0


def test_a_broken_line_names_its_row(api, project):
    lines = b'{"payload": {"problem": "a"}}\n{"payload": \n'
    status, problem = api.send(
        "POST", f"/projects/{project['id']}/tasks", lines, content_type="application/x-ndjson"
    )
    assert (status, [p.split("/")[1] for p in pointers(problem)]) == (422, ["1"])
    assert Task.objects.count() == 0


def test_a_blank_line_moves_no_row(api, project):
    lines = b'{"payload": {"problem": "a"}}\n\n{"payload": \n{"payload": {}}\n'
    status, problem = api.send(
        "POST", f"/projects/{project['id']}/tasks", lines, content_type="application/x-ndjson"
    )
    assert (status, pointers(problem)) == (422, ["/2", "/3/payload/problem"])
    broken = next(one for one in problem["errors"] if one["pointer"] == "/2")
    assert broken["detail"].startswith("Line 3: ")


def test_an_external_id_is_taken_once(api, project):
    path = f"/projects/{project['id']}/tasks"
    row = {"external_id": "one", "payload": {"problem": "a"}}
    assert api.post(path, [row])[0] == 201
    status, problem = api.post(path, [row])
    assert (status, pointers(problem)) == (422, ["/0/external_id"])
    assert Task.objects.count() == 1


def test_a_key_sees_only_its_organization(api, project):
    other = Api()
    for path in ("", "/tasks", "/results", "/progress", "/funds", "/guidelines"):
        foreign = other.get(f"/projects/{project['id']}{path}")
        absent = other.get(f"/projects/{uuid.uuid4()}{path}")
        assert foreign[0] == absent[0] == 404
        assert foreign[1]["detail"] == absent[1]["detail"]
    assert other.get("/projects")[1]["results"] == []
    for verb in ("activate", "pause", "resume", "close"):
        assert other.post(f"/projects/{project['id']}/{verb}")[0] == 404


def test_a_key_does_what_its_scopes_say(api, project):
    reader = Api(api.organization, name="reader", scopes=[Scope.PROJECTS_READ])
    assert reader.get(f"/projects/{project['id']}")[0] == 200
    assert reader.post("/projects", work.fields())[0] == 403
    assert reader.post(f"/projects/{project['id']}/tasks", [])[0] == 403
    assert reader.get(f"/projects/{project['id']}/results")[0] == 403
    assert Project.objects.count() == 1


def test_without_a_key_nothing_is_told():
    reply = Client().get("/api/v1/projects")
    assert reply.status_code == 401
    assert reply.headers["Content-Type"] == "application/problem+json"


def test_the_same_key_twice_posts_one_project(api):
    body = work.fields(name="once")
    first = api.post("/projects", body, **{"Idempotency-Key": "k1"})
    again = api.post("/projects", body, **{"Idempotency-Key": "k1"})
    other = api.post("/projects", {**body, "name": "two"}, **{"Idempotency-Key": "k1"})
    assert first == again
    assert first[0] == 201
    assert other[0] == 422
    assert Project.objects.count() == 1


def test_states_move_by_the_table(api, project):
    path = f"/projects/{project['id']}"
    assert api.post(f"{path}/pause")[0] == 409
    api.post(f"{path}/tasks", [{"payload": {"problem": "a"}}])
    assert api.post(f"{path}/activate", {"confirm": True})[1]["state"] == "active"
    assert api.send("PATCH", path, {"price_minor": 900})[0] == 409
    assert api.post(f"{path}/pause")[1]["state"] == "paused"
    assert api.post(f"{path}/resume")[1]["state"] == "active"
    assert api.post(f"{path}/close")[1]["state"] == "closed"
    assert api.post(f"{path}/activate")[0] == 409


def test_a_draft_may_change_and_its_guideline_has_versions(api, project):
    path = f"/projects/{project['id']}"
    status, changed = api.send("PATCH", path, {"price_minor": 900})
    assert (status, changed["price_minor"]) == (200, 900)
    assert api.post(f"{path}/guidelines", {"text": "New words"})[1]["version"] == 2
    versions = [one["version"] for one in api.get(f"{path}/guidelines")[1]["results"]]
    assert versions == [1, 2]


def test_funds_cannot_be_given_that_were_not_paid_in(api, project):
    status, problem = api.post(f"/projects/{project['id']}/funds", {"amount_minor": 100})
    assert (status, problem["code"]) == (409, "funds_short")
    assert api.get(f"/projects/{project['id']}/funds")[1]["funds_minor"] == 0


def funded(api, project, amount):
    money.deposit(api.organization.pk, 1000)
    return api.post(f"/projects/{project['id']}/funds", {"amount_minor": amount})


def test_free_money_is_taken_back_and_what_is_promised_stays(api, project):
    path = f"/projects/{project['id']}"
    assert funded(api, project, 800)[0] == 201
    api.post(f"{path}/tasks", [{"payload": {"problem": "a"}}])
    api.post(f"{path}/activate", {"confirm": True})
    work.claim(work.expert())  # promises 600
    status, problem = api.post(f"{path}/funds/take-back", {"amount_minor": 201})
    assert (status, problem["code"]) == (409, "funds_short")
    assert api.post(f"{path}/funds/take-back", {"amount_minor": 0})[0] == 422
    left = {"currency": "usd", "funds_minor": 50, "reserved_minor": 600, "spent_minor": 0}
    assert api.post(f"{path}/funds/take-back", {"amount_minor": 150}) == (201, left)
    assert api.get("/organization")[1]["balances"] == [{"currency": "usd", "prepaid_minor": 350}]


def test_a_closed_project_gives_money_back_and_takes_none(api, project):
    path = f"/projects/{project['id']}"
    assert funded(api, project, 800)[0] == 201
    assert api.post(f"{path}/close")[0] == 200
    status, problem = api.post(f"{path}/funds", {"amount_minor": 100})
    assert (status, problem["code"]) == (409, "wrong_state")
    status, pot = api.post(f"{path}/funds/take-back", {"amount_minor": 800})
    assert (status, pot["funds_minor"]) == (201, 0)


def test_taking_back_needs_the_scope_and_the_own_project(api, project):
    path = f"/projects/{project['id']}/funds/take-back"
    funded(api, project, 800)
    reader = Api(api.organization, name="reader", scopes=[Scope.MONEY_READ, Scope.PROJECTS_WRITE])
    assert reader.post(path, {"amount_minor": 1})[0] == 403
    assert Api().post(path, {"amount_minor": 1})[0] == 404
    assert api.get(f"/projects/{project['id']}/funds")[1]["funds_minor"] == 800


def test_the_tasks_of_all_states_sum_to_the_total(api, project):
    path = f"/projects/{project['id']}"
    states = ("open", "filled", "disputed", "attention", "concluded", "cancelled")
    api.post(f"{path}/tasks", [{"payload": {"problem": "a"}}] * 7)
    ids = list(Task.objects.values_list("pk", flat=True))
    for pk, state in zip(ids, states, strict=False):
        slots = 1 if state in ("open", "attention") else 0
        since = clock.now() if state == "attention" else None
        Task.objects.filter(pk=pk).update(state=state, open_slots=slots, attention_at=since)
    seen = api.get(f"{path}/progress")[1]
    counts = [seen[f"tasks_{state}"] for state in states]
    assert (counts, seen["tasks_total"]) == ([2, 1, 1, 1, 1, 1], 7)


def test_the_interface_schema_and_the_openapi_document_are_served(api):
    status, schema = api.get("/schemas/interface/1")
    assert status == 200
    assert schema["$schema"].endswith("2020-12/schema")
    reply = Client().get("/api/v1/openapi.yaml")
    assert reply.status_code == 200
    assert b"openapi: 3.1" in reply.content
