"""A project's money: given, taken back and limited on its own page."""

import pytest
from django.urls import reverse

from accounts.states import Role
from payments.models import SpendLimit
from payments.selectors import balances
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
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


def test_an_owner_gives_money_and_takes_free_money_back(client, project, owner):
    money.deposit(project.organization_id, 10_000)
    text = page(client, project)[1]
    assert "The project has $50.00 that nobody is promised." in text
    assert "You have $100.00 that is not given to a project." in text
    text = page(client, project, way="give", sum="25.50")[1]
    assert f"$25.50 were given to {project.name}." in text
    assert balances.pot(project.pot, "usd").funds_minor == 7_550
    text = page(client, project, way="back", sum="70")[1]
    assert "$70.00 were taken back." in text
    assert balances.pot(project.pot, "usd").funds_minor == 550


@pytest.mark.usefixtures("owner")
@pytest.mark.parametrize(
    ("way", "amount", "why"),
    [
        ("give", "much", "Write an amount as 1250"),
        ("give", "", "This field is required."),
        ("give", "-1", "Write an amount as 1250"),
        ("give", "100.01", "$100.00"),
        ("back", "50.01", "$50.00"),
        ("lend", "1", "Select a valid choice."),
    ],
)
def test_what_cannot_be_moved_is_told_at_the_form_and_moves_nothing(
    client, project, way, amount, why
):
    money.deposit(project.organization_id, 10_000)
    status, text = page(client, project, way=way, sum=amount)
    assert (status, why in text) == (422, True)
    assert f'value="{amount}"' in text or not amount
    assert balances.pot(project.pot, "usd").funds_minor == 5_000


def test_a_viewer_moves_nothing(client, project):
    client.force_login(people.member(project.organization, role=Role.VIEWER))
    status, text = page(client, project, way="back", sum="5")
    assert (status, "Your role does not permit this" in text) == (422, True)
    assert balances.pot(project.pot, "usd").funds_minor == 5_000
