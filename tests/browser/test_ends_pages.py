"""How claims end and what is paid beside them, as people see it."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from playwright.sync_api import expect

from accounts.actions import exams, qualifications
from accounts.selectors.actors import of_staff
from payments.actions import goodwill
from tests.browser.test_pages import MODES, keep
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TWO = [MODES[0], MODES[2]]


@pytest.mark.parametrize("mode", TWO)
def test_a_client_calls_work_off(look, mode, request):
    row = work.project(name="Judge Python functions", tasks=4)
    work.claim(work.expert())
    eyes = look(row.organization.memberships.get().user, **mode)
    page = eyes.open(reverse("tasks:client_cancel", args=[row.pk]))
    keep(page, "client-cancel", request)
    assert (eyes.complaints, eyes.barriers(page)) == ([], [])


@pytest.mark.parametrize("mode", TWO)
def test_an_annotator_reads_when_an_answer_is_accepted_by_itself(look, mode, request):
    expert = work.expert()
    work.project(name="Judge Python functions", tasks=2)
    row = work.claim(expert)
    work.check(work.submit(row))
    eyes = look(expert.user, **mode)
    page = eyes.open(reverse("tasks:history"))
    keep(page, "history-accepts", request)
    page = eyes.open(reverse("tasks:history_one", args=[row.pk]))
    keep(page, "history-accepts-one", request)
    assert (eyes.complaints, eyes.barriers(page)) == ([], [])


@pytest.mark.parametrize("mode", TWO)
def test_the_desks_of_exams_and_goodwill(look, mode, request):
    person, other = people.staff(), people.staff()
    TOTP.activate(person, generate_totp_secret())
    by, who = of_staff(other), people.annotator()
    kind = qualifications.create(
        name="Read an ECG", exam_pay_minor=2500, exam_currency="eur", by=by
    )
    exams.record(qualification_id=kind.pk, annotator_id=who.pk, passed=True, score=83, by=by)
    for amount in (2000, 9000):
        row = goodwill.request(
            annotator_id=who.pk,
            currency="usd",
            amount_minor=amount,
            reason="Our page lost your answer.",
            by=by,
        )
    for name, path in {
        "exam-new": reverse("admin:accounts_exam_new"),
        "exams": reverse("admin:accounts_exam_changelist"),
        "goodwill-new": reverse("admin:payments_goodwillrequest_new"),
        "goodwill": reverse("admin:payments_goodwillrequest_changelist"),
        "goodwill-decide": reverse("admin:payments_goodwillrequest_decide", args=[row.pk]),
    }.items():
        eyes = look(person, **mode)
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
    expect(page.get_by_role("cell", name="$90.00")).to_be_visible()
