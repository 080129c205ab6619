"""Roster import: previewed, applied once, applied to good rows only, formulas taken off."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.actions import roster
from accounts.models import AnnotatorProfile, Credential, Notice, RosterImport, User
from accounts.selectors import actors
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from tests.support import factories_accounts as make

pytestmark = pytest.mark.django_db
HEAD = (
    "email,name,country,languages,time_zone,domains,bio,credential_kind,credential_title,"
    "credential_issuer\n"
)
ADA = (
    "ada@example.test,Ada Lovelace,gb,en;fr,Europe/London,engineering.software,,degree,BA,London\n"
)
BOB = "bob@example.test,Bob,US,en,America/Chicago,law,,,,\n"
UPLOAD = "/admin/accounts/rosterimport/upload/"


@pytest.fixture
def desk():
    person = make.staff(is_superuser=False)
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    browser = Client()
    browser.force_login(person)
    return browser


def upload(desk, content):
    raw = content if isinstance(content, bytes) else content.encode()
    return desk.post(UPLOAD, {"file": SimpleUploadedFile("experts.csv", raw)})


def counts():
    return User.objects.count(), AnnotatorProfile.objects.count(), Credential.objects.count()


def does():
    return [row["does"] for row in RosterImport.objects.latest("created_at").rows]


def test_a_preview_shows_what_would_happen_and_changes_nothing(desk):
    before = counts()
    answer = upload(desk, HEAD + ADA + BOB + "x,,XX,zz,Mars,alchemy,,,,\n")
    page = desk.get(answer["Location"]).content.decode()
    assert counts() == before
    assert does() == ["create", "create", "problem"]
    assert "2 rows can be applied." in page
    shown = RosterImport.objects.get()
    assert {p["row"] for p in shown.problems} == {4}
    assert [p["field"] for p in shown.problems] == [
        "name", "country", "languages", "time_zone", "domains", "email",
    ]  # fmt: skip


def test_applying_makes_accounts_profiles_claims_and_invitations_once(desk):
    users, profiles, claims = counts()
    address = upload(desk, HEAD + ADA + BOB + "x,,XX,zz,Mars,alchemy,,,,\n")["Location"]
    for _ in range(2):
        assert desk.post(address, {"apply": "1"}).status_code == 302
    assert counts() == (users + 2, profiles + 2, claims + 1)
    ada = User.objects.get(email="ada@example.test")
    assert (ada.name, ada.time_zone, ada.has_usable_password()) == (
        "Ada Lovelace",
        "Europe/London",
        False,
    )
    assert not EmailAddress.objects.filter(user=ada, verified=True).exists()
    assert (ada.annotator.country, ada.annotator.languages) == ("GB", ["en", "fr"])
    claim = Credential.objects.get(annotator=ada.annotator)
    assert (claim.state, claim.kind, claim.title) == ("claimed", "degree", "BA")
    assert claim.domain_id == "engineering.software"
    assert [n.kind for n in Notice.objects.filter(user=ada)] == ["invitation"]
    assert OutboxMessage.objects.filter(job="accounts.mail_notice").count() == 2
    entry = AuditEntry.objects.get(verb="apply_roster")
    assert entry.data == {"rows_create": 2}
    assert RosterImport.objects.get().state == "applied"


def test_the_same_file_a_second_time_does_nothing(desk):
    for _ in range(2):
        desk.post(upload(desk, HEAD + ADA + BOB)["Location"], {"apply": "1"})
        after = counts()
    assert does() == ["nothing", "nothing"]
    assert counts() == after
    assert Notice.objects.count() == 2
    assert Credential.objects.count() == 1


def test_existing_people_keep_their_profile_and_get_what_is_missing(desk):
    client = make.user(email="bob@example.test", name="Robert")
    known = make.annotator(make.user(email="ada@example.test", name="A. L."), country="FR")
    desk.post(upload(desk, HEAD + ADA + BOB)["Location"], {"apply": "1"})
    assert does() == ["claim", "complete"]
    known.refresh_from_db()
    assert (known.country, known.user.name) == ("FR", "A. L.")
    assert [c.title for c in known.credentials.all()] == ["BA"]
    assert AnnotatorProfile.objects.get(user=client).country == "US"
    client.refresh_from_db()
    assert client.check_password(make.PASSWORD)
    assert not Notice.objects.filter(kind="invitation").exists()


def test_an_invited_person_chooses_a_password_and_signs_in(desk):
    desk.post(upload(desk, HEAD + BOB)["Location"], {"apply": "1"})
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "bob@example.test"})
    link = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)[1]
    page = browser.get(link, follow=True)
    values = {"password1": "a long new password", "password2": "a long new password"}
    browser.post(page.redirect_chain[-1][0], values)
    values = {"login": "bob@example.test", "password": "a long new password"}
    answer = browser.post("/accounts/login/", values)
    assert answer["Location"] == "/accounts/confirm-email/"
    code = re.search(r"^([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})$", mail.outbox[-1].body, re.MULTILINE)[1]
    browser.post("/accounts/confirm-email/", {"code": code})
    assert browser.get("/profile/").status_code == 200


def test_formulas_are_taken_off(desk):
    row = '=1+1@example.test,"=HYPERLINK(""http://x"")",US,en,UTC,law,+bio,degree,-BA,@London\n'
    desk.post(upload(desk, HEAD + row)["Location"], {"apply": "1"})
    person = User.objects.get(email="1+1@example.test")
    assert person.name == 'HYPERLINK("http://x")'
    assert person.annotator.bio == "bio"
    claim = person.annotator.credentials.get()
    assert (claim.title, claim.issuer) == ("BA", "London")
    assert RosterImport.objects.get().rows[0]["neutralised"] is True


def test_semicolons_and_a_byte_order_mark_are_read(desk):
    content = "\ufeff" + HEAD.replace(",", ";") + "a@example.test;A;US;en de;UTC;law;;;;\n"
    upload(desk, content)
    assert does() == ["create"]
    assert RosterImport.objects.get().rows[0]["profile"]["languages"] == ["en", "de"]


def test_an_address_twice_in_a_file_is_a_problem_of_the_second(desk):
    upload(desk, HEAD + BOB + BOB.replace("bob@", "BOB@"))
    assert does() == ["create", "problem"]


def test_a_row_with_more_cells_than_columns_is_a_problem(desk):
    upload(desk, HEAD + BOB.strip() + ",surplus\n")
    assert does() == ["problem"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe" + HEAD.encode("utf-16-le"), "not in UTF-8"),
        (HEAD.encode() + b"a\x00b\n", "NUL"),
        (b"name\nx\n", "missing: email"),
        (HEAD.replace("bio", "salary"), "Unknown or repeated columns: salary"),
        (HEAD.replace("bio", "name"), "Unknown or repeated columns"),
        (HEAD, "has 0 rows"),
        (HEAD + BOB * 501, "has 501 rows"),
        (HEAD + "x" * 1_000_001, "larger than 1 MB"),
        (HEAD + '"' + "x" * 200_000 + "\n", "not a CSV"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_as_a_whole(desk, content, words):
    answer = upload(desk, content)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not RosterImport.objects.exists()


def test_a_discarded_preview_is_not_applied(desk):
    address = upload(desk, HEAD + BOB)["Location"]
    desk.post(address, {"discard": "1"})
    assert desk.post(address, {"apply": "1"}).status_code == 409
    assert not User.objects.filter(email="bob@example.test").exists()


def test_only_staff_import():
    with pytest.raises(Refused) as refused:
        roster.preview(file_name="x", content=HEAD.encode(), by=actors.of_user(make.user()))
    assert refused.value.code == "staff_only"
