"""What a rule does to those whom it hits. Only a pause is against anybody; it says why."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.actions import notices, pauses
from accounts.actions.notices import Telling
from accounts.models import AdverseAct, User
from accounts.selectors import domains
from accounts.states import AdverseKind
from marketplace.core import audit, clock
from marketplace.core.actors import Actor
from tasks.actions import telling
from tasks.models import (
    Assignment,
    Gold,
    GoldStanding,
    Project,
    QualityRule,
    ReviewBoost,
    RuleHit,
)
from tasks.states import GoldState, ProjectState, RuleAction, RuleCollector, RuleScope, RuleWhom

MOST_TASKS = 200
# Only where the client has said how many answers a task may get, and never beyond that: an answer
# more is the client's money. Each task once: where one was asked for already, it stays at that. The
# tasks' locks are taken in their order, and those that others hold are left for the next run.
_WIDEN = """
WITH mine AS MATERIALIZED (
    SELECT task.id
      FROM tasks_task task JOIN tasks_project project ON project.id = task.project_id
     WHERE task.state IN ('open', 'filled') AND task.withdrawn_at IS NULL
       AND task.overlap <= project.overlap
       AND task.overlap < project.max_overlap
       AND project.state <> 'closed'
       AND (%(project)s::uuid IS NULL OR project.id = %(project)s)
       AND (%(domain)s::text IS NULL OR project.domain_id = %(domain)s
            OR starts_with(project.domain_id, %(domain)s || '.'))
       AND EXISTS (SELECT 1 FROM tasks_assignment own
                    WHERE own.task_id = task.id AND own.annotator_id = %(annotator)s
                      AND own.state IN ('submitted', 'returned', 'accepted'))
     ORDER BY task.id LIMIT %(most)s
       FOR NO KEY UPDATE OF task SKIP LOCKED
)
UPDATE tasks_task task
   SET overlap = task.overlap + 1, open_slots = task.open_slots + 1, state = 'open'
  FROM mine WHERE task.id = mine.id
RETURNING task.id, task.project_id
"""


def do(rule: QualityRule, hit: RuleHit, *, by: Actor) -> None:
    """Carry out the rule's action for a hit, and write on the hit what was done.

    In the transaction of the hit. Refuses what the action below refuses.
    """
    hit.done = _ACTIONS[rule.action](rule, hit, by)
    hit.save(update_fields=["done", "act"])


def code(rule: QualityRule) -> str:
    """A rule as acts name it, with its version."""
    return f"rule.{rule.pk}.v{rule.version}"


def _shown(rule: QualityRule, hit: RuleHit) -> list[str]:
    """The evidence that the annotator reads: never which tasks are gold."""
    rows = [] if rule.collector == RuleCollector.GOLD_ACCURACY else hit.evidence
    return [f"rulehit:{hit.pk}", *rows]


def _pause(rule: QualityRule, hit: RuleHit, by: Actor) -> dict[str, Any]:
    until = clock.now() + dt.timedelta(days=rule.days or 0)
    row = pauses.pause(
        annotator_id=hit.annotator_id,
        reason=hit.words,
        domain=(rule.domain_id or "") if rule.scope == RuleScope.DOMAIN else "",
        project_id=rule.project_id if rule.scope == RuleScope.PROJECT else None,
        until=until,
        rule=code(rule),
        evidence=_shown(rule, hit),
        by=by,
    )
    hit.act = AdverseAct.objects.get(subject=f"pause:{row.pk}", kind=AdverseKind.PAUSE)
    return {"pause": str(row.pk), "until": until.isoformat()}


def _review(rule: QualityRule, hit: RuleHit, _by: Actor) -> dict[str, Any]:
    until = clock.now() + dt.timedelta(days=rule.days or 0)
    ReviewBoost.objects.create(
        hit=hit,
        annotator_id=hit.annotator_id,
        project_id=rule.project_id,
        domain_id=rule.domain_id,
        percent=rule.percent or 0,
        until=until,
    )
    return {"percent": rule.percent, "until": until.isoformat()}


def _retrain(rule: QualityRule, hit: RuleHit, _by: Actor) -> dict[str, Any]:
    rows = GoldStanding.objects.filter(annotator_id=hit.annotator_id, trained__gt=0)
    if rule.project_id is not None:
        rows = rows.filter(project_id=rule.project_id)
    if rule.domain_id is not None:
        rows = rows.filter(domains.within(rule.domain_id, "project__domain_id"))
    count = rows.filter(_unused_training()).update(trained=0)
    if not count:
        return {"projects": 0, "why": "No training task is left that they have not seen."}
    text = _("You are shown training tasks with their explanations again. %(why)s")
    _tell_annotator(hit, "retrain", text % {"why": hit.words})
    return {"projects": count}


def _unused_training() -> Exists:
    """Standings in projects with training that their annotator was never given: the claim hands
    out nothing twice.
    """
    theirs = Assignment.objects.filter(
        task_id=OuterRef("task_id"), annotator_id=OuterRef(OuterRef("annotator_id"))
    )
    rows = Gold.objects.filter(
        project_id=OuterRef("project_id"), state=GoldState.ACTIVE, training=True
    ).exclude(project__state=ProjectState.CLOSED)
    return Exists(rows.exclude(Exists(theirs)))


def _widen(rule: QualityRule, hit: RuleHit, by: Actor) -> dict[str, Any]:
    values: dict[str, Any] = {
        "project": rule.project_id,
        "domain": rule.domain_id,
        "annotator": hit.annotator_id,
        "most": MOST_TASKS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_WIDEN, values)
        found = cursor.fetchall()
    acts = [audit.Act(f"task:{pk}", data={"rule_hit": str(hit.pk)}) for pk, _project in found]
    audit.record_many("one_answer_more", acts, by=by)
    counts = Counter(project_id for _pk, project_id in found)
    for project in Project.objects.filter(pk__in=counts).order_by("pk"):
        telling.widened(project, counts[project.pk], rule.title)
    if not found:
        return {"tasks": 0, "why": "No task may get another answer: see max_overlap."}
    return {"tasks": len(found)}


def _tell(rule: QualityRule, hit: RuleHit, _by: Actor) -> dict[str, Any]:
    if rule.whom == RuleWhom.ANNOTATOR:
        _tell_annotator(hit, "rule_hit", hit.words)
        return {"told": 1}
    staff = User.objects.filter(is_staff=True, is_active=True).order_by("pk")
    who = hit.annotator.pseudonym
    text = _("Annotator %(who)s. %(words)s") % {"who": who, "words": hit.words}
    link = "/admin/tasks/rulehit/"
    told = [Telling(pk, text, link) for pk in staff.values_list("pk", flat=True)]
    return {"told": len(notices.notify_many(kind="rule_hit", tellings=told)) if told else 0}


def _tell_annotator(hit: RuleHit, kind: str, text: str) -> None:
    notices.notify(user_id=hit.annotator.user_id, kind=kind, text=text, link="/history/")


_ACTIONS: Mapping[str, Callable[[QualityRule, RuleHit, Actor], dict[str, Any]]] = {
    RuleAction.PAUSE: _pause,
    RuleAction.REQUIRE_REVIEW: _review,
    RuleAction.RETRAIN: _retrain,
    RuleAction.CHANGE_OVERLAP: _widen,
    RuleAction.NOTIFY: _tell,
}
