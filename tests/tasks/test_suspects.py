"""Pairs whose answers go together: what the night finds, and that only people act on it."""

import datetime as dt
import random

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AdverseAct, Notice, Pause
from accounts.selectors import actors
from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from marketplace.core.ids import new_id
from marketplace.core.models import AuditEntry, OutboxMessage
from marketplace.core.registry import JOBS, SWEEPS
from tasks.actions import collusion, intake, suspects
from tasks.models import Assignment, CollusionMember, Gold, Skill, SuspectPair
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.copiers import answered, more_answers
from tests.support.desk import Desk, acts, done, faults, promised, told

pytestmark = pytest.mark.django_db
PAIRS, JOB = "tasks/suspectpair", "tasks.find_copying"
WHY = "Both told us that they sit at one desk."


def look(project):
    return suspects.find(project_id=project.pk, by=work.BY)


@pytest.fixture
def copied():
    """A project in which the second of eight copied nine answers in ten of the first, found."""
    project, crowd = answered(copied=0.9)
    assert look(project) == 1
    return project, crowd


def test_a_copier_is_found_by_the_sweep_once_and_nothing_else_happens():
    project, crowd = answered(copied=0.9)
    jobs = OutboxMessage.objects.exclude(job=JOB)
    before = (jobs.count(), Notice.objects.count(), Skill.objects.count())
    states = list(Assignment.objects.order_by("pk").values_list("state", "final_at"))
    for _ in range(2):
        SWEEPS["tasks.watch_copying"].run()
        assert promised(JOB) == [{"project_id": str(project.pk)}]
        work.run_jobs(JOB)
        row = SuspectPair.objects.get()
        assert {row.one_id, row.other_id} == {crowd[0].pk, crowd[1].pk}
        assert row.one_id < row.other_id
        assert (row.state, row.question, row.shared, row.agreed) == ("waiting", "kind", 40, 38)
        assert (row.expected, row.z, row.evidence, row.mistakes) == (24.02, 4.59, 17.07, 9)
        assert len(row.alike) == 9
        assert all(one["said"] != one["likelier"] for one in row.alike)
        assert row.alike[0]["chance"] == 1.0
        assert acts("suspicion_found") == [("job", "suspicion_found", "")]
        assert AuditEntry.objects.filter(verb__startswith="suspicion").count() == 1
        found_at = row.found_at
    assert SuspectPair.objects.get().found_at == found_at
    assert (jobs.count(), Notice.objects.count(), Skill.objects.count()) == before
    assert list(Assignment.objects.order_by("pk").values_list("state", "final_at")) == states
    for table in (CollusionMember, Pause, AdverseAct):
        assert table.objects.count() == 0
    assert [told(who) for who in crowd] == [[]] * 8


@pytest.mark.parametrize(("seed", "skill"), [(1, 0.75), (2, 0.75), (3, 0.95), (4, 1.0)])
def test_good_annotators_who_answer_alone_are_not(seed, skill):
    """The control: the same crowd without a copier, and crowds that are nearly always right."""
    project, _crowd = answered(seed=seed, skill=skill)
    assert look(project) == 0
    assert SuspectPair.objects.count() == 0


def test_projects_without_enough_shared_or_new_answers_are_left_alone():
    project, _crowd = answered(tasks=19, people=2)
    assert suspects.watch() == 0
    more = work.project(tasks=25, overlap=1)
    Assignment.objects.filter(project=project).update(project=more)
    assert suspects.watch() == 0  # answers to choose from, and still 19 tasks
    project, _crowd = answered(tasks=20, people=2)
    assert suspects.watch() == 1
    week = clock.now() - dt.timedelta(days=7, minutes=1)
    Assignment.objects.filter(project=project).update(submitted_at=week)
    assert suspects.watch() == 0
    assert look(project) == 0


def test_a_known_answer_is_taken_for_the_truth(copied):
    project, _crowd = copied
    first, second = SuspectPair.objects.get().alike[:2]
    for one, right in ((first, first["said"]), (second, second["likelier"])):
        task = project.tasks.get(pk=one["task"])
        known = {"kind": right.strip('"')}
        Gold.objects.create(task=task, project=project, answer=known, made_by="tests")
    assert look(project) == 0
    row = SuspectPair.objects.get()
    assert row.evidence < 17.07
    marked = {one["task"]: (one["known"], one["chance"]) for one in row.alike}
    assert first["task"] not in marked
    assert marked[second["task"]] == (True, 1.0)
    assert [known for known, _chance in marked.values()].count(True) == 1
    page = Desk().page(PAIRS, f"{row.pk}/decide/")
    assert page.count("The known answer is") == 1


def test_a_confirmed_pair_is_one_component_with_those_they_were_in_one_with(copied):
    _project, (one, other, mate, *rest) = copied
    collusion.set_component(annotator_ids=[other.pk, mate.pk], reason="Twins.", by=work.BY)
    OutboxMessage.objects.all().delete()
    desk, row = Desk(), SuspectPair.objects.get()
    page = desk.page(PAIRS, f"{row.pk}/decide/")
    assert "gave the same answer to 38 of them" in page
    assert "24.0 would be expected" in page
    assert "To 9 tasks both gave the same answer although another one is likelier." in page
    assert "more than a million times likelier" in page
    assert page.count("<h4>") == 18
    assert "It looks like" in page
    assert done(desk.decide(PAIRS, row, act="confirm", reason=WHY))
    members = dict(CollusionMember.objects.values_list("annotator_id", "component"))
    assert set(members) == {one.pk, other.pk, mate.pk}
    assert len(set(members.values())) == 1
    row.refresh_from_db()
    assert (row.state, row.decided_by, row.reason) == ("confirmed", desk.person, WHY)
    assert acts("suspicion_confirmed") == [("staff", "suspicion_confirmed", WHY)]
    jobs = set(OutboxMessage.objects.values_list("job", flat=True))
    assert jobs == {"tasks.refresh_annotator"}
    assert [told(who) for who in (one, other, mate, *rest)] == [[]] * 8
    assert (Pause.objects.count(), AdverseAct.objects.count()) == (0, 0)
    again = desk.decide(PAIRS, row, act="dismiss", reason="x")
    assert faults(again) == {"__all__": ["This pair has been decided."]}


def test_a_dismissed_pair_comes_back_only_when_its_evidence_has_grown_by_half(copied):
    project, _crowd = copied
    desk, row = Desk(), SuspectPair.objects.get()
    assert faults(desk.decide(PAIRS, row, act="dismiss", reason="")).keys() == {"reason"}
    assert done(desk.decide(PAIRS, row, act="dismiss", reason="The guideline misled them."))
    assert acts("suspicion_dismissed") == [
        ("staff", "suspicion_dismissed", "The guideline misled them.")
    ]
    assert CollusionMember.objects.count() == 0
    for part, back in ((1.49, 0), (1.51, 1), (1.51, 0)):
        SuspectPair.objects.update(evidence=row.evidence / part)
        assert look(project) == back
    found = SuspectPair.objects.get()
    assert (found.state, found.evidence, found.shared) == ("waiting", 17.07, 40)
    assert (found.decided_by, found.decided_at, found.reason) == (None, None, "")
    assert found.found_at > row.found_at
    assert acts("suspicion_back") == [("command", "suspicion_back", "")]


def test_a_waiting_pair_follows_its_answers_and_goes_when_they_clear_it(copied):
    project, crowd = copied
    found_at = SuspectPair.objects.get().found_at
    chance = random.Random(7)
    intake.post_tasks(project_id=project.pk, rows=work.rows(10, 40), by=work.BY)
    more_answers(project, crowd, chance, copied=0.9)
    assert look(project) == 0
    row = SuspectPair.objects.get()
    assert (row.shared, row.agreed, row.found_at) == (50, 48, found_at)
    assert row.evidence > 17.07
    intake.post_tasks(project_id=project.pk, rows=work.rows(80, 50), by=work.BY)
    more_answers(project, crowd, chance)
    for _ in range(2):
        assert look(project) == 0
        assert SuspectPair.objects.count() == 0
    assert acts("suspicion_gone") == [("command", "suspicion_gone", "")]


def test_who_is_in_one_component_already_is_not_found():
    project, (one, other, *_rest) = answered(copied=0.9)
    collusion.set_component(annotator_ids=[one.pk, other.pk], reason="Twins.", by=work.BY)
    assert look(project) == 0
    collusion.clear(annotator_id=one.pk, reason="No twins.", by=work.BY)
    assert look(project) == 1


def test_nobody_but_staff_in_person_decides_and_not_about_themselves(copied):
    _project, (one, *_rest) = copied
    row = SuspectPair.objects.get()
    one.user.is_staff = True
    one.user.save()
    for verb in (suspects.confirm, suspects.dismiss):
        for by, code in (
            (work.BY, "not_allowed"),
            (actors.of_user(one.user), "not_allowed"),
            (actors.of_staff(one.user), "not_oneself"),
        ):
            with pytest.raises(Refused) as refused:
                verb(pair_id=row.pk, reason=WHY, by=by)
            assert refused.value.code == code
        with pytest.raises(NotFound):
            verb(pair_id=new_id(), reason=WHY, by=actors.of_staff(people.staff()))
    row.refresh_from_db()
    assert (row.state, CollusionMember.objects.count()) == ("waiting", 0)
    assert SuspectPair.objects.visible_to(actors.of_user(one.user)).count() == 0


def test_the_database_holds_the_order_and_the_decision(copied):
    project, _crowd = copied
    row = SuspectPair.objects.get()
    for wrong in (
        {"one_id": row.other_id, "other_id": row.one_id},
        {"state": "dismissed"},
        {"state": "gone"},
        {"reason": "x"},
        {"agreed": 41},
        {"mistakes": 39},
        {"evidence": 0},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            SuspectPair.objects.update(**wrong)
    row.pk = new_id()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    JOBS[JOB].run(project_id=str(project.pk))
    assert SuspectPair.objects.count() == 1
