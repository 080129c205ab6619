"""The staff's desk: credentials are decided, people appointed and suspended; nothing is edited."""

import datetime as dt
import re
import uuid

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib import admin
from django.test import Client

from accounts.actions import credentials, staff, suspension
from accounts.admin import base
from accounts.models import ApiKey, Credential, Notice, User
from accounts.selectors import actors
from accounts.selectors import credentials as reads
from marketplace.core import clock
from marketplace.core.actors import job
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from tests.support import factories_accounts as make

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def desk_of(person):
    TOTP.activate(person, SECRET)
    browser = Client()
    browser.force_login(person)
    return browser


def text(answer):
    return answer.content.decode()


def decide(browser, row, **values):
    return browser.post(f"/admin/accounts/credential/{row.pk}/decide/", values)


def told(person):
    return [(n.kind, n.text) for n in Notice.objects.filter(user=person).order_by("created_at")]


def test_a_credential_is_verified_and_counts_in_its_field():
    row, person = make.credential(domain="medicine.cardiology"), make.staff(is_superuser=False)
    answer = decide(desk_of(person), row, decision="verify", reason="", expires_on="2999-12-31")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/accounts/credential/")
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.expires_on) == (
        "verified",
        person,
        dt.date(2999, 12, 31),
    )
    for path, counts in [
        ("medicine", 1),
        ("medicine.cardiology", 1),
        ("medicine.surgery", 0),
        ("law", 0),
    ]:
        assert reads.in_domain(path).count() == counts
    assert told(row.annotator.user) == [
        ("verify_credential", "Your credential “MSc Computer Science” was verified.")
    ]
    entry = AuditEntry.objects.get(verb="verify_credential")
    assert (entry.actor, entry.subject) == (f"staff:{person.pk}", f"credential:{row.pk}")
    args = {"annotator_id": str(row.annotator_id)}
    assert OutboxMessage.objects.get(job="tasks.refresh_annotator").args == args


def test_a_refusal_needs_a_reason_that_the_annotator_reads():
    row, browser = make.credential(), desk_of(make.staff())
    assert decide(browser, row, decision="refuse", reason=" ").status_code == 422
    row.refresh_from_db()
    assert row.state == "claimed"
    decide(browser, row, decision="refuse", reason="The scan cannot be read.")
    row.refresh_from_db()
    assert (row.state, row.reason) == ("refused", "The scan cannot be read.")
    assert told(row.annotator.user)[0][1].endswith("was refused: The scan cannot be read.")
    assert decide(browser, row, decision="verify").status_code == 422


def test_the_next_one_that_waits_follows():
    first, second = make.credential(), make.credential()
    answer = decide(desk_of(make.staff()), first, decision="verify")
    assert answer["Location"] == f"/admin/accounts/credential/{second.pk}/decide/"


def test_a_verified_credential_can_be_taken_back():
    row = make.verified_credential()
    decide(desk_of(make.staff()), row, decision="refuse", reason="The licence was revoked.")
    assert reads.in_domain("engineering").count() == 0


def test_nobody_decides_about_their_own_credential():
    person = make.staff()
    row = make.credential(make.annotator(person))
    answer = decide(desk_of(person), row, decision="verify")
    assert answer.status_code == 422
    assert "Nobody decides about their own credential." in text(answer)


def test_only_staff_decide():
    row = make.credential()
    for by in (actors.of_user(row.annotator.user), job("anything")):
        with pytest.raises(Refused) as refused:
            credentials.verify(credential_id=row.pk, by=by)
        assert refused.value.code == "staff_only"
    browser = Client()
    browser.force_login(row.annotator.user)
    answer = decide(browser, row, decision="verify")
    assert answer["Location"].startswith("/admin/login/")
    assert browser.get(answer["Location"]).status_code == 403
    row.refresh_from_db()
    assert row.state == "claimed"
    with pytest.raises(NotFound):
        credentials.verify(credential_id=uuid.uuid4(), by=actors.of_staff(make.staff()))


def test_a_credential_that_is_past_is_not_verified():
    row = make.credential(expires_on=clock.now().date() - dt.timedelta(days=1))
    assert decide(desk_of(make.staff()), row, decision="verify").status_code == 422


def test_a_credential_counts_on_its_last_utc_day_and_is_ended_after_it():
    today = clock.now().date()
    row = make.verified_credential(expires_on=today)
    lasting = make.verified_credential()
    midnight = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), dt.UTC)
    clock.advance(midnight - clock.now() - dt.timedelta(seconds=30))
    assert credentials.expire_past(by=job("sweep")) == 0
    assert set(reads.in_domain("engineering")) == {row, lasting}
    clock.advance(dt.timedelta(seconds=31))
    assert set(reads.in_domain("engineering")) == {lasting}
    assert credentials.expire_past(by=job("sweep")) == 1
    assert credentials.expire_past(by=job("sweep")) == 0
    row.refresh_from_db()
    assert row.state == "expired"
    assert [kind for kind, _ in told(row.annotator.user)] == ["expire_credential"]
    assert not Notice.objects.filter(user=lasting.annotator.user).exists()


def test_the_history_of_a_credential_names_who_and_what():
    row = make.credential()
    person = make.staff()
    credentials.verify(credential_id=row.pk, by=actors.of_staff(person))
    events = Credential.pgh_event_model.objects.filter(pgh_obj=row).order_by("pgh_id")
    assert [event.state for event in events] == ["claimed", "verified"]
    assert events[1].pgh_context.metadata == {
        "actor": f"staff:{person.pk}",
        "verb": "verify_credential",
    }


def test_an_administrator_appoints_and_dismisses_staff():
    boss, person = make.staff(), make.user()
    browser = desk_of(boss)
    address = f"/admin/accounts/user/{person.pk}/decide/"
    assert browser.post(address, {"verb": "appoint"}).status_code == 302
    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser) == (True, False)
    assert browser.post(address, {"verb": "dismiss"}).status_code == 302
    person.refresh_from_db()
    assert person.is_staff is False
    assert browser.post(address, {"verb": "close", "reason": ""}).status_code == 422
    assert browser.post(address, {"verb": "close", "reason": "Fraud"}).status_code == 302
    person.refresh_from_db()
    assert person.is_active is False
    verbs = AuditEntry.objects.filter(subject=f"user:{person.pk}").order_by("id")
    assert [entry.data for entry in verbs] == [
        {"is_staff": True},
        {"is_staff": False},
        {"is_active": False},
    ]


def test_closing_an_account_ends_its_sessions():
    person = make.user()
    browser = Client()
    browser.force_login(person)
    staff.close(user_id=person.pk, reason="Fraud", by=actors.of_staff(make.staff()))
    assert browser.get("/profile/").status_code == 302


def test_other_staff_appoint_nobody_and_nobody_dismisses_themselves():
    member, boss = make.staff(is_superuser=False), make.staff()
    address = f"/admin/accounts/user/{make.user().pk}/decide/"
    answer = desk_of(member).post(address, {"verb": "appoint"})
    assert answer.status_code == 422
    assert "Only an administrator may do this." in text(answer)
    with pytest.raises(Refused) as refused:
        staff.dismiss(user_id=boss.pk, by=actors.of_staff(boss))
    assert refused.value.code == "not_oneself"


def test_an_annotator_is_suspended_with_a_reason_and_reinstated():
    profile = make.annotator()
    browser = desk_of(make.staff(is_superuser=False))
    address = f"/admin/accounts/annotatorprofile/{profile.pk}/decide/"
    assert browser.post(address, {"verb": "suspend", "reason": ""}).status_code == 422
    assert browser.post(address, {"verb": "suspend", "reason": "Copied answers"}).status_code == 302
    profile.refresh_from_db()
    assert profile.state == "suspended"
    assert browser.post(address, {"verb": "suspend", "reason": "Again"}).status_code == 422
    assert browser.post(address, {"verb": "reinstate", "reason": "Cleared"}).status_code == 302
    assert [kind for kind, _ in told(profile.user)] == ["suspend_annotator", "reinstate_annotator"]
    assert OutboxMessage.objects.filter(job="tasks.refresh_annotator").count() == 2


def test_only_staff_suspend():
    profile = make.annotator()
    with pytest.raises(Refused) as refused:
        suspension.suspend(annotator_id=profile.pk, reason="x", by=actors.of_user(make.user()))
    assert refused.value.status == 403


def test_every_list_and_row_is_shown_and_no_row_can_be_edited():
    annotator = make.annotator()
    make.credential(annotator)
    key, _ = make.api_key()
    browser = desk_of(make.staff(is_superuser=False))
    mine = [m for m in admin.site._registry if m._meta.app_label == "accounts"]
    assert len(mine) == 16
    for model in mine:
        base = f"/admin/accounts/{model._meta.model_name}/"
        assert browser.get(base).status_code == 200, base
        assert browser.get(f"{base}add/").status_code == 403, base
        row = model._default_manager.first()
        if row is None:
            continue
        page = browser.get(f"{base}{row.pk}/change/")
        assert page.status_code == 200, base
        assert 'name="_save"' not in text(page)
        assert browser.post(f"{base}{row.pk}/change/", {}).status_code == 403
        assert browser.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert key.digest not in text(browser.get(f"/admin/accounts/apikey/{key.pk}/change/"))
    person = annotator.user
    assert person.password not in text(browser.get(f"/admin/accounts/user/{person.pk}/change/"))
    assert User.objects.filter(pk=person.pk).exists()


def test_staff_revoke_keys_from_the_list():
    key, _ = make.api_key()
    values = {"action": "revoke", "_selected_action": [str(key.pk)]}
    assert desk_of(make.staff()).post("/admin/accounts/apikey/", values).status_code == 302
    assert ApiKey.objects.get(pk=key.pk).revoked_at is not None


def test_the_decide_page_shows_the_evidence_and_no_script_of_its_own():
    row = make.credential(title="<script>alert(1)</script>")
    row.evidence = make.stored_file(actors.of_user(row.annotator.user))
    row.save()
    page = text(desk_of(make.staff()).get(f"/admin/accounts/credential/{row.pk}/decide/"))
    assert re.search(r'<a href="/files/[^"]+">evidence\.pdf</a>', page)
    assert "<script>alert" not in page
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page) == []


def test_an_unknown_row_is_not_found():
    answer = desk_of(make.staff()).get(f"/admin/accounts/credential/{uuid.uuid4()}/decide/")
    assert answer.status_code == 404


def test_a_desk_that_lacks_its_action_cannot_be_registered():
    class Half(base.ActingAdmin):
        def facts(self, row, by):
            return []

    with pytest.raises(TypeError, match="abstract.*perform"):
        Half(Credential, admin.site)
