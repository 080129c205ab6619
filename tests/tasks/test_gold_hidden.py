"""Nobody who works can tell gold from other work: the same bytes, in the same order, after the same
statements, whatever becomes of the claim. Only ids, times and tokens differ, as between any two
tasks.
"""

import re
import uuid
from dataclasses import dataclass, field
from difflib import unified_diff

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Notice
from accounts.selectors.actors import of_staff
from tasks.actions import expiry, intake, reviews
from tasks.models import Assignment, Gold, ReviewAssignment, SkillEvent, Task
from tests.support import factories_accounts as people
from tests.support import factories_gold as gold
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db
NEXT = "/api/v1/queue/next"
JOBS = ("tasks.check_submission", "tasks.weigh_task", "tasks.refresh_annotator")
CHANGING = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
    (r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00:00)?", "TIME"),
    (r"\w+\.? \d{1,2}, \d{4}, (\d{1,2}(:\d\d)? [ap]\.m\.|noon|midnight)", "TIME"),
    (r'(data-mk-saved|nonce|name="csrfmiddlewaretoken" value)="[^"]*"', r"\1"),
    (r"nonce-[^' ;]+", "NONCE"),
    (r"csrftoken=\w+|sessionid=\w+|X-CSRFToken[^}]*", "TOKEN"),
    (r"[0-9a-f]{32}", "REQUEST"),
    (r"\b\d\d:\d\d:\d\d\b", "TIME"),
    (r"\d{1,2}/\d{1,2}/\d{4},? \d{1,2}(:\d\d)? [ap]\.m\.", "TIME"),
    (r"\b\d+\.\d{3,}\b", "SECONDS"),
    (r'"active_seconds": ?[0-9]\b', "A FEW SECONDS"),  # of a slow machine; more would tell
)
UNSAID = (
    "Expires", "Last-Modified", "RateLimit-Remaining", "RateLimit-Reset", "Date", "X-Request-Id", "X-Request-ID", "Content-Length", "Set-Cookie", "ETag",
)  # fmt: skip
ANSWER = {"answer-verdict": "correct", "answer-why": "It does what it says."}


def plain(text):
    for pattern, word in CHANGING:
        text = re.sub(pattern, word, text)
    return text


@dataclass
class Watcher:
    """An annotator's browser that keeps what it is shown, and what that cost the database."""

    browser: Client
    seen: list = field(default_factory=list)

    def ask(self, what, method, url, body=None):
        with CaptureQueriesContext(connection) as asked:
            kind = {"content_type": "application/json"} if url == NEXT else {}
            reply = getattr(self.browser, method)(url, body or {}, **kind)
        headers = sorted((k, plain(v)) for k, v in reply.headers.items() if k not in UNSAID)
        text = plain(reply.content.decode())
        self.seen.append((what, reply.status_code, headers, text, len(asked)))
        return reply

    def look(self, row=None):
        """Every page there is about work, and about this claim."""
        for name in ("tasks:work", "tasks:history", "tasks:offers", "accounts:notices"):
            self.ask(name, "get", reverse(name))
        for name in ("tasks:skills", "tasks:decisions", "tasks:appeals"):
            self.ask(name, "get", reverse(name))
        event = SkillEvent.objects.order_by("at").last()
        url = reverse("tasks:skill_event", args=[event.pk if event else uuid.uuid4()])
        assert self.ask("tasks:skill_event", "get", url).status_code == 404
        for name in ("tasks:task", "tasks:why_task", "tasks:history_one") if row else ():
            self.ask(name, "get", reverse(name, args=[row.pk]))

    def act(self, name, row, **body):
        row.refresh_from_db()
        url = reverse(f"tasks:{name}", args=[row.pk])
        return self.ask(name, "post", url, {"fence": row.fence, **body})


def claimed(eyes):
    reply = eyes.ask("next", "post", NEXT)
    return Assignment.objects.get(pk=reply.json()["id"])


def jobs():
    for name in JOBS:
        work.run_jobs(name)


def reviewed(eyes, staff, verdict):
    """A reviewer reads it on the desk and decides."""
    jobs()
    held = reviews.claim_next(by=of_staff(staff), user=staff)
    desk = Watcher(Client(), eyes.seen)
    desk.browser.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    desk.ask("desk", "get", reverse("admin:tasks_review_desk"))
    url = reverse("admin:tasks_review_one", args=[held.pk])
    desk.ask("desk, one", "get", url)
    text = {"category": "wrong", "text": work.REASON} if verdict != "accept" else {}
    held.refresh_from_db()
    desk.ask("verdict", "post", url, {"fence": held.fence, "verdict": verdict, **text})
    assert ReviewAssignment.objects.get(pk=held.pk).state == "done"
    jobs()


def run_out(eyes, row):
    gold.run_out(row)
    eyes.look(row)
    expiry.expire_assignments(by=work.BY)


def answer_and_accept(eyes, staff):
    row = claimed(eyes)
    eyes.look(row)
    eyes.act("heartbeat", row)
    eyes.act("extend", row)
    eyes.act("draft", row, **ANSWER, save="1")
    eyes.look(row)
    eyes.act("task", row, **ANSWER)
    eyes.look(row)
    jobs()
    eyes.look(row)
    reviewed(eyes, staff, "accept")
    eyes.look(row)
    return row


def correct(eyes, staff):
    row = claimed(eyes)
    eyes.act("task", row, **ANSWER)
    reviewed(eyes, staff, "return")
    eyes.look(row)
    eyes.act("task", row, **ANSWER)
    reviewed(eyes, staff, "reject")
    eyes.look(row)
    return row


def give_back(eyes, staff):
    row = claimed(eyes)
    eyes.act("release", row, skip_reason="unclear")
    eyes.look(row)
    eyes.act("reclaim", row)
    again = Assignment.objects.order_by("claimed_at").last()
    eyes.look(again)
    eyes.act("release", again, skip_reason="unclear")
    eyes.look(again)
    return row


def let_it_run_out(eyes, staff):
    """Until it is set aside: three times."""
    first = claimed(eyes)
    eyes.act("draft", first, **ANSWER)
    run_out(eyes, first)
    eyes.look(first)
    second = claimed(eyes)
    assert second.task_id == first.task_id
    eyes.look(second)
    run_out(eyes, second)
    eyes.act("reclaim", second)
    third = Assignment.objects.order_by("claimed_at").last()
    run_out(eyes, third)
    eyes.look(third)
    eyes.act("reclaim", third)
    eyes.look(third)
    return first


def too_late(eyes, staff):
    row = claimed(eyes)
    gold.run_out(row)
    eyes.act("task", row, **ANSWER)
    eyes.look(row)
    return row


@pytest.fixture
def world():
    """One task, to which a second one comes that is gold, or is not."""
    who = work.expert()
    project = work.project(tasks=0, name="Judge functions", gold_first=1, gold_percent=0)
    staff = people.staff()
    TOTP.activate(staff, "JBSWY3DPEHPK3PXP")
    browser = Client()
    browser.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    return project, Watcher(browser), staff


def shown(world, story, *, golden):
    """All that a story shows; the world is afterwards as it was."""
    project, eyes, staff = world
    eyes.seen = []
    with transaction.atomic():
        same = {"payload": {"problem": "Is this right?"}}
        known = {**same, "gold": {"answer": work.RIGHT}} if golden else same
        rows = [same, known] if golden else [same, same]
        intake.post_tasks(project_id=project.pk, rows=enumerate(rows), by=work.BY)
        eyes.look()
        row = story(eyes, staff)
        assert Gold.objects.filter(pk=row.task_id).exists() == golden
        told = list(Notice.objects.order_by("pk").values_list("kind", "text"))
        transaction.set_rollback(True)
    return eyes.seen, told


STORIES = (answer_and_accept, correct, give_back, let_it_run_out, too_late)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_every_page_and_payload_is_the_same_for_gold_and_for_work(world, story):
    work_seen, work_told = shown(world, story, golden=False)
    gold_seen, gold_told = shown(world, story, golden=True)
    assert [one[:2] for one in gold_seen] == [one[:2] for one in work_seen]
    for mine, other in zip(gold_seen, work_seen, strict=True):
        assert not (found := [*unified_diff(other[3].splitlines(), mine[3].splitlines())]), (
            "\n".join([mine[0], *found])
        )
        if mine[0] == "verdict":  # after it a reviewer's own record is kept: they have spoken
            mine, other = mine[:4], other[:4]  # noqa: PLW2901
        assert mine == other, mine[0]
    assert gold_told == work_told


def test_control_another_text_is_found(world):
    def marked(eyes, staff):
        row = claimed(eyes)
        if Gold.objects.exists():
            Task.objects.filter(pk=row.task_id).update(payload={"problem": "Is this gold?"})
        eyes.look(row)
        return row

    assert shown(world, marked, golden=False) != shown(world, marked, golden=True)


def test_ids_of_one_upload_interleave_and_annotators_read_none_of_them():
    gold.project(tasks=0, gold=1)
    project = Gold.objects.get().project
    rows = [gold.row(n) if n % 3 else {"payload": {"problem": "x"}} for n in range(1, 10)]
    intake.post_tasks(project_id=project.pk, rows=enumerate(rows), by=work.BY)
    batch = Task.objects.order_by("-batch__created_at").first().batch
    tasks = list(Task.objects.filter(batch=batch).order_by("pk"))
    assert "".join("G" if one.state == "gold" else "." for one in tasks) == "GG.GG.GG."
    handles = [one.handle for one in tasks]
    assert len({*handles, *(one.pk for one in tasks)}) == 18
    assert handles != sorted(handles)


def test_a_claim_and_a_hand_in_cost_the_same_statements(world):
    """Inside the function too: what differs is measured by no one who claims."""
    found = [shown(world, answer_and_accept, golden=golden)[0] for golden in (False, True)]
    costs = [[(one[0], one[4]) for one in seen if one[0] in ("next", "task")] for seen in found]
    assert costs[0] == costs[1]
    assert dict(costs[0])["next"] < 20
