"""The controls of the answer form that scripts enlarge, used as people use them."""

import json
import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.support import factories_tasks as work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "It was 😀 in 1787,\r\nand 👩‍🔬 again in 1901."
INTERFACE = {
    "version": 1,
    "fields": [{"name": "claim", "type": "text"}],
    "questions": [
        {"name": "marks", "type": "spans", "field": "claim", "labels": ["error", "vague"]},
        {"name": "order", "type": "ranking", "options": ["x", "y", "z"]},
        {"name": "note", "type": "text"},
    ],
}
SELECT = """(words) => {
  const board = document.querySelector(".span-text");
  const node = [...board.childNodes].find((one) => one.nodeType === Node.TEXT_NODE);
  const range = document.createRange();
  range.setStart(node, node.data.indexOf(words));
  range.setEnd(node, node.data.indexOf(words) + words.length);
  const box = range.getBoundingClientRect();
  return [box.left + 1, box.top + box.height / 2, box.right - 1];
}"""


@pytest.fixture
def claim():
    """A claimed task whose text has characters outside the BMP and a carriage return."""
    expert = work.expert()
    row = work.project(interface=INTERFACE, tasks=0)
    rows = [(0, {"payload": {"claim": TEXT}})]
    work.intake.post_tasks(project_id=row.pk, rows=rows, by=work.BY)
    return work.claim(expert)


def task_page(look, claim):
    eyes = look(claim.annotator.user)
    return eyes, eyes.open(reverse("tasks:task", args=[claim.pk]))


def select(page: Page, words: str) -> None:
    """Drag the mouse over words of the text."""
    expect(page.locator("mk-spans")).to_have_class("ready")
    page.locator(".span-text").scroll_into_view_if_needed()
    left, middle, right = page.evaluate(SELECT, words)
    page.mouse.move(left, middle)
    page.mouse.down()
    page.mouse.move(right, middle, steps=6)
    page.wait_for_timeout(150)  # a hand rests before it lets go; the selection is read meanwhile
    page.mouse.up()


def test_marks_count_code_points(look, claim):
    eyes, page = task_page(look, claim)
    page.click("button[data-label='vague']")
    select(page, "1901")
    expect(page.locator(".span-list li")).to_have_count(1)
    start = TEXT.index("1901")
    assert json.loads(page.locator("[name='answer-marks']").input_value()) == {
        "start": start,
        "end": start + 4,
        "label": "vague",
        "text": "1901",
    }
    expect(page.locator(".r6o-annotation")).to_have_count(1)
    with page.expect_navigation():
        page.click("button:has-text('Hand in') >> nth=-1")
    claim.refresh_from_db()
    assert claim.state == "submitted"
    assert eyes.complaints == []


def test_a_mark_can_be_taken_back_and_typed(look, claim):
    _, page = task_page(look, claim)
    select(page, "1787")
    expect(page.locator(".span-list q")).to_have_text(["1787"])
    page.click(".span-list button")
    expect(page.locator(".span-list li")).to_have_count(0)
    assert page.locator("[name='answer-marks']").input_value() == ""
    page.click(".span-lines summary")
    page.fill("[name='answer-marks']", "error: again")
    with page.expect_navigation():
        page.click("button:has-text('Hand in') >> nth=-1")
    assert claim.submissions.get().answer["marks"] == [
        {
            "start": TEXT.index("again"),
            "end": TEXT.index("again") + 5,
            "label": "error",
            "text": "again",
        }
    ]


def ranks(page: Page) -> list[str]:
    return [page.input_value(f"[name='answer-order-{n}']") for n in range(3)]


def test_an_order_counts_once_somebody_chose_it(look, claim):
    eyes, page = task_page(look, claim)
    assert ranks(page) == ["", "", ""]
    page.click("text=This order is right")
    assert ranks(page) == ["1", "2", "3"]
    page.click("[aria-label='Move up: z']")
    assert ranks(page) == ["1", "3", "2"]
    expect(page.locator("mk-ranking [role=status]")).to_have_text("z: now at place 2")
    first, third = (page.locator(".ranking li").nth(n).bounding_box() for n in (0, 2))
    page.mouse.move(third["x"] + 60, third["y"] + 15)
    page.mouse.down()
    page.mouse.move(first["x"] + 60, first["y"] + 20, steps=8)
    page.mouse.move(first["x"] + 60, first["y"] + 3, steps=4)
    page.mouse.up()
    expect(page.locator("[name='answer-order-1']")).to_have_value(re.compile("[12]"))
    assert sorted(ranks(page)) == ["1", "2", "3"]
    assert eyes.complaints == []


def test_handing_in_sends_no_draft_after_the_answer(look, claim):
    """The click leaves the field, which is a change; while the answer is slow, its draft stays here."""
    eyes, page = task_page(look, claim)
    page.fill("[name='answer-note']", "Clear")
    page.wait_for_timeout(1200)
    page.wait_for_load_state("networkidle")
    sent = []
    page.on("request", lambda one: sent.append((one.method, one.url.rsplit("/", 1)[-1])))

    def slowly(route):
        answer = route.fetch(max_redirects=0)
        page.wait_for_timeout(1000)
        route.fulfill(response=answer)

    page.route(f"**/work/{claim.pk}", slowly)
    page.type("[name='answer-note']", " and true")
    page.click("button:has-text('Hand in') >> nth=-1")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)
    assert ("POST", "draft") not in sent
    claim.refresh_from_db()
    assert (claim.state, page.url) == ("submitted", eyes.base + reverse("tasks:work"))
    assert eyes.complaints == []


def test_text_written_without_a_connection_is_kept_and_sent(look, claim):
    eyes, page = task_page(look, claim)
    eyes.context.set_offline(True)
    page.fill("[name='answer-note']", "Written in a tunnel")
    expect(page.locator("output")).to_contain_text("kept in this browser")
    eyes.context.set_offline(False)
    expect(page.locator("output")).to_contain_text("Draft saved")
    claim.refresh_from_db()
    assert claim.draft["note"] == "Written in a tunnel"
    assert page.evaluate("Object.keys(localStorage)") == []


def test_text_that_never_reached_the_server_comes_back_after_a_reload(look, claim):
    eyes, page = task_page(look, claim)
    eyes.context.set_offline(True)
    page.fill("[name='answer-note']", "Nearly lost")
    expect(page.locator("output")).to_contain_text("kept in this browser")
    page.goto("about:blank")
    eyes.context.set_offline(False)
    again = eyes.open(reverse("tasks:task", args=[claim.pk]))
    assert again.input_value("[name='answer-note']") == "Nearly lost"
    expect(again.locator("output")).to_contain_text("Draft saved")
    claim.refresh_from_db()
    assert claim.draft["note"] == "Nearly lost"


def test_single_keys_can_be_turned_off(look, claim):
    _, page = task_page(look, claim)
    page.locator("h1").click()
    page.keyboard.press("?")
    page.locator("dialog [role=switch]").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.locator("h1").click()
    page.keyboard.press("2")
    assert page.get_attribute("button[data-label='vague']", "aria-pressed") == "false"
