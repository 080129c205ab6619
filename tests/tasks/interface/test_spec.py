"""What a client's description of an interface may say, and where each fault is pointed out."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tasks.interface.parts import Option
from tasks.interface.problems import InterfaceInvalid, Problem
from tasks.interface.spec import INTERFACE_SCHEMA, Interface, check_interface
from tests.tasks.interface.samples import INTERFACE, interface_with, with_question

CHOICE = {"name": "q", "type": "choice", "options": ["yes", "no"]}


def pointers(raw: object) -> list[str]:
    return [problem.pointer for problem in check_interface(raw)]


def test_the_published_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(INTERFACE_SCHEMA)


def test_an_interface_with_every_type_is_read_with_its_defaults() -> None:
    interface = Interface.parse(INTERFACE)
    assert [field.name for field in interface.fields] == ["prompt", "a", "b", "talk"]
    assert [(q.name, q.type) for q in interface.questions] == [
        ("verdict", "choice"),
        ("faults", "multi"),
        ("why_rude", "text"),
        ("score", "rating"),
        ("better", "preference"),
        ("order", "ranking"),
        ("note", "text"),
        ("marks", "spans"),
    ]
    verdict = interface.question("verdict")
    assert verdict.title == "Verdict"
    assert verdict.options == (
        Option("yes", "yes"),
        Option("no", "Not at all", "n"),
        Option("maybe", "maybe"),
    )
    assert interface.question("score").values == (1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("extra", "values"),
    [
        ({}, ["a", "tie", "b"]),
        ({"tie": False}, ["a", "b"]),
        ({"strengths": 2}, ["a2", "a1", "tie", "b1", "b2"]),
        ({"strengths": 3, "tie": False}, ["a3", "a2", "a1", "b1", "b2", "b3"]),
        ({"options": ["left", "right", "both bad"]}, ["left", "right", "both bad"]),
    ],
)
def test_a_preference_has_a_scale_or_its_own_options(extra: Any, values: list[str]) -> None:
    fields = [{"name": "x", "type": "text"}, {"name": "y", "type": "text", "title": "The new one"}]
    question = {"name": "q", "type": "preference", "between": ["x", "y"], **extra}
    interface = Interface.parse(interface_with(fields=fields, questions=[question]))
    assert list(interface.question("q").values) == values


def test_a_preference_names_its_sides_by_their_titles() -> None:
    interface = Interface.parse(INTERFACE)
    assert [option.text for option in interface.question("better").options] == [
        "Answer A is much better",
        "Answer A is slightly better",
        "About the same",
        "Answer B is slightly better",
        "Answer B is much better",
    ]


def test_the_sides_of_a_preference_are_a_and_b_where_no_field_is_named() -> None:
    interface = Interface.parse(with_question({"name": "q", "type": "preference"}))
    assert [option.text for option in interface.question("q").options] == [
        "A is better",
        "About the same",
        "B is better",
    ]


FAULTS: list[tuple[str, Any, list[str]]] = [
    ("not an object", [], [""]),
    ("nothing", {}, ["/fields", "/questions", "/version"]),
    ("version", interface_with(version=2), ["/version"]),
    ("unknown key", interface_with(questionz=1), ["/questionz"]),
    ("no questions", interface_with(questions=[]), ["/questions"]),
    ("no fields", interface_with(fields=[]), ["/fields"]),
    ("field type", interface_with(fields=[{"name": "a", "type": "video"}]), ["/fields/0/type"]),
    ("field not an object", interface_with(fields=["a"]), ["/fields/0"]),
    ("bad name", with_question(CHOICE | {"name": "a b"}), ["/questions/0/name"]),
    ("name too long", with_question(CHOICE | {"name": "a" * 65}), ["/questions/0/name"]),
    ("unknown in question", with_question(CHOICE | {"colour": 1}), ["/questions/0/colour"]),
    ("required as text", with_question(CHOICE | {"required": "yes"}), ["/questions/0/required"]),
    ("one option", with_question(CHOICE | {"options": ["a"]}), ["/questions/0/options"]),
    ("no options", with_question({"name": "q", "type": "choice"}), ["/questions/0/options"]),
    ("double option", with_question(CHOICE | {"options": ["a", {"value": "a"}]}), ["/questions/0/options/1"]),
    ("blank option", with_question(CHOICE | {"options": ["a", ""]}), ["/questions/0/options/1"]),
    ("option as number", with_question(CHOICE | {"options": ["a", 1]}), ["/questions/0/options/1"]),
    ("long hotkey", with_question(CHOICE | {"options": ["a", {"value": "b", "hotkey": "ab"}]}), ["/questions/0/options/1/hotkey"]),
    ("two fields of one name", interface_with(fields=[{"name": "a", "type": "text"}] * 2), ["/fields/1/name"]),
    ("two questions of one name", with_question(CHOICE, CHOICE), ["/questions/1/name"]),
    ("rating downwards", with_question({"name": "q", "type": "rating", "min": 5, "max": 1}), ["/questions/0/max"]),
    ("rating too wide", with_question({"name": "q", "type": "rating", "min": 0, "max": 21}), ["/questions/0/max"]),
    ("rating in fractions", with_question({"name": "q", "type": "rating", "min": 0.5, "max": 3}), ["/questions/0/min"]),
    ("lengths crossed", with_question({"name": "q", "type": "text", "min_length": 9, "max_length": 3}), ["/questions/0/min_length"]),
    ("min_length over the default", with_question({"name": "q", "type": "text", "min_length": 30_000}), ["/questions/0/min_length"]),
    ("too many choices asked", with_question({"name": "q", "type": "multi", "options": ["a", "b"], "min_choices": 3}), ["/questions/0/min_choices"]),
    ("spans of nothing", with_question({"name": "q", "type": "spans", "field": "nope", "labels": ["a"]}), ["/questions/0/field"]),
    ("preference of nothing", with_question({"name": "q", "type": "preference", "between": ["text", "nope"]}), ["/questions/0/between/1"]),
    ("preference with both scales", with_question({"name": "q", "type": "preference", "between": ["text", "x"], "options": ["a", "b"], "tie": True}), ["/questions/0/tie"]),
    ("condition on a later question", with_question({"name": "p", **{k: CHOICE[k] for k in ("type", "options")}, "show_if": {"question": "q", "in": ["yes"]}}, CHOICE), ["/questions/0/show_if/question"]),
    ("condition on itself", with_question(CHOICE | {"show_if": {"question": "q", "in": ["yes"]}}), ["/questions/0/show_if/question"]),
    ("condition on no value", with_question(CHOICE, CHOICE | {"name": "r", "show_if": {"question": "q", "in": ["yes", "never"]}}), ["/questions/1/show_if/in/1"]),
    ("condition on a text", with_question({"name": "t", "type": "text"}, CHOICE | {"show_if": {"question": "t", "in": ["yes"]}}), ["/questions/1/show_if/question"]),
    ("same letter twice", with_question(CHOICE | {"options": ["a", {"value": "b", "hotkey": "x"}]}, CHOICE | {"name": "r", "options": ["a", {"value": "b", "hotkey": "x"}]}), ["/questions/1/options/1/hotkey"]),
    ("same digit in a question", with_question(CHOICE | {"options": [{"value": "a", "hotkey": "1"}, {"value": "b", "hotkey": "1"}]}), ["/questions/0/options/1/hotkey"]),
    ("unknown language", interface_with(fields=[{"name": "c", "type": "code", "language": "klingon"}]), ["/fields/0/language"]),
    ("NUL", interface_with(title="a\x00b"), ["/title"]),
    ("lone surrogate", interface_with(title="a\ud800b"), ["/title"]),
    ("surrogate in a key", interface_with(**{"\udfff": 1}), ["/\ufffd"]),
    ("too large", interface_with(title="x" * 200_001), [""]),
    ("huge number", with_question({"name": "q", "type": "rating", "min": 10**5000, "max": 1}), ["/questions/0/min"]),
    ("not a number", with_question({"name": "q", "type": "rating", "min": float("nan"), "max": 1}), ["/questions/0/min"]),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "expected"), [c[1:] for c in FAULTS], ids=[c[0] for c in FAULTS])
def test_each_fault_is_pointed_out(raw: object, expected: list[str]) -> None:
    assert pointers(raw) == expected


def test_a_digit_may_be_used_again_in_another_question() -> None:
    options = [{"value": "a", "hotkey": "1"}, {"value": "b", "hotkey": "2"}]
    raw = with_question(CHOICE | {"options": options}, CHOICE | {"name": "r", "options": options})
    assert check_interface(raw) == []


def test_spans_of_a_conversation_are_refused() -> None:
    raw = interface_with(
        fields=[{"name": "talk", "type": "chat"}],
        questions=[{"name": "q", "type": "spans", "field": "talk", "labels": ["a"]}],
    )
    assert pointers(raw) == ["/questions/0/field"]


def test_deep_nesting_is_refused_without_recursion() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    problems = check_interface(interface_with(title=deep))
    assert [problem.message for problem in problems] == ["Nested deeper than 32 levels."]


def test_depth_32_is_the_last_that_is_looked_at() -> None:
    def nested(levels: int) -> Any:
        value: Any = "x"
        for _ in range(levels):
            value = [value]
        return value

    assert check_interface(nested(32)) == [Problem("", "Must be of type object.")]
    assert check_interface(nested(33))[0].message == "Nested deeper than 32 levels."


def test_parse_raises_with_every_problem() -> None:
    with pytest.raises(InterfaceInvalid) as caught:
        Interface.parse(interface_with(version=3, title=""))
    assert caught.value.problems == (
        Problem("/title", "Must have at least 1 character(s)."),
        Problem("/version", "Must be 1."),
    )


def test_the_stored_description_is_the_posted_one() -> None:
    stored = json.loads(json.dumps(INTERFACE))
    assert Interface.load(stored) == Interface.parse(INTERFACE)
    assert Interface.load(stored).raw == INTERFACE
