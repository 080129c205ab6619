"""How near texts are to a project: through the job, from bio, credentials and accepted work."""

import datetime as dt

import pytest

from accounts.models import AnnotatorProfile, Credential
from marketplace.core import clock
from marketplace.core.models import OutboxMessage
from marketplace.core.registry import JOBS, SWEEPS
from tasks.actions import fit, projects
from tasks.models import Fit
from tasks.selectors import expert_texts
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db
BRIEF = {"name": "Pacing", "brief": "Judge cardiac pacing.", "guideline": "Read the whole strip."}
OWN = "Judge cardiac pacing. Read the whole strip. Pacing"


def annotator(bio="", **fields):
    """Somebody of whom nothing is known but the bio."""
    return people.annotator(bio=bio, **fields)


def project(**fields):
    """Active, its own jobs done."""
    row = work.project(tasks=fields.pop("tasks", 0), fund=1000, **{**BRIEF, **fields})
    work.run_jobs("tasks.refresh_fit")
    return row


def values(row):
    return dict(Fit.objects.filter(project=row).values_list("annotator_id", "value"))


def texts(who, domain=work.DOMAIN):
    return [text for pk, text in expert_texts.in_domain(domain) if pk == who.pk]


def test_activation_compares_everybody_of_the_domain_who_has_a_text():
    near = annotator("I write software for cardiac pacing.")
    related = annotator("Pacemakers")
    far = annotator("Compilers and type systems")
    silent = annotator()
    elsewhere = annotator(OWN, domains=("law",))
    gone = people.suspended(annotator(OWN))
    found = values(project())
    assert found == {near.pk: 1.0, related.pk: 0.5, far.pk: 0.0}
    assert not {silent.pk, elsewhere.pk, gone.pk} & set(found)


def test_a_node_below_the_projects_domain_counts_and_one_above_does_not():
    below = annotator(OWN, domains=("medicine.cardiology",))
    above = annotator(OWN, domains=("medicine",))
    assert set(values(project(domain="medicine"))) == {below.pk, above.pk}
    assert set(values(project(domain="medicine.cardiology"))) == {below.pk}


def test_the_candidates_are_refreshed_where_a_fit_has_changed():
    annotator(OWN)
    row = project()
    OutboxMessage.objects.all().delete()
    for _ in range(2):
        JOBS["tasks.refresh_fit"].run(project_id=str(row.pk))
    assert OutboxMessage.objects.count() == 0
    annotator("Pacing of the heart")
    JOBS["tasks.refresh_fit"].run(project_id=str(row.pk))
    promised = OutboxMessage.objects.get()
    assert (promised.job, promised.args) == ("tasks.refresh_project", {"project_id": str(row.pk)})


def test_a_new_guideline_and_the_nightly_sweep_compare_anew():
    compilers, hearts = annotator("Compilers and type systems"), annotator("Cardiac arrest")
    row = project()
    assert values(row) == {compilers.pk: 0.0, hearts.pk: 1.0}
    projects.publish_guideline(
        project_id=row.pk, text="Compilers: judge the type systems.", by=work.BY
    )
    work.run_jobs("tasks.refresh_fit")
    assert values(row) == {compilers.pk: 1.0, hearts.pk: 0.0}
    AnnotatorProfile.objects.filter(pk=compilers.pk).update(bio="")
    SWEEPS["tasks.rebuild_fit"].run()
    work.run_jobs("tasks.refresh_fit")
    assert values(row) == {hearts.pk: 1.0}


def test_a_guideline_of_a_draft_promises_nothing():
    row = work.project(active=False)
    projects.publish_guideline(project_id=row.pk, text="Another one.", by=work.BY)
    assert not OutboxMessage.objects.filter(job="tasks.refresh_fit").exists()


def test_who_left_the_domain_loses_the_row_and_a_closed_project_all():
    stays, leaves = annotator(OWN), annotator(OWN)
    row = project()
    leaves.domains.clear()
    assert fit.refresh(project_id=row.pk) == 1
    assert set(values(row)) == {stays.pk}
    other = project()
    projects.close(project_id=row.pk, by=work.BY)
    assert fit.refresh(project_id=row.pk) == 0
    assert values(row) == {}
    projects.close(project_id=other.pk, by=work.BY)
    projects.wind_up(project_id=other.pk, by=work.BY)
    assert values(other) == {}


def test_whoever_began_later_is_kept():
    annotator(OWN)
    row = project()
    later = clock.now() + dt.timedelta(seconds=5)
    Fit.objects.update(value=0.5, made_at=later)
    OutboxMessage.objects.all().delete()
    fit.refresh(project_id=row.pk)
    assert [(one.value, one.made_at) for one in Fit.objects.all()] == [(0.5, later)]
    assert OutboxMessage.objects.count() == 0


def test_the_texts_of_an_annotator_are_the_bio_with_valid_titles_and_accepted_work():
    who = work.expert(bio="Writes parsers.")
    people.verified_credential(
        who, title="Licence of the day before", expires_on=dt.date(2020, 1, 1)
    )
    people.credential(who, title="Only claimed")
    work.project(tasks=3, review_percent=0)
    accepted = work.claim(who)
    work.check(work.submit(accepted))
    work.submit(work.claim(who))
    work.claim(who)
    assert sorted(texts(who)) == [
        accepted.task.payload["problem"],
        "Writes parsers. MSc Computer Science",
    ]
    Credential.objects.all().delete()
    assert "Writes parsers." in texts(who)


def test_only_the_last_accepted_tasks_count_and_fewer_where_there_are_many_people(monkeypatch):
    who = work.expert(bio="Writes parsers.")
    work.project(tasks=4, review_percent=0)
    done = []
    for _ in range(4):
        done.append(work.claim(who))
        work.check(work.submit(done[-1]))
    said = [row.task.payload["problem"] for row in done]
    assert set(said) <= set(texts(who))
    monkeypatch.setattr(expert_texts, "MOST_RECENT", 3)
    assert set(said) & set(texts(who)) == set(said[1:])
    monkeypatch.setattr(expert_texts, "MOST_TEXTS", 3)
    assert set(said) & set(texts(who)) == set(said[2:])
    annotator("Somebody else"), annotator("A third")
    assert set(said) & set(texts(who)) == set()


def test_a_long_text_is_cut_and_nested_payloads_give_their_strings():
    who = work.expert(bio="x" * 4000)
    row = work.project(tasks=1, review_percent=0)
    row.tasks.update(payload={"a": {"b": ["Loops", 3, None, {"c": "and “quotes”\n"}]}, "d": True})
    work.check(work.submit(work.claim(who)))
    assert sorted(texts(who)) == ["Loops and “quotes”\n", "x" * 1500]


def test_the_projects_text_is_name_brief_and_newest_guideline():
    row = project()
    projects.publish_guideline(project_id=row.pk, text="Version two.", by=work.BY)
    assert expert_texts.of_project(row) == "Pacing\nJudge cardiac pacing.\nVersion two."


def test_the_fit_of_a_changed_bio_is_there_when_the_project_is_refreshed():
    """The whole road: the nightly sweep, the job, and the candidates' refresh that it promises."""
    who, other = work.expert(), work.expert(bio="Compilers")
    row = project()
    OutboxMessage.objects.all().delete()
    AnnotatorProfile.objects.filter(pk=who.pk).update(bio=OWN)
    SWEEPS["tasks.rebuild_fit"].run()
    work.run_jobs("tasks.refresh_fit")
    assert values(row) == {who.pk: 1.0, other.pk: 0.0}
    work.run_jobs("tasks.refresh_project")
    assert dict(row.candidates.values_list("annotator_id", "fit")) == {who.pk: 1.0, other.pk: 0.0}
    assert OutboxMessage.objects.count() == 0
