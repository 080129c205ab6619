"""Agreements on the annotator's pages: shown to those who are asked, signed by typing a name."""

import pytest
from django.test import Client

from accounts.actions import lists, teams
from accounts.models import NdaSignature
from marketplace.core.actors import command
from tasks.models import Project
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.desk import acts, promised

pytestmark = pytest.mark.django_db
BY = command("tests")


class Reader:
    """An annotator with a browser."""

    def __init__(self, who=None):
        self.who = who or people.annotator()
        self.browser = Client()
        self.browser.force_login(self.who.user)

    def list(self):
        return self.browser.get("/agreements/").content.decode()

    def open(self, nda):
        return self.browser.get(f"/agreements/{nda.pk}/")

    def sign(self, nda, name="Ada Lovelace"):
        return self.browser.post(f"/agreements/{nda.pk}/", {"name": name})

    def choose(self, nda, kind="allow"):
        client = nda.organization_id
        lists.put(organization_id=client, annotator_id=self.who.pk, kind=kind, reason="x", by=BY)


def test_only_those_who_are_asked_find_an_agreement():
    nda, reader = people.nda(), Reader()
    assert nda.title not in reader.list()
    assert reader.open(nda).status_code == 404
    assert reader.sign(nda).status_code == 404
    assert not NdaSignature.objects.exists()
    reader.choose(nda)
    assert nda.title in reader.list()
    page = reader.open(nda).content.decode()
    assert "Keep it <strong>secret</strong>." in page
    assert nda.organization.name not in page
    assert Reader().open(nda).status_code == 404


def test_a_project_asks_those_who_could_do_it_but_for_the_signature():
    wanted, idle, other = people.nda(), people.nda(), people.nda()
    for nda, options in (
        (wanted, {}),
        (idle, {"active": False}),
        (other, {"domain": "law", "credential_required": False}),
    ):
        project = work.project(client=nda.organization, **options)
        Project.objects.filter(pk=project.pk).update(nda=nda)
    able, unproven = Reader(work.expert()), Reader()
    assert [able.open(nda).status_code for nda in (wanted, idle, other)] == [200, 404, 404]
    assert [unproven.open(nda).status_code for nda in (wanted, idle, other)] == [404] * 3
    assert wanted.title in able.list()
    assert able.sign(wanted).status_code == 302
    work.run_jobs("tasks.refresh_annotator")
    assert work.claim(able.who).project.nda == wanted
    people.nda(wanted.organization)
    assert "Nothing to sign." in able.list()


def test_a_team_of_the_client_asks_too():
    nda, reader = people.nda(), Reader()
    team = teams.create(name="A", organization_id=nda.organization_id, by=BY)
    teams.add(team_id=team.pk, annotator_id=reader.who.pk, by=BY)
    assert nda.title in reader.list()
    assert reader.open(nda).status_code == 200


def test_whom_a_client_shuts_out_is_asked_nothing():
    nda, reader = people.nda(), Reader()
    team = teams.create(name="A", organization_id=nda.organization_id, by=BY)
    teams.add(team_id=team.pk, annotator_id=reader.who.pk, by=BY)
    assert reader.open(nda).status_code == 200
    reader.choose(nda, "deny")
    assert reader.open(nda).status_code == 404


def test_a_name_signs_one_version_once():
    nda, reader = people.nda(), Reader()
    reader.choose(nda)
    assert reader.sign(nda, " ").status_code == 422
    assert reader.sign(nda, "x" * 161).status_code == 422
    before = len(promised("tasks.refresh_annotator"))
    answer = reader.sign(nda, " Ada Lovelace ")
    assert (answer.status_code, answer["Location"]) == (302, "/agreements/")
    assert reader.sign(nda, "Somebody Else").status_code == 302
    row = NdaSignature.objects.get()
    assert (row.nda, row.annotator, row.name) == (nda, reader.who, "Ada Lovelace")
    assert acts("sign_nda") == [("user", "sign_nda", "")]
    assert promised("tasks.refresh_annotator")[before:] == [{"annotator_id": str(reader.who.pk)}]
    assert "signed as Ada Lovelace" in reader.list()
    page = reader.open(nda).content.decode()
    assert "You signed this version as Ada Lovelace" in page
    assert 'name="name"' not in page


def test_a_new_version_is_asked_for_and_the_old_one_stays_readable():
    old, reader = people.nda(), Reader()
    reader.choose(old)
    reader.sign(old)
    new = people.nda(old.organization, text="Keep it very secret.")
    assert "Nothing to sign." not in reader.list()
    assert [reader.open(nda).status_code for nda in (old, new)] == [200, 200]
    reader.sign(new)
    assert NdaSignature.objects.filter(annotator=reader.who).count() == 2
    assert "Nothing to sign." in reader.list()


def test_the_latest_version_alone_is_asked_for():
    old = people.nda()
    new, reader = people.nda(old.organization), Reader()
    reader.choose(old)
    assert [reader.open(nda).status_code for nda in (old, new)] == [404, 200]


def test_a_script_in_an_agreement_is_text():
    nda, reader = people.nda(text="<script>alert(1)</script> [x](javascript:alert(1))"), Reader()
    reader.choose(nda)
    page = reader.open(nda).content.decode()
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page
    assert "&lt;script&gt;alert(1)" in page


def test_who_is_no_annotator_makes_a_profile_first():
    browser = Client()
    browser.force_login(people.user())
    assert browser.get("/agreements/")["Location"] == "/profile/"
    assert browser.get(f"/agreements/{people.nda().pk}/").status_code == 404
