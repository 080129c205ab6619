"""What the task page records, as people type and paste; and the pages that show it.

Set SCREENSHOTS to a folder to keep the pictures.
"""

import datetime as dt

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from playwright.sync_api import expect

from marketplace.core import clock
from marketplace.core.registry import JOBS
from tasks.actions import rules
from tasks.models import Signals
from tests.browser.test_pages import keep
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.rules import rule

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MODES = [pytest.param({}, id="desktop"), pytest.param({"phone": True}, id="phone")]
BOX = "[name='answer-why']"
BORROWED = (
    " The loop visits each element once and adds it when it is even, so the sum is right for"
    " every list, and for an empty list it is zero as the text of the problem wants it to be,"
    " which I have seen by running it with lists of no, one, two and seven elements in turn."
)
PASTE = """([selector, text]) => {
  const box = document.querySelector(selector);
  box.focus();
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const end = box.value.length;
  box.setRangeText(text, end, end, "end");
  box.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste", data: text }));
}"""


@pytest.fixture
def claim():
    who = work.expert()
    work.project(name="Judge Python functions")
    return work.claim(who)


def written(look, claim, mode=None):
    """Type, paste and quote on the task page, hand in; returns the record and the eyes."""
    eyes = look(claim.annotator.user, **(mode or {}))
    page = eyes.open(reverse("tasks:task", args=[claim.pk]))
    page.check("[name='answer-verdict'][value='correct']")
    page.locator(BOX).press_sequentially("It is rihgt")
    page.wait_for_timeout(300)  # the replay tells moments apart by tenths of a second
    for _ in range(4):
        page.press(BOX, "Backspace")
    page.locator(BOX).press_sequentially("ight.")
    page.evaluate(PASTE, [BOX, BORROWED])
    page.evaluate(PASTE, [BOX, claim.task.payload["problem"]])
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    page.wait_for_timeout(1100)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    return eyes, page


def hand_in(page):
    page.wait_for_timeout(1000)  # a draft that is on its way would be refused (409) afterwards
    page.wait_for_load_state("networkidle")
    with page.expect_navigation():
        page.click("button:has-text('Hand in') >> nth=-1")


@pytest.mark.parametrize("mode", MODES)
def test_typing_pasting_and_leaving_are_found_in_the_record(look, claim, mode, request):
    eyes, page = written(look, claim, mode)
    expect(page.locator("text=This page records keys")).to_be_visible()
    keep(page, "task-signs", request)
    assert eyes.barriers(page) == []
    hand_in(page)
    kept = Signals.objects.get()
    quoted = claim.task.payload["problem"]
    assert kept.submission.answer["why"] == "It is right." + BORROWED + quoted
    assert (kept.keystrokes, kept.typed_chars) == (20, 16)
    assert (kept.pasted_chars, kept.quoted_chars, kept.pastes) == (len(BORROWED), len(quoted), 2)
    assert kept.away_times == 1
    assert 1 <= kept.away_seconds <= 3
    assert kept.cut is False
    # a slow machine may cut a burst of keys in two: the edits are told by what they make
    text, kinds = "", []
    for _, name, place, gone, came, kind in kept.edits["edits"]:
        assert name == "why"
        text = text[:place] + came + text[place + gone :]
        kinds += [kind] if kinds[-1:] != [kind] else []
        if kind == "p":
            assert (place, gone, came) == (12, 0, BORROWED)
    assert (text, kinds) == (kept.submission.answer["why"], ["t", "p", "q"])
    deleted = sum(edit[3] for edit in kept.edits["edits"])
    assert (deleted, len(kept.edits["edits"]) < 10) == (4, True)
    assert eyes.complaints == []


def test_a_reload_loses_nothing_and_without_scripts_nothing_counts(look, claim):
    eyes, page = written(look, claim)
    page.wait_for_timeout(1200)  # the draft is saved
    page.reload(wait_until="networkidle")
    page.locator(BOX).press_sequentially("!")
    hand_in(page)
    kept = Signals.objects.get()
    assert (kept.keystrokes, kept.typed_chars, kept.pasted_chars) == (21, 17, len(BORROWED))
    assert kept.edits["edits"][-1][4] == "!"
    assert eyes.complaints == []


@pytest.mark.parametrize("mode", MODES)
def test_the_reviewer_plays_the_record_and_the_annotator_sees_it(look, claim, mode, request):
    _, page = written(look, claim, mode)
    hand_in(page)
    JOBS["tasks.check_submission"].run(submission_id=str(Signals.objects.get().pk))
    eyes = look(claim.annotator.user, **mode)
    page = eyes.open(reverse("tasks:history_one", args=[claim.pk]))
    page.click("text=What was recorded while you wrote")
    expect(page.locator("text=Most of the text was pasted")).to_be_visible()
    keep(page, "history-signs", request)
    assert eyes.barriers(page) == []
    keep(eyes.open("/signs/"), "signs-told", request)
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    held = work.claim_review(person)
    eyes = look(person, **mode)
    page = eyes.open(reverse("admin:tasks_review_one", args=[held.pk]))
    pane = page.locator("[data-text='why']")
    expect(pane).to_contain_text("seven elements in turn")
    slider = page.locator("mk-replay input[type=range]")
    move = "(one, at) => { one.value = at; one.dispatchEvent(new Event('input')); }"
    slider.evaluate(move, 0)
    expect(pane).to_have_text("")
    slider.evaluate(move, Signals.objects.get().edits["edits"][0][0])
    expect(pane).to_have_text("It is rihgt")
    expect(page.locator("[data-kind]")).to_have_text("typed")
    page.click("[data-speed]")
    page.click("[data-play]")
    expect(pane).to_contain_text("seven elements in turn")
    expect(page.locator("[data-play]")).to_have_text("Play")
    keep(page, "review-replay", request)
    assert eyes.complaints == []


@pytest.mark.parametrize("mode", MODES)
def test_rules_and_their_dry_run_at_the_desk(look, mode, request):
    who = work.expert()
    row = work.project(tasks=12)
    for _ in range(6):
        work.review(work.submit(work.claim(who)), "reject")
    clock.advance(dt.timedelta(days=1))
    made = rules.create(
        project_id=None, fields=rule(parameters={"scope": "all", "days": 3}), by=work.BY
    )
    rules.create(project_id=row.pk, fields=rule(title="Of one project"), by=work.BY)
    person = people.staff(is_superuser=True)
    TOTP.activate(person, generate_totp_secret())
    eyes = look(person, **mode)
    for name, url in (
        ("rules", reverse("admin:tasks_qualityrule_changelist")),
        ("rule-new", reverse("admin:tasks_qualityrule_new")),
        ("rule-try", reverse("admin:tasks_rule_try")),
        ("rule-tried", reverse("admin:tasks_rule_try_one", args=[made.pk])),
        ("rule-switch", reverse("admin:tasks_qualityrule_decide", args=[made.pk])),
        ("rule-hits", reverse("admin:tasks_rulehit_changelist")),
        ("sign-rates", reverse("admin:tasks_sign_rates")),
    ):
        page = eyes.open(url)
        keep(page, name, request)
    page = eyes.open(reverse("admin:tasks_rule_try_one", args=[made.pk]))
    expect(
        page.locator("text=it would have hit in the last 30 days: 1. Hits in all: 1.")
    ).to_be_visible()
    assert eyes.complaints == []
