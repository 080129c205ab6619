"""Uploads: each row checked, all stored or none."""

import pytest

from marketplace.core.errors import Fault, Refused
from tasks.actions import intake
from tasks.models import Batch, Task
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def post(row, *values):
    return intake.post_tasks(project_id=row.pk, rows=enumerate(values), by=work.BY)


def refusal(*args):
    with pytest.raises(Refused) as caught:
        post(*args)
    return caught.value


@pytest.fixture
def draft():
    return work.project(tasks=0, fund=0, active=False, overlap=2)


def good(n):
    return {"external_id": f"x{n}", "payload": {"problem": f"P{n}"}, "priority": n}


def test_a_batch_is_stored_in_its_order(draft):
    batch = post(draft, good(0), {"payload": {"problem": "unnamed"}}, good(2))
    assert batch.size == 3
    rows = Task.objects.order_by("id").values_list(
        "position", "external_id", "priority", "overlap", "open_slots", "state"
    )
    assert list(rows) == [
        (0, "x0", 0, 2, 2, "open"),
        (1, "", 0, 2, 2, "open"),
        (2, "x2", 2, 2, 2, "open"),
    ]


@pytest.mark.parametrize(
    ("value", "pointers"),
    [
        ("text", ["/1"]),
        (None, ["/1"]),
        (Fault("", "Not JSON."), ["/1"]),
        ({}, ["/1/payload"]),
        ({"payload": {}}, ["/1/payload/problem"]),
        ({"payload": {"problem": 7}}, ["/1/payload/problem"]),
        ({"payload": {"problem": "a\x00"}}, ["/1/payload/problem"]),
        ({"payload": {"problem": "x", "more": 1}}, ["/1/payload/more"]),
        ({**good(1), "surprise": 1}, ["/1/surprise"]),
        ({**good(1), "a/b\x00": 1}, ["/1/a~1b\ufffd"]),
        ({**good(1), "external_id": 7}, ["/1/external_id"]),
        ({**good(1), "external_id": "x" * 121}, ["/1/external_id"]),
        ({**good(1), "external_id": "a\ud800"}, ["/1/external_id"]),
        ({**good(1), "external_id": "x0"}, ["/1/external_id"]),
        ({**good(1), "priority": "high"}, ["/1/priority"]),
        ({**good(1), "priority": True}, ["/1/priority"]),
        ({**good(1), "priority": 40_000}, ["/1/priority"]),
        ({"payload": 1, "priority": 1.5}, ["/1/priority", "/1/payload"]),
    ],
)
def test_one_wrong_row_stores_nothing_and_is_named(draft, value, pointers):
    error = refusal(draft, good(0), value, good(2))
    assert (error.code, error.status) == ("invalid_rows", 422)
    assert [fault.pointer for fault in error.faults] == pointers
    assert (Task.objects.count(), Batch.objects.count()) == (0, 0)


def test_every_wrong_row_is_named_up_to_a_hundred(draft):
    error = refusal(draft, *[{"payload": {}}] * 150)
    assert len(error.faults) == 100
    assert error.faults[-1].pointer == "/99/payload/problem"


def test_a_name_the_project_knows_is_refused_and_another_project_may_use_it(draft):
    post(draft, good(0), good(1))
    error = refusal(draft, good(5), good(1), good(0))
    assert [fault.pointer for fault in error.faults] == ["/1/external_id", "/2/external_id"]
    other = work.project(tasks=0, fund=0, active=False)
    assert post(other, good(0)).size == 1


def test_an_empty_and_an_overlarge_batch_are_refused(draft, monkeypatch):
    assert refusal(draft).code == "invalid_rows"
    monkeypatch.setattr(intake, "MOST_ROWS", 3)
    assert post(draft, *map(good, range(3))).size == 3
    error = refusal(draft, *map(good, range(10, 14)))
    assert (error.code, error.status) == ("batch_too_large", 413)
    assert Task.objects.count() == 3
