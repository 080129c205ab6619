"""What is wrong with a JSON document, as (pointer, sentence) pairs.

Pointers are RFC 6901; the empty pointer is the whole document. Sentences are written by us for
people: jsonschema's own messages quote the offending value, which can be long or private.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

MOST_PROBLEMS = 50
SHOWN_CHOICES = 12


@dataclass(frozen=True)
class Problem:
    """One fault: where it is (a JSON pointer) and what is asked instead."""

    pointer: str
    message: str


class InterfaceInvalid(ValueError):
    """A description that cannot be used as an interface; carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        """Keep the problems; the text lists the first of them."""
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.pointer or '/'}: {p.message}" for p in problems[:5]))


def pointer(*parts: str | int) -> str:
    """Return the RFC 6901 pointer to a path: ("a/b", 0) gives "/a~1b/0"."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def schema_problems(schema: Mapping[str, Any], instance: object) -> list[Problem]:
    """Check `instance` and return at most MOST_PROBLEMS problems, in document order, no doubles."""
    found: dict[Problem, None] = {}
    for error in Draft202012Validator(schema).iter_errors(instance):
        found.update(dict.fromkeys(_explain(error)))
        if len(found) >= MOST_PROBLEMS:
            break
    return sorted(found, key=lambda problem: problem.pointer)[:MOST_PROBLEMS]


# jsonschema's errors are typed Any here: their attributes may be its `Unset`, which never occurs
# in the errors that a validator yields.
def _explain(error: Any) -> Iterator[Problem]:
    """Turn one jsonschema error into problems; a missing or unknown key points at the key."""
    path = list(error.absolute_path)
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        yield from (Problem(pointer(*path, key), "This is required.") for key in missing)
    elif error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        extra = [key for key in error.instance if key not in known]
        yield from (Problem(pointer(*path, key), "Unknown key.") for key in extra)
    else:
        yield Problem(pointer(*path), _sentence(error))


def _sentence(error: Any) -> str:
    """Say in words what the failed keyword asks for."""
    sentence = SENTENCES.get(str(error.validator))
    return sentence(error) if sentence else f"Breaks the rule '{error.validator}'."


def _type_sentence(error: Any) -> str:
    """Name the JSON type or types asked for."""
    wanted = error.validator_value
    return f"Must be of type {wanted if isinstance(wanted, str) else ' or '.join(wanted)}."


def _enum_sentence(error: Any) -> str:
    """List the allowed values, cut off where there are many."""
    values = [str(value) for value in error.validator_value]
    more = ", ..." if len(values) > SHOWN_CHOICES else ""
    return f"Must be one of: {', '.join(values[:SHOWN_CHOICES])}{more}."


def _pattern_sentence(error: Any) -> str:
    """Blank text has its own words; other patterns are quoted."""
    if error.validator_value == NOT_BLANK:
        return "Must not be blank."
    return f"Must match {error.validator_value}"


NOT_BLANK = r"\S"
SENTENCES: dict[str, Callable[[Any], str]] = {
    "type": _type_sentence,
    "enum": _enum_sentence,
    "pattern": _pattern_sentence,
    "not": lambda _error: "Not allowed here.",
    "const": lambda error: f"Must be {error.validator_value!r}.",
    "minLength": lambda error: f"Must have at least {error.validator_value} character(s).",
    "maxLength": lambda error: f"Must have at most {error.validator_value} characters.",
    "minItems": lambda error: f"Must have at least {error.validator_value} item(s).",
    "maxItems": lambda error: f"Must have at most {error.validator_value} items.",
    "uniqueItems": lambda _error: "Must not repeat an item.",
    "minimum": lambda error: f"Must be at least {error.validator_value}.",
    "maximum": lambda error: f"Must be at most {error.validator_value}.",
}
