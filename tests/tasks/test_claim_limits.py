"""Claims: the limits of people and projects, and who comes first."""

import datetime as dt

import pytest
from django.db import connection

from accounts.selectors.actors import of_user
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id
from payments.models import Reservation
from tasks.actions import claims, funding, matching
from tasks.matching.claim import BODY
from tasks.models import (
    Assignment,
    CollusionMember,
    Matching,
    Project,
    Skill,
    Task,
)
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def refused(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.code


def test_the_database_holds_the_claim_function_as_it_is_written():
    """A change of the rules needs a migration that installs the function again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'tasks_claim'")
        assert cursor.fetchall() == [(BODY,)]


def test_asking_again_with_the_claims_own_id_is_the_same_claim():
    who, other = work.expert(), work.expert()
    project, second = work.project(tasks=3), work.project(tasks=3)
    mine = new_id()
    row = work.claim(who, claim_id=mine)
    assert row.pk == mine
    assert work.claim(who, claim_id=mine).task_id == row.task_id
    assert refused(work.claim, other, claim_id=mine) == "not_found"
    wrong = ({project.pk, second.pk} - {row.project_id}).pop()
    assert refused(work.claim, who, claim_id=mine, project_id=wrong) == "idempotency_mismatch"
    assert Assignment.objects.count() == Reservation.objects.count() == 1


def test_a_person_claims_for_themselves_without_naming_their_profile():
    who = work.expert()
    work.project()
    assert claims.claim(by=of_user(who.user)).annotator_id == who.pk
    assert refused(claims.claim, by=of_user(people.user())) == "not_found"
    assert refused(claims.claim, by=work.BY) == "not_found"


def test_the_day_has_its_own_limits(settings):
    who = work.expert()
    project = work.project(tasks=9, expected_minutes=20)
    settings.OPEN_CLAIMS_MAX = 9
    settings.DAILY_CLAIMS_MAX = 2
    work.claim(who), work.claim(who)
    with pytest.raises(Refused) as caught:
        work.claim(who)
    assert (caught.value.code, caught.value.message) == (
        "day_cap_reached",
        "You have claimed 2 tasks today, and 2 a day are allowed.",
    )
    settings.DAILY_CLAIMS_MAX, settings.DAILY_MINUTES_MAX = 9, 60
    work.claim(who)
    with pytest.raises(Refused) as caught:
        work.claim(who)
    assert (caught.value.code, caught.value.message) == (
        "hours_reached",
        "Today's tasks come to 60 expected minutes, and 60 a day are allowed.",
    )
    clock.advance(dt.timedelta(days=1))
    assert work.claim(who).project_id == project.pk


@pytest.mark.parametrize(
    ("cap", "code", "sentence"),
    [
        (
            "most_open",
            "project_open_reached",
            "You have as many tasks of this project open as it allows at once (1 of 1).",
        ),
        (
            "most_daily",
            "project_day_reached",
            "You have claimed as many tasks of this project today as it allows (1 of 1).",
        ),
        (
            "most_each",
            "project_cap_reached",
            "You have done as many tasks of this project as it allows one expert (1 of 1).",
        ),
    ],
)
def test_a_project_has_its_own_limits(cap, code, sentence):
    who = work.expert()
    project = work.project(tasks=3)
    Project.objects.filter(pk=project.pk).update(**{cap: 1})
    work.claim(who)
    with pytest.raises(Refused) as caught:
        work.claim(who, project_id=project.pk)
    assert caught.value.code == code
    assert caught.value.message.startswith(sentence)
    with pytest.raises(Refused) as caught:
        work.claim(who)
    assert (caught.value.code, caught.value.data) == ("nothing_to_claim", {"reasons": {code: 1}})
    assert 5 <= caught.value.retry_after <= 600


def test_nobody_does_more_than_their_share_while_others_are_at_work(settings):
    settings.OPEN_CLAIMS_MAX = 99
    who, *_ = [work.expert() for _ in range(6)]
    project = work.project(tasks=12)
    assert project.matching.share_cap == 6  # three times the mean of 12 tasks for 6 experts
    for _ in range(6):
        work.claim(who)
    assert refused(work.claim, who, project_id=project.pk) == "share_reached"
    project.matching.active = 1
    project.matching.share_cap = None
    project.matching.save()
    assert work.claim(who).project_id == project.pk


def test_a_project_whose_reviews_are_behind_hands_nothing_out_and_says_so():
    who = work.expert()
    project = work.project()
    Matching.objects.filter(project=project).update(
        slowed_at=clock.now(), slowed_why="300 answers wait for review"
    )
    assert refused(work.claim, who, project_id=project.pk) == "review_backlog"
    with pytest.raises(Refused) as caught:
        work.claim(who)
    assert caught.value.message == (
        "There is no open task for you at the moment. 1 waits for reviews to catch up."
    )


def test_starter_tasks_are_kept_for_newcomers_while_some_are_around(settings):
    settings.OPEN_CLAIMS_MAX = 99
    new, old = work.expert(), work.expert()
    Skill.objects.create(
        annotator=old, domain_id=work.DOMAIN, alpha=40, beta=2, gold_seen=42, lower=0.9, upper=0.98
    )
    project = work.project(tasks=4)
    starters = Task.objects.filter(external_id__in=["t0", "t1"])
    starters.update(starter=True)
    assert (project.matching.newcomers, project.candidates.get(annotator=new).newcomer) == (1, True)
    assert [work.claim(old).task.external_id for _ in range(2)] == ["t2", "t3"]
    assert refused(work.claim, old) == "nothing_to_claim"
    assert work.claim(new).task.external_id == "t0"
    clock.advance(dt.timedelta(hours=25))
    matching.refresh_project(project_id=project.pk)
    project.matching.refresh_from_db()
    assert project.matching.newcomers == 0
    assert work.claim(old).task.external_id == "t1"


def test_starter_tasks_wait_some_hours_for_the_next_newcomer_and_not_for_ever(settings):
    settings.OPEN_CLAIMS_MAX = 99
    work.expert()  # a newcomer who never comes
    old = work.expert()
    Skill.objects.create(
        annotator=old, domain_id=work.DOMAIN, alpha=40, beta=2, gold_seen=42, lower=0.9, upper=0.98
    )
    project = work.project(tasks=2)
    Task.objects.update(starter=True)
    assert refused(work.claim, old) == "nothing_to_claim"
    clock.advance(dt.timedelta(hours=4))
    assert project.matching.newcomers == 1
    assert work.claim(old).project_id == project.pk


def test_a_project_marked_short_is_unmarked_by_money_that_came_meanwhile():
    who = work.expert()
    project = work.project(tasks=2, fund=0)
    assert refused(work.claim, who) == "funds_short"
    money.fund(project.pot, 1200, organization_id=project.organization_id)
    work.claim(who)  # no job has run: the claim finds the money
    project.refresh_from_db()
    assert project.funds_short_at is None
    assert funding.mark_short(project_id=project.pk, by=work.BY) is False  # it covers another


def test_those_who_answer_together_are_never_on_one_task():
    first, second, third = (work.expert() for _ in range(3))
    circle = new_id()
    for who in (first, second):
        CollusionMember.objects.create(annotator=who, component=circle, reason="Same errors")
    work.project(tasks=1, overlap=3)
    row = work.claim(first)
    assert refused(work.claim, second) == "nothing_to_claim"
    assert work.claim(third).task_id == row.task_id


def test_rank_comes_before_score_and_waiting_lifts_a_project():
    who = work.expert()
    low = work.project(tasks=2, domain="engineering")
    high = work.project(tasks=2, domain="engineering.software")
    assert work.claim(who).project_id == high.pk
    Project.objects.filter(pk=low.pk).update(rank=1)
    assert work.claim(who).project_id == low.pk
    Project.objects.filter(pk=low.pk).update(rank=0)
    Matching.objects.filter(project=low).update(last_claim_at=clock.now() - dt.timedelta(days=30))
    assert work.claim(who).project_id == low.pk
