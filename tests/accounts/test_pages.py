"""The pages of people: home by role, profile, credentials, notices."""

import datetime as dt
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.actions import notices
from accounts.models import AnnotatorProfile, Credential, Notice
from accounts.selectors import credentials as reads
from accounts.states import Role
from marketplace.core.models import AuditEntry, OutboxMessage
from tests.support import factories_accounts as make

pytestmark = pytest.mark.django_db
PROFILE = {
    "name": "Ada Lovelace",
    "country": "GB",
    "languages": ["en", "fr"],
    "time_zone": "Europe/London",
    "domains": ["engineering.software", "science.mathematics"],
    "bio": "Wrote the first program.",
    "links": "https://example.test/ada\nhttp://example.test/notes\n",
}
PDF = b"%PDF-1.4\n%evidence"


def browser_of(person):
    browser = Client()
    browser.force_login(person)
    return browser


def text(answer):
    return answer.content.decode()


def events():
    rows = OutboxMessage.objects.filter(job="tasks.refresh_annotator")
    return [row.args for row in rows.order_by("id")]


def test_who_is_not_signed_in_is_welcomed():
    answer = Client().get("/")
    assert answer.status_code == 200
    assert "/accounts/signup/" in text(answer)


@pytest.mark.parametrize(
    "path",
    [
        "/profile/",
        "/credentials/",
        "/credentials/new/",
        "/qualifications/",
        "/agreements/",
        "/notices/",
        "/client/",
        "/client/keys/",
    ],
)
def test_pages_ask_to_sign_in(path):
    answer = Client().get(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}")


def test_home_leads_each_person_to_their_part():
    assert browser_of(make.annotator().user).get("/")["Location"] == "/work/"
    assert browser_of(make.member(make.organization())).get("/")["Location"] == "/client/"
    both = make.annotator().user
    make.member(make.organization(), both)
    page = text(browser_of(both).get("/"))
    assert 'href="/work/"' in page
    assert 'href="/client/"' in page


def test_a_profile_is_made_and_changed_and_matching_hears_of_what_matters():
    person = make.user()
    browser = browser_of(person)
    answer = browser.post("/profile/", PROFILE)
    assert (answer.status_code, answer["Location"]) == (302, "/credentials/")
    profile = AnnotatorProfile.objects.get(user=person)
    assert (profile.country, profile.languages) == ("GB", ["en", "fr"])
    assert sorted(d.path for d in profile.domains.all()) == PROFILE["domains"]
    assert profile.links == ["https://example.test/ada", "http://example.test/notes"]
    person.refresh_from_db()
    assert (person.name, person.time_zone) == ("Ada Lovelace", "Europe/London")
    assert events() == [{"annotator_id": str(profile.pk)}]

    answer = browser.post("/profile/", {**PROFILE, "bio": "Mathematician."})
    assert answer["Location"] == "/profile/"
    assert len(events()) == 1
    browser.post("/profile/", {**PROFILE, "languages": ["en"]})
    assert len(events()) == 2
    verbs = AuditEntry.objects.filter(subject=f"annotatorprofile:{profile.pk}").order_by("id")
    assert [entry.verb for entry in verbs] == ["create_annotator", *["change_annotator"] * 2]
    assert {entry.actor for entry in verbs} == {f"user:{person.pk}"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "XX"),
        ("country", ""),
        ("languages", ["xx"]),
        ("languages", []),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("domains", ["alchemy"]),
        ("domains", []),
        ("links", "javascript:alert(1)"),
        ("links", "ftp://example.test"),
        ("links", "https://user@example.test/"),
        ("links", "https://" + "x" * 300),
        ("links", "\n".join(f"https://example.test/{n}" for n in range(11))),
        ("name", " "),
        ("bio", "x" * 4001),
    ],
)
def test_a_wrong_profile_is_refused_at_its_field(field, value):
    person = make.user()
    answer = browser_of(person).post("/profile/", {**PROFILE, field: value})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not AnnotatorProfile.objects.exists()
    assert events() == []


def claim_form(**changes):
    return {
        "kind": "degree",
        "title": "BA Mathematics",
        "issuer": "University of London",
        "domain": "science.mathematics",
        "evidence": SimpleUploadedFile("degree.pdf", PDF, "application/pdf"),
        **changes,
    }


def test_a_credential_is_claimed_with_evidence_that_only_the_right_people_open():
    annotator = make.annotator()
    browser = browser_of(annotator.user)
    answer = browser.post("/credentials/new/", claim_form(issued_on="2001-02-03"))
    assert (answer.status_code, answer["Location"]) == (302, "/credentials/")
    row = Credential.objects.get(annotator=annotator)
    assert (row.state, row.title, row.issued_on) == (
        "claimed",
        "BA Mathematics",
        dt.date(2001, 2, 3),
    )
    assert (row.evidence.name, row.evidence.size) == ("degree.pdf", len(PDF))
    link = re.search(r'href="([^"]+)">degree\.pdf', text(browser.get("/credentials/")))[1]
    assert b"".join(browser.get(link).streaming_content) == PDF
    assert browser_of(make.user()).get(link).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"evidence": ""}, "evidence"),
        ({"evidence": SimpleUploadedFile("degree.pdf", b"MZ not a pdf")}, "__all__"),
        ({"domain": "alchemy"}, "domain"),
        ({"kind": "knighthood"}, "kind"),
        ({"title": " "}, "title"),
        ({"issuer": "x" * 161}, "issuer"),
        ({"issued_on": "2999-01-01"}, "issued_on"),
        ({"expires_on": "2001-01-01"}, "expires_on"),
        ({"issued_on": "yesterday"}, "issued_on"),
    ],
)
def test_a_wrong_claim_is_refused_at_its_field(changes, field):
    answer = browser_of(make.annotator().user).post("/credentials/new/", claim_form(**changes))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Credential.objects.exists()


def test_who_has_no_profile_makes_one_before_claiming():
    assert browser_of(make.user()).get("/credentials/new/")["Location"] == "/profile/"


def test_twenty_claims_wait_at_most():
    annotator = make.annotator()
    for _ in range(20):
        make.credential(annotator)
    answer = browser_of(annotator.user).post("/credentials/new/", claim_form())
    assert answer.status_code == 422
    assert "20 claims wait already" in text(answer)


def test_one_withdraws_ones_own_credential_only():
    row = make.verified_credential()
    address = f"/credentials/{row.pk}/withdraw/"
    assert browser_of(make.user()).post(address).status_code == 404
    assert browser_of(row.annotator.user).post(address)["Location"] == "/credentials/"
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert not reads.in_domain("engineering").exists()
    assert events() == [{"annotator_id": str(row.annotator_id)}]
    assert browser_of(row.annotator.user).post(address).status_code == 409


def test_notices_are_ones_own_and_are_marked_as_read():
    person = make.user()
    notices.notify(
        user_id=person.pk, kind="test", text="Something <b>happened</b>", link="/history/"
    )
    other = notices.notify(user_id=make.user().pk, kind="test", text="Not yours")
    browser = browser_of(person)
    page = text(browser.get("/notices/"))
    assert "Something &lt;b&gt;happened&lt;/b&gt;" in page
    assert "Not yours" not in page
    assert 'href="/history/"' in page
    assert '<span class="count">1</span>' in page
    assert browser.post("/notices/")["Location"] == "/notices/"
    assert '<span class="count">' not in text(browser.get("/notices/"))
    assert Notice.objects.get(pk=other.pk).read_at is None


def test_forms_with_a_nul_are_refused_not_broken():
    answer = browser_of(make.user()).post("/profile/", {**PROFILE, "bio": "a\x00b"})
    assert answer.status_code == 400


def test_a_foreign_organization_is_not_found():
    client = make.organization()
    browser = browser_of(make.user())
    for wrong in (client.pk, "nonsense"):
        assert browser.get(f"/client/?organization={wrong}").status_code == 404
        assert browser.post("/client/invitations/", {"organization": wrong}).status_code == 404
    assert browser.post("/client/invitations/").status_code == 404


def test_a_client_is_made_with_its_owner_and_gets_a_key_that_is_shown_once():
    person = make.user()
    browser = browser_of(person)
    assert "Create the organization" in text(browser.get("/client/"))
    answer = browser.post("/client/new/", {"name": "Acme Labs"})
    page = text(browser.get(answer["Location"]))
    assert "Acme Labs" in page
    assert person.memberships.get().role == Role.OWNER
    values = {"name": "pipeline", "scopes": ["projects:read", "projects:write"]}
    answer = browser.post("/client/keys/", values)
    token = re.search(r'id="api-key">(mk_\w+)<', text(answer))[1]
    assert answer["Cache-Control"] == "no-store"
    assert Client().get("/api/v1/domains", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200
    page = text(browser.get("/client/keys/"))
    assert token not in page
    assert token[:15] in page
    address = re.search(r"/client/keys/[0-9a-f-]+/revoke/", page)[0]
    assert browser_of(make.user()).post(address).status_code == 404
    assert browser.post(address).status_code == 302
    assert Client().get("/api/v1/domains", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 401


def test_a_third_key_of_a_name_is_refused_on_the_form():
    client = make.organization()
    make.api_key(client)
    make.api_key(client)
    browser = browser_of(client.memberships.get().user)
    answer = browser.post("/client/keys/", {"name": "program", "scopes": ["projects:read"]})
    assert answer.status_code == 422
    assert "Two live keys are called" in text(answer)


def test_members_are_changed_and_removed_on_the_page():
    client = make.organization()
    friend = make.member(client)
    browser = browser_of(client.memberships.get(role=Role.OWNER).user)
    address = f"/client/members/{friend.pk}"
    values = {"organization": client.pk, "role": "manager"}
    assert browser.post(f"{address}/role/", values).status_code == 302
    assert client.memberships.get(user=friend).role == Role.MANAGER
    assert browser.post(f"{address}/remove/", {"organization": client.pk}).status_code == 302
    assert not client.memberships.filter(user=friend).exists()


def test_no_page_holds_a_script_or_style_of_its_own():
    person = make.annotator().user
    make.member(make.organization(), person, Role.OWNER)
    browser = browser_of(person)
    for path in (
        "/",
        "/profile/",
        "/credentials/",
        "/credentials/new/",
        "/qualifications/",
        "/agreements/",
        "/notices/",
        "/client/",
        "/client/keys/",
    ):
        page = text(browser.get(path))
        assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page) == []
        assert " style=" not in page
        assert " onclick=" not in page
