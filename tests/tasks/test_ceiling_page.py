"""A project's spend limit, set and lifted on its own page."""

import pytest
from django.urls import reverse

from accounts.states import Role
from payments.models import SpendLimit
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return work.project(tasks=1, fund=5000)


@pytest.fixture
def owner(client, project):
    person = project.organization.memberships.get(role=Role.OWNER).user
    client.force_login(person)
    return person


def page(client, project, **data):
    where = reverse("tasks:client_ceiling", args=[project.pk])
    answer = client.post(where, data, follow=True) if data else client.get(where)
    return answer.status_code, answer.content.decode()


def test_an_owner_sets_changes_and_lifts_it(client, project, owner):
    text = page(client, project)[1]
    assert "has no limit. It was given $50.00 so far." in text
    assert "This project may be given at most, in USD" in text
    status, text = page(client, project, amount="1,250.50")
    assert (status, "The limit was changed." in text) == (200, True)
    row = SpendLimit.objects.get()
    assert (row.holder, row.act, row.most_minor) == (project.pot, "allocate", 125_050)
    assert "may be given $1,250.50 in all" in page(client, project)[1]
    status, text = page(client, project, amount="much")
    assert (status, "Write an amount as 1250, 1250.50 or 1,250.50" in text) == (422, True)
    assert 'value="much"' in text  # nothing typed is lost
    page(client, project, amount=" ")
    assert not SpendLimit.objects.exists()


def test_what_is_no_limit_is_told_at_the_form(client, project, owner):
    status, text = page(client, project, amount="999,999,999,999")
    assert (status, "It is $0.00 to $10,000,000,000.00." in text) == (422, True)


def test_only_who_may_move_money_sets_it_and_strangers_see_nothing(client, project):
    client.force_login(people.member(project.organization, role=Role.VIEWER))
    status, text = page(client, project, amount="5")
    assert (status, "Your role does not permit this" in text) == (422, True)
    assert not SpendLimit.objects.exists()
    client.force_login(people.user())
    assert page(client, project)[0] == 404
    assert page(client, project, amount="5")[0] == 404
