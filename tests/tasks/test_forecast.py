"""Forecasts: who could do a project and in how many days, before the launch and after it."""

import datetime as dt

import pytest

from accounts.models import AnnotatorProfile
from accounts.states import Scope
from marketplace.core import clock
from tasks.actions import matching, projects
from tasks.models import Assignment, Matching, Project
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return Api()


def forecast(api, row, ask=""):
    status, found = api.get(f"/projects/{row.pk}/forecast{ask}")
    assert status == 200
    return found


def draft(api, **other):
    return work.project(client=api.organization, active=False, fund=0, **other)


def joined(days, *who):
    """They joined so long ago, and have claimed nothing since."""
    AnnotatorProfile.objects.filter(pk__in=[one.pk for one in who]).update(
        created_at=clock.after(-dt.timedelta(days=days))
    )


def days(found):
    return [found[name] and round(found[name], 2) for name in ("best", "expected", "worst")]


def test_a_draft_is_counted_by_its_rules(api):
    work.expert()
    work.expert(country="FR")
    people.annotator(domains=(work.DOMAIN,))  # no credential
    row = draft(api, tasks=12, countries=["DE", "US"], overlap=2)
    AnnotatorProfile.objects.exclude(country="FR").update(country="DE")
    found = forecast(api, row)
    assert (found["everybody"], found["eligible"], found["active"], found["needed"]) == (3, 1, 1, 2)
    assert found["rules"] == [
        {"rule": "credential_missing", "title": "Verified credential", "stops": 1, "alone": 1},
        {"rule": "country_not_allowed", "title": "Country", "stops": 1, "alone": 1},
    ]
    assert found["strictest"]["rule"] == "credential_missing"
    # an expert answers a task once: one alone cannot give two answers to each
    assert (days(found), found["stopped_by"]) == ([None, None, None], "too_few_active")
    assert (found["tasks_left"], found["slots_left"], found["minutes_left"]) == (12, 24, 240)
    assert not Matching.objects.exists()


def test_without_history_an_expert_gives_an_hour_a_day(api):
    work.expert()
    row = draft(api, tasks=12)
    found = forecast(api, row)
    # 12 tasks of 10 minutes at 60 minutes a day
    assert days(found) == [2, 2, 2]
    assert (found["measured"], found["assumed"], found["minutes_a_day"]) == (0, 1, 60)
    assert forecast(api, row, "?tasks=18")["expected"] == 5
    work.expert()
    found = forecast(api, row)
    assert (days(found), found["assumed"], found["minutes_a_day"]) == ([1, 1, 1], 2, 120)


def test_those_who_were_away_count_in_the_best_case_only(api):
    here, away = work.expert(), work.expert()
    joined(15, away)
    row = draft(api, tasks=12)
    found = forecast(api, row)
    assert (found["eligible"], found["active"], days(found)) == (2, 1, [1, 2, 2])
    joined(15, here)
    found = forecast(api, row)
    assert (found["active"], days(found), found["stopped_by"]) == (
        0,
        [1, None, None],
        "nobody_active",
    )


def test_what_was_handed_in_lately_is_the_measure_and_time_is_divided_in_the_worst_case(api):
    who = work.expert()
    other = work.project(tasks=30)
    for _ in range(3):
        work.submit(work.claim(who))
    work.claim(who)  # claimed only: no measure
    joined(10, who)
    row = draft(api, tasks=12)
    found = forecast(api, row)
    # 3 answers of 10 minutes in 10 days; the other project has work for them too
    assert (found["measured"], round(found["minutes_a_day"], 2)) == (1, 3)
    assert days(found) == [40, 40, 80]
    joined(400, who)
    assert days(forecast(api, row))[1] == pytest.approx(12 * 10 / (30 / 14))
    projects.pause(project_id=other.pk, by=work.BY)
    found = forecast(api, row)
    assert found["worst"] == found["expected"]
    clock.advance(dt.timedelta(days=15))
    assert forecast(api, row)["active"] == 0


def test_caps_slow_a_project_down_or_stop_it(api):
    work.expert()
    row = draft(api, tasks=12)
    Project.objects.filter(pk=row.pk).update(most_daily=3)
    assert forecast(api, row)["expected"] == 4
    Project.objects.filter(pk=row.pk).update(most_each=11)
    found = forecast(api, row)
    assert (found["expected"], found["stopped_by"]) == (None, "caps")


def test_an_active_project_is_counted_by_its_candidates_and_what_is_left(api):
    who = work.expert()
    row = work.project(client=api.organization, tasks=12)
    work.claim(who)
    work.expert()
    Assignment.objects.update(state="expired")
    found = forecast(api, row)
    assert (found["eligible"], found["tasks_left"], found["slots_left"]) == (2, 11, 11)
    assert found["expected"] == pytest.approx(11 / 12)
    Matching.objects.update(slowed_at=clock.now(), slowed_why="Reviews are behind.")
    assert forecast(api, row)["slowed_why"] == "Reviews are behind."
    matching.refresh_project(project_id=row.pk)


def test_the_deadline_is_compared_with_the_expected_days(api):
    work.expert()
    row = draft(api, tasks=12)
    assert forecast(api, row)["in_time"] is None
    for wait, in_time in ((1.9, False), (2.1, True)):
        moment = clock.now() + dt.timedelta(days=wait)
        projects.update(project_id=row.pk, fields={"deadline": moment}, by=work.BY)
        assert forecast(api, row)["in_time"] is in_time


def test_the_money_that_is_missing_is_said(api):
    row = draft(api, tasks=12)
    # 500 and a fee of 20 % each
    assert forecast(api, row)["missing_minor"] == 7200
    money.fund(row.pot, 7000, organization_id=api.organization.pk, currency="usd")
    assert forecast(api, row)["missing_minor"] == 200
    money.fund(row.pot, 1000, organization_id=api.organization.pk, currency="usd")
    found = forecast(api, row)
    assert (found["missing_minor"], found["funds_short"]) == (0, False)


def test_a_project_without_tasks_needs_no_days(api):
    found = forecast(api, draft(api, tasks=0))
    assert (days(found), found["slots_left"], found["stopped_by"]) == ([0, 0, 0], 0, "")
    assert (found["everybody"], found["strictest"], found["rules"]) == (0, None, [])


@pytest.mark.parametrize("tasks", ["-1", "x", "1.5", "", "10000001", "9" * 40])
def test_a_number_of_tasks_that_is_none_is_refused(api, tasks):
    status, problem = api.get(f"/projects/{draft(api).pk}/forecast?tasks={tasks}")
    assert (status, pointers(problem)) == (422, ["/tasks"])


def test_the_forecast_needs_the_scope_and_the_own_project(api):
    row = draft(api)
    writer = Api(api.organization, name="writer", scopes=[Scope.TASKS_WRITE])
    for path in ("forecast", "matching/preview"):
        assert writer.get(f"/projects/{row.pk}/{path}")[0] == 403
        assert Api().get(f"/projects/{row.pk}/{path}")[0] == 404
