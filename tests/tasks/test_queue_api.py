"""The next task over the API, with the session of the web."""

import pytest
from django.test import Client

from tasks.models import Assignment
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db
URL = "/api/v1/queue/next"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(who, **options):
    client = Client(**options)
    client.force_login(who.user, backend=BACKEND)
    return client


def ask(client, body=None, **headers):
    return client.post(URL, body or {}, content_type="application/json", headers=headers)


def test_a_claim_is_answered_whole():
    who = work.expert()
    project = work.project()
    answer = ask(signed_in(who))
    row = Assignment.objects.get()
    assert (answer.status_code, answer["Location"]) == (201, f"/work/{row.pk}/")
    assert answer.json() == {
        "id": str(row.pk),
        "project_id": str(project.pk),
        "task_id": str(row.task.handle),
        "currency": "usd",
        "price_minor": 500,
        "quote": {},
        "leased_until": row.leased_until.isoformat().replace("+00:00", "Z"),
        "fence": 1,
        "page": f"/work/{row.pk}/",
    }


def test_the_same_key_is_the_same_claim_for_the_same_person_only():
    who, other = work.expert(), work.expert()
    work.project(tasks=3)
    client, key = signed_in(who), {"Idempotency-Key": "one"}
    first = ask(client, **key).json()
    assert ask(client, **key).json() == first
    assert ask(signed_in(other), **key).json()["id"] != first["id"]
    assert ask(client).json()["id"] != first["id"]
    wrong = ask(client, {"project": str(who.pk)}, **key)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "idempotency_mismatch")
    assert Assignment.objects.count() == 3


def test_nothing_says_why_and_when_to_ask_again():
    who = work.expert()
    project = work.project(tasks=1)
    client = signed_in(who)
    ask(client)
    answer = ask(client, {"project": str(project.pk)})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "nothing_to_claim")
    assert problem["reasons"] == {"no_open_task": 1}
    assert answer["Retry-After"] == "600"
    assert problem["detail"] == (
        "There is no open task for you at the moment. 1 of your projects has no free task just now."
    )


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([1], ""),
        ({"task": "x"}, "/task"),
        ({"project": "x"}, "/project"),
        ({"project": 1}, "/project"),
    ],
)
def test_what_cannot_be_asked_for_is_pointed_out(body, pointer):
    answer = ask(signed_in(work.expert()), body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_a_session_needs_its_csrf_token_and_a_stranger_a_session():
    who = work.expert()
    work.project()
    assert ask(signed_in(who, enforce_csrf_checks=True)).status_code == 403
    answer = ask(Client())
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Session realm="web"')
    nobody = ask(signed_in(people.annotator()))
    assert nobody.json()["code"] == "nothing_to_claim"
    assert Assignment.objects.count() == 0
