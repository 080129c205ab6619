"""Who sees which rows, for every model of the app and every kind of actor."""

import pytest

from accounts.actions import notices
from accounts.models import AnnotatorProfile, ApiKey, Credential, Notice, Organization
from accounts.selectors import actors
from marketplace.core.actors import Actor, ActorKind, command, job
from marketplace.core.errors import Refused
from tests.support import factories_accounts as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    """Two clients with a key and a viewer each, two annotators with a credential and a notice."""
    rows = {}
    for name in ("a", "b"):
        client = make.organization()
        key, _ = make.api_key(client)
        viewer = make.member(client)
        profile = make.annotator()
        claim = make.credential(profile)
        notice = notices.notify(user_id=profile.user_id, kind="test", text=name)
        rows[name] = {
            Organization: client,
            ApiKey: key,
            AnnotatorProfile: profile,
            Credential: claim,
            Notice: notice,
            "viewer": viewer,
        }
    return rows


def seen(actor):
    models = (Organization, ApiKey, AnnotatorProfile, Credential, Notice)
    return {m.__name__: set(m.objects.visible_to(actor)) for m in models}


def expected(**rows):
    names = ("Organization", "ApiKey", "AnnotatorProfile", "Credential", "Notice")
    return {name: set(rows.get(name, ())) for name in names}


def test_staff_see_all_but_other_peoples_notices(world):
    both = world["a"], world["b"]
    assert seen(actors.of_staff(make.staff())) == expected(
        Organization=[w[Organization] for w in both],
        ApiKey=[w[ApiKey] for w in both],
        AnnotatorProfile=[w[AnnotatorProfile] for w in both],
        Credential=[w[Credential] for w in both],
    )


def test_a_member_sees_their_client_and_its_keys(world):
    mine = world["a"]
    assert seen(actors.of_user(mine["viewer"])) == expected(
        Organization=[mine[Organization]], ApiKey=[mine[ApiKey]]
    )


def test_a_member_of_two_clients_sees_each_once(world):
    person = world["a"]["viewer"]
    make.member(world["b"][Organization], person)
    rows = list(Organization.objects.visible_to(actors.of_user(person)))
    assert len(rows) == 2
    assert len(list(ApiKey.objects.visible_to(actors.of_user(person)))) == 2


def test_an_annotator_sees_what_is_about_them(world):
    mine = world["a"]
    assert seen(actors.of_user(mine[AnnotatorProfile].user)) == expected(
        AnnotatorProfile=[mine[AnnotatorProfile]],
        Credential=[mine[Credential]],
        Notice=[mine[Notice]],
    )


def test_a_key_sees_its_client_alone(world):
    mine = world["a"]
    assert seen(actors.of_key(mine[ApiKey])) == expected(Organization=[mine[Organization]])


@pytest.mark.parametrize(
    "actor",
    [
        job("x"),
        command("x"),
        Actor(ActorKind.STRIPE, "evt_1"),
        Actor(ActorKind.USER, "00000000-0000-4000-8000-000000000000"),
    ],
)
def test_nobody_else_sees_anything(world, actor):
    assert seen(actor) == expected()


def test_an_actor_is_made_of_people_who_may_act():
    closed = make.user(is_active=False)
    for maker, person in [
        (actors.of_user, closed),
        (actors.of_staff, make.user()),
        (actors.of_staff, make.staff(is_active=False)),
    ]:
        with pytest.raises(Refused) as refused:
            maker(person)
        assert refused.value.status == 403
