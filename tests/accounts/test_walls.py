"""Walls between clients, clients' own lists, and teams: made at the desk, followed by matching."""

import uuid

import pytest

from accounts.actions import lists, teams, walls
from accounts.models import ListEntry, Notice, Team, TeamMember, Wall
from accounts.selectors import actors
from marketplace.core.actors import command
from marketplace.core.errors import NotFound, Refused
from tests.support import factories_accounts as make
from tests.support.desk import Desk, acts, done, faults, promised, told

pytestmark = pytest.mark.django_db
WALLS, LISTS, TEAMS = "accounts/wall", "accounts/listentry", "accounts/team"
BY = command("tests")


@pytest.fixture
def clients():
    """Two clients in the order of their ids."""
    return sorted((make.organization("Acme"), make.organization("Bolt")), key=lambda row: row.pk)


def test_a_wall_has_one_row_in_whatever_order_its_clients_are_named(clients):
    first, second = clients
    desk = Desk()
    values = {"first": second.pk, "second": first.pk, "months": "6", "reason": "They compete."}
    assert done(desk.new(WALLS, **values))
    row = Wall.objects.get()
    assert (row.first, row.second, row.months, row.lifted_at) == (first, second, 6, None)
    again = faults(desk.new(WALLS, **{**values, "first": first.pk, "second": second.pk}))
    assert again == {"__all__": ["A wall stands between these two: lift it first."]}
    assert acts("put_up_wall") == [("staff", "put_up_wall", "They compete.")]
    both = [{"organization_id": str(client.pk)} for client in clients]
    assert promised("tasks.refresh_organization") == both
    assert not Notice.objects.exists()


def test_a_wall_is_lifted_with_a_reason_and_may_be_put_up_again(clients):
    first, second = (client.pk for client in clients)
    desk = Desk()
    row = walls.put_up(organization_ids=(first, second), months=12, reason="Rivals.", by=BY)
    assert faults(desk.decide(WALLS, row)) == {"reason": ["This field is required."]}
    assert done(desk.decide(WALLS, row, reason="They merged."))
    row.refresh_from_db()
    assert row.lifted_at is not None
    assert faults(desk.decide(WALLS, row, reason="Again")) == {
        "__all__": ["This wall is lifted already."]
    }
    assert len(promised("tasks.refresh_organization")) == 4
    walls.put_up(organization_ids=(first, second), months=12, reason="Rivals again.", by=BY)
    assert Wall.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [({"months": "0"}, "months"), ({"months": "121"}, "months"), ({"reason": " "}, "reason")],
)
def test_a_wrong_wall_is_refused_at_its_field(clients, change, field):
    values = {"first": clients[0].pk, "second": clients[1].pk, "months": "12", "reason": "x"}
    assert list(faults(Desk().new(WALLS, **{**values, **change}))) == [field]
    assert not Wall.objects.exists()


def test_a_wall_needs_two_clients_that_are_there(clients):
    one = clients[0].pk
    answer = Desk().new(WALLS, first=one, second=one, months="12", reason="x")
    assert faults(answer) == {"second": ["This is the same client."]}
    with pytest.raises(NotFound):
        walls.put_up(organization_ids=(one, uuid.uuid4()), months=1, reason="x", by=BY)
    for months in (0, 121):
        with pytest.raises(Refused) as refused:
            walls.put_up(organization_ids=(one, clients[1].pk), months=months, reason="x", by=BY)
        assert refused.value.status == 422


def test_an_annotator_is_allowed_then_denied_then_off_the_list(clients):
    client, who, desk = clients[0], make.annotator(), Desk()
    values = {"organization": client.pk, "annotator": who.user.email, "reason": "Knows us."}
    assert done(desk.new(LISTS, kind="allow", **values))
    assert faults(desk.new(LISTS, kind="allow", **values)) == {
        "__all__": ["The annotator is on this list already."]
    }
    assert done(desk.new(LISTS, kind="deny", **{**values, "reason": "Left in anger."}))
    row = ListEntry.objects.get()
    assert (row.organization, row.annotator, row.kind, row.reason) == (
        client,
        who,
        "deny",
        "Left in anger.",
    )
    assert done(desk.decide(LISTS, row, reason="Peace was made."))
    assert not ListEntry.objects.exists()
    assert told(who) == [
        (
            "list_allow",
            "A client has chosen you for projects that are by invitation. Reason: Knows us.",
        ),
        ("list_deny", "A client will not offer you its projects. Reason: Left in anger."),
        (
            "list_remove",
            "A client that shut you out may offer you its projects again. Reason: Peace was made.",
        ),
    ]
    assert client.name not in str(told(who))
    assert promised("tasks.refresh_annotator") == [{"annotator_id": str(who.pk)}] * 3
    assert [verb for _, verb, _ in acts("list_allow", "list_deny", "list_remove")] == [
        "list_allow",
        "list_deny",
        "list_remove",
    ]


def test_a_wrong_entry_is_refused(clients):
    who, client = make.annotator(), clients[0].pk
    answer = Desk().new(LISTS, kind="love", organization=client, annotator="x", reason="")
    assert sorted(faults(answer)) == ["annotator", "kind", "reason"]
    with pytest.raises(Refused) as refused:
        lists.put(organization_id=client, annotator_id=who.pk, kind="love", reason="x", by=BY)
    assert refused.value.status == 422
    for act in (
        lambda: lists.put(
            organization_id=uuid.uuid4(), annotator_id=who.pk, kind="deny", reason="x", by=BY
        ),
        lambda: lists.remove(entry_id=uuid.uuid4(), reason="x", by=BY),
        lambda: walls.lift(wall_id=uuid.uuid4(), reason="x", by=BY),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_team_gets_and_loses_members(clients):
    who, desk = make.annotator(), Desk()
    assert done(desk.new(TEAMS, name="Night shift", organization=clients[0].pk))
    team = Team.objects.get()
    assert faults(desk.new(TEAMS, name="Night shift", organization=clients[0].pk)) == {
        "name": ["There is a team of this name."]
    }
    assert done(desk.new(TEAMS, name="Night shift"))
    assert done(desk.decide(TEAMS, team, verb="add", annotator=who.user.email, reason="Asked to."))
    assert list(team.members.all()) == [who]
    assert faults(desk.decide(TEAMS, team, verb="add", annotator=who.user.email)) == {
        "__all__": ["The annotator is in this team already."]
    }
    assert who.user.email in desk.page(TEAMS, f"{team.pk}/decide/")
    assert 'class="field-size">1</td>' in desk.page(TEAMS)
    assert faults(desk.decide(TEAMS, team, verb="remove", annotator=who.user.email)) == {
        "reason": ["A reason is required."]
    }
    answer = desk.decide(TEAMS, team, verb="remove", annotator=who.user.email, reason="Moved.")
    assert done(answer)
    assert not TeamMember.objects.exists()
    answer = desk.decide(TEAMS, team, verb="remove", annotator=who.user.email, reason="Moved.")
    assert faults(answer) == {"__all__": ["There is no such member."]}
    assert told(who) == [
        ("add_to_team", "You are a member of the team “Night shift” now. Reason: Asked to."),
        (
            "remove_from_team",
            "You are no longer a member of the team “Night shift”. Reason: Moved.",
        ),
    ]
    assert acts("create_team", "add_to_team", "remove_from_team") == [
        ("staff", "create_team", ""),
        ("staff", "create_team", ""),
        ("staff", "add_to_team", "Asked to."),
        ("staff", "remove_from_team", "Moved."),
    ]
    assert promised("tasks.refresh_annotator") == [{"annotator_id": str(who.pk)}] * 2


def test_only_staff_act(clients):
    who = make.annotator()
    first, second = (client.pk for client in clients)
    wall = walls.put_up(organization_ids=(first, second), months=1, reason="x", by=BY)
    entry = lists.put(organization_id=first, annotator_id=who.pk, kind="deny", reason="x", by=BY)
    team = teams.create(name="x", by=BY)
    by = make.owner_of(clients[0])
    for act in (
        lambda: walls.put_up(organization_ids=(first, second), months=1, reason="x", by=by),
        lambda: walls.lift(wall_id=wall.pk, reason="x", by=by),
        lambda: lists.put(
            organization_id=first, annotator_id=who.pk, kind="allow", reason="x", by=by
        ),
        lambda: lists.remove(entry_id=entry.pk, reason="x", by=actors.of_user(who.user)),
        lambda: teams.create(name="y", by=by),
        lambda: teams.add(team_id=team.pk, annotator_id=who.pk, by=by),
        lambda: teams.remove(team_id=team.pk, annotator_id=who.pk, reason="x", by=by),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "staff_only"
    with pytest.raises(NotFound):
        teams.add(team_id=uuid.uuid4(), annotator_id=who.pk, by=BY)
    with pytest.raises(NotFound):
        teams.create(name="y", organization_id=uuid.uuid4(), by=BY)
