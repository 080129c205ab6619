"""Hand-ins: owner, fence, deadline, interface, and the same answer twice."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.selectors.actors import of_user
from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import OutboxMessage
from tasks.actions import late, submissions
from tasks.models import LateAnswer, Submission
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


@pytest.fixture
def row():
    who = work.expert()
    work.project()
    return work.claim(who)


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def test_an_answer_is_kept_with_its_check_promised(row):
    submission = work.submit(row)
    row.refresh_from_db()
    assert (row.state, row.draft) == ("submitted", None)
    assert submission.digest == submissions.digest(dict(reversed(work.RIGHT.items())))
    jobs = OutboxMessage.objects.filter(job="tasks.check_submission")
    assert [job.args for job in jobs] == [{"submission_id": str(submission.pk)}]


def test_the_same_answer_twice_is_one_row_and_the_same_reply(row):
    assert work.submit(row) == work.submit(row, dict(reversed(work.RIGHT.items())))
    assert Submission.objects.count() == 1
    assert OutboxMessage.objects.filter(job="tasks.check_submission").count() == 1
    error = refusal(work.submit, row, work.WRONG)
    assert (error.code, error.status) == ("already_submitted", 409)


def test_a_foreign_hand_in_is_not_found_and_changes_nothing(row):
    for stranger in (work.expert().user, people.staff()):
        with pytest.raises(NotFound):
            submissions.submit(
                assignment_id=row.pk, fence=1, answer=work.RIGHT, by=of_user(stranger)
            )
    row.refresh_from_db()
    assert (row.state, Submission.objects.count(), LateAnswer.objects.count()) == ("claimed", 0, 0)


def test_an_old_fence_is_refused(row):
    error = refusal(work.submit, row, fence=2)
    assert (error.code, error.status) == ("stale_claim", 409)


@pytest.mark.parametrize(
    ("answer", "pointers"),
    [
        ({}, ["/verdict", "/why"]),
        ({"verdict": "maybe", "why": "Because."}, ["/verdict"]),
        ({"verdict": "incorrect", "why": "Because."}, ["/fault"]),
        ({"verdict": "correct", "fault": "logic", "why": "Because."}, ["/fault"]),
        ({**work.RIGHT, "why": "no"}, ["/why"]),
        ({**work.RIGHT, "why": "a\x00bcdef"}, ["/why"]),
        ({**work.RIGHT, "why": "a\ud800bcdef"}, ["/why"]),
        ({**work.RIGHT, "more": 1}, ["/more"]),
        (["x"], [""]),
        ("text", [""]),
    ],
)
def test_what_the_interface_does_not_allow_is_refused_with_pointers(row, answer, pointers):
    error = refusal(work.submit, row, answer)
    assert (error.code, error.status) == ("invalid", 422)
    assert [fault.pointer for fault in error.faults] == pointers
    assert Submission.objects.count() == 0


def test_after_the_deadline_it_is_refused_and_the_text_kept_once(row):
    clock.advance(dt.timedelta(minutes=31))
    for _ in range(3):
        error = refusal(work.submit, row)
        assert (error.code, error.status) == ("too_late", 409)
    assert [late.answer for late in LateAnswer.objects.all()] == [work.RIGHT]
    incomplete = {"why": "Half."}
    assert refusal(work.submit, row, incomplete).code == "too_late"
    assert LateAnswer.objects.count() == 2
    assert Submission.objects.count() == 0


def test_late_texts_are_bounded(row, monkeypatch):
    monkeypatch.setattr(late, "MOST_LATE", 2)
    clock.advance(dt.timedelta(minutes=31))
    for n in range(4):
        refusal(work.submit, row, {"why": f"Try {n}"})
    kept = LateAnswer.objects.order_by("pk").values_list("answer", flat=True)
    assert list(kept) == [{"why": "Try 0"}, {"why": "Try 3"}]


def test_the_text_written_last_is_the_one_that_comes_back(row):
    clock.advance(dt.timedelta(minutes=31))
    for text in ("one", "two", "one", ""):
        refusal(work.submit, row, {"why": text} if text else {})
    assert LateAnswer.objects.order_by("pk").last().answer == {"why": "one"}
    assert LateAnswer.objects.count() == 3


IGNORED = "SET LOCAL pgtrigger.ignore = '{pgtrigger_immutable_80728,tasks_frozen}'; "


@pytest.mark.parametrize("first", ["", IGNORED])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE tasks_submission SET answer = '{}'",
        "DELETE FROM tasks_submission",
        "TRUNCATE tasks_submission CASCADE",
    ],
)
def test_postgresql_refuses_to_change_or_delete_a_submission(row, first, sql):
    work.submit(row)
    refused = pytest.raises(DatabaseError, match="a submission is never changed")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; " + first + sql)
    assert Submission.objects.get().answer == work.RIGHT
