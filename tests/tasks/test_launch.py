"""The launch check: a project that too few experts can do is told so, and why."""

import pytest

from accounts.models import AnnotatorProfile, Credential
from tasks.actions.launch import REMEDIES
from tasks.matching.rules import PAIR_RULES
from tasks.models import Project
from tasks.selectors import told
from tasks.selectors.eligibility import Stopped
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def api():
    return Api()


def draft(api, **other):
    status, body = api.post("/projects", work.fields(**other))
    assert status == 201
    return f"/projects/{body['id']}/activate"


def test_each_rule_that_clients_are_told_of_has_a_remedy_in_their_words():
    told_of = told.client_rules(Stopped(rule, 1, 1) for rule in PAIR_RULES)
    assert list(REMEDIES) == [one.rule.code for one in told_of]
    assert len(REMEDIES) == len(PAIR_RULES) - 3


def test_what_experts_did_for_others_is_not_told(api):
    who = work.expert()
    people.paused(who, "Holiday")
    status, problem = api.post(draft(api))
    assert (status, problem["eligible"], problem["everybody"], problem["rules"]) == (409, 0, 1, [])
    assert "Holiday" not in problem["detail"]


def test_a_project_for_somebody_starts(api):
    work.expert()
    status, row = api.post(draft(api))
    assert (status, row["state"]) == (200, "active")


def test_the_rule_that_excludes_most_is_named_with_its_remedy(api):
    for _ in range(2):
        people.annotator(domains=(work.DOMAIN,))  # no credential
    work.expert(country="FR")
    people.suspended(people.annotator())
    path = draft(api, countries=["DE"], domain="engineering.software")
    AnnotatorProfile.objects.exclude(country="FR").update(country="DE")
    status, problem = api.post(path)
    assert (status, problem["code"]) == (409, "nobody_eligible")
    assert problem["detail"] == (
        "Nobody can do the tasks of this project now. Most are excluded by “Verified credential”: "
        "3 of 4. Ask for no credential, or name a wider domain. "
        'Send {"confirm": true} to start all the same.'
    )
    assert (problem["eligible"], problem["needed"], problem["everybody"]) == (0, 1, 4)
    found = {one["rule"]: (one["stops"], one["alone"]) for one in problem["rules"]}
    assert found["credential_missing"] == (3, 2)
    assert found["country_not_allowed"] == (1, 1)
    assert Project.objects.get().state == "draft"


def test_fewer_experts_than_answers_wanted_is_refused_by_name(api):
    work.expert()
    work.expert()
    path = draft(api, overlap=3)
    status, problem = api.post(path)
    assert (status, problem["code"]) == (409, "too_few_eligible")
    assert problem["detail"] == (
        "Each task needs 3 experts, and only 2 can do the tasks of this project now. There "
        'are no others at the moment. Send {"confirm": true} to start all the same.'
    )
    assert (problem["eligible"], problem["needed"], problem["rules"]) == (2, 3, [])
    work.expert()
    assert api.post(path)[1]["state"] == "active"


def test_an_empty_marketplace_is_said_and_a_confirmed_start_goes(api):
    path = draft(api)
    status, problem = api.post(path, {})
    assert (status, problem["everybody"], problem["rules"]) == (409, 0, [])
    assert "No expert has signed up yet." in problem["detail"]
    assert api.post(path, {"confirm": "yes"})[0] == 422
    assert api.post(path, {"confirm": False})[0] == 409
    assert api.post(path, {"confirm": True})[1]["state"] == "active"


def test_a_lapsed_world_does_not_stop_what_was_started(api):
    work.expert()
    path = draft(api)
    assert api.post(path)[1]["state"] == "active"
    Credential.objects.all().delete()
    root = path.removesuffix("/activate")
    assert api.post(f"{root}/pause")[0] == 200
    assert api.post(f"{root}/resume")[1]["state"] == "active"


def test_a_body_that_is_no_object_is_refused(api):
    work.expert()
    assert api.post(draft(api), [])[0] == 422
