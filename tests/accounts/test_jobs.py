"""Mail and expiry as background work: right when run twice, and on nothing."""

import datetime as dt
import uuid

import pytest
from django.core import mail

from accounts import jobs
from accounts.actions import notices
from accounts.models import Notice
from marketplace.core import clock, outbox
from marketplace.core.models import AuditEntry, OutboxMessage
from marketplace.core.registry import JOBS, SWEEPS
from tests.support import factories_accounts as make


@pytest.mark.django_db
def test_a_notice_is_mailed_once_with_its_link(settings):
    settings.SITE_URL = "https://market.example.test"
    person = make.user(email="ada@example.test")
    notice = notices.notify(user_id=person.pk, kind="test", text="It happened.", link="/history/")
    for _ in range(2):
        jobs.mail_notice(notice_id=str(notice.pk))
    (message,) = mail.outbox
    assert message.to == ["ada@example.test"]
    assert message.body == "It happened.\n\nhttps://market.example.test/history/"
    assert Notice.objects.get().mailed_at is not None


@pytest.mark.django_db(transaction=True)
def test_the_promise_is_kept_through_the_outbox():
    notices.notify(user_id=make.user().pk, kind="test", text="It happened.")
    row = outbox.take(OutboxMessage.objects.get(job="accounts.mail_notice").pk)
    outbox.run(row)
    assert [message.body for message in mail.outbox] == ["It happened."]
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_nothing_is_mailed_for_what_is_not_there_or_to_closed_accounts():
    jobs.mail_notice(notice_id=str(uuid.uuid4()))
    notice = notices.notify(user_id=make.user(is_active=False).pk, kind="test", text="x")
    jobs.mail_notice(notice_id=str(notice.pk))
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_long_text_is_cut_and_a_link_stays_on_the_site():
    person = make.user()
    notice = notices.notify(user_id=person.pk, kind="test", text="x" * 400)
    assert (len(notice.text), notice.text[-2:]) == (300, "x…")
    for link in ("https://evil.test", "//evil.test", "javascript:alert(1)"):
        with pytest.raises(ValueError, match="leads into this site"):
            notices.notify(user_id=person.pk, kind="test", text="x", link=link)


@pytest.mark.django_db
def test_several_people_are_told_once_each():
    people = [make.user().pk, make.user().pk]
    assert notices.publish(user_ids=[*people, people[0]], kind="test", text="News") == 2
    assert set(Notice.objects.values_list("user_id", flat=True)) == set(people)


@pytest.mark.django_db
def test_the_sweep_ends_what_is_past_and_may_run_on_nothing():
    SWEEPS["accounts.expire_credentials"].run()
    row = make.verified_credential(expires_on=clock.now().date())
    clock.advance(dt.timedelta(days=1))
    for _ in range(2):
        SWEEPS["accounts.expire_credentials"].run()
    row.refresh_from_db()
    assert row.state == "expired"
    assert Notice.objects.count() == 1


@pytest.mark.django_db
def test_every_sweep_on_nothing_does_nothing():
    mine = sorted(name for name in SWEEPS if name.startswith("accounts."))
    assert mine == [
        "accounts.end_qualifications",
        "accounts.expire_credentials",
        "accounts.lift_pauses",
    ]
    for name in mine * 2:
        SWEEPS[name].run()
    assert (AuditEntry.objects.count(), OutboxMessage.objects.count()) == (0, 0)


def test_jobs_are_registered_with_what_they_need():
    job = JOBS["accounts.mail_notice"]
    assert (job.queue, job.remote) == ("slow", True)
    assert SWEEPS["accounts.expire_credentials"].every == 60
