"""Two refreshes at once: neither takes away what the other, which knows more, has just written."""

import pytest

from accounts.models import Credential
from tasks.actions import matching, projects
from tasks.models import Candidate
from tests.support import factories_tasks as work
from tests.support.races import at_once, values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]


def after_the_facts_are_read(monkeypatch, step):
    """Run `step` on another connection while the first refresh stands between read and write."""
    score, steps = matching.score, [step]

    def slowly(pair):
        if steps:
            values(at_once(steps.pop()))
        return score(pair)

    monkeypatch.setattr(matching, "score", slowly)


def pairs():
    return set(Candidate.objects.values_list("annotator", "project"))


def test_refreshing_an_annotator_keeps_the_row_of_a_project_started_meanwhile(monkeypatch):
    other = work.project()
    who = work.expert()
    fresh = work.project(active=False)

    def start():
        projects.activate(project_id=fresh.pk, by=work.BY)
        assert matching.refresh_project(project_id=fresh.pk) == 1

    after_the_facts_are_read(monkeypatch, start)
    assert matching.refresh_annotator(annotator_id=who.pk) == 1
    assert pairs() == {(who.pk, other.pk), (who.pk, fresh.pk)}


def test_refreshing_a_project_keeps_the_row_of_an_annotator_verified_meanwhile(monkeypatch):
    first, who = work.expert(), work.expert()
    Credential.objects.filter(annotator=who).update(state="claimed")
    project = work.project()
    assert pairs() == {(first.pk, project.pk)}

    def verify():
        Credential.objects.filter(annotator=who).update(state="verified")
        assert matching.refresh_annotator(annotator_id=who.pk) == 1

    after_the_facts_are_read(monkeypatch, verify)
    assert matching.refresh_project(project_id=project.pk) == 1
    assert pairs() == {(first.pk, project.pk), (who.pk, project.pk)}


def test_what_an_older_refresh_wrote_goes_when_it_holds_no_more():
    first, who = work.expert(), work.expert()
    project = work.project()
    Credential.objects.filter(annotator=who).update(state="claimed")
    assert matching.refresh_annotator(annotator_id=who.pk) == 0
    assert pairs() == {(first.pk, project.pk)}
