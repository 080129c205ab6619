"""Tasks that ran out or were given back too often: out of the queue, with reasons, for staff."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from accounts.selectors.actors import of_staff, of_user
from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import AuditEntry
from payments.models import Reservation
from tasks.actions import assignments, attention, expiry, projects, weighing
from tasks.models import Assignment, Project, Result, Task
from tasks.selectors import attention as desk
from tasks.selectors import progress
from tasks.selectors import work as pages
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.desk import Desk

pytestmark = pytest.mark.django_db
WHY = "The picture opens again."


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def skip(row, skip_reason="broken", reason=""):
    by = of_user(row.annotator.user)
    return assignments.release(
        assignment_id=row.pk, fence=row.fence, skip_reason=skip_reason, reason=reason, by=by
    )


def run_out(row):
    Assignment.objects.filter(pk=row.pk).update(leased_until="2020-01-01T00:00Z")
    assert expiry.expire_assignments(by=work.BY) == 1


def staff():
    return of_staff(people.staff())


def troubled(**other):
    """A task that three experts gave up."""
    project = work.project(tasks=1, **other)
    for _ in range(3):
        skip(work.claim(work.expert()))
    return Task.objects.get(project=project)


def test_after_as_many_setbacks_as_allowed_the_task_leaves_the_queue():
    project = work.project(tasks=1)
    Project.objects.filter(pk=project.pk).update(setbacks_allowed=2)
    skip(work.claim(work.expert()), "unclear", "Which of the two figures?")
    task = Task.objects.get()
    assert (task.state, task.setbacks, task.attention_at) == ("open", 1, None)
    run_out(work.claim(work.expert()))
    task.refresh_from_db()
    assert (task.state, task.setbacks, task.open_slots) == ("attention", 2, 1)
    assert task.attention_at is not None
    assert refusal(work.claim, work.expert()).code == "nothing_to_claim"
    assert Reservation.objects.filter(state="held").count() == 0
    entry = AuditEntry.objects.get(verb="needs_attention")
    assert (entry.subject, entry.data) == (f"task:{task.pk}", {"setbacks": 2})
    assert progress.project(project.pk).tasks_attention == 1
    released = AuditEntry.objects.get(verb="released")
    assert (released.reason, released.data) == (
        "Which of the two figures?",
        {"skip_reason": "unclear"},
    )


@pytest.mark.parametrize("wrong", ["", "tired", "other\x00"])
def test_a_reason_is_one_of_the_list(wrong):
    work.project(tasks=1)
    row = work.claim(work.expert())
    caught = refusal(skip, row, wrong)
    assert (caught.code, caught.faults[0].pointer) == ("invalid", "/skip_reason")
    assert Assignment.objects.get().state == "claimed"


def test_a_rejection_is_no_setback():
    work.project(tasks=1)
    for _ in range(3):
        work.review(work.submit(work.claim(work.expert())), "reject")
    assert Task.objects.values_list("state", "setbacks").get() == ("open", 0)


def test_the_desk_tells_who_gave_it_up_why_and_after_how_long():
    project = work.project(tasks=1)
    first, second, third = (work.expert() for _ in range(3))
    row = work.claim(first)
    assignments.save_draft(
        assignment_id=row.pk, fence=row.fence, draft={"why": "half"}, by=of_user(first.user)
    )
    clock.advance(dt.timedelta(minutes=12))
    skip(row, "too_long", "An hour at least.")
    run_out(work.claim(second))
    skip(work.claim(third), "broken")
    (one,) = desk.waiting()
    assert (one.task.project_id, one.live) == (project.pk, 0)
    seen = [(s.annotator, s.skipped, s.why, s.text, s.draft) for s in one.setbacks]
    assert seen == [
        (str(third.pseudonym), True, "Something is missing or does not open", "", False),
        (str(second.pseudonym), False, "", "", False),
        (str(first.pseudonym), True, "It takes longer than expected", "An hour at least.", True),
    ]
    assert one.setbacks[2].held.startswith("0:12:0")


def test_put_back_the_task_is_handed_out_again_and_counted_anew():
    task = troubled()
    attention.put_back(task_id=task.pk, reason=WHY, by=staff())
    task.refresh_from_db()
    assert (task.state, task.setbacks, task.attention_at) == ("open", 0, None)
    assert work.claim(work.expert()).task_id == task.pk
    assert AuditEntry.objects.get(verb="put_back").reason == WHY
    assert (
        refusal(attention.put_back, task_id=task.pk, reason=WHY, by=staff()).code == "wrong_state"
    )


def test_a_cancelled_task_without_answers_ends():
    task = troubled()
    attention.cancel(task_id=task.pk, reason=WHY, by=staff())
    task.refresh_from_db()
    assert (task.state, task.open_slots, task.overlap) == ("cancelled", 0, 1)
    assert AuditEntry.objects.get(verb="task_cancelled").reason == WHY


def two_live_and_trouble():
    """Overlap 4: two are at work, three others gave the task up."""
    first, second = work.expert(), work.expert()
    project = work.project(tasks=1, overlap=4)
    live = [work.claim(first), work.claim(second)]
    for _ in range(3):
        skip(work.claim(work.expert()))
    return project, live, Task.objects.get()


def test_claims_that_go_on_are_handed_in_reviewed_and_concluded_after_a_cancel():
    _, live, task = two_live_and_trouble()
    assert (task.state, task.open_slots) == ("attention", 2)
    work.review(work.submit(live[0]))
    assert weighing.weigh(task_id=task.pk, by=work.BY) is None
    attention.cancel(task_id=task.pk, reason=WHY, by=staff())
    task.refresh_from_db()
    assert (task.state, task.overlap, task.open_slots) == ("filled", 2, 0)
    work.review(work.submit(live[1]))
    work.run_jobs("tasks.weigh_task")
    task.refresh_from_db()
    assert task.state == "concluded"
    assert Result.objects.get().submissions == 2


@pytest.mark.parametrize("end", ["rejected", "gave up", "ran out"])
def test_an_answer_that_falls_away_after_a_cancel_is_not_replaced(end):
    _, live, task = two_live_and_trouble()
    attention.cancel(task_id=task.pk, reason=WHY, by=staff())
    Project.objects.update(setbacks_allowed=20)  # whatever the client allows now
    submission = work.submit(live[0])
    ends = {
        "rejected": lambda: work.review(work.submit(live[1]), "reject"),
        "gave up": lambda: skip(live[1]),
        "ran out": lambda: run_out(live[1]),
    }
    ends[end]()
    task.refresh_from_db()
    assert (task.state, task.overlap, task.open_slots) == ("filled", 1, 0)
    assert refusal(work.claim, work.expert()).code == "nothing_to_claim"
    work.review(submission, "reject")
    task.refresh_from_db()
    assert (task.state, task.overlap, task.open_slots) == ("cancelled", 1, 0)
    assert refusal(work.claim, work.expert()).code == "nothing_to_claim"


def test_control_a_task_that_nobody_took_out_opens_again_after_a_rejection():
    first = work.expert()
    work.project(tasks=1)
    work.review(work.submit(work.claim(first)), "reject")
    assert Task.objects.values_list("state", "open_slots").get() == ("open", 1)


def test_claims_that_end_meanwhile_leave_it_where_it_is():
    _, live, task = two_live_and_trouble()
    since = task.attention_at
    run_out(live[0])
    work.review(work.submit(live[1]), "reject")
    task.refresh_from_db()
    assert (task.state, task.open_slots, task.attention_at) == ("attention", 4, since)
    attention.put_back(task_id=task.pk, reason=WHY, by=staff())
    assert {work.claim(work.expert()).task_id for _ in range(4)} == {task.pk}
    task.refresh_from_db()
    assert task.state == "filled"


@pytest.mark.parametrize(("live", "end"), [(True, ("filled", 2, 0)), (False, ("cancelled", 1, 0))])
def test_closing_the_project_takes_it_out(live, end):
    task = two_live_and_trouble()[2] if live else troubled()
    projects.close(project_id=task.project_id, by=work.BY)
    assert (
        refusal(attention.put_back, task_id=task.pk, reason=WHY, by=staff()).code == "wrong_state"
    )
    work.run_jobs("tasks.wind_up_project")
    task.refresh_from_db()
    assert (task.state, task.overlap, task.open_slots) == end
    assert task.attention_at is None


def test_who_may_and_with_what_words():
    task = troubled()
    member = of_user(people.user())
    assert refusal(attention.put_back, task_id=task.pk, reason=WHY, by=member).status == 403
    for words in ("", "  ", "a\x00b", "x" * 4001):
        caught = refusal(attention.cancel, task_id=task.pk, reason=words, by=staff())
        assert caught.faults[0].pointer == "/reason"
    with pytest.raises(NotFound):
        attention.cancel(task_id=work.new_ids(1)[0], reason=WHY, by=staff())
    task.refresh_from_db()
    assert task.state == "attention"


def test_the_page_offers_to_claim_again_only_what_the_queue_will_have():
    who = work.expert()
    project = work.project(tasks=1)
    Project.objects.filter(pk=project.pk).update(setbacks_allowed=1)
    row = work.claim(who)
    Assignment.objects.filter(pk=row.pk).update(leased_until="2020-01-01T00:00Z")
    for _ in range(2):  # before the sweep, and after
        row = Assignment.objects.select_related("task", "project").get()
        assert pages.page(row).reclaimable is False
        expiry.expire_assignments(by=work.BY)
    attention.put_back(task_id=row.task_id, reason=WHY, by=staff())
    row = Assignment.objects.select_related("task", "project").get()
    assert pages.page(row).reclaimable is True


def test_staff_find_it_on_their_home_and_decide_on_its_page():
    task, staff_page = troubled(), Desk().browser
    home = staff_page.get(reverse("admin:index")).content.decode()
    assert re.search(r"<strong>1</strong>\s*Tasks that need attention", home)
    listed = staff_page.get(reverse("admin:tasks_attention_desk")).content.decode()
    url = reverse("admin:tasks_attention_one", args=[task.pk])
    assert url in listed
    html = staff_page.get(url).content.decode()
    assert "Problem 0" in html
    assert html.count("Something is missing or does not open") == 3
    for half in ({}, {"act": "put_back"}, {"reason": WHY}, {"act": "burn", "reason": WHY}):
        assert staff_page.post(url, half).status_code == 422
        assert Task.objects.get().state == "attention"
    assert staff_page.post(url, {"act": "put_back", "reason": WHY}).status_code == 302
    assert Task.objects.get().state == "open"
    assert staff_page.get(url).status_code == 404
