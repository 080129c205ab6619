"""Gold through the client's door: posted, marked, changed, retired, listed, refused."""

import json

import pytest

from tasks.models import Gold, Task
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers

pytestmark = pytest.mark.django_db
KNOWN = {"answer": work.WRONG, "explanation": "n = 1 is forgotten."}


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def project(api):
    return work.project(tasks=2, overlap=2, client=api.organization)


def post(api, project, *rows, **options):
    return api.send("POST", f"/projects/{project.pk}/tasks", list(rows), **options)


def row(number, **more):
    return {"external_id": f"g{number}", "payload": {"problem": f"Problem {number}"}, **more}


def url(task):
    return f"/projects/{task.project_id}/tasks/{task.pk}/gold"


def put(api, task, known):
    return api.send("PUT", url(task), known)


def delete(api, task):
    return api.http.delete(f"/api/v1{url(task)}").status_code


def state(task):
    task.refresh_from_db()
    return task.state, task.overlap, task.open_slots


def test_rows_with_gold_are_stored_among_the_others(api, project):
    rows = [row(0), row(1, gold={**KNOWN, "training": True}), row(2), row(3, gold=KNOWN)]
    assert post(api, project, *rows)[0] == 201
    posted = Task.objects.filter(external_id__startswith="g").order_by("id")
    found = list(posted.values_list("external_id", "state", "open_slots", "overlap"))
    assert found == [
        ("g0", "open", 2, 2),
        ("g1", "gold", 0, 2),
        ("g2", "open", 2, 2),
        ("g3", "gold", 0, 2),
    ]
    known = Gold.objects.order_by("task_id").values_list(
        "task__external_id", "answer", "explanation", "training", "state"
    )
    assert list(known) == [
        ("g1", work.WRONG, "n = 1 is forgotten.", True, "active"),
        ("g3", work.WRONG, "n = 1 is forgotten.", False, "active"),
    ]  # fmt: skip


def test_lines_of_a_stream_may_carry_gold_too(api, project):
    lines = "\n".join(json.dumps(one) for one in (row(0), row(1, gold=KNOWN))).encode()
    status, _ = api.send("POST", f"/projects/{project.pk}/tasks", lines, "application/x-ndjson")
    assert status == 201
    assert Gold.objects.get().task.external_id == "g1"


@pytest.mark.parametrize(
    ("gold", "wrong"),
    [
        (None, [""]),
        ("correct", [""]),
        ({}, ["/answer"]),
        ({"answer": None}, ["/answer"]),
        ({"answer": {"verdict": "perhaps", "why": "It does."}}, ["/answer/verdict"]),
        ({"answer": {"verdict": "incorrect", "why": "It does."}}, ["/answer/fault"]),
        ({"answer": {**work.RIGHT, "other": 1}}, ["/answer/other"]),
        ({**KNOWN, "explanation": 3}, ["/explanation"]),
        ({**KNOWN, "explanation": "x" * 4001}, ["/explanation"]),
        ({**KNOWN, "training": "yes"}, ["/training"]),
        ({**KNOWN, "more": 1}, ["/more"]),
        ({**KNOWN, "tolerance": []}, ["/tolerance"]),
        ({**KNOWN, "tolerance": {"other": {}}}, ["/tolerance/other"]),
        ({**KNOWN, "tolerance": {"verdict": 1}}, ["/tolerance/verdict"]),
        ({**KNOWN, "tolerance": {"verdict": {"within": 1}}}, ["/tolerance/verdict/within"]),
        ({**KNOWN, "tolerance": {"why": {"f1": 0.5}}}, ["/tolerance/why/f1"]),
        ({**KNOWN, "tolerance": {"verdict": {"ignore": 1}}}, ["/tolerance/verdict/ignore"]),
        ({**KNOWN, "tolerance": {"verdict": {"ignore": True}, "fault": {"ignore": True}}}, ["/answer"]),
    ],
)  # fmt: skip
def test_what_cannot_be_gold_is_pointed_at_and_nothing_is_stored(api, project, gold, wrong):
    status, problem = post(api, project, row(0), row(1, gold=gold))
    assert (status, problem["code"]) == (422, "invalid_rows")
    assert pointers(problem) == [f"/1/gold{one}" for one in wrong]
    task = project.tasks.first()
    status, problem = put(api, task, gold)
    assert (status, problem["code"], pointers(problem)) == (422, "invalid", wrong)
    assert (Task.objects.count(), Gold.objects.count()) == (2, 0)


def test_an_open_task_becomes_gold_and_is_open_again_once_retired(api, project):
    task = project.tasks.first()
    status, body = put(api, task, KNOWN)
    assert (status, body["task_id"], body["state"], body["answer"]) == (200, str(task.pk), "active", work.WRONG)  # fmt: skip
    assert state(task) == ("gold", 2, 0)
    assert delete(api, task) == 204
    assert state(task) == ("open", 2, 2)
    assert Gold.objects.count() == 0
    assert delete(api, task) == 404


def test_a_task_in_work_is_not_gold(api, project):
    claim = work.claim(work.expert())
    status, problem = put(api, claim.task, KNOWN)
    assert (status, problem["code"]) == (409, "task_in_work")
    assert state(claim.task) == ("open", 2, 1)


def test_one_that_is_not_open_is_not_gold(api, project):
    task = project.tasks.first()
    Task.objects.filter(pk=task.pk).update(state="cancelled", open_slots=0)
    status, problem = put(api, task, KNOWN)
    assert (status, problem["code"]) == (409, "wrong_state")


def test_strangers_find_nothing(api, project):
    task = project.tasks.first()
    other = Api()
    assert put(other, task, KNOWN)[0] == 404
    put(api, task, KNOWN)
    assert delete(other, task) == 404
    assert other.get(f"/projects/{project.pk}/gold")[0] == 404
    assert state(task) == ("gold", 2, 0)


def test_a_key_that_may_only_read_marks_nothing(api, project):
    reader = Api(api.organization, scopes=["projects:read"])
    assert put(reader, project.tasks.first(), KNOWN)[0] == 403
    assert Gold.objects.count() == 0


def test_the_list_tells_how_gold_is_answered(api, project):
    first, second = project.tasks.order_by("pk")
    put(api, first, KNOWN)
    put(
        api,
        second,
        {"answer": work.RIGHT, "training": True, "tolerance": {"verdict": {"ignore": False}}},
    )
    Gold.objects.filter(pk=first.pk).update(seen=4, right=3, good_seen=2, good_right=1)
    status, body = api.get(f"/projects/{project.pk}/gold")
    assert status == 200
    assert [one["external_id"] for one in body["results"]] == ["t1", "t0"]
    last = body["results"][1]
    del last["made_at"]
    assert last == {
        "task_id": str(first.pk), "external_id": "t0", "state": "active", "answer": work.WRONG,
        "explanation": "n = 1 is forgotten.", "tolerance": {}, "training": False, "seen": 4,
        "right": 3, "good_seen": 2, "good_right": 1, "quarantined_why": "",
    }  # fmt: skip


def test_what_is_known_can_change_until_somebody_is_given_it(api, project):
    task = project.tasks.first()
    put(api, task, KNOWN)
    status, body = put(api, task, {"answer": work.RIGHT, "explanation": "It was right."})
    assert (status, body["answer"], body["explanation"]) == (200, work.RIGHT, "It was right.")


def test_the_interface_of_a_draft_follows_its_known_answers(api):
    draft = work.project(tasks=1, active=False, client=api.organization)
    put(api, draft.tasks.get(), KNOWN)
    questions = [{**work.INTERFACE["questions"][2]}]
    other = {**work.INTERFACE, "questions": questions}
    status, problem = api.send("PATCH", f"/projects/{draft.pk}", {"interface": other})
    assert (status, pointers(problem)) == (422, ["/interface"])
    status, body = api.send("PATCH", f"/projects/{draft.pk}", {"overlap": 3})
    assert (status, body["overlap"]) == (200, 3)
    assert state(draft.tasks.get()) == ("gold", 3, 0)
