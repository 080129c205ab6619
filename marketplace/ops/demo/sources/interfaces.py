"""Read an interface file: the interface to post, and its optional `demo` block.

The block says how a row of the data file becomes a task, and what the client offers:

    title, brief, domain        texts; `domain` is a dotted path of the expertise taxonomy
    guideline                   Markdown, as one text or a list of lines
    external_id                 path of a row's id; without it the line's number
    payload                     field name -> template; without it the keys named as the fields
    truth                       question name -> path of the right answer
    recorded                    list of {question name -> path}: answers of real annotators
    values                      question name -> {value in the file -> value of the question}
    terms                       price_minor, review_price_minor, currency, overlap, ...
"""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from marketplace.ops.demo.sources.base import Row, SourceError, Terms

DEFAULT_DOMAIN = "engineering.software"


@dataclass(frozen=True)
class InterfaceFile:
    """An interface with everything its `demo` block says, defaults filled in."""

    interface: Row
    title: str
    brief: str
    guideline: str
    domain: str
    terms: Terms
    payload: Row
    external_id: str | None = None
    truth: dict[str, str] = field(default_factory=dict)
    recorded: list[dict[str, str]] = field(default_factory=list)
    values: dict[str, Row] = field(default_factory=dict)

    @property
    def questions(self) -> dict[str, Row]:
        """The questions by name, in the order of the page."""
        return {question["name"]: question for question in self.interface["questions"]}


def read_interface(path: Path) -> InterfaceFile:
    """The interface file at `path`; `SourceError` says in one sentence what is wrong with it.

    Only what the demo itself needs is checked here: the marketplace checks the interface when it
    is posted, and names the fault by its pointer.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: no JSON ({error}).") from error
    try:
        return _parse(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{path}: no interface with fields and questions ({error}).") from error
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from error


def _parse(document: Row) -> InterfaceFile:
    interface = {key: value for key, value in document.items() if key != "demo"}
    demo: Row = document.get("demo", {})
    names = [one["name"] for one in interface["fields"]]
    title = str(demo.get("title") or interface.get("title") or "Labelling project")
    parsed = InterfaceFile(
        interface=interface,
        title=title,
        brief=str(demo.get("brief", title)),
        guideline=_text(demo.get("guideline", "Answer every question with care.")),
        domain=str(demo.get("domain", DEFAULT_DOMAIN)),
        terms=_terms(demo.get("terms", {})),
        payload=demo.get("payload") or {name: {"value": name} for name in names},
        external_id=demo.get("external_id"),
        truth=dict(demo.get("truth", {})),
        recorded=[dict(one) for one in demo.get("recorded", [])],
        values=dict(demo.get("values", {})),
    )
    _names_exist(parsed, set(names))
    return parsed


def _text(value: Any) -> str:
    return "\n".join(value) if isinstance(value, list) else str(value)


def _terms(given: Row) -> Terms:
    known = {one.name: type(one.default) for one in fields(Terms)}
    for name, value in given.items():
        if name not in known:
            raise SourceError(f"demo.terms has no {name!r}.")
        if type(value) is not known[name]:
            raise SourceError(f"demo.terms.{name} cannot be {value!r}.")
    return Terms(**given)


def _names_exist(parsed: InterfaceFile, field_names: set[str]) -> None:
    questions = parsed.questions
    asked = {*parsed.truth, *parsed.values, *(name for one in parsed.recorded for name in one)}
    if not questions:
        raise SourceError("an interface without questions asks nothing.")
    if unknown := sorted(asked - set(questions)):
        raise SourceError(f"demo names unknown questions: {', '.join(unknown)}.")
    if unknown := sorted(set(parsed.payload) - field_names):
        raise SourceError(f"demo.payload names unknown fields: {', '.join(unknown)}.")
