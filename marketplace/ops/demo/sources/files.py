"""Any JSONL file with its interface file as a source of tasks."""

from pathlib import Path

from marketplace.ops.demo.sources.base import DemoItem, DemoSource, Row, SourceError
from marketplace.ops.demo.sources.interfaces import InterfaceFile, read_interface
from marketplace.ops.demo.sources.rows import read_rows
from marketplace.ops.demo.sources.templates import lookup, render, text_of
from marketplace.ops.demo.sources.values import partial_answer


def file_source(data: Path, interface: Path) -> DemoSource:
    """The source made of a data file and its interface file; faults are named with their row."""
    return make_source(read_rows(data), read_interface(interface), name=str(data))


def make_source(rows: list[Row], shape: InterfaceFile, *, name: str) -> DemoSource:
    """The source made of rows; `name` stands in the sentence where a row cannot be used."""
    items: dict[str, DemoItem] = {}
    for number, row in enumerate(rows, start=1):
        try:
            item = _item(row, shape, number)
        except SourceError as error:
            raise SourceError(f"{name}, row {number}: {error}") from error
        if item.external_id in items:
            raise SourceError(f"{name}, row {number}: id {item.external_id!r} is there twice.")
        items[item.external_id] = item
    return DemoSource(
        title=shape.title,
        brief=shape.brief,
        guideline=shape.guideline,
        domain=shape.domain,
        interface=shape.interface,
        items=list(items.values()),
        terms=shape.terms,
    )


def _item(row: Row, shape: InterfaceFile, number: int) -> DemoItem:
    recorded = [partial_answer(row, one, shape.parsed, shape.values) for one in shape.recorded]
    if shape.payload is None:
        payload = {one.name: row[one.name] for one in shape.parsed.fields if one.name in row}
    else:
        payload = {name: render(spec, row) for name, spec in shape.payload.items()}
    if problems := shape.parsed.check_payload(payload):
        raise SourceError(f"the payload{problems[0].pointer}: {problems[0].message}")
    return DemoItem(
        external_id=text_of(lookup(row, shape.external_id)) if shape.external_id else str(number),
        payload=payload,
        truth=partial_answer(row, shape.truth, shape.parsed, shape.values) or None,
        recorded=[answer for answer in recorded if answer],
    )
