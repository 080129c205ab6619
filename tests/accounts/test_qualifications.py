"""Qualifications and tiers: granted at the desk, seen by the annotator, ended after the last day."""

import datetime as dt
import uuid

import pytest
from django.test import Client

from accounts.actions import qualifications, tiers
from accounts.models import Qualification, QualificationGrant
from accounts.selectors import actors
from accounts.selectors import qualifications as reads
from marketplace.core import clock
from marketplace.core.actors import command, job
from marketplace.core.errors import NotFound, Refused
from marketplace.core.registry import SWEEPS
from tests.support import factories_accounts as make
from tests.support.desk import Desk, acts, done, faults, promised, told

pytestmark = pytest.mark.django_db
KINDS, GRANTS = "accounts/qualification", "accounts/qualificationgrant"
PEOPLE = "accounts/annotatorprofile"
BY = command("tests")


def counting(annotator):
    return list(QualificationGrant.objects.filter(reads.valid(), annotator=annotator))


def page_of(annotator):
    browser = Client()
    browser.force_login(annotator.user)
    return browser.get("/qualifications/").content.decode()


def test_a_kind_is_made_at_the_desk():
    client = make.organization("Acme")
    values = {"name": " Radiology exam ", "domain": "medicine", "organization": client.pk}
    assert done(Desk().new(KINDS, **values, description="A hundred images."))
    row = Qualification.objects.get()
    assert (row.name, row.domain_id, row.organization, row.description) == (
        "Radiology exam",
        "medicine",
        client,
        "A hundred images.",
    )
    assert acts("create_qualification") == [("staff", "create_qualification", "")]


@pytest.mark.parametrize("of_client", [True, False])
def test_a_name_is_taken_once_for_each_client(of_client):
    client = make.organization() if of_client else None
    make.qualification("Exam", organization=client)
    other = make.organization()
    values = {"name": "Exam", "organization": client.pk if client else ""}
    assert faults(Desk().new(KINDS, **values)) == {
        "name": ["There is a qualification of this name."]
    }
    assert done(Desk().new(KINDS, name="Exam", organization=other.pk))


def test_a_kind_of_nothing_is_refused():
    for values, error in [
        ({"name": " "}, Refused),
        ({"name": "x" * 121}, Refused),
        ({"name": "x", "domain": "alchemy"}, Refused),
        ({"name": "x", "description": "x" * 4001}, Refused),
        ({"name": "x", "organization_id": uuid.uuid4()}, NotFound),
    ]:
        with pytest.raises(error):
            qualifications.create(by=BY, **values)
    assert not Qualification.objects.exists()


def test_a_grant_is_told_counts_and_reaches_matching():
    kind, who, desk = make.qualification("Exam"), make.annotator(), Desk()
    answer = desk.decide(
        KINDS, kind, annotator=who.user.email.upper(), expires_on="2999-12-31", reason="97 of 100."
    )
    assert done(answer)
    (grant,) = counting(who)
    assert (grant.expires_on, grant.reason, grant.granted_by) == (
        dt.date(2999, 12, 31),
        "97 of 100.",
        f"staff:{desk.person.pk}",
    )
    assert told(who) == [
        (
            "grant_qualification",
            "You were granted the qualification “Exam”. Reason: 97 of 100.",
        )
    ]
    assert acts("grant_qualification") == [("staff", "grant_qualification", "97 of 100.")]
    assert promised("tasks.refresh_annotator") == [{"annotator_id": str(who.pk)}]
    assert who.user.email in desk.page(KINDS, f"{kind.pk}/decide/")
    assert 'class="field-holders">1</td>' in desk.page(KINDS)
    page = page_of(who)
    assert "Exam" in page
    assert "Staff wrote: 97 of 100." in page
    assert "Tier 1 of 4" in page


def test_what_is_held_is_not_granted_again():
    kind, who, desk = make.qualification(), make.annotator(), Desk()
    assert done(desk.decide(KINDS, kind, annotator=who.user.email))
    again = faults(desk.decide(KINDS, kind, annotator=who.user.email))
    assert again == {"__all__": ["The annotator has this qualification: revoke it first."]}
    assert len(told(who)) == 1


@pytest.mark.parametrize(
    ("values", "field", "fault"),
    [
        ({"annotator": "nobody@example.test"}, "annotator", "No annotator has this address."),
        ({"annotator": "nonsense"}, "annotator", "Enter a valid email address."),
        ({"expires_on": "yesterday"}, "expires_on", "Enter a valid date."),
    ],
)
def test_a_wrong_grant_is_refused_at_its_field(values, field, fault):
    kind, who = make.qualification(), make.annotator()
    form = {"annotator": who.user.email, **values}
    assert faults(Desk().decide(KINDS, kind, **form)) == {field: [fault]}
    assert not QualificationGrant.objects.exists()


def test_a_grant_that_would_never_count_is_refused():
    today = clock.now().date()
    answer = Desk().decide(
        KINDS,
        make.qualification(),
        annotator=make.annotator().user.email,
        expires_on=str(today - dt.timedelta(days=1)),
    )
    assert faults(answer) == {"expires_on": [f"Today is {today} (UTC)."]}


def test_a_grant_is_revoked_with_a_reason_and_may_be_given_anew():
    kind, who, desk = make.qualification("Exam"), make.annotator(), Desk()
    grant = qualifications.grant(qualification_id=kind.pk, annotator_id=who.pk, by=BY)
    assert faults(desk.decide(GRANTS, grant, reason=" ")) == {"reason": ["This field is required."]}
    assert done(desk.decide(GRANTS, grant, reason="The exam had leaked."))
    assert counting(who) == []
    grant.refresh_from_db()
    assert (grant.revoked_by, grant.revoked_why) == (
        f"staff:{desk.person.pk}",
        "The exam had leaked.",
    )
    assert told(who)[-1] == (
        "revoke_qualification",
        "Your qualification “Exam” was revoked. Reason: The exam had leaked.",
    )
    assert "Staff wrote: The exam had leaked." in page_of(who)
    again = faults(desk.decide(GRANTS, grant, reason="Twice"))
    assert again == {"__all__": ["This qualification has ended already."]}
    fresh = qualifications.grant(qualification_id=kind.pk, annotator_id=who.pk, by=BY)
    assert counting(who) == [fresh]
    assert len(promised("tasks.refresh_annotator")) == 3


def test_a_grant_counts_on_its_last_utc_day_and_is_ended_after_it():
    kind, who, today = make.qualification("Exam"), make.annotator(), clock.now().date()
    lasting = qualifications.grant(
        qualification_id=make.qualification().pk, annotator_id=who.pk, by=BY
    )
    grant = qualifications.grant(
        qualification_id=kind.pk, annotator_id=who.pk, expires_on=today, by=BY
    )
    midnight = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), dt.UTC)
    clock.advance(midnight - clock.now() - dt.timedelta(seconds=30))
    assert qualifications.end_past(by=job("sweep")) == 0
    assert set(counting(who)) == {grant, lasting}
    clock.advance(dt.timedelta(seconds=31))
    assert counting(who) == [lasting]
    for _ in range(2):
        SWEEPS["accounts.end_qualifications"].run()
    assert acts("end_qualification") == [("job", "end_qualification", "")]
    assert told(who)[-1] == (
        "end_qualification",
        "Your qualification “Exam” has ended: its last day is over.",
    )
    assert len(told(who)) == 3
    grant.refresh_from_db()
    assert (grant.revoked_by, grant.revoked_why) == (
        "job:accounts.end_qualifications",
        "Its last day was over.",
    )


def test_a_grant_past_its_last_day_gives_way_before_the_sweep_comes():
    kind, who, today = make.qualification(), make.annotator(), clock.now().date()
    old = qualifications.grant(
        qualification_id=kind.pk, annotator_id=who.pk, expires_on=today, by=BY
    )
    clock.advance(dt.timedelta(days=1))
    fresh = qualifications.grant(qualification_id=kind.pk, annotator_id=who.pk, by=BY)
    old.refresh_from_db()
    assert old.revoked_at is not None
    assert counting(who) == [fresh]
    assert qualifications.end_past(by=job("sweep")) == 0


def test_nobody_decides_about_themselves_and_only_staff_decide():
    person, kind = make.staff(), make.qualification()
    own = make.annotator(person)
    assert faults(Desk(person).decide(KINDS, kind, annotator=person.email)) == {
        "__all__": ["Nobody decides about themselves."]
    }
    by = actors.of_user(make.annotator().user)
    grant = qualifications.grant(qualification_id=kind.pk, annotator_id=own.pk, by=BY)
    for act in (
        lambda: qualifications.create(name="x", by=by),
        lambda: qualifications.grant(qualification_id=kind.pk, annotator_id=own.pk, by=by),
        lambda: qualifications.revoke(grant_id=grant.pk, reason="x", by=by),
        lambda: tiers.set_tier(annotator_id=own.pk, tier=4, reason="x", by=by),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert (refused.value.code, refused.value.status) == ("staff_only", 403)


def test_what_is_not_there_is_not_found():
    who, kind = make.annotator(), make.qualification()
    for act in (
        lambda: qualifications.grant(qualification_id=uuid.uuid4(), annotator_id=who.pk, by=BY),
        lambda: qualifications.grant(qualification_id=kind.pk, annotator_id=uuid.uuid4(), by=BY),
        lambda: qualifications.revoke(grant_id=uuid.uuid4(), reason="x", by=BY),
    ):
        with pytest.raises(NotFound):
            act()


def test_an_annotator_is_moved_to_a_tier_with_a_reason():
    who, desk = make.annotator(), Desk()
    assert faults(desk.decide(PEOPLE, who, verb="tier", tier="3")) == {
        "reason": ["A reason is required."]
    }
    for wrong in ("0", "5", ""):
        answer = desk.decide(PEOPLE, who, verb="tier", tier=wrong, reason="x")
        assert list(faults(answer)) == ["tier"]
    for _ in range(2):
        assert done(desk.decide(PEOPLE, who, verb="tier", tier="3", reason="200 right answers."))
    who.refresh_from_db()
    assert who.tier == 3
    assert told(who) == [("set_tier", "Your tier is 3 now. Reason: 200 right answers.")]
    assert acts("set_tier") == [("staff", "set_tier", "200 right answers.")]
    assert promised("tasks.refresh_annotator") == [{"annotator_id": str(who.pk)}]
    assert "Tier 3 of 4" in page_of(who)


def test_the_page_of_a_person_who_is_no_annotator_leads_to_the_profile():
    browser = Client()
    browser.force_login(make.user())
    assert browser.get("/qualifications/")["Location"] == "/profile/"
