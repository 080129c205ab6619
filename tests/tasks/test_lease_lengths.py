"""How long a claim lasts: from the work's expected minutes, unless the client says otherwise."""

import datetime as dt

import pytest

from accounts.selectors.actors import of_user
from marketplace.core.errors import Refused
from tasks.actions import assignments, project_fields, projects
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def create(**other):
    values = {name: value for name, value in work.fields(**other).items() if value is not None}
    return projects.create(organization_id=people.organization().pk, fields=values, by=work.BY)


def faults(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return [(fault.pointer, fault.detail) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("expected", "lease"), [(1, 15), (5, 15), (6, 18), (60, 180), (3360, 10_080), (10_080, 10_080)]
)
def test_a_lease_that_is_not_named_follows_the_work(expected, lease):
    assert create(expected_minutes=expected, lease_minutes=None).lease_minutes == lease
    assert project_fields.default_lease(expected) == lease


def test_a_wrong_expectation_is_told_once():
    wrong = faults(create, expected_minutes="ten", lease_minutes=None)
    assert [pointer for pointer, _ in wrong] == ["/expected_minutes"]


@pytest.mark.parametrize("minutes", [0, -1, 30 * 24 * 60])
def test_no_lease_and_thirty_days_are_refused(minutes):
    assert faults(create, lease_minutes=minutes) == [
        ("/lease_minutes", "Must be a whole number from 1 to 10080.")
    ]


SHORT = [("/lease_minutes", "Is shorter than the 40 minutes that a task is expected to take.")]


def test_a_lease_shorter_than_the_work_is_refused_in_a_draft_too():
    assert faults(create, lease_minutes=39, expected_minutes=40) == SHORT
    row = create(lease_minutes=30, expected_minutes=30)
    for change in ({"expected_minutes": 40}, {"lease_minutes": 39, "expected_minutes": 40}):
        assert faults(projects.update, project_id=row.pk, fields=change, by=work.BY) == SHORT
    change = {"lease_minutes": 41, "expected_minutes": 40}
    row = projects.update(project_id=row.pk, fields=change, by=work.BY)
    assert (row.lease_minutes, row.expected_minutes) == (41, 40)


def test_a_claim_is_extended_three_times_and_no_more():
    who = work.expert()
    work.project(lease_minutes=30)
    row = work.claim(who)
    for number in (1, 2, 3):
        before = assignments.extend(assignment_id=row.pk, fence=row.fence, by=of_user(who.user))
        assert before.extensions == number
    with pytest.raises(Refused) as caught:
        assignments.extend(assignment_id=row.pk, fence=row.fence, by=of_user(who.user))
    assert caught.value.code == "no_more_extensions"
    row.refresh_from_db()
    assert row.leased_until - row.claimed_at < dt.timedelta(minutes=31)
