"""Wherever a confidence is shown a word says whether gold stands behind it."""

import json

import numpy as np
import pytest
from django.test import Client

from tasks.models import QuestionModel
from tasks.quality.truth.discount import discount
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.api import Api
from tests.support.desk import Desk
from tests.tasks.test_weighing import PLAIN, YES, measure

pytestmark = pytest.mark.django_db
# Two who are right nine times in ten: odds of 81 to 1, discounted for two labels of one task.
TWO_AGREE = round(float(discount(np.array([[81 / 82, 1 / 82]]), np.array([2]))[0, 0]), 4)
KINDS = {
    **PLAIN,
    "questions": [
        *PLAIN["questions"],
        {"name": "kinds", "type": "multi", "options": ["a", "b"]},
        {"name": "note", "type": "text"},
    ],
}


@pytest.fixture
def api():
    return Api()


def questions(api, row):
    status, found = api.get(f"/projects/{row.pk}/progress")
    assert status == 200
    return found["questions"]


def test_before_anything_is_measured_every_question_is_uncalibrated(api):
    row = work.project(client=api.organization, tasks=0, interface=KINDS, fund=0)
    found = questions(api, row)
    assert [(one["question"], one["option"]) for one in found] == [
        ("verdict", None),
        ("kinds", "a"),
        ("kinds", "b"),
    ]
    assert found[0] == {
        "question": "verdict",
        "option": None,
        "confidence_label": "uncalibrated",
        "supported": False,
        "accept_from": None,
        "why": "Not measured yet: that begins with 20 answers.",
        "method": None,
        "answers": 0,
        "gold_tasks": 0,
        "error_raw": None,
        "error_calibrated": None,
        "measured_at": None,
    }


def test_the_client_reads_what_gold_says(api):
    row = work.project(client=api.organization, tasks=0, interface=PLAIN, fund=0)
    model = measure(row, accept_from=None)
    QuestionModel.objects.update(ece_raw=0.12, ece_calibrated=0.03)
    (found,) = questions(api, row)
    del found["measured_at"]
    assert found == {
        "question": "verdict",
        "option": None,
        "confidence_label": "calibrated",
        "supported": False,
        "accept_from": None,
        "why": model.why,
        "method": "dawid_skene",
        "answers": 100,
        "gold_tasks": 20,
        "error_raw": 0.12,
        "error_calibrated": 0.03,
    }


def concluded(client, *, calibrated):
    who = [work.expert(), work.expert()]
    row = work.project(client=client, tasks=1, interface=PLAIN, overlap=2, review_percent=0)
    if calibrated:
        measure(row, *who)
    for one in who:
        work.check(work.submit(work.claim(one), YES))
    work.run_jobs("tasks.weigh_task")
    return row


@pytest.mark.parametrize(
    ("calibrated", "confidence", "word"),
    [(False, 1.0, "uncalibrated"), (True, TWO_AGREE, "calibrated")],
)
def test_results_say_it_in_a_word(api, calibrated, confidence, word):
    row = concluded(api.organization, calibrated=calibrated)
    reply = api.http.get(f"/api/v1/projects/{row.pk}/results")
    record = json.loads(b"".join(reply.streaming_content))
    assert (record["confidence"], record["calibrated"]) == (confidence, calibrated)
    assert record["confidence_label"] == word
    assert record["details"]["verdict"]["calibrated"] is calibrated


def test_a_result_without_a_confidence_has_no_word(api):
    row = work.project(client=api.organization, tasks=1, interface=PLAIN, review_percent=0)
    work.check(work.submit(work.claim(work.expert()), YES))
    work.run_jobs("tasks.weigh_task")
    reply = api.http.get(f"/api/v1/projects/{row.pk}/results")
    record = json.loads(b"".join(reply.streaming_content))
    assert (record["confidence"], record["confidence_label"]) == (None, None)


def test_the_clients_page_says_it_with_the_reason():
    client = people.organization()
    row = work.project(
        client=client, tasks=0, interface=PLAIN, overlap=2, max_overlap=4, target_confidence=0.9
    )
    member = people.member(client)
    browser = Client()
    browser.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    page = " ".join(browser.get(f"/client/projects/{row.pk}/").content.decode().split())
    assert "<strong>uncalibrated</strong>" in page
    assert "Not measured yet: that begins with 20 answers." in page
    assert "once its answers are 90.0 % sure" in page
    assert "one more answer is asked for, 4 at most" in page


def test_the_desk_says_it_beside_each_result():
    client = people.organization()
    concluded(client, calibrated=False)
    assert "1.0000 (uncalibrated)" in Desk().page("tasks/result")
