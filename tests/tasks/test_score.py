"""The parts of the score, each from the rows it is made of; and the order they give."""

import datetime as dt

import pytest
from scipy.stats import beta

from marketplace.core import clock
from tasks.actions import matching
from tasks.matching import score
from tasks.models import Candidate, Fit, Project, Skill
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

PARTS = ("quality", "fit", "cost", "fairness", "exploration", "score", "newcomer")


def parts(who, project):
    matching.refresh_project(project_id=project.pk)
    row = Candidate.objects.get(annotator=who, project=project)
    return {name: round(getattr(row, name), 4) for name in PARTS}


@pytest.mark.parametrize(
    ("prior", "a", "b"), [(score.PRIOR_PROVEN, 4, 1), (score.PRIOR_DECLARED, 3, 2)]
)
def test_the_priors_are_quantiles_of_beta_distributions(prior, a, b):
    assert prior == tuple(round(float(beta.ppf(q, a, b)), 4) for q in (0.05, 0.95))


def test_presets_name_every_weight_and_none_is_negative():
    for weights in score.PRESETS.values():
        assert tuple(weights) == score.WEIGHTS
        assert min(weights.values()) >= 0 < max(weights.values())


@pytest.mark.django_db
def test_without_gold_the_prior_speaks_and_a_newcomer_is_worth_a_try():
    who = work.expert()
    project = work.project()
    assert parts(who, project) == {
        "quality": 0.4729,
        "fit": 0.5,
        "cost": 0.3333,
        "fairness": 1.0,
        "exploration": 0.5144,
        "score": round(0.4729 + 0.3 * 0.5 - 0.2 / 3 + 0.3 + 0.2 * 0.5144, 4),
        "newcomer": True,
    }


@pytest.mark.django_db
def test_a_credential_raises_the_prior():
    who = people.annotator(domains=(work.DOMAIN,))
    project = work.project(credential_required=False)
    assert parts(who, project)["quality"] == 0.2486
    people.verified_credential(who, work.DOMAIN)
    assert parts(who, project)["quality"] == 0.4729


@pytest.mark.django_db
def test_the_nearest_estimate_counts_and_gold_ends_the_exploring():
    who = work.expert()
    project = work.project()
    Skill.objects.create(
        annotator=who,
        domain_id="engineering",
        alpha=8,
        beta=4,
        gold_seen=10,
        lower=0.43,
        upper=0.86,
    )
    found = parts(who, project)
    assert (found["quality"], found["exploration"], found["newcomer"]) == (0.43, 0.43, True)
    Skill.objects.create(
        annotator=who, domain_id=work.DOMAIN, alpha=28, beta=4, gold_seen=30, lower=0.76, upper=0.95
    )
    found = parts(who, project)
    assert (found["quality"], found["exploration"], found["newcomer"]) == (0.76, 0.0, False)


@pytest.mark.django_db
def test_texts_price_and_shares_move_their_parts():
    who, other = work.expert(), work.expert()
    project = work.project(tasks=4, price_minor=500)
    Fit.objects.create(annotator=who, project=project, value=0.9)
    Project.objects.filter(pk=project.pk).update(value_minor=1000)
    found = parts(who, project)
    assert (found["fit"], found["cost"]) == (0.9, 0.5)
    work.claim(who, project_id=project.pk)
    parts(who, project)  # reckons the mean share: one claim of two experts
    assert parts(who, project)["fairness"] == 0.0
    assert parts(other, project)["fairness"] == 1.0


@pytest.mark.django_db
def test_weights_are_the_projects_and_a_deadline_raises_its_turn():
    who = work.expert()
    first, second = work.project(tasks=3), work.project(tasks=3)
    Project.objects.filter(pk=second.pk).update(weight_quality=2)
    matching.refresh_project(project_id=second.pk)
    assert work.claim(who).project_id == second.pk
    Project.objects.filter(pk=first.pk).update(deadline=clock.now() + dt.timedelta(hours=6))
    assert work.claim(who).project_id == first.pk


@pytest.mark.django_db
def test_a_refresh_that_changes_nothing_writes_nothing_and_new_scores_are_kept():
    who = work.expert()
    project = work.project()
    before = Candidate.objects.values_list("refreshed_at", "score").get()
    matching.refresh_annotator(annotator_id=who.pk)
    assert Candidate.objects.values_list("refreshed_at", "score").get() == before
    Project.objects.filter(pk=project.pk).update(weight_fit=1)
    matching.refresh_annotator(annotator_id=who.pk)
    after = Candidate.objects.values_list("refreshed_at", "score").get()
    assert after[0] > before[0]
    assert after[1] == pytest.approx(before[1] + 0.7 * 0.5)
