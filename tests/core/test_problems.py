"""Every refusal of the API is problem+json, with pointers, and tells nothing that it should not."""

import json

import pytest
from django.db import DatabaseError, DataError, OperationalError, connection, transaction

from marketplace.core.api.problems import problem_of
from marketplace.core.models import AuditEntry

pytestmark = pytest.mark.django_db


def problem(response, status):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response["X-Request-Id"]
    found = json.loads(response.content)
    assert set(found) == {"type", "title", "status", "detail", "code", "errors"}
    assert (found["type"], found["status"]) == ("about:blank", status)
    return found


def test_a_refusal_has_its_code_status_and_retry_after(call):
    answer = call("GET", "/api/v1/trouble/refused")
    assert problem(answer, 409) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "There is no room.",
        "code": "full",
        "errors": [],
    }
    assert answer["Retry-After"] == "7"


def test_faults_keep_their_pointers(call):
    found = problem(call("GET", "/api/v1/trouble/invalid"), 422)
    assert found["errors"] == [
        {"pointer": "/a~1b", "detail": "Bad."},
        {"pointer": "/c/0", "detail": "Worse."},
    ]


@pytest.mark.parametrize(
    ("kind", "status", "code"), [("missing", 404, "not_found"), ("forbidden", 403, "not_yours")]
)
def test_missing_and_forbidden(call, kind, status, code):
    assert problem(call("GET", f"/api/v1/trouble/{kind}"), status)["code"] == code


def test_a_fault_of_ours_leaks_nothing(call):
    answer = call("GET", "/api/v1/trouble/boom")
    assert problem(answer, 500)["code"] == "unexpected"
    assert b"swordfish" not in answer.content
    assert b"RuntimeError" not in answer.content


def test_unknown_path_and_method(call):
    assert problem(call("GET", "/api/v1/nothing"), 404)["code"] == "not_found"
    answer = call("PUT", "/api/v1/things", {})
    assert problem(answer, 405)["code"] == "method_not_allowed"
    assert answer["Allow"] == "GET, POST, PATCH, DELETE, HEAD, OPTIONS"


def test_no_key_a_key_without_the_scope_and_a_method_without_a_scope(call):
    answer = call("GET", "/api/v1/things", key="")
    assert problem(answer, 401)["code"] == "not_authenticated"
    assert answer["WWW-Authenticate"] == 'Bearer realm="tests"'
    found = problem(call("POST", "/api/v1/things", {"name": "a"}, key="k2 things:read"), 403)
    assert (found["code"], found["detail"]) == (
        "scope_missing",
        "This key lacks the scope things:write.",
    )
    assert problem(call("PATCH", "/api/v1/things", {}), 403)["detail"] == "No key may do this."
    assert call("DELETE", "/api/v1/things", key="k3").status_code == 204


def test_unsupported_media_and_not_acceptable(call):
    answer = call("POST", "/api/v1/things", b"name=a", kind="application/x-www-form-urlencoded")
    assert problem(answer, 415)["code"] == "unsupported_media_type"
    assert (
        problem(call("GET", "/api/v1/things", Accept="text/csv"), 406)["code"] == "not_acceptable"
    )


def test_every_fault_of_a_body_at_once_with_nested_pointers(call):
    body = {
        "name": 5,
        "loud": 1,
        "owner": "x",
        "tags": ["fine", 7, "too long"],
        "price": {"amount_minor": "5", "currency": "eur", "extra/1": 0},
        "rows": [{"amount_minor": 1, "currency": "usd"}, {"amount_minor": True, "currency": "gbp"}],
        "unknown": None,
    }
    found = problem(call("POST", "/api/v1/things", body), 422)
    assert found["code"] == "invalid"
    assert sorted((e["pointer"], e["detail"]) for e in found["errors"]) == [
        ("/loud", "Must be true or false."),
        ("/name", "Must be a text."),
        ("/owner", "Must be a valid UUID."),
        ("/price/amount_minor", "Must be a whole number."),
        ("/price/extra~11", "There is no such field."),
        ("/rows/1/amount_minor", "Must be a whole number."),
        ("/rows/1/currency", '"gbp" is not a valid choice.'),
        ("/tags/1", "Must be a text."),
        ("/unknown", "There is no such field."),
    ]


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        (2**63, "The number is too large: the largest that can be kept is 9223372036854775807."),
        (0, "Ensure this value is greater than or equal to 1."),
        (5.0, "Must be a whole number."),
        (None, "This field may not be null."),
    ],
)
def test_whole_numbers(call, value, detail):
    body = {"name": "a", "price": {"amount_minor": value, "currency": "eur"}}
    found = problem(call("POST", "/api/v1/things", body), 422)
    assert found["errors"] == [{"pointer": "/price/amount_minor", "detail": detail}]


def test_a_list_where_an_object_is_due(call):
    found = problem(call("POST", "/api/v1/things", [1]), 422)
    assert found["errors"] == [{"pointer": "", "detail": "Must be a JSON object."}]


def database_error(sql):
    with (
        pytest.raises(DatabaseError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    return caught.value


def test_database_errors_are_told_apart():
    """What passes is 503, what cannot be stored is 422, what is our mistake stays a 500."""
    slow = database_error("SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)")
    assert problem_of(slow).status == 503
    assert problem_of(slow).headers == {"Retry-After": "5"}
    assert problem_of(OperationalError("the connection broke")).status == 503
    assert problem_of(database_error("SELECT 2147483647::int + 1")).status == 422
    assert problem_of(database_error("SELECT '\"\\u0000\"'::jsonb")).status == 422
    assert problem_of(database_error("SELECT nothing")) is None
    assert problem_of(DataError("of unknown kind")) is None


def test_a_request_id_is_kept_if_harmless_and_reaches_the_audit_trail(call):
    mine = "call-0123456789"
    answer = call("POST", "/api/v1/things", {"name": "a"}, **{"X-Request-Id": mine})
    assert answer["X-Request-Id"] == mine
    assert AuditEntry.objects.get(verb="made").request_id == mine
    for bad in ("short", "x" * 65, "new\tline-12345", '{"a": 1}xxxx'):
        assert call("GET", "/api/v1/things", **{"X-Request-Id": bad})["X-Request-Id"] != bad


def test_options_tells_the_methods(call):
    answer = call("OPTIONS", "/api/v1/things")
    assert answer.status_code == 204
    assert answer["Allow"].startswith("GET, POST")
