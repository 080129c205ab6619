"""The permission table is complete, the API's scopes match it, and strangers are kept out."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import get_resolver, path, reverse

from marketplace.core.api.views import ApiView
from tests.architecture.permission_table import TABLE, Rule, Who
from tests.architecture.rules import urls
from tests.support import factories_accounts as people

PATTERNS = get_resolver().url_patterns


def test_every_url_has_a_line():
    assert urls.unlisted(PATTERNS, TABLE) == []


def test_every_line_has_a_url():
    assert urls.imagined(PATTERNS, TABLE) == []


def test_the_api_asks_the_scopes_of_the_table():
    assert urls.wrong_scopes(PATTERNS, TABLE) == []


def test_a_url_without_a_line_and_a_line_without_a_url_are_found():
    patterns = [path("new/", lambda request: None, name="new")]
    table = {"old": Rule(Who.ANYONE, ("GET",))}
    assert urls.unlisted(patterns, table) == ["new (new/) has no line in the permission table"]
    assert urls.imagined(patterns, table) == ["old is in the permission table and nowhere else"]


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Who.KEY, ("GET",), ("money:write",)),
        Rule(Who.KEY, ("GET", "POST"), ("money:read", "money:write")),
        Rule(Who.ANYONE, ("GET",)),
    ],
)
def test_a_scope_that_differs_is_found(rule):
    class View(ApiView):
        scopes = {"GET": "money:read"}

    patterns = [path("view", View.as_view(), name="view")]
    assert urls.wrong_scopes(patterns, {"view": Rule(Who.KEY, ("GET",), ("money:read",))}) == []
    assert len(urls.wrong_scopes(patterns, {"view": rule})) == 1


def url_of(name: str) -> str:
    """The URL with some arguments that name nothing."""
    route = next(url.route for url in urls.named(PATTERNS) if url.name == name)
    words = re.findall(r"<(?:(\w+):)?(\w+)>", route)
    values = {"uuid": uuid.uuid4(), "int": 1, "path": "1"}
    arguments = {word: values.get(kind, "x") for kind, word in words}
    if name == "admin:app_list":
        arguments = {"app_label": "tasks"}
    return reverse(name, kwargs=arguments)


def kept_out(name: str, method: str, who: Who) -> str | None:
    """Ask as a stranger; say what is wrong with the answer, if `who` is who may."""
    answer = Client().generic(method, url_of(name), content_type="application/json")
    told = f"{method} {name}, for {who.value}: a stranger gets {answer.status_code}"
    match who:
        case Who.ANYONE:
            # without a worker the health page says 503: it is open, and it is right
            fine = answer.status_code not in {401, 403} and (
                answer.status_code < 500 or name == "healthz"
            )
        case Who.KEY | Who.SESSION:
            problem = answer.headers.get("Content-Type") == "application/problem+json"
            fine = answer.status_code == 401 and problem
        case Who.STRIPE:
            fine = answer.status_code == 400
        case _:
            fine = answer.status_code == 302 and "/login/" in answer.headers["Location"]
    return None if fine else told


@pytest.mark.django_db
@pytest.mark.parametrize("who", list(Who))
def test_a_stranger_gets_what_the_table_says(who):
    lines = [
        (name, method) for name, rule in TABLE.items() if rule.who is who for method in rule.methods
    ]
    assert lines
    assert [fault for line in lines if (fault := kept_out(*line, who))] == []


@pytest.mark.django_db
def test_whoever_is_signed_in_and_no_staff_enters_no_staff_page():
    client = Client()
    client.force_login(people.user(), backend="django.contrib.auth.backends.ModelBackend")
    lines = [
        (name, method)
        for name, rule in TABLE.items()
        if rule.who is Who.STAFF
        for method in rule.methods
    ]
    assert len(lines) > 20
    inside = [
        line
        for line in lines
        if client.generic(line[1], url_of(line[0])).status_code not in {302, 403, 404}
    ]
    assert inside == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("api_docs", Who.STAFF),
        ("api_docs", Who.KEY),
        ("api_docs", Who.STRIPE),
        ("tasks:work", Who.KEY),
    ],
)
def test_a_page_more_open_than_its_line_is_found(name, who):
    assert kept_out(name, "GET", who)
