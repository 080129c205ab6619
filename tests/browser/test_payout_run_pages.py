"""A payout run on the desk, before and after it was let go."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from payments.actions import runs
from tests.browser.test_pages import MODES, keep
from tests.support import factories_accounts as people
from tests.support.factories_payments import BY, annotator, earn, earn_payable, payable_annotator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("mode", MODES)
def test_a_run_that_waits_for_two_people(look, mode, request, settings):
    settings.PAYOUT_RUN_ALONE_MINOR = {"usd": 100_000}
    for amount in (124_050, 88_500, 3_200):
        earn_payable(payable_annotator(), amount)
    earn_payable(annotator(), 4_400)
    earn(payable_annotator(), 7_000)
    run = runs.draft(currency="usd", by=BY)
    runs.collect(run.pk, by=BY)
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    eyes = look(person, **mode)
    page = eyes.open(reverse("admin:payments_payoutrun_decide", args=[run.pk]))
    keep(page, "payout_run", request)
    assert eyes.complaints == []
    assert eyes.barriers(page) == []
    eyes.complaints.clear()  # axe's own styles
    page = eyes.open(reverse("admin:payments_payoutrun_changelist"))
    keep(page, "payout_runs", request)
    assert eyes.complaints == []
