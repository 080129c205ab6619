"""A form sent several times at once: one signature, one grant, one wall, one version each."""

import pytest

from accounts.actions import guards, ndas, qualifications, walls
from accounts.models import AnnotatorProfile, Nda, NdaSignature, QualificationGrant, Wall
from accounts.selectors import actors
from marketplace.core.actors import command
from marketplace.core.models import AuditEntry
from tests.support import factories_accounts as people
from tests.support.races import Gate, at_once, codes, times, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
BY = command("tests")


def sign(nda, who):
    return ndas.sign(nda_id=nda.pk, name="Ada", by=actors.of_user(who.user))


def grant(kind, who):
    return qualifications.grant(qualification_id=kind.pk, annotator_id=who.pk, by=BY)


def put_up(first, second):
    return walls.put_up(organization_ids=(first, second), months=12, reason="Rivals.", by=BY)


def publish(client, text="Keep it secret."):
    return ndas.publish(organization_id=client.pk, title="Terms", text=text, by=BY)


def faults(outcomes):
    """The kinds of error that are no refusals: what the database had to stop."""
    return sorted(type(one.error).__name__ for one in outcomes if one.error is not None)


def entries(verb):
    return AuditEntry.objects.filter(verb=verb).count()


def test_an_agreement_signed_eight_times_at_once_has_one_signature():
    nda, who = people.nda(), people.annotator()
    rows = values(times(8, lambda: sign(nda, who)))
    assert {row.pk for row in rows} == {NdaSignature.objects.get().pk}
    assert (len(rows), entries("sign_nda")) == (8, 1)


def test_control_without_the_annotators_lock_the_database_must_stop_the_second(monkeypatch):
    nda, who = people.nda(), people.annotator()
    gate, made = Gate(2), NdaSignature.objects.create

    def unlocked(by):
        return AnnotatorProfile.objects.get(user_id=by.id)

    monkeypatch.setattr(ndas, "_signer", unlocked)
    monkeypatch.setattr(
        NdaSignature.objects, "create", lambda **columns: (gate.wait(), made(**columns))[1]
    )
    assert faults(times(2, lambda: sign(nda, who))) == ["IntegrityError"]


def test_a_qualification_granted_eight_times_at_once_is_granted_once():
    kind, who = people.qualification(), people.annotator()
    outcomes = times(8, lambda: grant(kind, who))
    assert (len(values(outcomes)), codes(outcomes)) == (1, ["already_granted"] * 7)
    assert (QualificationGrant.objects.count(), entries("grant_qualification")) == (1, 1)


def test_control_without_the_lock_the_database_must_stop_the_second_grant(monkeypatch):
    kind, who = people.qualification(), people.annotator()
    gate, made = Gate(2), QualificationGrant.objects.create

    monkeypatch.setattr(guards, "annotator_for", lambda pk, by: AnnotatorProfile.objects.get(pk=pk))
    monkeypatch.setattr(
        QualificationGrant.objects, "create", lambda **columns: (gate.wait(), made(**columns))[1]
    )
    assert faults(times(2, lambda: grant(kind, who))) == ["IntegrityError"]


def test_one_wall_whoever_names_the_clients_in_whatever_order():
    first, second = people.organization().pk, people.organization().pk
    outcomes = at_once(*[lambda: put_up(first, second)] * 4, *[lambda: put_up(second, first)] * 4)
    assert (len(values(outcomes)), codes(outcomes)) == (1, ["wall_stands"] * 7)
    assert (Wall.objects.count(), entries("put_up_wall")) == (1, 1)


def test_control_without_the_clients_locks_the_database_must_stop_the_second_wall(monkeypatch):
    first, second = people.organization().pk, people.organization().pk
    gate, save = Gate(2), Wall.save

    def slowly(row, **options):
        gate.wait()
        save(row, **options)

    monkeypatch.setattr(walls, "_lock_both", lambda *ids: None)
    monkeypatch.setattr(Wall, "save", slowly)
    assert faults(times(2, lambda: put_up(first, second))) == ["IntegrityError"]


def test_versions_published_at_once_are_numbered_one_by_one():
    client = people.organization()
    calls = [lambda text=f"Text {n}": publish(client, text) for n in range(6)]
    assert sorted(row.version for row in values(at_once(*calls))) == [1, 2, 3, 4, 5, 6]
    same = times(4, lambda: publish(client, "The same."))
    assert (len(values(same)), codes(same)) == (1, ["unchanged"] * 3)
    assert Nda.objects.count() == 7


def test_control_without_the_clients_lock_two_versions_want_one_number(monkeypatch):
    client = people.organization()
    gate, save = Gate(2), Nda.save

    def slowly(row, **options):
        gate.wait()
        save(row, **options)

    monkeypatch.setattr(ndas, "locked", lambda *_: client)
    monkeypatch.setattr(Nda, "save", slowly)
    calls = [lambda text=f"Text {n}": publish(client, text) for n in range(2)]
    assert faults(at_once(*calls)) == ["IntegrityError"]
