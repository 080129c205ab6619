"""What a reviewer may look at: the projects by the rules that protect clients, and the requests by
level, domain, and having had no part in the answer.
"""

import uuid

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.selectors.reviewers import Reviewer
from tasks.matching import sql
from tasks.matching.rules import PAIR_RULES
from tasks.models import (
    Adjudication,
    Assignment,
    CollusionMember,
    ReviewAssignment,
    ReviewRequest,
)
from tasks.states import AssignmentState, ReviewAssignmentState, ReviewKind, ReviewRequestState

TAKEN = (ReviewAssignmentState.CLAIMED, ReviewAssignmentState.DONE)
# What the qualification as a reviewer says in their stead.
_REPLACED = {"domain_missing", "credential_missing", "qualification_missing", "tier_too_low"}
_RULES = [rule for rule in PAIR_RULES if rule.code not in _REPLACED]
# Competitors' walls stand against reviews as well: who has read one's answers judges not the
# other's.
_NO_RIVAL_READ = """NOT EXISTS (
    SELECT 1 FROM accounts_wall wall
      JOIN tasks_project other
        ON other.organization_id = CASE WHEN wall.first_id = project.organization_id
                                        THEN wall.second_id ELSE wall.first_id END
      JOIN tasks_reviewrequest request ON request.project_id = other.id
      JOIN tasks_reviewassignment seen ON seen.request_id = request.id
     WHERE (wall.first_id = project.organization_id OR wall.second_id = project.organization_id)
       AND wall.lifted_at IS NULL AND seen.reviewer_id = annotator.user_id
       AND seen.claimed_at > core_now() - make_interval(months => wall.months))"""
_MAY = f"""
SELECT project.id
  FROM accounts_annotatorprofile annotator CROSS JOIN tasks_project project
 WHERE annotator.id = %(annotator)s
   AND (project.id = %(project)s
        OR (%(project)s::uuid IS NULL AND project.id IN (
            SELECT DISTINCT request.project_id FROM tasks_reviewrequest request
             WHERE request.state = 'waiting')))
   AND {sql.all_hold(_RULES)}
   AND {_NO_RIVAL_READ}"""


def projects_open(annotator_id: uuid.UUID, project_id: uuid.UUID | None = None) -> set[uuid.UUID]:
    """The projects whose answers an annotator may review: those with waiting requests, or the one
    named.

    The rules of matching decide (agreement signed, no wall, not on the deny list, in the team,
    language, pauses); domain, credential, qualifications and tier are what a review level stands
    for.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MAY, {"annotator": annotator_id, "project": project_id})
        return {found for (found,) in cursor.fetchall()}


def circle_of(user: User) -> QuerySet[CollusionMember]:
    """Those whose answers go together with this reviewer's, as an annotator, beyond chance."""
    mine = CollusionMember.objects.filter(annotator__user=user).values("component")
    return CollusionMember.objects.filter(component__in=mine)


def worked_on(user: User, task: OuterRef | uuid.UUID) -> QuerySet[Assignment]:
    """What a person had of a task as an annotator, whatever became of it."""
    return Assignment.objects.filter(task=task, annotator__user=user)


def tied(user: User, request: ReviewRequest) -> QuerySet[CollusionMember]:
    """Those in this reviewer's circle who had a part in what the request is about."""
    circle = circle_of(user)
    if request.submission is not None:
        return circle.filter(annotator=request.submission.annotator_id)
    return circle.filter(annotator__assignments__task=request.task_id)


def judged(user: User, request: ReviewRequest) -> bool:
    """Whether earlier readings or decisions keep this person from this one (as `not_judged`)."""
    mine = ReviewAssignment.objects.filter(reviewer=user, state__in=TAKEN)
    if request.submission is None:
        decided = Adjudication.objects.filter(task=request.task_id, decided_by=user)
        return mine.filter(task=request.task_id).exists() or decided.exists()
    same = mine.filter(submission__assignment=request.submission.assignment_id)
    if request.kind == ReviewKind.FIRST:
        same = same.exclude(request__kind=ReviewKind.FIRST)
    elif request.kind == ReviewKind.SECOND:
        same = mine.filter(submission=request.submission)
    return same.exists()


def not_worked_on(user: User) -> Q:
    """Requests about tasks that a person never had in hand as an annotator."""
    return ~Q(Exists(worked_on(user, OuterRef("task"))))


def no_tie(user: User) -> Q:
    """Requests about answers by nobody whose answers go together with this person's.

    A task's result has many annotators: none of them may be.
    """
    circle = circle_of(user)
    by_one = Exists(circle.filter(annotator=OuterRef("submission__annotator")))
    by_any = Exists(circle.filter(annotator__assignments__task=OuterRef("task")))
    return ~Q(by_one) & (Q(submission__isnull=False) | ~Q(by_any))


def not_judged(user: User) -> Q:
    """Requests for another person than those who have judged the answer before.

    A correction may come back to whoever asked for it. A second reading is by somebody who has not
    read this version; who read an earlier one may, or three reviewers could not read three
    versions twice. Every other reading is somebody new's, and a result is inspected by nobody who
    judged an answer to the task or decided it.
    """
    mine = ReviewAssignment.objects.filter(reviewer=user, state__in=TAKEN)
    same = mine.filter(submission__assignment=OuterRef("submission__assignment"))
    version = mine.filter(submission=OuterRef("submission"))
    decided = Adjudication.objects.filter(task=OuterRef("task"), decided_by=user)
    first, second = ReviewKind.FIRST, ReviewKind.SECOND
    return (
        (~Q(kind=first) | ~Q(Exists(same.exclude(request__kind=first))))
        & (~Q(kind=second) | ~Q(Exists(version)))
        & (Q(kind__in=(first, second)) | ~Q(Exists(same)))
        & (
            Q(submission__isnull=False)
            | (~Q(Exists(mine.filter(task=OuterRef("task")))) & ~Q(Exists(decided)))
        )
    )


def still_wanted() -> Q:
    """A first review is of an answer that waits for its verdict; the others follow one."""
    return ~Q(kind=ReviewKind.FIRST) | Q(submission__assignment__state=AssignmentState.SUBMITTED)


def waiting(who: Reviewer) -> QuerySet[ReviewRequest]:
    """What this reviewer may take, the nearest date first, then the oldest."""
    rows = ReviewRequest.objects.filter(
        still_wanted(),
        not_worked_on(who.user),
        no_tie(who.user),
        not_judged(who.user),
        state=ReviewRequestState.WAITING,
    )
    if not who.staff:
        rows = _by_level(rows, who)
    return rows.select_related("task__project", "submission").order_by(
        F("due_at").asc(nulls_last=True), "created_at", "pk"
    )


def _by_level(rows: QuerySet[ReviewRequest], who: Reviewer) -> QuerySet[ReviewRequest]:
    """Those in their domains at their levels, in projects that the rules open to them."""
    if not who.levels or who.annotator_id is None:
        return rows.none()
    able = Q()
    for domain, level in who.levels.items():
        inside = Q(project__domain=domain) | Q(project__domain__path__startswith=f"{domain}.")
        able |= inside & Q(level__lte=level)
    return rows.filter(able, project__in=projects_open(who.annotator_id))
