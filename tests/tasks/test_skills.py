"""Skills and collusion: numbers with their interval, kept by administrators and jobs."""

import math
import uuid

import pytest
from scipy import stats

from accounts.selectors import actors
from marketplace.core.actors import command, job
from marketplace.core.errors import NotFound, Refused
from tasks.actions import collusion, skills
from tasks.models import CollusionMember, Skill
from tasks.quality.skill import interval
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.desk import Desk, acts, done, faults, promised, told

SKILLS, COLLUSION = "tasks/skill", "tasks/collusionmember"
NUMBERS = {"alpha": 19.0, "beta": 3.0, "gold_seen": 20}


@pytest.mark.parametrize(
    ("alpha", "beta"), [(1, 1), (19, 3), (0.5, 0.5), (3, 1e-6), (1e-6, 3), (9e8, 1e8), (1, 1e9)]
)
def test_the_interval_is_that_of_the_beta_distribution(alpha, beta):
    found = interval(alpha, beta)
    wanted = stats.beta.ppf([0.05, 0.95], alpha, beta)
    assert [found.lower, found.upper] == pytest.approx(list(wanted), rel=1e-9, abs=1e-12)
    assert 0 <= found.lower <= found.upper <= 1


def test_nothing_known_is_five_to_ninety_five_percent():
    found = interval(1, 1)
    assert [found.lower, found.upper] == pytest.approx([0.05, 0.95])


@pytest.mark.parametrize(("alpha", "beta"), [(0, 1), (1, 0), (-1, 1), (math.nan, 1)])
def test_no_distribution_has_no_interval(alpha, beta):
    with pytest.raises(ValueError, match="above 0"):
        interval(alpha, beta)


@pytest.mark.django_db
def test_a_job_records_what_it_measured_and_matching_hears_of_it():
    who = people.annotator()
    by = job("tests")
    skills.record(annotator_id=who.pk, domain="law", by=by, **NUMBERS)
    skills.record(annotator_id=who.pk, domain="medicine", by=by, **NUMBERS)
    skills.record(annotator_id=who.pk, domain="law", alpha=20, beta=3, gold_seen=21, by=by)
    row = Skill.objects.get(annotator=who, domain="law")
    assert (row.alpha, row.beta, row.gold_seen) == (20, 3, 21)
    assert [row.lower, row.upper] == pytest.approx([0.74053, 0.96178], abs=1e-5)
    assert Skill.objects.count() == 2
    assert promised("tasks.refresh_annotator") == [{"annotator_id": str(who.pk)}] * 3
    assert acts("record_skill") == [("job", "record_skill", "")] * 3
    assert told(who) == []


@pytest.mark.django_db
def test_an_administrator_records_with_a_reason():
    who, desk = people.annotator(), Desk(administrator=True)
    values = {"annotator": who.user.email, "domain": "law", **NUMBERS}
    assert faults(desk.new(SKILLS, **values)) == {"reason": ["This field is required."]}
    assert done(desk.new(SKILLS, **values, reason="Taken over from the pilot."))
    assert acts("record_skill") == [("staff", "record_skill", "Taken over from the pilot.")]
    page = desk.page(SKILLS)
    assert "0.864" in page
    other = faults(Desk().new(SKILLS, **values, reason="x"))
    assert other == {"__all__": ["Only an administrator may do this."]}
    person = people.staff()
    people.annotator(person)
    own = {**values, "annotator": person.email, "reason": "x"}
    assert faults(Desk(person).new(SKILLS, **own)) == {
        "__all__": ["Nobody decides about themselves."]
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"alpha": 0}, "alpha"),
        ({"beta": -1}, "beta"),
        ({"alpha": math.nan}, "alpha"),
        ({"beta": math.inf}, "beta"),
        ({"alpha": 2e9}, "alpha"),
        ({"gold_seen": -1}, "gold_seen"),
        ({"gold_seen": 2**40}, "gold_seen"),
        ({"domain": "alchemy"}, "domain"),
    ],
)
def test_no_skill_is_refused_at_its_field(change, field):
    who = people.annotator()
    values = {"domain": "law", **NUMBERS, **change}
    with pytest.raises(Refused) as refused:
        skills.record(annotator_id=who.pk, by=job("tests"), **values)
    assert [fault.pointer for fault in refused.value.faults] == [f"/{field}"]
    form = {**values, "annotator": who.user.email, "reason": "x"}
    assert list(faults(Desk(administrator=True).new(SKILLS, **form))) == [field]
    assert not Skill.objects.exists()


@pytest.mark.django_db
def test_nobody_else_records_a_skill():
    who = people.annotator()
    with pytest.raises(Refused) as refused:
        skills.record(
            annotator_id=who.pk, domain="law", by=actors.of_user(who.user), reason="x", **NUMBERS
        )
    assert refused.value.code == "superusers_only"
    with pytest.raises(NotFound):
        skills.record(annotator_id=uuid.uuid4(), domain="law", by=job("tests"), **NUMBERS)


@pytest.mark.django_db
def test_a_component_is_set_anew_and_cleared_and_nobody_is_told():
    first, second, third = (people.annotator() for _ in range(3))
    desk = Desk()
    addresses = f"{first.user.email}\n {second.user.email}\n"
    assert done(desk.new(COLLUSION, annotators=addresses, reason="Same wrong answers."))
    before = set(CollusionMember.objects.values_list("component", flat=True))
    assert len(before) == 1
    addresses = f"{second.user.email}\n{third.user.email}"
    assert done(desk.new(COLLUSION, annotators=addresses, reason="These two."))
    rows = {row.annotator: row for row in CollusionMember.objects.all()}
    assert {rows[first].component} == before
    assert rows[second].component == rows[third].component != rows[first].component
    assert (rows[second].reason, rows[first].reason) == ("These two.", "Same wrong answers.")
    assert done(desk.decide(COLLUSION, rows[second], reason="They are twins."))
    assert set(CollusionMember.objects.values_list("annotator", flat=True)) == {first.pk, third.pk}
    assert acts("set_collusion", "clear_collusion")[3:] == [
        ("staff", "set_collusion", "These two."),
        ("staff", "clear_collusion", "They are twins."),
    ]
    assert len(promised("tasks.refresh_annotator")) == 5
    assert [told(who) for who in (first, second, third)] == [[], [], []]


@pytest.mark.django_db
def test_nobody_colludes_alone_or_unknown():
    who, desk = people.annotator(), Desk()
    one = who.user.email
    for addresses, fault in [
        (f"{one}\n{one}", "Name two at least."),
        (f"{one}\nnobody@x.test", "No annotator has this address: nobody@x.test."),
    ]:
        answer = desk.new(COLLUSION, annotators=addresses, reason="x")
        assert faults(answer) == {"annotators": [fault]}
    other = people.annotator()
    by = actors.of_user(who.user)
    with pytest.raises(Refused) as refused:
        collusion.set_component(annotator_ids=[who.pk, other.pk], reason="x", by=by)
    assert refused.value.code == "staff_only"
    for act in (
        lambda: collusion.set_component(
            annotator_ids=[who.pk, uuid.uuid4()], reason="x", by=command("tests")
        ),
        lambda: collusion.clear(annotator_id=who.pk, reason="x", by=command("tests")),
    ):
        with pytest.raises(NotFound):
            act()
    assert not CollusionMember.objects.exists()


@pytest.mark.django_db
def test_the_desk_of_skills_shows_and_edits_nothing_by_hand():
    who = work.expert()
    skills.record(annotator_id=who.pk, domain="law", by=job("tests"), **NUMBERS)
    row = Skill.objects.get()
    browser = Desk(administrator=True).browser
    assert browser.get(f"/admin/tasks/skill/{row.pk}/change/").status_code == 200
    assert browser.get("/admin/tasks/skill/add/").status_code == 403
    assert browser.post(f"/admin/tasks/skill/{row.pk}/change/", {}).status_code == 403
    assert browser.post(f"/admin/tasks/skill/{row.pk}/delete/", {}).status_code == 403
