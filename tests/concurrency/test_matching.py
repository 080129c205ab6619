"""Two refreshes of the same pair: the later knows more, and its word stays."""

import threading

import pytest

from accounts.models import Credential
from tasks.actions import matching
from tasks.matching import sql
from tasks.models import Candidate
from tests.support import factories_tasks as work
from tests.support.races import at_once, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
SECONDS = 1.0


def pairs():
    return set(Candidate.objects.values_list("annotator", "project"))


def a_refresh_that_reads_before_and_writes_after(monkeypatch):
    """A project's refresh that stands still between its read and its write, while a credential is
    lost and its annotator matched anew."""
    first, who = work.expert(), work.expert()
    project = work.project()
    Candidate.objects.all().delete()
    slow = sql.REFRESH_PROJECT.replace(
        "core_now() FROM moved\n", f"core_now() FROM moved, (SELECT pg_sleep({SECONDS})) AS still\n"
    )
    assert slow != sql.REFRESH_PROJECT
    monkeypatch.setattr(sql, "REFRESH_PROJECT", slow)
    begun = threading.Event()

    def refresh():
        threading.Timer(SECONDS / 4, begun.set).start()
        return matching.refresh_project(project_id=project.pk)

    def lose():
        begun.wait(10)
        Credential.objects.filter(annotator=who).update(state="expired")
        return matching.refresh_annotator(annotator_id=who.pk)

    assert values(at_once(refresh, lose)) == [2, 0]
    return first, who, project


def test_a_refresh_waits_for_an_older_one_of_the_same_pair(monkeypatch):
    first, _, project = a_refresh_that_reads_before_and_writes_after(monkeypatch)
    assert pairs() == {(first.pk, project.pk)}


def test_control_without_the_lock_the_older_refresh_has_the_last_word(monkeypatch):
    monkeypatch.setattr(matching, "_LOCK", "SELECT 'nobody waits{shared}'")
    first, who, project = a_refresh_that_reads_before_and_writes_after(monkeypatch)
    assert pairs() == {(first.pk, project.pk), (who.pk, project.pk)}


def test_projects_are_refreshed_side_by_side_and_annotators_after_each_other():
    crowd = [work.expert() for _ in range(4)]
    projects = [work.project() for _ in range(4)]
    Candidate.objects.all().delete()
    outcomes = at_once(
        *[lambda p=p: matching.refresh_project(project_id=p.pk) for p in projects],
        *[lambda w=w: matching.refresh_annotator(annotator_id=w.pk) for w in crowd],
    )
    assert values(outcomes) == [4] * 8
    assert pairs() == {(who.pk, row.pk) for who in crowd for row in projects}
