"""What a client may say of a known answer: how far each question's answer may be off."""

from collections.abc import Iterator, Mapping
from typing import Any

from tasks.interface.parts import Question
from tasks.interface.problems import Problem, pointer
from tasks.interface.spec import Interface

# Which key loosens which type of question; `ignore` leaves any question out of the score.
KEYS = {"rating": "within", "multi": "jaccard", "spans": "f1"}
IGNORE = "ignore"
TEXTS = ("text",)


def tolerance_problems(interface: Interface, tolerance: object) -> list[Problem]:
    """What is wrong with a tolerance: {question: {"within": 1}}, {"jaccard": 0.8}, {"f1": 0.8} or
    {"ignore": true}; unknown questions and keys are refused.
    """
    if not isinstance(tolerance, Mapping):
        return [Problem("", "Must be of type object.")]
    names = {question.name: question for question in interface.questions}
    found: list[Problem] = []
    for name, rule in tolerance.items():
        if name not in names:
            found.append(Problem(pointer(str(name)), "There is no such question."))
        elif not isinstance(rule, Mapping):
            found.append(Problem(pointer(name), "Must be of type object."))
        else:
            found += [
                Problem(pointer(name, str(key)), text) for key, text in _of_one(names[name], rule)
            ]
    return found


def _of_one(question: Question, rule: Mapping[Any, Any]) -> Iterator[tuple[Any, str]]:
    own = KEYS.get(question.type)
    for key, value in rule.items():
        if key == IGNORE:
            if not isinstance(value, bool):
                yield key, "Must be of type boolean."
        elif key != own:
            allowed = " or ".join(f'"{one}"' for one in (own, IGNORE) if one)
            yield key, f"Unknown key: a question of type {question.type} takes {allowed}."
        elif key == "within":
            most = question.maximum - question.minimum
            if type(value) is not int or not 0 <= value < max(most, 1):
                yield key, f"Must be a whole number from 0 to {max(most - 1, 0)}."
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
            yield key, "Must be a number above 0, at most 1."


def scored(
    interface: Interface, answer: Mapping[str, Any], tolerance: Mapping[str, Any]
) -> list[Question]:
    """The questions that are scored when an answer is compared with this known one: those shown
    beside it that are no texts and not left out.
    """
    return [
        question
        for question in interface.shown(answer)
        if question.type not in TEXTS and not tolerance.get(question.name, {}).get(IGNORE)
    ]
