"""Rules that are none, or go too far: refused by the doors with pointers, and by PostgreSQL."""

import pytest
from django.db import IntegrityError, transaction

from tasks.models import QualityRule
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers
from tests.support.rules import posted, rule

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"collector": "astrology"}, "/collector"),
        ({"action": "shame"}, "/action"),
        ({"operator": "near"}, "/operator"),
        ({"threshold": 1.5}, "/threshold"),
        ({"threshold": "0.5"}, "/threshold"),
        ({"threshold": -0.1}, "/threshold"),
        ({"least": 0}, "/least"),
        ({"least": 11, "window_answers": 10}, "/least"),
        ({"window_days": 366}, "/window_days"),
        ({"window_answers": 0}, "/window_answers"),
        ({"title": "  "}, "/title"),
        ({"surprise": 1}, "/surprise"),
        ({"parameters": {"scope": "all", "days": 7}}, "/parameters/scope"),
        ({"parameters": {"scope": "domain", "days": 7}}, "/parameters/scope"),
        ({"parameters": {"scope": "moon", "days": 7}}, "/parameters/scope"),
        ({"parameters": {"scope": "project", "days": 91}}, "/parameters/days"),
        ({"parameters": {"scope": "project"}}, "/parameters/days"),
        ({"parameters": {"scope": "project", "days": 7, "whom": "staff"}}, "/parameters/whom"),
        ({"parameters": []}, "/parameters"),
        ({"action": "notify", "parameters": {"whom": "press"}}, "/parameters/whom"),
        (
            {"action": "require_review", "parameters": {"percent": 101, "days": 1}},
            "/parameters/percent",
        ),
        ({"action": "retrain", "parameters": {"days": 1}}, "/parameters/days"),
        ({"collector": "speed"}, "/action"),
        ({"collector": "paste_share"}, "/action"),
        ({"collector": "borrowed_signs", "action": "change_overlap", "parameters": {}}, "/action"),
        ({"collector": "daily_volume", "threshold": 50}, "/window_days"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_pointer(change, pointer):
    project = work.project(tasks=0, fund=0, active=False)
    api = Api(project.organization)
    for path in ("rules", "rules/dry-run"):
        status, problem = api.post(f"/projects/{project.pk}/{path}", rule(**change))
        assert status == 422
        assert pointers(problem) == [pointer]
    assert QualityRule.objects.count() == 0


def test_a_missing_field_is_named_and_others_rules_are_not_there():
    project = work.project(tasks=0, fund=0, active=False)
    api, other = Api(project.organization), Api()
    body = rule()
    del body["threshold"]
    status, problem = api.post(f"/projects/{project.pk}/rules", body)
    assert (status, pointers(problem)) == (422, ["/threshold"])
    row = posted(project)
    assert other.get(f"/projects/{project.pk}/rules/{row.pk}")[0] == 404
    assert other.post(f"/projects/{project.pk}/rules", rule())[0] == 404
    own = work.project(tasks=0, fund=0, active=False, client=other.organization)
    assert other.get(f"/projects/{own.pk}/rules/{row.pk}")[0] == 404


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"collector": "speed"}, "tasks_rule_weak_evidence_is_mild"),
        ({"collector": "paste_share"}, "tasks_rule_weak_evidence_is_mild"),
        ({"collector": "borrowed_signs"}, "tasks_rule_weak_evidence_is_mild"),
        ({"collector": "astrology"}, "tasks_rule_words"),
        ({"scope": "all"}, "tasks_rule_scope"),
        ({"days": None}, "tasks_rule_days"),
        ({"days": 91}, "tasks_rule_days"),
        ({"action": "require_review", "scope": ""}, "tasks_rule_percent"),
        ({"percent": 5}, "tasks_rule_percent"),
        ({"whom": "staff"}, "tasks_rule_whom"),
        ({"threshold": float("nan")}, "tasks_rule_numbers"),
        ({"domain_id": work.DOMAIN}, "tasks_rule_of_one"),
    ],
)
def test_postgresql_refuses_a_rule_that_goes_too_far(columns, constraint):
    row = posted(work.project(tasks=0, fund=0, active=False))
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        QualityRule.objects.filter(pk=row.pk).update(**columns)
