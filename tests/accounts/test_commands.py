"""What operators run: the first administrator, and the taxonomy."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.actions import taxonomy
from accounts.models import Domain, User
from accounts.selectors import domains
from marketplace.core.actors import command
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry
from tests.support import factories_accounts as make

pytestmark = pytest.mark.django_db
GOOD = "correct horse battery"


def bootstrap(monkeypatch, email="boss@example.test", password=GOOD):
    monkeypatch.setenv("BOOTSTRAP_ADMIN_PASSWORD", password)
    call_command("bootstrap_admin", "--email", email)


def test_the_first_administrator_signs_in_and_sets_up_a_second_factor(monkeypatch, capsys):
    bootstrap(monkeypatch, "Boss@Example.test")
    assert "boss" in capsys.readouterr().out.lower()
    person = User.objects.get(email="boss@example.test")
    assert (person.is_staff, person.is_superuser) == (True, True)
    assert AuditEntry.objects.get(verb="bootstrap_admin").actor == "command:bootstrap_admin"
    browser = Client()
    browser.post("/accounts/login/", {"login": person.email, "password": GOOD})
    assert browser.get("/admin/")["Location"] == "/accounts/2fa/"


def test_there_is_one_first_administrator(monkeypatch):
    bootstrap(monkeypatch)
    with pytest.raises(CommandError, match="There is an administrator"):
        bootstrap(monkeypatch, "other@example.test")


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("no address", GOOD, "valid email"),
        ("boss@example.test", "short", "too short"),
        ("taken@example.test", GOOD, "has an account"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(monkeypatch, email, password, words):
    make.user(email="taken@example.test")
    with pytest.raises(CommandError, match=words):
        bootstrap(monkeypatch, email, password)
    assert not User.objects.filter(is_superuser=True).exists()


def test_the_password_is_asked_for_twice(monkeypatch):
    monkeypatch.delenv("BOOTSTRAP_ADMIN_PASSWORD", raising=False)
    answers = iter([GOOD, "something else"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    with pytest.raises(CommandError, match="differ"):
        call_command("bootstrap_admin", "--email", "boss@example.test")


def test_the_taxonomy_is_there_from_the_first_migration_and_loads_idempotently(capsys):
    nodes = taxonomy.read()
    assert len(nodes) == 90
    assert sum("." not in path for path in nodes) == 10
    assert dict(Domain.objects.values_list("path", "name")) == nodes
    call_command("load_taxonomy")
    assert capsys.readouterr().out == "0 added, 0 renamed.\n"
    assert not AuditEntry.objects.filter(verb="load_taxonomy").exists()


def test_new_and_renamed_nodes_are_taken_and_none_is_removed(tmp_path):
    source = tmp_path / "taxonomy.json"
    source.write_text(json.dumps({"law": "The law", "law.space": "Space law"}))
    assert taxonomy.load(by=command("test"), source=source) == (1, 1)
    assert taxonomy.load(by=command("test"), source=source) == (0, 0)
    assert Domain.objects.get(path="law").name == "The law"
    assert Domain.objects.count() == 91


def test_a_node_without_its_parent_is_refused(tmp_path):
    source = tmp_path / "taxonomy.json"
    source.write_text(json.dumps({"magic.black": "Black magic"}))
    with pytest.raises(Refused) as refused:
        taxonomy.load(by=command("test"), source=source)
    assert [fault.pointer for fault in refused.value.faults] == ["/magic.black"]


def test_subtrees_end_at_dots():
    below = set(domains.subtree("science.biology").values_list("path", flat=True))
    assert below == {"science.biology", "science.biology.genetics", "science.biology.microbiology"}
    assert domains.contains("science", "science.biology")
    assert not domains.contains("sci", "science")
    assert domains.ancestors("a.b.c") == ["a", "a.b", "a.b.c"]
    assert domains.unknown(["law", "alchemy", "sci"]) == ["alchemy", "sci"]
    Domain.objects.create(path="la", name="La")
    assert domains.subtree("la").count() == 1


def test_an_underscore_in_a_path_is_no_wildcard():
    Domain.objects.create(path="medicine.generalXpractice.x", name="Trap")
    below = domains.subtree("medicine.general_practice")
    assert list(below.values_list("path", flat=True)) == ["medicine.general_practice"]
