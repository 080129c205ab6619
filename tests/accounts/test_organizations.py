"""Clients: roles as a matrix, members, and the owner who cannot vanish."""

import threading

import pytest
from django.db import connection

from accounts.actions import api_keys, invitations, organizations
from accounts.models import Organization
from accounts.selectors import actors, permissions
from accounts.states import Permission, Role
from marketplace.core.actors import Actor, ActorKind, command, job
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import AuditEntry
from tests.support import factories_accounts as make

MATRIX = {
    "owner": {"read", "projects", "keys", "money", "members"},
    "manager": {"read", "projects", "keys"},
    "viewer": {"read"},
}


def code_of(verb, **values):
    with pytest.raises(Refused) as refused:
        verb(**values)
    return refused.value.code


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("permission", Permission)
def test_each_role_may_do_exactly_this(role, permission):
    client = make.organization()
    by = actors.of_user(make.member(client, role=role))
    if permission.value in MATRIX[role]:
        permissions.require(by, client.pk, permission)
    else:
        with pytest.raises(Refused) as refused:
            permissions.require(by, client.pk, permission)
        assert (refused.value.code, refused.value.status) == ("not_permitted", 403)


@pytest.mark.django_db
def test_other_actors_may_do_exactly_this():
    client, other = make.organization(), make.organization()
    key, _ = make.api_key(client)
    assert permissions.permitted(actors.of_key(key), client.pk) == {"read", "projects", "money"}
    staff = actors.of_staff(make.staff())
    assert permissions.permitted(staff, client.pk) == {"read", "projects", "keys", "members"}
    for by in (job("x"), command("x"), Actor(ActorKind.STRIPE, "evt")):
        assert permissions.permitted(by, client.pk) == set(Permission.values)
    for by in (actors.of_key(key), make.owner_of(client), actors.of_user(make.user())):
        assert permissions.permitted(by, other.pk) == set()
        with pytest.raises(NotFound):
            permissions.require(by, other.pk, Permission.READ)


@pytest.mark.django_db
def test_the_maker_owns_the_organization():
    person = make.user()
    client = organizations.create(name="  Acme Labs ", by=actors.of_user(person))
    assert client.name == "Acme Labs"
    assert list(client.memberships.values_list("user_id", "role")) == [(person.pk, "owner")]
    entry = AuditEntry.objects.get(verb="create_organization")
    assert (entry.actor, entry.subject) == (f"user:{person.pk}", f"organization:{client.pk}")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "  ", "x" * 121])
def test_a_name_that_is_none_is_refused(name):
    by = actors.of_user(make.user())
    assert code_of(organizations.create, name=name, by=by) == "invalid"
    assert not Organization.objects.exists()


@pytest.mark.django_db
def test_a_key_makes_no_organization():
    key, _ = make.api_key()
    assert code_of(organizations.create, name="x", by=actors.of_key(key)) == "people_only"


@pytest.mark.django_db
def test_members_come_change_and_go():
    client, friend = make.organization(), make.user()
    owner = make.owner_of(client)
    own = {"organization_id": client.pk, "by": owner}
    make.member(client, friend)
    organizations.change_role(user_id=friend.pk, role="manager", **own)
    assert client.memberships.get(user=friend).role == "manager"
    assert code_of(organizations.change_role, user_id=friend.pk, role="king", **own) == "invalid"
    organizations.remove_member(user_id=friend.pk, **own)
    assert code_of(organizations.remove_member, user_id=friend.pk, **own) == "not_found"
    verbs = AuditEntry.objects.filter(subject=f"organization:{client.pk}").order_by("id")
    assert [entry.verb for entry in verbs] == ["change_role", "remove_member"]


@pytest.mark.django_db
def test_the_last_owner_stays():
    client = make.organization()
    owner = make.owner_of(client)
    own = {"organization_id": client.pk, "user_id": owner.id, "by": owner}
    assert code_of(organizations.remove_member, **own) == "last_owner"
    assert code_of(organizations.change_role, role="viewer", **own) == "last_owner"
    make.member(client, role=Role.OWNER)
    organizations.change_role(role="viewer", **own)
    organizations.remove_member(**own)
    assert client.memberships.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["manager", "viewer"])
def test_only_owners_manage_members_but_everybody_may_leave(role):
    client = make.organization()
    by = actors.of_user(make.member(client, role=role))
    other = make.member(client)
    own = {"organization_id": client.pk, "by": by}
    assert code_of(organizations.remove_member, user_id=other.pk, **own) == "not_permitted"
    assert code_of(organizations.change_role, user_id=by.id, role="owner", **own) == "not_permitted"
    assert code_of(organizations.rename, name="x", **own) == "not_permitted"
    asked = {"email": make.user().email, "role": "owner", **own}
    assert code_of(invitations.invite, **asked) == "not_permitted"
    organizations.remove_member(user_id=by.id, **own)
    assert code_of(organizations.rename, name="x", **own) == "not_found"


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
@pytest.mark.parametrize("locked", [True, False])
def test_two_owners_who_leave_at_once_leave_one(locked, monkeypatch):
    """The control: without the organization's lock both see the other and both go."""
    client = make.organization()
    make.member(client, role=Role.OWNER)
    both = [member.user_id for member in client.memberships.all()]
    if not locked:
        monkeypatch.setattr(
            organizations,
            "locked",
            lambda organization_id, *_: Organization.objects.get(pk=organization_id),
        )
    meet, keep = threading.Barrier(2), organizations._keep_an_owner
    outcomes = []

    def slowly(*args):
        keep(*args)
        if not locked:
            meet.wait(5)

    monkeypatch.setattr(organizations, "_keep_an_owner", slowly)

    def leave(user_id):
        try:
            organizations.remove_member(
                organization_id=client.pk, user_id=user_id, by=Actor(ActorKind.USER, str(user_id))
            )
            outcomes.append("left")
        except Refused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=[user_id]) for user_id in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = client.memberships.filter(role=Role.OWNER).count()
    assert (sorted(outcomes), left) == (
        (["last_owner", "left"], 1) if locked else (["left", "left"], 0)
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_eight_keys_of_one_name_asked_for_at_once_are_two():
    client = make.organization()
    by, outcomes = make.owner_of(client), []

    def issue():
        try:
            api_keys.issue(organization_id=client.pk, name="k", scopes=["results:read"], by=by)
            outcomes.append("issued")
        except Refused as refused:
            outcomes.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=issue) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["issued"] * 2 + ["two_live_keys"] * 6
    assert sorted(client.api_keys.values_list("slot", flat=True)) == [1, 2]
