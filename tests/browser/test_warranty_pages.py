"""A delivery's report as its client and the desk see it."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from tests.browser.test_pages import MODES, keep
from tests.support import factories_accounts as people
from tests.tasks.test_warranty_report import ready, world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("mode", MODES)
def test_a_clients_report(look, mode, request):
    project, _crowd = world(tasks=16)
    row = ready(project, lot_size=100, aql=0.02, ltpd=0.3)
    eyes = look(project.organization.memberships.get().user, **mode)
    for name, path in {
        "deliveries": reverse("tasks:client_deliveries", args=[project.pk]),
        "delivery": reverse("tasks:client_delivery", args=[project.pk, row.number]),
    }.items():
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])


@pytest.mark.parametrize("mode", MODES[:2])
def test_the_desk_makes_a_delivery_and_shows_its_report(look, mode, request):
    project, _crowd = world(tasks=8)
    row = ready(project)
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    eyes = look(person, **mode)
    for name, path in {
        "desk-delivery-new": reverse("admin:tasks_delivery_new", args=[project.pk]),
        "desk-delivery": reverse("admin:tasks_delivery_report", args=[row.pk]),
    }.items():
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])
