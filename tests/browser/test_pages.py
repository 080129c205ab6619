"""The pages as people see them: no complaint of the browser, no barrier found by axe.

Set SCREENSHOTS to a folder to keep the pictures.
"""

import os
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from playwright.sync_api import expect

from tasks.models import Assignment
from tests.support import factories_accounts as people
from tests.support import factories_offers as push
from tests.support import factories_tasks as work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MODES = [
    pytest.param({}, id="desktop"),
    pytest.param({"dark": True}, id="dark"),
    pytest.param({"phone": True}, id="phone"),
    pytest.param({"phone": True, "dark": True}, id="phone dark"),
]
INTERFACE = {
    "version": 1,
    "title": "Judge a solution",
    "fields": [
        {"name": "problem", "type": "markdown", "title": "Problem"},
        {"name": "solution", "type": "code", "title": "Solution", "language": "python"},
        {"name": "talk", "type": "chat", "title": "Talk"},
    ],
    "questions": [
        {
            "name": "verdict",
            "type": "choice",
            "title": "Is the solution right?",
            "required": True,
            "options": [
                {"value": "correct", "text": "Correct", "hotkey": "1"},
                {"value": "incorrect", "text": "Incorrect", "hotkey": "2"},
            ],
        },
        {
            "name": "faults",
            "type": "multi",
            "title": "What is wrong?",
            "options": [{"value": "logic", "text": "Logic"}, {"value": "style", "text": "Style"}],
            "show_if": {"question": "verdict", "in": ["incorrect"]},
        },
        {"name": "sure", "type": "rating", "title": "How sure are you?", "min": 1, "max": 5},
        {
            "name": "better",
            "type": "preference",
            "title": "Which field says more?",
            "between": ["problem", "solution"],
        },
        {
            "name": "order",
            "type": "ranking",
            "title": "Order by importance",
            "options": [{"value": "a", "text": "Speed"}, {"value": "b", "text": "Clarity"}],
        },
        {
            "name": "marks",
            "type": "spans",
            "title": "Mark the faults",
            "field": "solution",
            "labels": ["fault", "unclear"],
        },
        {"name": "why", "type": "text", "title": "Why?", "required": True, "min_length": 5},
    ],
}
PAYLOAD = {
    "problem": "Return the sum of all **even** numbers: $\\sum_{x \\in xs} x$.",
    "solution": "def even_sum(xs):\n    return sum(x for x in xs if x % 2)\n",
    "talk": [
        {"role": "user", "content": "Is zero even?"},
        {"role": "assistant", "content": "Yes."},
    ],
}


def keep(page, name, request):
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        mode = request.node.callspec.id if hasattr(request.node, "callspec") else "desktop"
        page.screenshot(path=f"{folder}/{name}-{mode.replace(' ', '-')}.png", full_page=True)


@pytest.fixture
def world():
    expert = work.expert()
    row = work.project(name="Judge Python functions", interface=INTERFACE, tasks=0)
    rows = [(n, {"payload": PAYLOAD}) for n in range(4)]
    work.intake.post_tasks(project_id=row.pk, rows=rows, by=work.BY)
    return expert, row


ANSWER = {"verdict": "correct", "why": "It does what it says."}


@pytest.mark.parametrize("mode", MODES)
def test_sign_in(look, mode, request):
    eyes = look(None, **mode)
    page = eyes.open("/accounts/login/")
    keep(page, "sign-in", request)
    assert eyes.barriers(page) == []
    assert eyes.complaints == []


@pytest.mark.parametrize("mode", MODES)
def test_an_annotators_pages(look, world, mode, request):
    expert, _ = world
    done = work.claim(expert)
    work.review(work.submit(done, ANSWER), "accept")
    back = work.claim(expert)
    work.review(work.submit(back, ANSWER), "return", text="Say why it is right, in a sentence.")
    claim = work.claim(expert)
    nda = people.standing(expert)
    push.plan(push.pushing(tasks=1, name="Judge functions for a compiler"))
    eyes = look(expert.user, **mode)
    for name, path in {
        "work": reverse("tasks:work"),
        "offers": reverse("tasks:offers"),
        "task": reverse("tasks:task", args=[claim.pk]),
        "correction": reverse("tasks:task", args=[back.pk]),
        "history": reverse("tasks:history"),
        "history-one": reverse("tasks:history_one", args=[done.pk]),
        "earnings": reverse("payments:earnings"),
        "setup": reverse("payments:setup"),
        "profile": reverse("accounts:profile"),
        "credentials": reverse("accounts:credentials"),
        "qualifications": reverse("accounts:qualifications"),
        "agreements": reverse("tasks:agreements"),
        "agreement": reverse("tasks:agreement", args=[nda.pk]),
    }.items():
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.barriers(page)) == (name, [])
        assert (name, eyes.complaints) == (name, [])
        page.close()


def given_up():
    """A task that three experts gave back."""
    project = work.project(interface=INTERFACE, tasks=0)
    work.intake.post_tasks(project_id=project.pk, rows=[(0, {"payload": PAYLOAD})], by=work.BY)
    for _ in range(3):
        work.release(work.claim(work.expert(), project_id=project.pk))
    return project.tasks.get()


@pytest.mark.parametrize("mode", MODES[:2])
def test_the_desk(look, world, mode, request):
    expert, _ = world
    submission = work.submit(work.claim(expert), ANSWER)
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    held = work.reviews.claim(submission_id=submission.pk, by=work.of_staff(person), user=person)
    eyes = look(person, **mode)
    for name, path in {
        "desk-home": "/admin/",
        "review-desk": reverse("admin:tasks_review_desk"),
        "review-one": reverse("admin:tasks_review_one", args=[held.pk]),
        "disputes": reverse("admin:tasks_adjudication_desk"),
        "attention": reverse("admin:tasks_attention_desk"),
        "attention-one": reverse("admin:tasks_attention_one", args=[given_up().pk]),
        "credentials": reverse("admin:accounts_credential_changelist"),
        "ledger": reverse("admin:payments_ledgerentry_changelist"),
        "payouts": reverse("admin:payments_payout_changelist"),
        "outbox": reverse("admin:core_outboxmessage_changelist"),
    }.items():
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])
        page.close()


@pytest.mark.parametrize("mode", MODES)
def test_the_desks_of_who_may_work(look, world, mode, request):
    expert, _ = world
    people.standing(expert)
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    grant = expert.grants.get()
    for name, path in {
        "qualification-kinds": reverse("admin:accounts_qualification_changelist"),
        "qualification": reverse(
            "admin:accounts_qualification_decide", args=[grant.qualification_id]
        ),
        "pause-new": reverse("admin:accounts_pause_new"),
        "annotator": reverse("admin:accounts_annotatorprofile_decide", args=[expert.pk]),
    }.items():
        # new eyes for each: Django's forms.css imports a sheet, which axe reads by an inline style
        eyes = look(person, **mode)
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])


@pytest.mark.parametrize("mode", MODES)
def test_the_pages_that_explain(look, world, mode, request):
    expert, row = world
    for who in (work.expert(country="AT"), expert):
        work.submit(work.claim(who), ANSWER)
    work.submit(work.claim(expert), ANSWER)
    work.project(name="Judge French functions", languages=["fr"])
    work.project(name="Judge functions in a second place")
    claim = work.claim(expert, project_id=row.pk)
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    why = reverse("admin:tasks_why")
    owner = row.organization.memberships.first().user
    for name, viewer, path in (
        ("work-reasons", expert.user, reverse("tasks:work")),
        ("why", expert.user, reverse("tasks:why", args=[row.pk])),
        ("why-task", expert.user, reverse("tasks:why_task", args=[claim.pk])),
        ("client-who", owner, reverse("tasks:client_who", args=[row.pk])),
        ("desk-why", person, f"{why}?annotator={expert.pk}&task={claim.task_id}"),
        ("desk-who", person, reverse("admin:tasks_who", args=[row.pk])),
        ("desk-fairness", person, reverse("admin:tasks_fairness_one", args=[row.pk])),
        ("desk-project", person, reverse("admin:tasks_project_change", args=[row.pk])),
    ):  # fmt: skip
        eyes = look(viewer, **mode)
        page = eyes.open(path)
        for summary in page.locator("details.why > summary").all():
            summary.click()
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])
        page.close()


def test_a_draft_saves_itself_and_comes_back(look, world):
    expert, _ = world
    claim = work.claim(expert)
    eyes = look(expert.user)
    page = eyes.open(reverse("tasks:task", args=[claim.pk]))
    page.fill("[name='answer-why']", "Half a thought")
    expect(page.locator("output")).to_contain_text("Draft saved")
    page.close()
    again = eyes.open(reverse("tasks:task", args=[claim.pk]))
    assert again.input_value("[name='answer-why']") == "Half a thought"
    assert eyes.complaints == []


def test_keys_choose_and_hand_in(look, world):
    expert, _ = world
    claim = work.claim(expert)
    eyes = look(expert.user)
    page = eyes.open(reverse("tasks:task", args=[claim.pk]))
    page.keyboard.press("2")
    assert page.is_checked("[name='answer-verdict'][value='incorrect']")
    assert page.is_visible("[name='answer-faults']")
    page.keyboard.press("1")
    assert not page.is_visible("[name='answer-faults']")
    page.fill("[name='answer-why']", "It is right.")
    expect(page.locator("output")).to_contain_text("Draft saved")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    claim.refresh_from_db()
    assert claim.state == "submitted"
    assert Assignment.objects.count() == 2
    assert eyes.complaints == []


def test_swagger_asks_no_outside_host(look):
    eyes = look(None)
    hosts = set()
    page = eyes.context.new_page()
    page.on("request", lambda asked: hosts.add(asked.url.split("/")[2]))
    page.goto(eyes.base + reverse("api_docs"), wait_until="networkidle")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() > 10
    assert hosts == {eyes.base.split("/")[2]}
