"""API keys: who may enter, at what cost, and how a key is rotated and ended."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.actions import api_keys
from accounts.models import ApiKey
from accounts.selectors import actors
from accounts.states import Role, Scope
from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import AuditEntry
from tests.support import factories_accounts as make

pytestmark = pytest.mark.django_db
DOMAINS = "/api/v1/domains"


def call(token):
    return APIClient().get(DOMAINS, HTTP_AUTHORIZATION=f"Bearer {token}")


def test_a_key_enters_and_gets_the_whole_taxonomy():
    _, token = make.api_key(scopes=["results:read"])
    answer = call(token)
    assert answer.status_code == 200
    rows = answer.json()["results"]
    assert len(rows) == 90
    assert rows[0] == {"path": "arts", "name": "Arts"}
    assert {"path": "engineering.software", "name": "Software engineering"} in rows


def test_one_query_finds_the_key_and_its_use_is_noted_once_a_minute():
    key, token = make.api_key()
    with CaptureQueriesContext(
        connection,
    ) as first:
        call(token)
    with CaptureQueriesContext(connection) as second:
        call(token)
    of_keys = [q["sql"].split()[0] for q in first if "accounts_apikey" in q["sql"]]
    again = [q["sql"].split()[0] for q in second if "accounts_apikey" in q["sql"]]
    assert (of_keys, again) == (["SELECT", "UPDATE"], ["SELECT"])
    used = ApiKey.objects.get(pk=key.pk).last_used_at
    assert used is not None
    clock.advance(dt.timedelta(seconds=59))
    call(token)
    assert ApiKey.objects.get(pk=key.pk).last_used_at == used
    clock.advance(dt.timedelta(seconds=2))
    call(token)
    assert ApiKey.objects.get(pk=key.pk).last_used_at - used >= dt.timedelta(seconds=61)


@pytest.mark.parametrize(
    "header",
    ["", "Basic abc", "Token mk_x_y"],
)
def test_without_a_key_the_answer_says_how_to_show_one(header):
    answer = APIClient().get(DOMAINS, **({"HTTP_AUTHORIZATION": header} if header else {}))
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Bearer", "malformed_key"),
        ("Bearer a b", "malformed_key"),
        ("Bearer mk_nobody_secret", "unknown_key"),
        ("Bearer sk_nobody_secret", "unknown_key"),
        ("Bearer mk__", "unknown_key"),
        ("Bearer mk_é_ß", "unknown_key"),
    ],
)
def test_what_is_no_key_is_refused(header, code):
    answer = APIClient().get(DOMAINS, HTTP_AUTHORIZATION=header)
    assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_the_prefix_alone_opens_nothing():
    key, token = make.api_key()
    for wrong in [
        f"mk_{key.prefix}_",
        f"mk_{key.prefix}_x",
        token[:-1],
        token + "0",
        token.upper(),
    ]:
        assert call(wrong).json()["code"] == "unknown_key"


def test_the_secret_is_kept_as_a_digest_only():
    key, token = make.api_key()
    secret = token.rpartition("_")[2]
    assert len(secret) == 43
    assert secret not in str(vars(ApiKey.objects.get(pk=key.pk)))
    assert secret not in str(list(AuditEntry.objects.values()))


def test_a_revoked_and_an_expired_key_are_refused():
    client = make.organization()
    key, token = make.api_key(client)
    api_keys.revoke(key_id=key.pk, by=make.owner_of(client))
    assert call(token).json()["code"] == "revoked_key"
    _, short = make.api_key(client, expires_at=clock.now() + dt.timedelta(hours=1))
    assert call(short).status_code == 200
    clock.advance(dt.timedelta(hours=1))
    assert (call(short).status_code, call(short).json()["code"]) == (401, "expired_key")


def test_a_name_has_two_live_keys_for_rotation():
    client = make.organization()
    (first, _), (second, token) = make.api_key(client), make.api_key(client)
    assert (first.slot, second.slot) == (1, 2)
    with pytest.raises(Refused) as third:
        make.api_key(client)
    assert third.value.code == "two_live_keys"
    api_keys.revoke(key_id=first.pk, by=make.owner_of(client))
    assert make.api_key(client)[0].slot == 1
    assert call(token).status_code == 200
    assert make.api_key(client, name="other")[0].slot == 1


def test_an_expired_key_leaves_its_slot():
    client = make.organization()
    make.api_key(client, expires_at=clock.now() + dt.timedelta(hours=1))
    make.api_key(client)
    clock.advance(dt.timedelta(hours=2))
    assert make.api_key(client)[0].slot == 1


def test_revoking_twice_is_one_act():
    client = make.organization()
    key, _ = make.api_key(client)
    at = api_keys.revoke(key_id=key.pk, by=make.owner_of(client)).revoked_at
    assert api_keys.revoke(key_id=key.pk, by=make.owner_of(client)).revoked_at == at
    assert AuditEntry.objects.filter(verb="revoke_api_key").count() == 1


@pytest.mark.parametrize(
    ("role", "scopes", "code"),
    [
        (Role.OWNER, ["money:write"], None),
        (Role.MANAGER, ["projects:write", "tasks:write", "results:read", "money:read"], None),
        (Role.MANAGER, ["projects:write", "money:write"], "scope_beyond_role"),
        (Role.VIEWER, ["projects:read"], "not_permitted"),
    ],
)
def test_nobody_gives_a_key_more_than_their_role_permits(role, scopes, code):
    client = make.organization()
    by = actors.of_user(make.member(client, role=role))
    if code is None:
        key, _ = api_keys.issue(organization_id=client.pk, name="k", scopes=scopes, by=by)
        assert key.scopes == [scope for scope in Scope.values if scope in scopes]
    else:
        with pytest.raises(Refused) as refused:
            api_keys.issue(organization_id=client.pk, name="k", scopes=scopes, by=by)
        assert (refused.value.code, refused.value.status) == (code, 403)


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["all"]}, "/scopes"),
        ({"name": "  "}, "/name"),
        ({"name": "x" * 61}, "/name"),
        ({"expires_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "/expires_at"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(values, pointer):
    client = make.organization()
    with pytest.raises(Refused) as refused:
        api_keys.issue(
            **{
                "organization_id": client.pk,
                "name": "k",
                "scopes": ["projects:read"],
                "by": make.owner_of(client),
                **values,
            }
        )
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_strangers_neither_issue_nor_revoke():
    key, _ = make.api_key()
    stranger = actors.of_user(make.user())
    with pytest.raises(NotFound):
        api_keys.issue(
            organization_id=key.organization_id, name="k", scopes=["projects:read"], by=stranger
        )
    with pytest.raises(NotFound):
        api_keys.revoke(key_id=key.pk, by=stranger)


def test_a_key_issues_no_key():
    key, _ = make.api_key()
    with pytest.raises(Refused) as refused:
        api_keys.issue(
            organization_id=key.organization_id,
            name="k",
            scopes=["projects:read"],
            by=actors.of_key(key),
        )
    assert refused.value.status == 403


def test_a_key_in_clear_text_is_refused_where_the_site_is_secure(settings):
    settings.SECURE_SITE = True
    _, token = make.api_key()
    reply = call(token)
    assert (reply.status_code, reply.json()["code"]) == (403, "https_only")
