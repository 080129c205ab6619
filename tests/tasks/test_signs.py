"""Signs of borrowed answers: what a page recorded, what it raises, and what it never does."""

import json

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from marketplace.core.models import AuditEntry
from marketplace.core.registry import JOBS
from tasks.actions import intake
from tasks.models import (
    Assignment,
    ModelAnswer,
    QualityRule,
    ReviewRequest,
    RuleHit,
    Signals,
    SignalsSoFar,
    Submission,
    TextPrint,
)
from tasks.selectors import sign_rates, signs
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers
from tests.support.desk import Desk
from tests.support.rules import posted

pytestmark = pytest.mark.django_db

LONG = (
    "The function returns the sum of all even numbers, which is what the problem asks for."
    " It walks over the list once and keeps no state between calls, so that a second call"
    " gives the same answer, and an empty list gives zero as the text wants it to."
)
OTHER = (
    "I ran the code by hand with three small inputs. With one element the loop never starts,"
    " with two it stops early, and with three it reads past the end of the list because the"
    " upper bound is counted from one and not from nought as everywhere else in this file."
)


def recorded(**other):
    """What the page's script sends."""
    counts = {"keystrokes": 12, "typed": 10, "pasted": 0, "quoted": 0, "pastes": 0}
    counts |= {"away_times": 2, "away_seconds": 65}
    return {
        "counts": {**counts, **other.pop("counts", {})},
        "base": {"why": ""},
        "edits": [[0, "why", 0, 0, "It does", "t", 12], [30, "why", 7, 0, " it.", "p"]],
        "cut": False,
        **other,
    }


def hand_in(who, text=LONG, sent="", *, claim=None):
    """Through the page's door; returns the submission."""
    row = claim or work.claim(who)
    browser = Client()
    browser.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    form = {"fence": row.fence, "answer-verdict": "correct", "answer-why": text}
    form["signs"] = sent if isinstance(sent, str) else json.dumps(sent)
    reply = browser.post(reverse("tasks:task", args=[row.pk]), form)
    assert reply.status_code == 302, reply.content
    return Submission.objects.get(assignment=row)


def checked(submission):
    """What the check job found; a second run changes nothing."""
    for _ in range(2):
        JOBS["tasks.check_submission"].run(submission_id=str(submission.pk))
    return Signals.objects.get(submission=submission)


def test_the_page_says_so_and_what_it_sent_is_kept():
    who = work.expert()
    work.project()
    row = work.claim(who)
    browser = Client()
    browser.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get(reverse("tasks:task", args=[row.pk])).content.decode()
    assert "This page records keys, pastes, when you leave it" in page
    assert 'href="/signs/"' in page
    kept = hand_in(who, sent=recorded(), claim=row).signals
    assert kept.recorded is True
    assert (kept.keystrokes, kept.typed_chars, kept.pasted_chars) == (12, 10, 0)
    assert (kept.away_times, kept.away_seconds) == (2, 65)
    assert kept.answer_chars == len(LONG)
    assert kept.edits == {
        "base": {"why": ""},
        "edits": [[0, "why", 0, 0, "It does", "t"], [30, "why", 7, 0, " it.", "p"]],
    }
    told = Client().get("/signs/")
    assert told.status_code == 200
    assert "Most of the text was pasted" in told.content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "{",
        "[]",
        "null",
        '{"counts": 5}',
        '{"counts": {"typed": -1}}',
        '{"counts": {"typed": true}}',
        '{"counts": {"typed": 1.5}}',
        '{"counts": {"typed": 1}, "base": {"why": "\\u0000"}}',
        '{"counts": {"typed": 1}, "base": {"why": "\\ud800"}}',
        "[" * 100_000,
        '{"counts": {}, "x": "' + "y" * 200_000 + '"}',
    ],
)
def test_what_cannot_be_read_is_left_out_and_the_answer_is_kept(sent):
    who = work.expert()
    work.project()
    submission = hand_in(who, sent=sent)
    assert submission.answer == {"verdict": "correct", "why": LONG}
    assert Signals.objects.count() == 0
    found = checked(submission)
    assert (found.recorded, found.flags, found.extra_percent) == (False, [], 0)


def test_wrong_edits_are_dropped_and_the_counts_stay():
    who = work.expert()
    work.project(tasks=3)
    for edits in ([[1, 2]], [[0, "why", -1, 0, "x", "t"]], [[0, "why", 0, 0, "x", "z"]]):
        kept = hand_in(who, sent=recorded(edits=edits)).signals
        assert (kept.keystrokes, kept.edits, kept.cut) == (12, {}, True)


def test_the_counts_of_the_last_sign_of_life_stand_in():
    who, other = work.expert(), work.expert()
    work.project(tasks=2)
    row = work.claim(who)
    for person in (who, other):
        browser = Client()
        browser.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
        beat = {"fence": row.fence, "signs": json.dumps({"counts": {"typed": 7, "pasted": 3}})}
        reply = browser.post(reverse("tasks:heartbeat", args=[row.pk]), beat)
        assert reply.status_code == (200 if person is who else 404)
    assert SignalsSoFar.objects.get().counts["typed"] == 7
    kept = hand_in(who, claim=row).signals
    assert (kept.recorded, kept.typed_chars, kept.pasted_chars, kept.cut) == (True, 7, 3, True)


@pytest.mark.parametrize(
    ("counts", "text", "flags", "extra"),
    [
        ({"typed": 40, "pasted": 160}, LONG, ["pasted"], 20),
        ({"typed": 41, "pasted": 159}, LONG, [], 0),
        ({"typed": 0, "pasted": 160}, "Too short to tell.", [], 0),
        ({"typed": 20, "quoted": 200}, LONG, [], 0),
        ({"typed": 0, "keystrokes": 3}, LONG, ["few_keys"], 10),
        ({"typed": 200, "keystrokes": 40}, LONG, [], 0),
    ],
)
def test_signs_by_their_thresholds(counts, text, flags, extra):
    who = work.expert()
    work.project()
    found = checked(hand_in(who, text, recorded(counts=counts)))
    assert (found.flags, found.extra_percent) == (flags, extra)


def test_few_keys_says_nothing_where_a_kept_draft_was_put_in():
    who = work.expert()
    work.project(tasks=2)
    draft = [[0, "why", 0, 0, LONG, "d"]]
    for sent in (recorded(edits=draft), recorded(base={"why": LONG})):
        found = checked(hand_in(who, sent={**sent, "counts": {"keystrokes": 1}}))
        assert (found.flags, found.keys_per_char) == ([], None)


def test_near_texts_of_others_are_found_and_ones_own_are_not():
    who, other, third = (work.expert() for _ in range(3))
    work.project(tasks=6)
    first = hand_in(who)
    assert checked(first).flags == []
    again = checked(hand_in(who))
    assert (again.flags, again.near_id) == ([], None)
    copied = checked(hand_in(other, LONG.replace("walks over", "goes over")))
    assert copied.flags == ["near_answer"]
    assert copied.near.annotator_id == who.pk
    assert copied.near_share > 0.8
    assert copied.extra_percent == 50
    own = checked(hand_in(third, OTHER))
    assert (own.flags, own.near_share) == ([], None)
    assert checked(hand_in(third, "It does what it says it does.")).flags == []
    assert TextPrint.objects.count() == 4


def test_a_model_answer_of_the_client_is_compared_and_shown_to_nobody():
    who = work.expert()
    project = work.project()
    api = Api(project.organization)
    row = work.claim(who)
    at = f"/projects/{project.pk}/tasks/{row.task_id}/model-answers"
    assert api.send("PUT", at, {"texts": ["Short.", LONG]}) == (200, {"kept": 2})
    assert api.send("PUT", at, {"texts": [LONG]}) == (200, {"kept": 1})
    assert ModelAnswer.objects.count() == 1
    for texts, pointer in (([""], "/texts/0"), (["x"] * 11, "/texts"), ("x", "/texts")):
        status, problem = api.send("PUT", at, {"texts": texts})
        assert (status, pointers(problem)) == (422, [pointer])
    assert Api().send("PUT", at, {"texts": [LONG]})[0] == 404
    browser = Client()
    browser.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get(reverse("tasks:task", args=[row.pk])).content.decode()
    assert LONG[:40] not in page
    found = checked(hand_in(who, LONG.replace("walks over", "goes over"), claim=row))
    assert (found.flags, found.near_id, found.extra_percent) == (["near_model"], None, 50)


def test_quoting_the_task_is_no_copying():
    first, second = work.expert(), work.expert()
    project = work.project(tasks=0, overlap=2)
    rows = [{"payload": {"problem": LONG}}, {"payload": {"problem": "Another function."}}]
    intake.post_tasks(project_id=project.pk, rows=list(enumerate(rows)), by=work.BY)
    quoted = project.tasks.get(payload__problem=LONG)
    api = Api(project.organization)
    for task in project.tasks.all():
        at = f"/projects/{project.pk}/tasks/{task.pk}/model-answers"
        assert api.send("PUT", at, {"texts": [LONG]}) == (200, {"kept": 1})
    claims = {who: [work.claim(who), work.claim(who)] for who in (first, second)}
    for who, said in ((first, "I agree with every word."), (second, "I find this is wrong.")):
        (row,) = [one for one in claims[who] if one.task_id == quoted.pk]
        found = checked(hand_in(who, f"{LONG} {said}", claim=row))
        assert (found.flags, found.near_share) == ([], None)
    assert TextPrint.objects.count() == 0
    # The control: to the other task the same text is no quotation.
    (row,) = [one for one in claims[first] if one.task_id != quoted.pk]
    assert checked(hand_in(first, LONG, claim=row)).flags == ["near_model"]
    (row,) = [one for one in claims[second] if one.task_id != quoted.pk]
    assert checked(hand_in(second, LONG, claim=row)).flags == ["near_answer", "near_model"]


def test_signs_raise_the_review_and_never_the_verdict():
    who = work.expert()
    project = work.project(tasks=80, review_percent=0, expected_minutes=5)
    mostly = recorded(counts={"typed": 0, "pasted": 200})
    usual = recorded(counts={"typed": 250, "keystrokes": 260})
    plain = [hand_in(who, sent=usual) for _ in range(20)]
    # one in five is drawn: that none of sixty is, or all are, happens to nobody
    marked = [hand_in(who, sent=mostly) for _ in range(60)]
    for row in (*plain, *marked):
        checked(row)
    wanted = ReviewRequest.objects.filter(kind="first", state="waiting")
    assert wanted.filter(submission__in=plain).count() == 0
    asked = wanted.filter(submission__in=marked).count()
    assert 0 < asked < 60
    states = Assignment.objects.filter(project=project).values_list("state", flat=True)
    assert sorted(set(states)) == ["accepted", "submitted"]
    assert list(states).count("submitted") == asked
    # and a rule may only ask for more reviews
    boost = {"action": "require_review", "parameters": {"percent": 100, "days": 2}}
    row = posted(project, collector="paste_share", threshold=0.3, **boost)
    JOBS["tasks.run_rule"].run(rule_id=str(row.pk))
    hit = RuleHit.objects.get()
    assert (hit.value, hit.seen) == (0.75, 80)
    assert QualityRule.objects.get().action == "require_review"


def test_a_rule_for_signs_counts_marked_answers():
    who = work.expert()
    project = work.project(tasks=8)
    for _ in range(6):
        checked(hand_in(who, sent=recorded(counts={"typed": 0, "pasted": 200})))
    tell = {"action": "notify", "parameters": {"whom": "staff"}}
    row = posted(project, collector="borrowed_signs", threshold=0.4, **tell)
    JOBS["tasks.run_rule"].run(rule_id=str(row.pk))
    assert (RuleHit.objects.get().value, RuleHit.objects.get().seen) == (1, 6)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"flags": ["guilty"]}, "tasks_signals_flags"),
        ({"recorded": False}, "tasks_signals_recorded"),
        ({"extra_percent": 101}, "tasks_signals_percent"),
    ],
)
def test_postgresql_keeps_signals_in_bounds(columns, constraint):
    who = work.expert()
    work.project()
    row = hand_in(who, sent=recorded()).signals
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Signals.objects.filter(pk=row.pk).update(**columns)


def test_annotator_and_reviewer_see_what_was_recorded():
    who, stranger = work.expert(), work.expert()
    work.project()
    submission = hand_in(who, sent=recorded(counts={"typed": 0, "pasted": 200}))
    checked(submission)
    page = reverse("tasks:history_one", args=[submission.assignment_id])
    browser = Client()
    browser.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    seen = browser.get(page).content.decode()
    assert "It made a review 20 points of a hundred likelier" in seen
    assert "Most of the text was pasted" in seen
    browser.force_login(stranger.user, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get(page).status_code == 404
    record = signs.of(submission)
    assert record.flags == ["Most of the text was pasted"]
    assert [name for name, _ in record.texts] == ["why"]
    assert record.script["edits"][1] == [30, "why", 7, 0, " it.", "p"]
    desk = Desk()
    held = work.claim_review(desk.person)
    text = desk.page("tasks/review", f"desk/{held.pk}/")
    assert held.submission == submission
    assert "none of them proves anything" in text
    assert "<mk-replay>" in text
    assert who.user.name not in text


def test_how_often_signs_were_wrong_is_measured():
    who = work.expert()
    work.project(tasks=10)
    mostly = recorded(counts={"typed": 0, "pasted": 200})
    marked = [hand_in(who, sent=mostly) for _ in range(5)]
    plain = [
        hand_in(who, sent=recorded(counts={"typed": 300, "keystrokes": 300})) for _ in range(2)
    ]
    for row in (*marked, *plain):
        checked(row)
    for row, verdict in zip(marked, ("accept", "accept", "accept", "reject"), strict=False):
        work.review(row, verdict)
    work.review(plain[0])
    found = {rate.sign: rate for rate in sign_rates.rates()}
    assert (found["pasted"].flagged, found["pasted"].judged, found["pasted"].right) == (5, 4, 3)
    assert found["pasted"].share == 0.75
    assert (round(found["pasted"].low, 3), round(found["pasted"].high, 3)) == (0.194, 0.994)
    assert (found[""].flagged, found[""].judged, found[""].right) == (2, 1, 1)
    assert (found["near_model"].judged, found["near_model"].share) == (0, None)
    text = Desk().page("tasks/signals", "rates/")
    assert "19.4 % – 99.4 %" in text
    assert AuditEntry.objects.filter(verb="signs_found").count() == 5


def test_the_client_says_which_tools_are_allowed_to_annotator_and_reviewer():
    who = work.expert()
    api = Api()
    allowed = "Dictionaries and a spelling checker; no language model."
    body = work.fields(tools_allowed=allowed)
    status, project = api.post("/projects", body)
    assert (status, project["tools_allowed"]) == (201, allowed)
    status, problem = api.post("/projects", work.fields(tools_allowed="x" * 301))
    assert (status, pointers(problem)) == (422, ["/tools_allowed"])
    at = f"/projects/{project['id']}"
    assert api.send("PATCH", at, {"tools_allowed": ""})[1]["tools_allowed"] == ""
    work.project(tools_allowed=allowed)
    claim = work.claim(who)
    browser = Client()
    browser.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    assert allowed in browser.get(reverse("tasks:task", args=[claim.pk])).content.decode()
    hand_in(who, claim=claim)
    desk = Desk()
    held = work.claim_review(desk.person)
    assert allowed in desk.page("tasks/review", f"desk/{held.pk}/")
