"""Which payloads and answers an interface accepts."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tasks.interface.problems import Problem
from tasks.interface.spec import Interface
from tests.tasks.interface.samples import ANSWER, INTERFACE, MARK, PAYLOAD

interface = Interface.parse(INTERFACE)


def without(answer: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in names}


def test_the_schemas_are_valid_and_name_every_part() -> None:
    for schema, names in (
        (interface.payload_schema(), PAYLOAD),
        (interface.answer_schema(), ANSWER),
    ):
        Draft202012Validator.check_schema(schema)
        assert list(schema["properties"]) == list(names)


def test_a_good_payload_and_answer_pass() -> None:
    assert interface.check_payload(PAYLOAD) == []
    assert interface.check_payload(without(PAYLOAD, "talk")) == []
    assert interface.check_answer(ANSWER, PAYLOAD) == []
    assert interface.check_answer({"verdict": "yes", "score": 7}) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"prompt": None}, "/prompt"),
        ({"prompt": " \n"}, "/prompt"),
        ({"prompt": 5}, "/prompt"),
        ({"extra": 1}, "/extra"),
        ({"a": "\x00"}, "/a"),
        ({"a": "\udc00"}, "/a"),
        ({"a": "x" * 200_001}, "/a"),
        ({"talk": []}, None),
        ({"talk": [{"role": "robot", "content": "x"}]}, "/talk/0/role"),
        ({"talk": [{"role": "user"}]}, "/talk/0/content"),
        ({"talk": [{"role": "user", "content": "x", "name": "y"}]}, "/talk/0/name"),
        ({"talk": "x"}, "/talk"),
    ],
)
def test_a_payload_fits_the_fields(change: dict[str, Any], pointer: str | None) -> None:
    problems = interface.check_payload(PAYLOAD | change)
    assert [p.pointer for p in problems] == ([pointer] if pointer else [])


@pytest.mark.parametrize("payload", [None, [], "text", 3])
def test_a_payload_is_an_object(payload: object) -> None:
    assert interface.check_payload(payload) == [Problem("", "Must be of type object.")]


@pytest.mark.parametrize(
    ("change", "pointer", "message"),
    [
        ({"verdict": "never"}, "/verdict", "Must be one of: yes, no, maybe."),
        ({"verdict": ["no"]}, "/verdict", None),
        ({"faults": ["wrong", "wrong"]}, "/faults", "Must not repeat an item."),
        ({"faults": []}, "/faults", None),
        ({"faults": ["wrong", "vague", "rude"]}, "/faults", "Must have at most 2 items."),
        ({"why_rude": "no"}, "/why_rude", "Must have at least 5 character(s)."),
        ({"why_rude": "      "}, "/why_rude", "Must not be blank."),
        ({"why_rude": "x" * 41}, "/why_rude", "Must have at most 40 characters."),
        ({"score": 8}, "/score", "Must be at most 7."),
        ({"score": 2.5}, "/score", "Must be of type integer."),
        ({"score": True}, "/score", "Must be of type integer."),
        ({"better": "a"}, "/better", None),
        ({"order": ["x", "y"]}, "/order", "Must have at least 3 item(s)."),
        ({"order": ["x", "y", "y"]}, "/order", "Must not repeat an item."),
        ({"note": ""}, "/note", None),
        ({"note": "a\x00"}, "/note", "Contains the character NUL."),
        ({"extra": 1}, "/extra", "Unknown key."),
        ({"marks": [MARK | {"label": "joke"}]}, "/marks/0/label", None),
        ({"marks": [without(MARK, "text")]}, "/marks/0/text", "This is required."),
        ({"marks": [MARK | {"end": 12}]}, "/marks/0/end", None),
        ({"marks": [MARK | {"start": 7, "end": 12}]}, "/marks/0/text", None),
        ({"marks": [MARK, MARK]}, "/marks", "Must not repeat an item."),
    ],
)
def test_an_answer_fits_the_questions(
    change: dict[str, Any], pointer: str, message: str | None
) -> None:
    problems = interface.check_answer(ANSWER | change, PAYLOAD)
    assert pointer in [problem.pointer for problem in problems]
    assert message is None or Problem(pointer, message) in problems


def test_a_required_question_must_be_answered_when_shown() -> None:
    assert interface.check_answer({"score": 1}) == [Problem("/verdict", "This is required.")]
    assert interface.check_answer({"verdict": "no", "score": 1}) == [
        Problem("/faults", "This is required.")
    ]


def test_a_hidden_question_must_not_be_answered() -> None:
    hidden = {"verdict": "yes", "score": 1, "faults": ["wrong"]}
    assert interface.check_answer(hidden) == [Problem("/faults", "Not allowed here.")]


def test_a_condition_on_a_hidden_question_never_holds() -> None:
    chain = {"verdict": "yes", "score": 1, "why_rude": "It shouts."}
    assert interface.check_answer(chain) == [Problem("/why_rude", "Not allowed here.")]
    shown = [q.name for q in interface.shown({"verdict": "yes", "faults": ["rude"]})]
    assert shown == ["verdict", "score", "better", "order", "note", "marks"]


def test_offsets_in_utf16_units_are_caught_by_the_quote() -> None:
    # A browser counts the two symbols outside the BMP twice: "think" would start at 8.
    wrong = MARK | {"start": 8, "end": 13}
    assert interface.check_answer(ANSWER | {"marks": [wrong]}, PAYLOAD) == [
        Problem("/marks/0/text", "Does not quote the text between start and end.")
    ]


def test_the_schema_alone_agrees_with_the_check() -> None:
    validator = Draft202012Validator(interface.answer_schema())
    assert validator.is_valid(ANSWER)
    assert not validator.is_valid({"verdict": "yes", "score": 1, "faults": ["wrong"]})
    assert not validator.is_valid({"verdict": "no", "score": 1})
