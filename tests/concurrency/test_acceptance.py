"""What open-source peers fail at, as far as no other file of this folder shows it: `__init__` has
the whole list.
"""

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from accounts.actions import lists, ndas, walls
from accounts.selectors.actors import of_staff, of_user
from marketplace.core.errors import Refused
from tasks.actions import claims, matching, reviewing, reviews, submissions
from tasks.actions.locking import lock_assignment
from tasks.models import Assignment, Candidate, Project, ReviewAssignment, Submission, Task
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.races import at_once, codes, times, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
BACKEND = "django.contrib.auth.backends.ModelBackend"
NEXT = "/api/v1/queue/next"


def signed_in(who):
    client = Client()
    client.force_login(who.user, backend=BACKEND)
    return client


def hand_in(client, row):
    answer = {"fence": row.fence, "answer-verdict": "correct", "answer-why": "It does as it says."}
    return client.post(f"/work/{row.pk}/", answer).status_code


def take_all_but(project, free, who):
    """So many tasks, spread over the queue, are left free; `who` has claimed every other one."""
    tasks = list(Task.objects.filter(project=project, state="open").order_by("id"))
    left = set(tasks[:: len(tasks) // free][:free])
    taken = [task for task in tasks if task not in left]
    Assignment.objects.bulk_create(
        Assignment(
            task=task,
            project=project,
            annotator=who,
            currency="usd",
            price_minor=500,
            fee_minor=100,
            guideline_version=1,
            leased_until=task.created_at,
        )
        for task in taken
    )
    Task.objects.filter(pk__in=[task.pk for task in taken]).update(state="filled", open_slots=0)
    assert (len(taken), len(left)) == (len(tasks) - free, free)
    return {task.pk for task in left}


def test_nobody_hands_in_for_another():
    who = work.expert()
    work.project(tasks=1)
    row = work.claim(who)
    strangers = [signed_in(work.expert()) for _ in range(7)]
    outcomes = at_once(*[lambda c=c: hand_in(c, row) for c in (*strangers, signed_in(who))])
    assert values(outcomes) == [404] * 7 + [302]
    assert Submission.objects.get().annotator == who


def test_control_without_the_question_whose_claim_it_is_a_stranger_hands_in(monkeypatch):
    who, stranger = work.expert(), work.expert()
    work.project(tasks=1)
    row = work.claim(who)
    monkeypatch.setattr(submissions, "lock_own", lambda pk, by: lock_assignment(pk))
    by = of_user(stranger.user)
    submissions.submit(assignment_id=row.pk, fence=row.fence, answer=work.RIGHT, by=by)
    assert Submission.objects.count() == 1


def test_the_5_free_tasks_of_1000_are_found_at_the_first_call():
    """By eight people, one after the other and at once: a call finds a task while one is left, so
    that nobody needs to ask again.
    """
    crowd = [work.expert() for _ in range(8)]
    filler = work.expert()
    for at_the_same_time in (False, True):
        project = work.project(tasks=1000, fund=100_000_000)
        free = take_all_but(project, 5, filler)
        calls = [lambda w=who, p=project: work.claim(w, project_id=p.pk) for who in crowd]
        if at_the_same_time:
            outcomes = at_once(*calls)
        else:
            outcomes = [one for call in calls for one in at_once(call)]
        assert {row.task_id for row in values(outcomes)} == free
        assert codes(outcomes) == ["nothing_to_claim"] * 3
        work_is_over(project, crowd)


def work_is_over(project, crowd):
    """The claims of the crowd end, so that their caps do not stop the next round."""
    mine = Assignment.objects.filter(project=project, annotator__in=crowd)
    mine.update(state="expired")


def test_control_a_sample_of_50_says_that_there_is_nothing():
    """What peers do: look at a few, and call that all."""
    filler = work.expert()
    project = work.project(tasks=1000)
    take_all_but(project, 5, filler)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        empty = 0
        for _ in range(20):
            sample = Task.objects.filter(project=project).order_by("?").values("pk")[:50]
            empty += not Task.objects.filter(
                pk__in=list(sample.values_list("pk", flat=True)), state="open"
            ).exists()
    assert empty > 5


class Counted:
    """Statements sent to the database, sessions and people included."""

    def __init__(self):
        self.statements = []

    def __call__(self, execute, sql, params, many, context):
        self.statements.append(sql)
        return execute(sql, params, many, context)


def counted(client, path):
    """How many statements a claim over HTTP takes, and its reply."""
    counter = Counted()
    with connection.execute_wrapper(counter):
        reply = client.post(path, {}, content_type="application/json")
    return len(counter.statements), reply.status_code


@pytest.mark.parametrize(("path", "statements", "status"), [(NEXT, 3, 201), ("/work/next", 3, 302)])
def test_a_claim_over_http_takes_as_many_statements_with_1000_open_claims(path, statements, status):
    first, second, filler = (work.expert() for _ in range(3))
    project = work.project(tasks=1010, fund=100_000_000)
    assert counted(signed_in(first), path) == (statements, status)
    take_all_but(project, 9, filler)
    assert counted(signed_in(second), path) == (statements, status)
    assert statements <= 10
    assert Assignment.objects.filter(annotator__in=(first, second)).count() == 2


def own_submission():
    """An answer whose annotator is a reviewer too."""
    who = work.expert(person=people.staff())
    work.project(tasks=1)
    return who, work.submit(work.claim(who))


def claim_review(submission, person):
    return reviews.claim(submission_id=submission.pk, by=of_staff(person), user=person)


def test_nobody_reviews_their_own_work_however_often_they_ask():
    who, submission = own_submission()
    outcomes = times(8, lambda: claim_review(submission, who.user))
    assert codes(outcomes) == ["own_work"] * 8
    assert ReviewAssignment.objects.count() == 0
    assert claim_review(submission, people.staff()).state == "claimed"


def test_without_the_question_postgresql_refuses_them(monkeypatch):
    who, submission = own_submission()
    monkeypatch.setattr(reviewing, "may_review_submission", lambda *_: None)
    with pytest.raises(IntegrityError, match="nobody reviews a task they have worked on"):
        claim_review(submission, who.user)
    assert ReviewAssignment.objects.count() == 0


def test_control_without_question_and_guard_they_do(monkeypatch):
    who, submission = own_submission()
    monkeypatch.setattr(reviewing, "may_review_submission", lambda *_: None)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tasks_reviewassignment DISABLE TRIGGER tasks_by_others")
        try:
            assert claim_review(submission, who.user).state == "claimed"
        finally:
            cursor.execute("ALTER TABLE tasks_reviewassignment ENABLE TRIGGER tasks_by_others")


def test_returns_end_after_three():
    who = work.expert()
    work.project(tasks=1)
    submission = work.submit(work.claim(who))
    for number in range(3):
        work.review(submission, "return")
        row = Assignment.objects.select_related("annotator__user").get()
        submission = work.submit(row, {**work.RIGHT, "why": f"Try number {number}"})
    with pytest.raises(Refused) as caught:
        work.review(submission, "return")
    assert caught.value.code == "no_more_returns"
    assert submission.version == 4


def shut_out(who, client, rival):
    lists.put(
        organization_id=client.pk, annotator_id=who.pk, kind="deny", reason="Slow.", by=work.BY
    )


def walled_off(who, client, rival):
    project = work.project(tasks=1, client=rival)
    walls.put_up(
        organization_ids=(client.pk, rival.pk), months=12, reason="They compete.", by=work.BY
    )
    work.claim(who, project_id=project.pk)


def without_signature(who, client, rival):
    nda = ndas.publish(organization_id=client.pk, title="Secrets", text="Tell nobody.", by=work.BY)
    Project.objects.filter(organization=client).update(nda=nda)


def not_chosen(who, client, rival):
    Project.objects.filter(organization=client).update(invited_only=True)


SECRETS = ("Zebra Pharma", "Tumour grading")


@pytest.mark.parametrize("excluded", [shut_out, walled_off, without_signature, not_chosen])
def test_a_project_is_invisible_to_those_who_are_excluded(excluded):
    """By the list, by its id, by what else takes an id or lists projects, and by a claim."""
    who, other = work.expert(), work.expert()
    client, rival = people.organization(name=SECRETS[0]), people.organization()
    project = work.project(tasks=2, client=client, name=SECRETS[1])
    task = project.tasks.all()[0]
    excluded(who, client, rival)
    matching.refresh_project(project_id=project.pk)
    page = signed_in(who)
    open_pages = ["/work/", "/work/offers/", "/history/", f"/work/projects/{project.pk}/why"]
    if excluded is not without_signature:  # else the agreement names its client: it is to be signed
        open_pages.append("/agreements/")
    for path in open_pages:
        html = page.get(path).content.decode()
        assert [secret for secret in SECRETS if secret in html] == [], path
    hidden = f"/client/projects/{project.pk}/"
    for path in (hidden, f"{hidden}tasks/{task.pk}/", f"{hidden}who"):
        assert page.get(path).status_code == 404, path
    for path in ("/api/v1/projects", f"/api/v1/projects/{project.pk}"):
        assert page.get(path).status_code in (401, 403, 404), path
    reply = page.post(NEXT, {"project": str(project.pk)}, content_type="application/json")
    assert reply.status_code == 403
    assert [secret for secret in SECRETS if secret in reply.content.decode()] == []
    if excluded is walled_off:  # nor that somebody competes
        assert (reply.json()["code"], reply.json()["detail"]) == (
            "not_open",
            "Not open to you at present.",
        )
    for only in ({}, {"project_id": project.pk}, {"project_id": project.pk, "task_id": task.pk}):
        with pytest.raises(Refused):
            claims.claim(annotator_id=who.pk, by=of_user(who.user), **only)
    assert not Candidate.objects.filter(annotator=who, project=project).exists()
    assert not Assignment.objects.filter(annotator=who, project=project).exists()
    # the control: whoever is not excluded sees and gets it
    if excluded in (shut_out, walled_off):
        assert SECRETS[1] in signed_in(other).get("/work/").content.decode()
        assert work.claim(other, project_id=project.pk).state == "claimed"
