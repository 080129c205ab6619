"""The form asks what the interface asks, and its answers are those the API accepts."""

from typing import Any

import pytest
from django.http import QueryDict

from tasks.interface.controls import CONTROLS
from tasks.interface.form import answer_form, answer_initial, draft_answer, form_answer
from tasks.interface.render import ANSWERS, FIELDS, render_answer, render_fields
from tasks.interface.schemas import ANSWERS as ANSWER_SCHEMAS
from tasks.interface.spec import INTERFACE_SCHEMA, Interface
from tests.tasks.interface.samples import ANSWER, INTERFACE, PAYLOAD, interface_with, with_question

interface = Interface.parse(INTERFACE)
POSTED: dict[str, Any] = {
    "verdict": "no",
    "faults": ["wrong", "rude"],
    "why_rude": "It shouts.",
    "score": "3",
    "better": "a2",
    "order-0": "2",
    "order-1": "3",
    "order-2": "1",
    "note": "See *above*.",
    "marks": "claim: think",
}


def posted(values: dict[str, Any]) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in values.items():
        query.setlist(f"answer-{name}", value if isinstance(value, list) else [value])
    return query


def test_every_type_has_a_schema_a_control_and_a_rendering() -> None:
    published = INTERFACE_SCHEMA["$defs"]["question"]["properties"]["type"]["enum"]
    assert set(published) == set(CONTROLS) == set(ANSWERS) == set(ANSWER_SCHEMAS)
    assert set(INTERFACE_SCHEMA["$defs"]["field"]["properties"]["type"]["enum"]) == set(FIELDS)


def test_a_filled_form_gives_the_answer_of_the_api() -> None:
    form = answer_form(interface, PAYLOAD, data=posted(POSTED))
    assert form.is_valid(), form.errors
    assert form_answer(form) == ANSWER
    assert interface.check_answer(form_answer(form), PAYLOAD) == []


def test_hidden_and_empty_questions_are_left_out() -> None:
    data = posted({"verdict": "yes", "score": "1", "faults": ["wrong"], "note": "  ", "marks": ""})
    form = answer_form(interface, PAYLOAD, data=data)
    assert form.is_valid(), form.errors
    assert form_answer(form) == {"verdict": "yes", "score": 1}


def test_what_was_typed_wrongly_into_a_hidden_question_does_not_matter() -> None:
    data = posted({"verdict": "yes", "score": "1", "faults": ["nonsense"], "why_rude": "x"})
    form = answer_form(interface, PAYLOAD, data=data)
    assert form.is_valid(), form.errors


@pytest.mark.parametrize(
    ("change", "name", "message"),
    [
        ({"verdict": ""}, "verdict", "This field is required."),
        ({"faults": []}, "faults", "This field is required."),
        ({"score": "8"}, "score", "Select a valid choice. 8 is not one of the available choices."),
        ({"score": "x"}, "score", "Select a valid choice. x is not one of the available choices."),
        (
            {"why_rude": "abc"},
            "why_rude",
            "Ensure this value has at least 5 characters (it has 3).",
        ),
        ({"faults": ["wrong", "rude", "vague"]}, "faults", "Must have at most 2 items."),
        ({"order-0": "1"}, "order", "Give each item its own place, from 1 to 3."),
        ({"order-0": ""}, "order", "Give each item its own place, from 1 to 3."),
        ({"order-0": "two"}, "order", "Give each item its own place, from 1 to 3."),
        ({"order-0": "²"}, "order", "Give each item its own place, from 1 to 3."),
        ({"order-0": "9" * 5000}, "order", "Give each item its own place, from 1 to 3."),
        ({"marks": "joke: think"}, "marks", "“joke” is not one of the labels."),
        ({"marks": "claim: absent"}, "marks", "Line 1: these words are not in the text."),
        ({"note": "a\x00b"}, "note", "Null characters are not allowed."),
        ({"note": "x" * 20_001}, "note", None),
    ],
)
def test_a_fault_is_said_beside_its_question(
    change: dict[str, Any], name: str, message: str | None
) -> None:
    form = answer_form(interface, PAYLOAD, data=posted(POSTED | change))
    assert not form.is_valid()
    assert list(form.errors) == [name]
    assert message is None or form.errors[name] == [message]


def test_line_ends_are_normalised_and_code_keeps_its_indent() -> None:
    raw = with_question(
        {"name": "prose", "type": "text"}, {"name": "code", "type": "text", "format": "code"}
    )
    data = posted({"prose": "  a\r\nb  ", "code": "\r\n  if x:\r\n    y\r\n"})
    form = answer_form(Interface.parse(raw), {"text": "t"}, data=data)
    assert form.is_valid(), form.errors
    assert form_answer(form) == {"prose": "a\nb", "code": "  if x:\n    y"}


def test_code_of_blanks_only_is_no_answer() -> None:
    raw = with_question({"name": "code", "type": "text", "format": "code", "required": True})
    form = answer_form(Interface.parse(raw), {"text": "t"}, data=posted({"code": "   \r\n "}))
    assert form.errors == {"code": ["This field is required."]}


def test_a_stored_answer_fills_the_form_again() -> None:
    form = answer_form(interface, PAYLOAD, initial=answer_initial(ANSWER))
    again = {
        "verdict": form["verdict"].value(),
        "score": str(form["score"].value()),
        "faults": form["faults"].value(),
    }
    assert again == {"verdict": "no", "score": "3", "faults": ["wrong", "rude"]}
    html = str(form)
    assert html.count(" checked") == 5
    assert html.index(">z</label>") < html.index(">x</label>") < html.index(">y</label>")
    assert "&quot;start&quot;: 6, &quot;end&quot;: 11" in html


def test_a_draft_keeps_what_is_half_done_and_fills_the_form_again() -> None:
    half = {
        "verdict": "no",
        "faults": ["rude"],
        "why_rude": " a\r\n",
        "score": "99",
        "order-2": "1",
        "order-0": "x",
        "marks": "claim: not th",
        "note": "",
    }
    draft = draft_answer(posted(half), interface)
    assert draft == {
        "verdict": "no",
        "faults": ["rude"],
        "why_rude": " a\n",
        "score": "99",
        "order": {"x": "x", "z": "1"},
        "marks": "claim: not th",
    }
    html = str(answer_form(interface, PAYLOAD, initial=answer_initial(draft)))
    assert "claim: not th" in html
    assert 'name="answer-order-2" value="1"' in " ".join(html.split())


def test_a_draft_never_holds_what_cannot_be_stored() -> None:
    draft = draft_answer(posted({"note": "a\x00b\ud800c", "order-0": "\x00"}), interface)
    assert draft == {"note": "a\ufffdb\ufffdc", "order": {"x": "\ufffd"}}


def test_a_draft_of_nothing_is_empty() -> None:
    assert draft_answer(QueryDict(), interface) == {}


def test_the_page_says_when_a_question_applies() -> None:
    html = " ".join(str(answer_form(interface, PAYLOAD)).split())
    assert "Only if you answered “Verdict” with: Not at all, maybe" in html
    assert (
        'data-show-if="{&quot;input&quot;: &quot;answer-verdict&quot;, '
        '&quot;in&quot;: [&quot;no&quot;, &quot;maybe&quot;]}"' in html
    )


def test_hostile_words_are_escaped_everywhere() -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    raw = interface_with(
        title=evil,
        fields=[{"name": "text", "type": "text", "title": evil, "help": evil}],
        questions=[
            {"name": "c", "type": "choice", "title": evil, "help": evil, "options": [evil, "b"]},
            {"name": "r", "type": "ranking", "options": [evil, "b"]},
            {"name": "s", "type": "spans", "field": "text", "labels": [evil]},
            {"name": "n", "type": "rating", "min": 1, "max": 2, "min_label": evil},
            {"name": "t", "type": "text", "show_if": {"question": "c", "in": [evil]}},
        ],
    )
    hostile = Interface.parse(raw)
    payload = {"text": evil}
    answer = {"c": evil, "r": [evil, "b"], "t": evil}
    answer["s"] = [{"start": 0, "end": len(evil), "label": evil, "text": evil}]
    assert hostile.check_answer(answer, payload) == []
    pages = [
        str(answer_form(hostile, payload, initial=answer_initial(answer))),
        *[field.html + field.help for field in render_fields(hostile, payload)],
        *[item.html for item in render_answer(hostile, answer, payload)],
    ]
    for html in pages:
        assert "<script" not in html
        assert "<img" not in html


def test_carriage_returns_of_the_payload_reach_the_browser() -> None:
    payload = PAYLOAD | {"a": "one\r\ntwo <b>"}
    assert "one&#13;\ntwo &lt;b&gt;" in str(answer_form(interface, payload))
