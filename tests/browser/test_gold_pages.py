"""Gold as people see it: the training page, and the desk of known answers."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from tasks.actions import intake
from tasks.models import Gold
from tests.browser.test_pages import INTERFACE, MODES, PAYLOAD, keep
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KNOWN = {
    "answer": {"verdict": "incorrect", "faults": ["logic"], "why": "It sums the odd numbers."},
    "explanation": "x % 2 is 1, and so true, for odd numbers.\n\nIt should read: not x % 2.",
    "tolerance": {"faults": {"jaccard": 0.5}},
}


@pytest.fixture
def world():
    expert = work.expert()
    project = work.project(name="Judge Python functions", interface=INTERFACE, tasks=0)
    rows = [{"payload": PAYLOAD}, {"payload": PAYLOAD, "gold": {**KNOWN, "training": True}}]
    rows += [{"payload": PAYLOAD, "external_id": f"item-{n}", "gold": KNOWN} for n in range(3)]
    intake.post_tasks(project_id=project.pk, rows=list(enumerate(rows)), by=work.BY)
    return expert


@pytest.mark.parametrize("mode", MODES)
def test_training_shows_the_right_answer(look, world, mode, request):
    row = work.claim(world)
    work.check(work.submit(row, {"verdict": "correct", "why": "It does what it says."}))
    eyes = look(world.user, **mode)
    page = eyes.open(reverse("tasks:history_one", args=[row.pk]))
    keep(page, "training", request)
    assert eyes.barriers(page) == []
    assert eyes.complaints == []


@pytest.mark.parametrize("mode", MODES)
def test_the_gold_desk(look, world, mode, request):
    row = work.claim(world)
    work.check(work.submit(row, {"verdict": "correct", "why": "It does what it says."}))
    second = work.claim(world)
    work.check(work.submit(second, {"verdict": "correct", "why": "It does what it says."}))
    why = "Annotators who are good elsewhere fail it: 0 of 3 were right."
    Gold.objects.filter(pk=second.task_id).update(
        state="quarantined", quarantined_why=why, seen=5, right=1, good_seen=3, good_right=0
    )
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    eyes = look(person, **mode)
    for name, path in (
        ("gold-list", reverse("admin:tasks_gold_changelist")),
        ("gold-mark", reverse("admin:tasks_gold_new")),
        ("gold-quarantine", reverse("admin:tasks_gold_decide", args=[second.task_id])),
    ):
        page = eyes.open(path)
        keep(page, name, request)
    assert eyes.complaints == []
