"""Agreements: published by API and at the desk, version by version; who may, and what is kept."""

import json

import pytest
from django.test import Client

from accounts.actions import ndas
from accounts.models import Nda, NdaSignature
from accounts.selectors import actors
from accounts.states import Role
from marketplace.core.errors import NotFound, Refused
from tests.support import factories_accounts as make
from tests.support.desk import Desk, acts, done, faults

pytestmark = pytest.mark.django_db
TABLE = "accounts/nda"
TERMS = {"title": "Confidentiality", "text": "Keep it secret."}


class Api:
    """A program with a key."""

    def __init__(self, client, **options):
        _, token = make.api_key(client, **options)
        self.http = Client(headers={"Authorization": f"Bearer {token}"})

    def post(self, body, **headers):
        answer = self.http.post(
            "/api/v1/ndas", json.dumps(body), content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json()

    def all(self):
        answer = self.http.get("/api/v1/ndas")
        assert answer.status_code == 200
        return answer.json()["results"]


def test_a_program_publishes_versions_of_its_own_client():
    client = make.organization()
    api, other = Api(client), Api(make.organization())
    status, first = api.post(TERMS)
    assert (status, first["version"], first["title"]) == (201, 1, "Confidentiality")
    status, second = api.post({**TERMS, "text": "Keep it very secret."})
    assert (status, second["version"]) == (201, 2)
    assert api.all() == [second, first]
    assert other.all() == []
    assert other.post(TERMS)[1]["version"] == 1
    assert set(first) == {"id", "version", "title", "text", "published_at"}
    assert acts("publish_nda") == [("api_key", "publish_nda", "")] * 3
    assert [row.text for row in Nda.objects.filter(organization=client)] == [
        "Keep it secret.",
        "Keep it very secret.",
    ]


def test_the_same_text_twice_is_one_version():
    api = Api(make.organization())
    again = {"Idempotency-Key": "one"}
    first = api.post(TERMS, **again)
    assert api.post(TERMS, **again) == first
    status, problem = api.post(TERMS)
    assert (status, problem["code"]) == (409, "unchanged")
    assert len(api.all()) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": " "}, "/title"),
        ({"title": "x" * 161}, "/title"),
        ({"text": ""}, "/text"),
        ({"text": "x" * 100_001}, "/text"),
        ({"text": 5}, "/text"),
        ({"version": 7}, "/version"),
    ],
)
def test_a_wrong_agreement_is_refused_at_its_field(change, pointer):
    api = Api(make.organization())
    status, problem = api.post({**TERMS, **change})
    assert (status, [one["pointer"] for one in problem["errors"]]) == (422, [pointer])
    assert api.all() == []


def test_a_key_without_the_scope_may_only_read():
    client = make.organization()
    api = Api(client, scopes=["projects:read"])
    assert api.post(TERMS)[0] == 403
    assert api.all() == []


def test_staff_publish_at_the_desk():
    client, desk = make.organization("Acme"), Desk()
    assert done(desk.new(TABLE, organization=client.pk, **TERMS))
    assert faults(desk.new(TABLE, organization=client.pk, **TERMS)) == {
        "__all__": ["Version 1 says the same."]
    }
    row = Nda.objects.get()
    assert (row.organization, row.version, row.title, row.text) == (
        client,
        1,
        "Confidentiality",
        "Keep it secret.",
    )
    who = make.annotator()
    ndas.sign(nda_id=row.pk, name="Ada Lovelace", by=actors.of_user(who.user))
    assert f"/admin/accounts/ndasignature/?nda__id__exact={row.pk}" in desk.page(TABLE)
    page = desk.page("accounts/ndasignature", f"?nda__id__exact={row.pk}")
    assert "Ada Lovelace" in page
    assert who.user.name in page


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("manager", True), ("viewer", False)])
def test_owners_and_managers_publish(role, may):
    client = make.organization()
    by = actors.of_user(make.member(client, role=Role(role)))
    if may:
        assert ndas.publish(organization_id=client.pk, by=by, **TERMS).version == 1
    else:
        with pytest.raises(Refused) as refused:
            ndas.publish(organization_id=client.pk, by=by, **TERMS)
        assert refused.value.code == "not_permitted"


def test_strangers_publish_and_see_nothing():
    nda = make.nda()
    stranger, member = make.user(), make.member(nda.organization)
    by = actors.of_user(stranger)
    with pytest.raises(NotFound):
        ndas.publish(organization_id=nda.organization_id, by=by, **TERMS)
    for person, seen in [(stranger, []), (member, [nda])]:
        assert list(Nda.objects.visible_to(actors.of_user(person))) == seen
    assert list(Nda.objects.visible_to(actors.of_staff(make.staff()))) == [nda]


def test_people_who_are_no_annotators_sign_nothing():
    nda = make.nda()
    with pytest.raises(NotFound):
        ndas.sign(nda_id=nda.pk, name="x", by=actors.of_user(make.user()))
    with pytest.raises(Refused) as refused:
        ndas.sign(nda_id=nda.pk, name="x", by=actors.of_staff(make.staff()))
    assert refused.value.code == "people_only"
    assert not NdaSignature.objects.exists()
