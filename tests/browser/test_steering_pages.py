"""A client's forecast and the desk's dry run as people see them."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from tests.browser.test_pages import MODES, keep
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("mode", MODES)
def test_a_clients_forecast(look, mode, request):
    for _ in range(3):
        work.expert()
    row = work.project(name="Judge Python functions", tasks=40, fund=5_000)
    short = work.project(name="Needs many", tasks=4, overlap=5)
    eyes = look(row.organization.memberships.get().user, **mode)
    other = look(short.organization.memberships.get().user, **mode)
    for name, who, project in (("forecast", eyes, row), ("forecast-few", other, short)):
        page = who.open(reverse("tasks:client_project", args=[project.pk]))
        keep(page, name, request)
        assert (name, who.complaints) == (name, [])
        assert (name, who.barriers(page)) == (name, [])


@pytest.mark.parametrize("mode", MODES[:2])
def test_the_desks_pages_of_a_project(look, mode, request):
    for _ in range(3):
        work.expert()
    row = work.project(name="Judge Python functions", tasks=40)
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    for name, path in {
        "dry-run": f"{reverse('admin:tasks_dry_run', args=[row.pk])}?preset=careful",
        "rank": reverse("admin:tasks_rank", args=[row.pk]),
    }.items():
        eyes = look(person, **mode)
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])
