"""Rules through their doors: what is refused, whom they hit, what is done, and once each."""

import datetime as dt

import pytest

from accounts.models import AdverseAct, Notice, Pause
from accounts.selectors.actors import of_user
from marketplace.core import clock
from marketplace.core.ids import new_id
from marketplace.core.models import AuditEntry, OutboxMessage
from marketplace.core.registry import JOBS, SWEEPS
from tasks.actions import assignments, rules
from tasks.models import (
    Assignment,
    Gold,
    GoldAnswer,
    GoldStanding,
    ReviewBoost,
    RuleHit,
    Task,
)
from tasks.selectors import review_boosts, rule_replay
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.api import Api
from tests.support.rules import posted, rule

pytestmark = pytest.mark.django_db


def run(row):
    """The job of one rule."""
    JOBS["tasks.run_rule"].run(rule_id=str(row.pk))


def decided(who, *verdicts):
    """Answers of somebody to their next tasks, each with a verdict."""
    for verdict in verdicts:
        work.review(work.submit(work.claim(who)), verdict)


def skip(who, why="unclear"):
    """Give the next task back."""
    row = work.claim(who)
    assignments.release(
        assignment_id=row.pk, fence=row.fence, skip_reason=why, by=of_user(who.user)
    )


def test_a_posted_rule_is_read_changed_switched_off_and_retired():
    project = work.project()
    api = Api(project.organization)
    at = f"/projects/{project.pk}/rules"
    status, body = api.post(at, rule())
    assert status == 201
    assert body["version"] == 1
    assert body["enabled"] is True
    assert body["parameters"] == {"scope": "project", "days": 7}
    assert (body["window_days"], body["window_answers"]) == (30, None)
    assert body["when"] == "Rejected answers above 15 %, of at least 4, in 30 days"
    assert body["then"] == "Pause of 7 days: The project"
    one = f"{at}/{body['id']}"
    change = {"threshold": 0.5, "enabled": False}
    status, changed = api.send("PATCH", one, change)
    assert status == 200
    assert (changed["threshold"], changed["enabled"], changed["version"]) == (0.5, False, 2)
    assert api.get(one) == (200, changed)
    assert api.get(at)[1]["results"] == [changed]
    assert api.http.delete(f"/api/v1{one}").status_code == 204
    assert api.get(one)[0] == 404
    assert api.get(at)[1]["results"] == []
    verbs = AuditEntry.objects.filter(subject=f"qualityrule:{body['id']}").order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "rule_made",
        "rule_changed",
        "rule_disabled",
        "rule_retired",
    ]


def test_a_rule_pauses_once_says_why_and_counts_nothing_twice():
    who, other = work.expert(), work.expert()
    project = work.project(tasks=20)
    row = posted(project)
    # 3 of 4: the interval begins at 14.3 %, below the threshold of 15 %
    decided(who, "reject", "reject", "reject", "accept")
    decided(other, "accept", "accept", "accept", "reject")
    run(row)
    assert RuleHit.objects.count() == 0
    decided(who, "reject")  # 4 of 5: 21.5 %
    for _ in range(2):
        run(row)
    hit = RuleHit.objects.get()
    assert (hit.annotator_id, hit.project_id, hit.version) == (who.pk, project.pk, 1)
    assert (hit.value, hit.seen) == (0.8, 5)
    assert (round(hit.low, 4), round(hit.high, 4)) == (0.2146, 0.9983)
    assert len(hit.evidence) == 5
    assert hit.words == (
        "Rule “Too many rejections”: Rejected answers: 80 % of 5, surely between 21.5 % and"
        " 99.8 %, which is above 15 %."
    )
    pause = Pause.objects.get()
    assert (pause.annotator_id, pause.project_id, pause.domain_id) == (who.pk, project.pk, None)
    assert pause.reason == hit.words
    assert pause.until - hit.at > dt.timedelta(days=6, hours=23)
    assert hit.done["pause"] == str(pause.pk)
    act = AdverseAct.objects.get(kind="pause")
    assert (act.rule, act.text, act.subject) == (
        f"rule.{row.pk}.v1",
        hit.words,
        f"pause:{pause.pk}",
    )
    assert act.evidence == [f"rulehit:{hit.pk}", *hit.evidence]
    assert hit.act == act
    assert Notice.objects.filter(user=who.user, kind="pause_annotator").count() == 1
    # the next days nothing new has happened: the same answers do not count again
    for _ in range(2):
        clock.advance(dt.timedelta(days=4))
        run(row)
    assert (RuleHit.objects.count(), Pause.objects.count()) == (1, 1)


def test_a_sweep_promises_each_enabled_rule_of_a_project_that_is_not_closed():
    project = work.project(tasks=1)
    row, off = posted(project), posted(project, enabled=False)
    general = rules.create(
        project_id=None,
        fields=rule(parameters={"scope": "all", "days": 1}),
        by=work.BY,
    )
    SWEEPS["tasks.run_rules"].run()
    promised = OutboxMessage.objects.filter(job="tasks.run_rule").values_list("args", flat=True)
    assert sorted(one["rule_id"] for one in promised) == sorted([str(row.pk), str(general.pk)])
    run(off)
    assert RuleHit.objects.count() == 0


def test_a_rule_of_the_platform_is_staffs_and_reaches_a_domain():
    who = work.expert()
    work.project(tasks=6)
    client = people.organization()
    with pytest.raises(Exception, match="staff only"):
        rules.create(project_id=None, fields=rule(), by=people.owner_of(client))
    fields = rule(domain="engineering", parameters={"scope": "domain", "days": 3})
    row = rules.create(project_id=None, fields=fields, by=work.BY)
    elsewhere = rules.create(project_id=None, fields={**fields, "domain": "medicine"}, by=work.BY)
    decided(who, "reject", "reject", "reject", "reject")
    for one in (row, elsewhere):
        run(one)
    assert RuleHit.objects.get().rule == row
    assert Pause.objects.get().domain_id == "engineering"


def test_more_reviews_for_a_while_where_the_rule_looks():
    who = work.expert()
    project, other = work.project(tasks=6), work.project(tasks=1)
    row = posted(project, action="require_review", parameters={"percent": 60, "days": 5})
    for _ in range(4):
        work.review(work.submit(work.claim(who, project_id=project.pk)), "reject")
    assert review_boosts.percent(who.pk, project) == 0
    run(row)
    assert ReviewBoost.objects.get().percent == 60
    assert review_boosts.percent(who.pk, project) == 60
    assert review_boosts.percent(who.pk, other) == 0
    assert review_boosts.percent(new_id(), project) == 0
    clock.advance(dt.timedelta(days=5, minutes=1))
    assert review_boosts.percent(who.pk, project) == 0


def test_skips_in_a_row_end_with_an_answer_and_good_reasons_do_not_count():
    who = work.expert()
    project = work.project(tasks=9, setbacks_allowed=9)
    tell = {"action": "notify", "parameters": {"whom": "annotator"}, "least": 1}
    row = posted(project, collector="skips_in_a_row", threshold=2, title="Skips", **tell)
    skip(who)
    skip(who)
    work.submit(work.claim(who))
    skip(who, "conflict")
    skip(who)
    skip(who, "upsetting")
    skip(who)
    run(row)
    assert RuleHit.objects.count() == 0
    skip(who)
    run(row)
    hit = RuleHit.objects.get()
    assert (hit.value, hit.seen, hit.low) == (3, 3, None)
    told = Notice.objects.get(user=who.user, kind="rule_hit").text
    assert told == "Rule “Skips”: Tasks given back in a row: 3 tasks, which is above 2 tasks."


def test_daily_volume_looks_at_one_day_and_staff_are_told():
    staff = people.staff()
    who = work.expert()
    project = work.project(tasks=9)
    tell = {"action": "notify", "parameters": {"whom": "staff"}, "least": 1, "window_days": 1}
    row = posted(project, collector="daily_volume", threshold=3, **tell)
    for _ in range(3):
        work.submit(work.claim(who))
    clock.advance(dt.timedelta(hours=25))
    for _ in range(3):
        work.submit(work.claim(who))
    run(row)
    assert RuleHit.objects.count() == 0
    work.submit(work.claim(who))
    run(row)
    assert RuleHit.objects.get().value == 4
    text = Notice.objects.get(user=staff, kind="rule_hit").text
    assert str(who.pseudonym) in text
    assert who.user.email not in text


def test_speed_is_measured_against_the_project_and_only_raises_reviews():
    fast, slow, usual = (work.expert() for _ in range(3))
    project = work.project(tasks=9, overlap=1)
    boost = {"action": "require_review", "parameters": {"percent": 50, "days": 2}, "least": 3}
    row = posted(project, collector="speed", operator="below", threshold=0.5, **boost)
    for who, seconds in ((fast, 20), (slow, 300), (usual, 100)):
        for _ in range(3):
            held = work.claim(who)
            Assignment.objects.filter(pk=held.pk).update(active_seconds=seconds)
            held.refresh_from_db()
            work.submit(held)
    run(row)
    hit = RuleHit.objects.get()
    assert (hit.annotator_id, hit.value, hit.seen) == (fast.pk, 0.2, 3)


def known(project, who, *right):
    """Scored answers to gold, without the road that makes them."""
    for one in right:
        submission = work.submit(work.claim(who, project_id=project.pk))
        gold = Gold.objects.create(
            task=submission.task, project=project, answer=work.RIGHT, made_by="tests"
        )
        GoldAnswer.objects.create(submission=submission, gold=gold, annotator=who, right=one)


def test_gold_accuracy_shows_the_training_that_was_not_seen():
    who = work.expert()
    project = work.project(tasks=12)
    unseen = project.tasks.order_by("-pk").first()
    Gold.objects.create(
        task=unseen, project=project, answer=work.RIGHT, training=True, made_by="tests"
    )
    GoldStanding.objects.create(project=project, annotator=who, trained=5)
    retrain = {"action": "retrain", "parameters": {}, "operator": "below", "threshold": 0.9}
    row = posted(project, collector="gold_accuracy", **retrain)
    known(project, who, True, False, False, False)  # surely below 85.8 %
    run(row)
    assert RuleHit.objects.get().done == {"projects": 1}
    assert GoldStanding.objects.get().trained == 0
    assert Notice.objects.filter(user=who.user, kind="retrain").count() == 1


@pytest.mark.parametrize("left", ["none", "seen", "retired", "no training"])
def test_nobody_is_told_of_training_that_is_not_there(left):
    who = work.expert()
    project = work.project(tasks=12)
    GoldStanding.objects.create(project=project, annotator=who, trained=5)
    retrain = {"action": "retrain", "parameters": {}, "operator": "below", "threshold": 0.9}
    row = posted(project, collector="gold_accuracy", **retrain)
    known(project, who, True, False, False, False)
    if left != "none":
        task = project.tasks.order_by("-pk").first()
        if left == "seen":
            task = work.submit(work.claim(who, project_id=project.pk)).task
        state, training = ("active", False) if left == "no training" else ("retired", True)
        Gold.objects.create(
            task=task,
            project=project,
            answer=work.RIGHT,
            state=state,
            training=training,
            made_by="tests",
        )
    run(row)
    why = "No training task is left that they have not seen."
    assert RuleHit.objects.get().done == {"projects": 0, "why": why}
    assert GoldStanding.objects.get().trained == 5
    assert not Notice.objects.filter(kind="retrain").exists()


def test_the_last_answers_alone_count_where_the_window_says_so():
    who = work.expert()
    project = work.project(tasks=12)
    shape = {"action": "retrain", "parameters": {}, "operator": "below", "threshold": 0.9}
    long = posted(project, collector="gold_accuracy", **shape)
    short = posted(project, collector="gold_accuracy", window_answers=4, **shape)
    known(project, who, *[True] * 6, False, False, False, False)
    run(long)
    assert RuleHit.objects.count() == 0  # 6 of 10: the interval ends at 92 %
    run(short)
    hit = RuleHit.objects.get()
    assert (hit.value, hit.seen) == (0, 4)


def test_agreement_compares_with_results_of_several():
    experts = [work.expert() for _ in range(3)]
    project = work.project(tasks=4, overlap=3, review_percent=0)
    tell = {"action": "notify", "parameters": {"whom": "staff"}, "operator": "below"}
    row = posted(project, collector="agreement", threshold=0.7, **tell)
    for _ in range(4):
        for place, who in enumerate(experts):
            answer = work.WRONG if place == 2 else work.RIGHT
            work.check(work.submit(work.claim(who), answer))
    work.run_jobs("tasks.weigh_task")
    assert Task.objects.filter(state="concluded").count() == 4
    run(row)
    hit = RuleHit.objects.get()
    assert (hit.annotator_id, hit.value, hit.seen) == (experts[2].pk, 0, 4)


def test_one_annotator_more_is_asked_once_for_tasks_that_are_not_concluded():
    who = work.expert()
    project = work.project(tasks=6, max_overlap=3)
    row = posted(project, action="change_overlap", parameters={})
    waiting = [work.submit(work.claim(who)).task_id for _ in range(2)]
    decided(who, "reject", "reject", "reject", "reject")
    for _ in range(2):
        run(row)
    assert RuleHit.objects.get().done == {"tasks": 2}
    tasks = Task.objects.filter(pk__in=waiting).values_list("state", "overlap", "open_slots")
    assert list(tasks) == [("open", 2, 1)] * 2
    others = Task.objects.exclude(pk__in=waiting).values_list("overlap", flat=True)
    assert set(others) == {1}
    told = Notice.objects.get(kind="one_answer_more")
    assert told.text == (
        f"{project.name}: the rule “Too many rejections” asks one annotator more for 2 of your"
        " tasks."
    )
    assert told.link == f"/client/projects/{project.pk}/"
    assert project.organization.memberships.filter(user_id=told.user_id).exists()


@pytest.mark.parametrize("most", [None, 1])
def test_no_answer_more_than_the_client_has_allowed(most):
    who = work.expert()
    project = work.project(tasks=6, max_overlap=most)
    row = posted(project, action="change_overlap", parameters={})
    work.submit(work.claim(who))
    decided(who, "reject", "reject", "reject", "reject")
    run(row)
    why = "No task may get another answer: see max_overlap."
    assert RuleHit.objects.get().done == {"tasks": 0, "why": why}
    assert set(Task.objects.values_list("overlap", flat=True)) == {1}
    assert not Notice.objects.filter(kind="one_answer_more").exists()


def test_a_dry_run_plays_last_month_and_does_nothing():
    who, good = work.expert(), work.expert()
    project = work.project(tasks=30)
    decided(who, "reject", "reject", "reject", "reject")
    clock.advance(dt.timedelta(days=10))
    decided(good, "accept", "accept", "accept", "accept")
    decided(who, "reject", "reject", "reject", "reject")
    clock.advance(dt.timedelta(days=2))
    api = Api(project.organization)
    before = AuditEntry.objects.count()
    status, body = api.post(f"/projects/{project.pk}/rules/dry-run", rule())
    assert status == 200
    assert (body["days"], body["annotators"]) == (30, 1)
    today = clock.now()
    # the first four do not count with the last four again
    assert [one["day"] for one in body["hits"]] == [
        (today - dt.timedelta(days=back)).date().isoformat() for back in (2, 12)
    ]
    assert {one["annotator"] for one in body["hits"]} == {str(who.pseudonym)}
    assert [(one["value"], one["seen"]) for one in body["hits"]] == [(1, 4), (1, 4)]
    assert who.user.email not in str(body)
    assert who.user.name not in str(body)
    assert AuditEntry.objects.count() == before
    assert (RuleHit.objects.count(), Pause.objects.count()) == (0, 0)
    # the replay agrees with what the job does today
    row = posted(project)
    run(row)
    assert RuleHit.objects.get().seen == 8
    assert rule_replay.of(row).annotators == 1
