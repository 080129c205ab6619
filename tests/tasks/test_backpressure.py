"""Back-pressure: too many answers without a verdict, and a project hands out nothing for a while."""

import pytest

from accounts.models import Notice
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry
from tasks.actions import backpressure, projects
from tasks.models import Matching, Project
from tasks.selectors import progress
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def watch():
    return backpressure.watch(by=work.BY)


def submitted(number, project):
    """Answers that wait for a review."""
    crowd = [work.expert() for _ in range(number)]
    return [work.submit(work.claim(who, project_id=project.pk)) for who in crowd]


def slowed(project):
    seen = progress.project(project.pk)
    return (seen.slowed_since is not None, seen.slowed_why)


def refused(who, project):
    with pytest.raises(Refused) as caught:
        work.claim(who, project_id=project.pk)
    return caught.value.code


def acts():
    verbs = ("slowed_down", "went_on")
    return list(AuditEntry.objects.filter(verb__in=verbs).values_list("verb", "data"))


def told():
    rows = Notice.objects.filter(kind__in=["slowed_down", "went_on"]).order_by("created_at", "id")
    return list(rows.values_list("user_id", "text"))


def test_it_stops_above_its_number_and_goes_on_below_four_fifths():
    client = people.organization()
    project = work.project(tasks=20, client=client, most_unreviewed=5)
    first = submitted(5, project)
    assert (watch(), slowed(project)) == (0, (False, ""))
    first += submitted(1, project)
    who = work.expert()
    assert (watch(), watch()) == (1, 0)
    assert slowed(project) == (True, "6 answers wait for review; work goes on below 4")
    assert refused(who, project) == "review_backlog"
    for left, submission in zip((5, 4), first, strict=False):
        work.review(submission)
        assert watch() == 0
        assert slowed(project)[1].startswith(f"{left} answers wait for review")
    work.review(first[2])
    assert (watch(), watch(), slowed(project)) == (1, 0, (False, ""))
    assert work.claim(who, project_id=project.pk).state == "claimed"
    assert acts() == [
        ("slowed_down", {"answers": 6, "most": 5}),
        ("went_on", {"answers": 3, "most": 5}),
    ]
    managers = client.memberships.filter(role__in=["owner", "manager"])
    owner = managers.get().user_id
    name = project.name
    assert told() == [
        (owner, f"{name} is slowed down: 6 answers wait for review; work goes on below 4."),
        (owner, f"{name} goes on: its reviews have caught up."),
    ]


@pytest.mark.parametrize(("tasks", "most"), [(3, 50), (250, 50), (251, 51), (1000, 200)])
def test_without_a_number_it_is_a_fifth_of_the_tasks_and_fifty_at_least(monkeypatch, tasks, most):
    project = work.project(tasks=tasks)
    seen = []
    monkeypatch.setattr(backpressure, "_follow", lambda backlog, by: seen.append(backlog) or False)
    Matching.objects.filter(project=project).update(slowed_at=project.created_at, slowed_why="x")
    watch()
    assert [(backlog.most, backlog.answers) for backlog in seen] == [(most, 0)]


def test_one_project_does_not_slow_another_and_a_pause_changes_nothing():
    full = work.project(tasks=4, most_unreviewed=1)
    other = work.project(tasks=4, most_unreviewed=1)
    submitted(2, full)
    submitted(1, other)
    projects.pause(project_id=full.pk, by=work.BY)
    assert (watch(), slowed(full)[0]) == (0, False)
    projects.resume(project_id=full.pk, by=work.BY)
    assert (watch(), slowed(full)[0], slowed(other)[0]) == (1, True, False)


def test_a_closed_project_is_let_go_without_a_word():
    project = work.project(tasks=4, most_unreviewed=1)
    submitted(2, project)
    watch()
    before = told()
    Project.objects.filter(pk=project.pk).update(state="closed")
    assert (watch(), slowed(project), told()) == (1, (False, ""), before)


def test_a_project_that_was_never_matched_can_be_slowed():
    project = work.project(tasks=4, most_unreviewed=1)
    submitted(2, project)
    Matching.objects.filter(project=project).delete()
    assert (watch(), slowed(project)[0]) == (1, True)
