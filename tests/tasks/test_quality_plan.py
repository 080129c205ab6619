"""The quality plan of a project: what a client may ask for, and what that may cost."""

import pytest

from accounts.selectors.actors import of_staff
from marketplace.core.errors import Refused
from tasks.actions import projects
from tasks.models import Project, Task
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers

pytestmark = pytest.mark.django_db
PLAN = {
    "max_overlap": 5,
    "target_confidence": 0.95,
    "review_plan": "record",
    "review_percent": 20,
    "audit_percent": 8,
    "second_percent": 10,
    "rejection_audit_percent": 25,
    "review_rubric": [
        {"name": "facts", "title": "Facts are right", "max": 5},
        {"name": "tone", "title": "Tone", "description": "As to a colleague.", "max": 3},
    ],
    "adjudication_price_minor": 900,
    "gold_first": 3,
    "gold_percent": 10,
    "gold_rare_percent": 2,
    "training_most": 0,
}
DEFAULTS = {
    "max_overlap": None,
    "target_confidence": None,
    "review_plan": "share",
    "review_percent": 100,
    "audit_percent": 5,
    "second_percent": 7,
    "rejection_audit_percent": 10,
    "review_rubric": [],
    "adjudication_price_minor": None,
    "gold_first": 5,
    "gold_percent": 5,
    "gold_rare_percent": 1,
    "training_most": 5,
}
# Nothing of this can be voted on.
PROSE = {
    **work.INTERFACE,
    "questions": [{"name": "why", "type": "text", "required": True}],
}


@pytest.fixture
def api():
    return Api()


def patch(api, row, changes):
    return api.send("PATCH", f"/projects/{row.pk}", changes)


def said(found):
    return {name: found[name] for name in DEFAULTS}


def test_a_plan_is_kept_as_it_was_sent(api):
    status, found = api.post("/projects", work.fields(overlap=2, **PLAN))
    assert (status, said(found)) == (201, PLAN)


def test_a_project_that_says_nothing_has_the_defaults(api):
    fields = work.fields()
    named = [name for name in fields if name in DEFAULTS and name != "review_percent"]
    for name in named:  # by the tests' own projects
        del fields[name]
    _status, found = api.post("/projects", fields)
    assert said(found) == DEFAULTS


def test_who_names_no_share_to_review_lets_records_decide(api):
    fields = work.fields()
    del fields["review_percent"]
    _status, found = api.post("/projects", fields)
    assert (found["review_plan"], found["review_percent"]) == ("record", 100)
    _status, found = api.post("/projects", {**fields, "review_plan": "share"})
    assert found["review_plan"] == "share"


@pytest.mark.parametrize(
    ("name", "value", "where"),
    [
        ("max_overlap", 26, "/max_overlap"),
        ("max_overlap", 1, "/max_overlap"),  # below the overlap of 2
        ("target_confidence", 0.49, "/target_confidence"),
        ("target_confidence", 1, "/target_confidence"),
        ("target_confidence", True, "/target_confidence"),
        ("review_plan", "nobody", "/review_plan"),
        ("audit_percent", 4, "/audit_percent"),
        ("audit_percent", 101, "/audit_percent"),
        ("review_percent", 4, "/review_percent"),
        ("second_percent", -1, "/second_percent"),
        ("second_percent", 4, "/second_percent"),
        ("rejection_audit_percent", 0, "/rejection_audit_percent"),
        ("rejection_audit_percent", 101, "/rejection_audit_percent"),
        ("adjudication_price_minor", -1, "/adjudication_price_minor"),
        ("gold_first", 51, "/gold_first"),
        ("gold_percent", 51, "/gold_percent"),
        ("gold_rare_percent", -1, "/gold_rare_percent"),
        ("training_most", 51, "/training_most"),
        ("review_rubric", {}, "/review_rubric"),
        ("review_rubric", [7], "/review_rubric/0"),
        ("review_rubric", [{"name": "a", "max": 5}], "/review_rubric/0/title"),
        ("review_rubric", [{"name": "a b", "title": "A", "max": 5}], "/review_rubric/0/name"),
        ("review_rubric", [{"name": "a", "title": " ", "max": 5}], "/review_rubric/0/title"),
        ("review_rubric", [{"name": "a", "title": "A", "max": 11}], "/review_rubric/0/max"),
        ("review_rubric", [{"name": "a", "title": "A", "max": 1}] * 2, "/review_rubric/1/name"),
    ],
)
def test_a_wrong_plan_is_refused_with_its_pointer(api, name, value, where):
    status, problem = api.post("/projects", {**work.fields(overlap=2), name: value})
    assert (status, pointers(problem)) == (422, [where])
    assert not Project.objects.exists()


@pytest.mark.parametrize("name", ["review_percent", "second_percent", "rejection_audit_percent"])
@pytest.mark.parametrize("who", ["staff", "operator", "client"])
def test_nobody_plans_fewer_looks_than_one_in_twenty(who, name):
    client = people.organization()
    by = {
        "staff": of_staff(people.staff()),
        "operator": work.BY,
        "client": people.owner_of(client),
    }[who]
    fields = work.fields(**{name: 4})
    with pytest.raises(Refused) as caught:
        projects.create(organization_id=client.pk, fields=fields, by=by)
    assert [fault.pointer for fault in caught.value.faults] == [f"/{name}"]
    row = projects.create(organization_id=client.pk, fields={**fields, name: 5}, by=by)
    with pytest.raises(Refused) as caught:
        projects.update(project_id=row.pk, fields={name: 0}, by=by)
    assert [fault.pointer for fault in caught.value.faults] == [f"/{name}"]
    row.refresh_from_db()
    assert getattr(row, name) == 5


def test_confidence_is_refused_where_no_question_can_be_voted_on(api):
    status, problem = api.post(
        "/projects", work.fields(interface=PROSE, max_overlap=3, target_confidence=0.9)
    )
    assert (status, pointers(problem)) == (422, ["/max_overlap", "/target_confidence"])
    status, _found = api.post("/projects", work.fields(interface=PROSE))
    assert status == 201


def test_a_change_is_checked_against_what_is_kept(api):
    row = work.project(client=api.organization, active=False, overlap=2, max_overlap=3)
    status, problem = patch(api, row, {"overlap": 4})
    assert (status, pointers(problem)) == (422, ["/max_overlap"])
    status, problem = patch(api, row, {"interface": PROSE})
    assert (status, pointers(problem)) == (422, ["/max_overlap"])
    status, found = patch(api, row, {"overlap": 4, "max_overlap": 4})
    assert (status, found["overlap"], found["max_overlap"]) == (200, 4, 4)
    row = work.project(client=api.organization, active=False)
    status, found = patch(api, row, {"review_rubric": PLAN["review_rubric"]})
    assert (status, found["review_rubric"]) == (200, PLAN["review_rubric"])


def test_the_forecast_says_what_the_most_answers_would_cost(api):
    row = work.project(
        client=api.organization, active=False, tasks=4, fund=3000, overlap=2, max_overlap=5
    )
    _status, found = api.get(f"/projects/{row.pk}/forecast")
    assert (found["slots_left"], found["slots_most"]) == (8, 20)
    # an answer is 500 and its fee of 20 %
    assert (found["missing_minor"], found["missing_most_minor"]) == (1800, 9000)
    Task.objects.filter(position=0).update(overlap=5, open_slots=5)
    _status, found = api.get(f"/projects/{row.pk}/forecast?tasks=1")
    assert (found["slots_left"], found["slots_most"]) == (13, 25)
    plain = work.project(client=api.organization, active=False, tasks=4, fund=3000, overlap=2)
    _status, found = api.get(f"/projects/{plain.pk}/forecast")
    assert (found["slots_most"], found["missing_most_minor"]) == (8, 1800)
