"""What readers see of a task and of an answer."""

from tasks.interface.hotkeys import option_keys
from tasks.interface.render import render_answer, render_fields
from tasks.interface.spec import Interface
from tasks.interface.voting import canonical, votable, votes
from tests.tasks.interface.samples import ANSWER, INTERFACE, PAYLOAD, with_question

interface = Interface.parse(INTERFACE)


def test_fields_come_in_order_and_empty_ones_not_at_all() -> None:
    rendered = render_fields(interface, {**PAYLOAD, "talk": []})
    assert [(f.name, f.title, f.type) for f in rendered] == [
        ("prompt", "Prompt", "markdown"),
        ("a", "Answer A", "text"),
        ("b", "Answer B", "code"),
    ]
    assert "<math" in rendered[0].html
    assert rendered[1].html == f'<div class="plain">{PAYLOAD["a"]}</div>'
    assert '<span class="tok-nb">print</span>' in rendered[2].html


def test_a_conversation_says_who_speaks() -> None:
    talk = render_fields(interface, PAYLOAD)[3].html
    assert '<li class="message message-user"><span class="role">User</span>' in talk
    assert "<em>Hello</em>" in talk


def test_answers_are_shown_in_words() -> None:
    html = {item.name: item.html for item in render_answer(interface, ANSWER, PAYLOAD)}
    assert html["verdict"] == "Not at all"
    assert html["faults"] == "<ul><li>wrong</li><li>rude</li></ul>"
    assert html["score"] == '3 <span class="muted">on a scale of 1 to 7</span>'
    assert html["better"] == "Answer A is much better"
    assert html["order"] == "<ol><li>z</li><li>x</li><li>y</li></ol>"
    assert "<em>above</em>" in html["note"]
    assert '<mark class="span-2" title="claim">think</mark>' in html["marks"]


def test_unanswered_questions_are_said_to_be_so_and_hidden_ones_are_not_shown() -> None:
    rendered = render_answer(interface, {"verdict": "yes", "score": 1})
    assert [(item.name, item.answered) for item in rendered] == [
        ("verdict", True),
        ("score", True),
        ("better", False),
        ("order", False),
        ("note", False),
        ("marks", False),
    ]
    assert rendered[2].html == '<span class="muted">No answer</span>'


def test_marks_without_the_payload_are_listed() -> None:
    marks = render_answer(interface, ANSWER)[-1].html
    assert marks == (
        '<ul class="span-list"><li><span class="span-label span-2">claim</span> '
        "<q>think</q></li></ul>"
    )


def test_only_questions_with_few_values_are_voted_on() -> None:
    assert votable(interface) == ["verdict", "faults", "score", "better"]
    assert votes(interface, {**ANSWER, "faults": ["rude", "wrong"]}) == {
        "verdict": '"no"',
        "faults": '["rude","wrong"]',
        "score": "3",
        "better": '"a2"',
    }


def test_equal_answers_are_equal_text() -> None:
    assert canonical({"b": 1.0, "a": ["é"]}) == '{"a":["é"],"b":1}'
    assert canonical(4.0) == canonical(4) == "4"
    assert canonical(["x", "y"]) != canonical(["y", "x"])
    assert canonical("4") != canonical(4)


def keys(question: dict[str, object]) -> dict[str, str]:
    return option_keys(Interface.parse(with_question({"name": "q", **question})).question("q"))


def test_keys_are_the_options_own_or_digits_in_order() -> None:
    assert option_keys(interface.question("verdict")) == {"yes": "1", "no": "n", "maybe": "3"}
    assert keys({"type": "rating", "min": -1, "max": 2}) == {"0": "0", "1": "1", "2": "2"}
    assert keys({"type": "choice", "options": ["a", "b"], "hotkeys": False}) == {}
    mixed = [{"value": "a", "hotkey": "2"}, "b"]
    assert keys({"type": "choice", "options": mixed}) == {"a": "2"}
    assert len(keys({"type": "multi", "options": [str(n) for n in range(20)]})) == 9
