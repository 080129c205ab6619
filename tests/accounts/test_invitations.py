"""Members come by invitation and consent; the owner's page tells nobody who has an account."""

import re
import uuid

import pytest
from django.core import mail
from django.test import Client

from accounts import jobs
from accounts.actions import invitations, organizations
from accounts.models import Invitation
from accounts.selectors import actors
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from tests.support import factories_accounts as make

pytestmark = pytest.mark.django_db


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    return browser


def invite(client, email, role="viewer"):
    return invitations.invite(
        organization_id=client.pk, email=email, role=role, by=make.owner_of(client)
    )


def code_of(verb, *args, **values):
    with pytest.raises(Refused) as refused:
        verb(*args, **values)
    return refused.value.code


def test_an_invited_person_joins_from_the_first_page():
    client, friend = make.organization(name="Acme Labs"), make.user()
    owner = browser_of(client.memberships.get().user)
    values = {"organization": client.pk, "email": f" {friend.email.upper()} ", "role": "manager"}
    assert owner.post("/client/invitations/", values).status_code == 302
    assert not client.memberships.filter(user=friend).exists()
    browser = browser_of(friend)
    page = browser.get("/").content.decode()
    assert "Acme Labs" in page
    address = re.search(r"/client/invitations/[0-9a-f-]+/accept/", page)[0]
    assert browser.post(address)["Location"] == f"/client/?organization={client.pk}"
    assert client.memberships.get(user=friend).role == "manager"
    assert browser.post(address).status_code == 404
    verbs = AuditEntry.objects.filter(subject=f"organization:{client.pk}").order_by("id")
    assert [entry.verb for entry in verbs] == ["invite_member", "accept_invitation"]


def test_the_owner_sees_the_same_for_known_and_unknown_addresses():
    client = make.organization()
    make.user(email="known@example.test")
    owner = browser_of(client.memberships.get().user)
    pages = []
    for email in ("known@example.test", "fresh@example.test"):
        values = {"organization": client.pk, "email": email, "role": "viewer"}
        answer = owner.post("/client/invitations/", values, follow=True)
        row = Invitation.objects.get(email=email)
        hidden = re.sub(
            r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]*"', "", answer.content.decode()
        )
        pages.append(hidden.replace(str(row.pk), "").replace(email, ""))
        owner.post(f"/client/invitations/{row.pk}/cancel/")
        owner.get("/client/")
    assert pages[0] == pages[1]


def test_who_has_no_account_signs_up_and_finds_the_invitation():
    client = make.organization()
    row = invite(client, "fresh@example.test")
    fresh = make.user(email="fresh@example.test")
    page = browser_of(fresh).get("/client/").content.decode()
    assert f"/client/invitations/{row.pk}/accept/" in page


def test_the_mail_is_sent_once_and_says_nothing_of_accounts(settings):
    settings.SITE_URL = "https://market.example.test"
    row = invite(make.organization(name="Acme Labs"), "fresh@example.test")
    args = OutboxMessage.objects.get(job="accounts.mail_invitation").args
    assert args == {"invitation_id": str(row.pk)}
    for _ in range(2):
        jobs.mail_invitation(**args)
    (message,) = mail.outbox
    assert message.to == ["fresh@example.test"]
    assert message.body == (
        "You were invited to “Acme Labs” on the Expert Marketplace.\n\nSign in with this address, "
        "or sign up with it, and answer here:\nhttps://market.example.test/client/"
    )
    jobs.mail_invitation(invitation_id=str(uuid.uuid4()))
    assert len(mail.outbox) == 1


def test_an_answered_invitation_is_not_mailed():
    client = make.organization()
    row = invite(client, "fresh@example.test")
    invitations.cancel(invitation_id=row.pk, by=make.owner_of(client))
    jobs.mail_invitation(invitation_id=str(row.pk))
    assert mail.outbox == []


def test_others_neither_accept_nor_decline_nor_cancel():
    friend = make.user()
    row = invite(make.organization(), friend.email)
    stranger = actors.of_user(make.user())
    for verb in (invitations.accept, invitations.decline, invitations.cancel):
        assert code_of(verb, invitation_id=row.pk, by=stranger) == "not_found"
    browser = browser_of(make.user())
    for word in ("accept", "decline", "cancel"):
        assert browser.post(f"/client/invitations/{row.pk}/{word}/").status_code == 404
    assert (
        code_of(invitations.cancel, invitation_id=row.pk, by=actors.of_user(friend)) == "not_found"
    )
    assert Invitation.objects.get().state == "open"


def test_an_invitation_is_declined_once():
    friend = make.user()
    row = invite(make.organization(), friend.email)
    browser = browser_of(friend)
    assert browser.post(f"/client/invitations/{row.pk}/decline/").status_code == 302
    assert Invitation.objects.get().state == "declined"
    assert browser.post(f"/client/invitations/{row.pk}/accept/").status_code == 404


def test_a_member_keeps_the_role_they_have():
    client, friend = make.organization(), make.user()
    row = invite(client, friend.email, role="owner")
    make.member(client, friend, "viewer")
    invitations.accept(invitation_id=row.pk, by=actors.of_user(friend))
    assert client.memberships.get(user=friend).role == "viewer"


def test_what_cannot_be_asked_is_refused():
    client = make.organization()
    member = make.member(client)
    assert code_of(invite, client, member.email) == "member_already"
    assert code_of(invite, client, "nonsense") == "invalid"
    assert code_of(invite, client, "x@example.test", role="king") == "invalid"
    invite(client, "x@example.test")
    assert code_of(invite, client, "X@example.test") == "invited_already"
    for number in range(49):
        invite(client, f"x{number}@example.test")
    assert code_of(invite, client, "one.more@example.test") == "too_many_open"
    assert not organizations.create(name="Other", by=actors.of_user(member)).invitations.exists()


def test_a_person_of_the_organization_sees_its_invitations_and_staff_all():
    client = make.organization()
    row = invite(client, "x@example.test")
    assert list(Invitation.objects.visible_to(make.owner_of(client))) == [row]
    assert list(Invitation.objects.visible_to(actors.of_staff(make.staff()))) == [row]
    key, _ = make.api_key(client)
    for actor in (actors.of_user(make.user()), actors.of_key(key)):
        assert not Invitation.objects.visible_to(actor).exists()
