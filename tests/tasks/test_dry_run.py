"""The dry run of weights: what they would change, and that nothing is changed."""

import datetime as dt

import pytest

from accounts.models import AnnotatorProfile
from marketplace.core import clock
from marketplace.core.models import AuditEntry, OutboxMessage
from tasks.matching.score import PRESETS
from tasks.models import Candidate, Fit, Project, Skill
from tasks.selectors import dry_run, weights
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers

pytestmark = pytest.mark.django_db
ONLY = dict.fromkeys(PRESETS["balanced"], 0)


@pytest.fixture
def api():
    return Api()


def skilled(lower, gold=50):
    """An expert with a proven skill."""
    who = work.expert()
    Skill.objects.create(
        annotator=who,
        domain_id=work.DOMAIN,
        alpha=1,
        beta=1,
        lower=lower,
        upper=1,
        gold_seen=gold,
    )
    return who


def near(who, row, value):
    Fit.objects.update_or_create(annotator=who, project=row, defaults={"value": value})


def tried(api, row, **body):
    status, found = api.post(f"/projects/{row.pk}/matching/preview", body)
    assert status == 200
    return found


def seen_by_staff(row, weights):
    """The page of the desk has all of it; the client's answer has no person."""
    return dry_run.of(row, weights)


def test_the_order_turns_where_the_weights_do(api):
    good, close = skilled(0.9), skilled(0.5)
    row = work.project(client=api.organization, active=False, tasks=10)
    near(good, row, 0.1)
    near(close, row, 1.0)
    kept = list(Candidate.objects.values())
    before = (AuditEntry.objects.count(), OutboxMessage.objects.count())
    found = tried(api, row, weights={**ONLY, "fit": 1})
    whole = seen_by_staff(row, {**ONLY, "fit": 1})
    assert [(one.pseudonym, one.score, one.place, one.before) for one in whole.top] == [
        (close.pseudonym, 1.0, 1, 2),
        (good.pseudonym, 0.1, 2, 1),
    ]
    assert (found["eligible"], found["active"], found["left_top"]) == (2, 2, 0)
    quality = whole.parts["quality"]
    assert [quality.low, quality.middle, quality.high] == pytest.approx([0.54, 0.7, 0.86])
    assert whole.proposed.score.middle == pytest.approx(0.55)
    assert (found["present"]["preset"], found["proposed"]["preset"]) == ("balanced", None)
    assert found["proposed"]["weights"] == {**ONLY, "fit": 1}
    assert list(Candidate.objects.values()) == kept == []
    assert (AuditEntry.objects.count(), OutboxMessage.objects.count()) == before
    assert Project.objects.get().weight_fit == 0.3


def test_the_dry_run_says_what_a_refresh_will_write(api):
    skilled(0.9)
    work.expert()
    row = work.project(client=api.organization, tasks=10)
    found = seen_by_staff(row, PRESETS["careful"])
    api.send("PATCH", f"/projects/{row.pk}/matching", {"preset": "careful"})
    work.run_jobs("tasks.refresh_project")
    kept = Candidate.objects.order_by("-score").values_list("annotator__pseudonym", "score")
    assert [(one.pseudonym, one.score) for one in found.top] == [
        (pseudonym, pytest.approx(score)) for pseudonym, score in kept
    ]
    row.refresh_from_db()
    now = seen_by_staff(row, weights.of(row))
    assert now.present == now.proposed
    assert now.present.score == found.proposed.score


@pytest.mark.parametrize(("experts", "told"), [(4, False), (5, True)])
def test_a_client_reads_no_persons_score(api, experts, told):
    whos = [skilled(0.5 + n / 10) for n in range(experts)]
    row = work.project(client=api.organization, tasks=10)
    found = tried(api, row, weights={**ONLY, "quality": 1})
    assert sorted(found) == ["active", "eligible", "left_top", "parts", "present", "proposed"]
    assert [who for who in whos if str(who.pseudonym) in str(found)] == []
    assert (found["eligible"], found["left_top"]) == (experts, 0)
    middle = {"low": pytest.approx(0.54), "middle": pytest.approx(0.7), "high": pytest.approx(0.86)}
    assert found["parts"]["quality"] == (middle if told else None)
    assert found["proposed"]["score"] == (middle if told else None)
    assert (found["present"]["score"] is not None) == told


def test_a_project_is_first_choice_where_it_stands_before_all_others(api):
    whos = [skilled(0.9), skilled(0.8)]
    other = work.project(tasks=3)
    Candidate.objects.filter(project=other).update(score=2)
    row = work.project(client=api.organization, tasks=10)
    found = tried(api, row, preset="careful")  # twice .9 and more, against 2 of the other project
    assert [found[side]["first_choice"] for side in ("present", "proposed")] == [0, 2]
    # both at an hour a day: half each
    assert found["present"]["largest_share"] is None
    assert found["proposed"]["largest_share"] == 0.5
    assert (found["proposed"]["top_tenth_share"], found["proposed"]["gini"]) == (0.5, 0)
    Project.objects.filter(pk=other.pk).update(rank=1)
    assert tried(api, row, preset="careful")["proposed"]["first_choice"] == 0
    Project.objects.filter(pk=other.pk).update(funds_short_at=clock.now())
    assert tried(api, row, preset="careful")["present"]["first_choice"] == 2
    AnnotatorProfile.objects.filter(pk=whos[0].pk).update(
        created_at=clock.after(-dt.timedelta(days=15))
    )
    found = tried(api, row, preset="careful")
    assert (found["active"], found["proposed"]["first_choice"]) == (1, 1)


def test_urgency_is_weighed_against_other_projects(api):
    skilled(0.9)
    other = work.project(tasks=3)
    Candidate.objects.filter(project=other).update(score=2)
    row = work.project(client=api.organization, tasks=10)
    Project.objects.filter(pk=row.pk).update(deadline=clock.after(dt.timedelta(hours=6)))
    # .9 and 2 (half a day and less) x 1.5 against 2
    found = tried(api, row, weights={**ONLY, "quality": 1, "urgency": 1.5})
    assert found["proposed"]["first_choice"] == 1
    found = tried(api, row, weights={**ONLY, "quality": 1})
    assert found["proposed"]["first_choice"] == 0


def test_nobody_eligible_gives_an_empty_dry_run(api):
    row = work.project(client=api.organization, active=False)
    status, found = api.get(f"/projects/{row.pk}/matching/preview")
    assert (status, found["eligible"], found["parts"]["fit"]) == (200, 0, None)
    assert found["present"]["gini"] is found["present"]["score"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/weights"),
        ({"preset": "balanced", "weights": {**ONLY, "fit": 1}}, "/weights"),
        ({"preset": "best"}, "/preset"),
        ({"weights": ONLY}, "/weights"),
        ({"weights": {**ONLY, "fit": -1}}, "/weights/fit"),
        ({"price_minor": 1}, "/price_minor"),
    ],
)
def test_weights_that_are_none_are_refused(api, body, pointer):
    row = work.project(client=api.organization, active=False)
    status, problem = api.post(f"/projects/{row.pk}/matching/preview", body)
    assert status == 422
    assert pointer in pointers(problem)
