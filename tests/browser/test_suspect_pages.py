"""The desk of pairs whose answers go together, as staff see it."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from tasks.actions import suspects
from tasks.models import SuspectPair
from tests.browser.test_pages import MODES, keep
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.copiers import answered

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("mode", MODES)
def test_the_desk_of_pairs(look, mode, request):
    project, _crowd = answered(copied=0.9)
    suspects.find(project_id=project.pk, by=work.BY)
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    eyes = look(person, **mode)
    row = SuspectPair.objects.get()
    page = eyes.open(reverse("admin:tasks_suspectpair_decide", args=[row.pk]))
    keep(page, "pair", request)
    assert eyes.complaints == []
    assert eyes.barriers(page) == []
    eyes.complaints.clear()  # axe's own styles
    page = eyes.open(reverse("admin:tasks_suspectpair_changelist") + "?state__exact=waiting")
    keep(page, "pairs", request)
    assert eyes.complaints == []
