"""Batch plans: who is offered what, and who not."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AnnotatorProfile, Notice
from marketplace.core import clock
from marketplace.core.models import AuditEntry, OutboxMessage
from tasks.actions import planning, projects
from tasks.matching import flow_ortools
from tasks.models import Candidate, Matching, Offer, Plan, Project, Task
from tasks.selectors import planning as reading
from tests.support import factories_offers as push
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def rows(**only):
    found = Offer.objects.filter(**only).order_by("task_id", "rank")
    return [(offer.task_id, offer.annotator_id, offer.state, offer.rank) for offer in found]


def states(**only):
    return sorted(Offer.objects.filter(**only).values_list("state", flat=True))


def scored(project, *scores):
    """Candidates of these scores, the best last in time."""
    found = [work.expert() for _ in scores]
    for who, score in zip(found, scores, strict=True):
        Candidate.objects.filter(annotator=who, project=project).update(score=score)
    return found


def test_two_are_asked_for_one_slot_while_nothing_is_known_and_two_wait():
    project = push.pushing(tasks=1)
    low, best, good, last, least = scored(project, 0.3, 0.9, 0.7, 0.2, 0.1)
    before = clock.now()
    plan = push.plan(project)
    task = Task.objects.get()
    assert rows() == [
        (task.pk, best.pk, "offered", 0),
        (task.pk, good.pk, "offered", 1),
        (task.pk, low.pk, "standby", 2),
        (task.pk, last.pk, "standby", 3),
    ]
    assert least.offers.count() == 0
    assert (plan.tasks, plan.annotators, plan.offers, plan.standby) == (1, 4, 2, 2)
    assert plan.solver == "ortools"
    offer = best.offers.get()
    assert offer.chance == 0.5
    assert before < offer.offered_at < clock.now()
    assert offer.expires_at - offer.offered_at == pytest.approx(
        dt.timedelta(minutes=240), abs=dt.timedelta(seconds=2)
    )
    waiting = low.offers.get()
    assert (waiting.offered_at, waiting.expires_at) == (None, None)


def test_the_plan_is_in_the_trail_and_each_annotator_is_told_once():
    project = push.pushing(tasks=3, name="Judge functions")
    (who,) = scored(project, 1)
    plan = push.plan(project)
    assert states(annotator=who) == ["offered"] * 3
    entry = AuditEntry.objects.get(verb="planned")
    assert (entry.subject, entry.data["offers"]) == (f"plan:{plan.pk}", 3)
    notice = Notice.objects.get(user=who.user)
    assert notice.text == "Judge functions: work is offered to you."
    assert notice.link == "/work/offers/"


def test_scipy_plans_the_same_where_ortools_is_not_installed(monkeypatch):
    monkeypatch.setattr(flow_ortools, "AVAILABLE", False)
    project = push.pushing(tasks=1)
    _, best = scored(project, 0.1, 0.9)
    assert push.plan(project).solver == "scipy"
    assert states() == ["offered", "offered"]
    assert best.offers.get().rank == 0


def test_what_is_offered_already_is_not_offered_again():
    project = push.pushing(tasks=1)
    scored(project, 1, 1, 1, 1, 1, 1)
    assert push.plan(project).offers == 2
    assert push.plan(project) is None
    assert Plan.objects.count() == 1


def test_an_open_slot_that_offers_do_not_cover_is_planned_again_with_others():
    project = push.pushing(tasks=1)
    crowd = scored(project, 0.9, 0.8, 0.7)
    push.plan(project)
    push.decline(crowd[0].offers.get())
    Offer.objects.filter(state="standby").delete()
    assert push.plan(project).offers == 1
    assert states(annotator=crowd[2]) == ["offered"]
    assert states(annotator=crowd[0]) == ["declined"]


def test_nobody_has_more_than_three_offers_out():
    first, second = push.pushing(tasks=2), push.pushing(tasks=5)
    (who,) = scored(first, 1)
    push.plan(first)
    push.plan(second)
    assert states(annotator=who) == ["offered"] * 3
    assert push.plan(second) is None


def test_places_are_what_is_left_of_the_caps():
    project = push.pushing(tasks=6)
    (who,) = scored(project, 1)
    work.claim(who)
    work.claim(who)
    push.plan(project)
    assert states(annotator=who) == ["offered"]
    other = push.pushing(tasks=6)
    Matching.objects.filter(project=other).update(share_cap=2)
    (fresh,) = scored(other, 1)
    Matching.objects.filter(project=other).update(share_cap=2)
    push.plan(other)
    assert states(annotator=fresh) == ["offered"] * 2


def test_those_who_could_not_claim_are_not_asked():
    project = push.pushing(tasks=4)
    busy, reviewer, able = scored(project, 3, 2, 1)
    other = work.project(tasks=3)
    for _ in range(3):
        work.claim(busy, project_id=other.pk)
    push.plan(project)
    assert busy.offers.count() == 0
    assert able.offers.count() == 3
    suspended = push.pushing(tasks=1)
    Candidate.objects.filter(project=suspended).exclude(annotator=reviewer).delete()
    Matching.objects.update_or_create(
        project=suspended, defaults={"slowed_at": clock.now(), "slowed_why": "Reviews are behind."}
    )
    assert push.plan(suspended) is None


def test_a_task_one_was_on_is_offered_to_others_only():
    project = push.pushing(tasks=1)
    (who,) = scored(project, 1)
    work.release(work.claim(who))
    assert push.plan(project) is None
    (other,) = scored(project, 0.5)
    push.plan(project)
    assert states(annotator=other) == ["offered"]
    assert who.offers.count() == 0


def test_who_declined_missed_or_let_an_offer_run_out_is_not_asked_again():
    for state in ("declined", "missed", "expired"):
        project = push.pushing(tasks=1)
        Candidate.objects.filter(project=project).delete()
        (who,) = scored(project, 1)
        push.plan(project)
        Offer.objects.filter(annotator=who).update(state=state)
        assert push.plan(project) is None
        Offer.objects.filter(annotator=who).update(state="withdrawn")
        assert push.plan(project).offers == 1


def test_one_who_is_sure_to_come_is_enough():
    project = push.pushing(tasks=1)
    first, second = scored(project, 0.9, 0.8)
    push.sure(first, accepted=200)
    plan = push.plan(project)
    # 4 x .99 of 54 of the latest 50 ended offers and the platform's 201 of 202: nearly 1, not 1.
    assert first.offers.get(task__project=project).chance > 0.99
    assert plan.offers == 2
    Offer.objects.filter(plan=plan).delete()
    Task.objects.filter(project=project).update(priority=1)
    Offer.objects.create(
        plan=plan, project=project, task=Task.objects.get(project=project), annotator=second,
        state="offered", chance=0.5, offered_at=clock.now(), expires_at=clock.now(),
    )  # fmt: skip
    again = push.plan(project)
    assert (again.offers, again.standby) == (1, 0)
    assert first.offers.get(plan=again).state == "offered"


def test_a_task_with_three_slots_asks_for_six():
    project = push.pushing(tasks=1, overlap=3)
    scored(project, *[1] * 9)
    plan = push.plan(project)
    assert (plan.offers, plan.standby) == (6, 3)
    assert len({row[1] for row in rows()}) == 9


def test_starter_tasks_go_to_newcomers():
    project = push.pushing(tasks=2)
    veteran, newcomer = scored(project, 0.9, 0.1)
    Candidate.objects.filter(annotator=veteran).update(newcomer=False)
    first = Task.objects.earliest("pk")
    Task.objects.filter(pk=first.pk).update(starter=True)
    push.plan(project)
    assert set(first.offers.values_list("annotator_id", flat=True)) == {newcomer.pk}


@pytest.mark.parametrize("change", [{"push": False}, {"state": "paused"}, {"state": "closed"}])
def test_a_project_that_does_not_push_or_stands_still_is_not_planned(change):
    project = push.pushing(tasks=1)
    scored(project, 1)
    Project.objects.filter(pk=project.pk).update(**change)
    assert push.plan(project) is None
    assert planning.plan_batches() == 0


def test_nobody_to_ask_and_nothing_to_offer():
    assert push.plan(push.pushing(tasks=2)) is None
    project = push.pushing(tasks=0)
    scored(project, 1)
    assert push.plan(project) is None
    assert AuditEntry.objects.filter(verb="planned").count() == 0


def test_deadline_projects_are_planned_first_the_nearest_before_others():
    none, far, near = push.pushing(tasks=1), push.pushing(tasks=1), push.pushing(tasks=1)
    ranked, short = push.pushing(tasks=1), push.pushing(tasks=1)
    push.pushing(tasks=0)
    now = clock.now()
    Project.objects.filter(pk=far.pk).update(deadline=now + dt.timedelta(days=9))
    Project.objects.filter(pk=near.pk).update(deadline=now + dt.timedelta(days=2))
    Project.objects.filter(pk=ranked.pk).update(rank=3)
    Project.objects.filter(pk=short.pk).update(funds_short_at=now)
    assert reading.projects_to_plan() == [near.pk, far.pk, ranked.pk, none.pk]
    OutboxMessage.objects.all().delete()
    assert planning.plan_batches() == 4
    promised = OutboxMessage.objects.order_by("pk").values_list("job", "args")
    assert [args["project_id"] for job, args in promised if job == "tasks.plan_project"] == [
        str(pk) for pk in (near.pk, far.pk, ranked.pk, none.pk)
    ]


def test_a_project_whose_plan_is_promised_or_fresh_is_left_out():
    project = push.pushing(tasks=2)
    (who,) = scored(project, 1)
    assert planning.plan_batches() == 1
    assert planning.plan_batches() == 0  # promised
    work.run_jobs("tasks.plan_project")
    assert who.offers.count() == 2
    assert planning.plan_batches() == 0  # fresh
    clock.advance(dt.timedelta(minutes=2))
    assert planning.plan_batches() == 1
    OutboxMessage.objects.update(state="dead")  # waits for a person: another one does its work
    assert planning.plan_batches() == 1


def test_looking_for_projects_to_plan_joins_no_tasks():
    push.pushing(tasks=2)
    with CaptureQueriesContext(connection) as asked:
        reading.projects_to_plan()
    (statement,) = [one["sql"] for one in asked if '"tasks_task"' in one["sql"]]
    assert "EXISTS(SELECT 1" in statement
    assert "DISTINCT" not in statement


def test_the_deadline_project_gets_the_places_of_who_is_free():
    push.pushing(tasks=3)
    due = push.pushing(tasks=3)
    Project.objects.filter(pk=due.pk).update(deadline=clock.now() + dt.timedelta(days=1))
    (who,) = scored(due, 1)
    planning.plan_batches()
    work.run_jobs("tasks.plan_project")
    assert set(who.offers.values_list("project_id", flat=True)) == {due.pk}


def test_the_database_keeps_one_live_offer_for_a_task_and_an_annotator():
    project = push.pushing(tasks=1)
    scored(project, 1)
    push.plan(project)
    offer = Offer.objects.get()
    with pytest.raises(IntegrityError, match="tasks_offer_once"), transaction.atomic():
        Offer.objects.create(
            plan=offer.plan, project=project, task=offer.task, annotator=offer.annotator,
            state="standby",
        )  # fmt: skip


def test_ages_of_a_plan_with_many_tasks_and_people():
    project = push.pushing(tasks=60)
    crowd = scored(project, *range(30))
    plan = push.plan(project)
    out = Offer.objects.filter(state="offered")
    assert plan.offers == out.count() == 90  # three each of thirty
    assert plan.tasks == 45
    assert {who.offers.filter(state="offered").count() for who in crowd} == {3}
    assert not Offer.objects.exclude(project=project).exists()
    assert AnnotatorProfile.objects.count() == 30
    projects.pause(project_id=project.pk, by=work.BY)
    assert push.sweep() == plan.offers + plan.standby
    assert set(Offer.objects.values_list("state", flat=True)) == {"withdrawn"}
