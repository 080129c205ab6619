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

from marketplace.ops.demo.sources.base import Row, SourceError, Terms
from tasks.interface.problems import schema_problems
from tasks.interface.spec import Interface, InterfaceInvalid

DEFAULT_DOMAIN = "engineering.software"
TEXT = {"type": "string"}
LINES = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
PATHS = {"type": "object", "additionalProperties": TEXT}
DEMO_SCHEMA: Row = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(("title", "brief", "domain", "external_id"), TEXT),
        "guideline": LINES,
        "payload": {"type": "object"},
        "truth": PATHS,
        "recorded": {"type": "array", "items": PATHS},
        "values": {"type": "object", "additionalProperties": {"type": "object"}},
        "terms": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                one.name: {"type": "string" if one.name == "currency" else "integer"}
                for one in fields(Terms)
            },
        },
    },
}


@dataclass(frozen=True)
class InterfaceFile:
    """An interface with everything its `demo` block says, defaults filled in.

    `interface` is what will be posted, `parsed` the same as the marketplace reads it.
    """

    interface: Row
    parsed: Interface
    title: str
    brief: str
    guideline: str
    domain: str
    terms: Terms
    payload: Row | None = None
    external_id: str | None = None
    truth: dict[str, str] = field(default_factory=dict)
    recorded: list[dict[str, str]] = field(default_factory=list)
    values: dict[str, Row] = field(default_factory=dict)


def read_interface(path: Path) -> InterfaceFile:
    """The interface file at `path`; `SourceError` says in one sentence what is wrong with it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: no JSON ({error}).") from error
    if not isinstance(document, dict) or not isinstance(document.get("demo", {}), dict):
        raise SourceError(f"{path}: an interface, and its demo block, are JSON objects.")
    try:
        return _parse(document)
    except InterfaceInvalid as error:
        raise SourceError(f"{path} is no interface: {error}") from error
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from error


def _parse(document: Row) -> InterfaceFile:
    interface = {key: value for key, value in document.items() if key != "demo"}
    parsed, demo = Interface.parse(interface), document.get("demo", {})
    _check(demo, parsed)
    title = demo.get("title") or parsed.title or "Labelling project"
    return InterfaceFile(
        interface=interface,
        parsed=parsed,
        title=title,
        brief=demo.get("brief", title),
        guideline=_lines(demo.get("guideline", "Answer every question with care.")),
        domain=demo.get("domain", DEFAULT_DOMAIN),
        terms=Terms(**demo.get("terms", {})),
        payload=demo.get("payload"),
        external_id=demo.get("external_id"),
        truth=demo.get("truth", {}),
        recorded=demo.get("recorded", []),
        values=demo.get("values", {}),
    )


def _check(demo: Row, interface: Interface) -> None:
    if problems := schema_problems(DEMO_SCHEMA, demo):
        raise SourceError(f"demo{problems[0].pointer}: {problems[0].message}")
    questions = {one.name for one in interface.questions}
    recorded = [name for one in demo.get("recorded", []) for name in one]
    for name in [*demo.get("truth", {}), *demo.get("values", {}), *recorded]:
        if name not in questions:
            raise SourceError(f"demo names the question {name!r}, which is not asked.")
    for name in demo.get("payload", {}):
        if name not in {one.name for one in interface.fields}:
            raise SourceError(f"demo.payload names the field {name!r}, which is not shown.")


def _lines(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "\n".join(value)
