"""`manage.py rank_annotators --profiles F --items F --out F`: whose texts are near to which item.

Profiles are JSON lines `{"id", "texts"}`; a text is a string or an object `{"id", "text"}`. Items
are JSON lines `{"id", "text"}`. A text whose id is the item's id is left out of the profile for
that item; a plain string has no id, so it is never left out, be it the item's own words or not.
"""

import itertools
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tasks.management.json_lines import LineFault, Row, at, read, written
from tasks.matching.text.similarity import Pool

BLOCK = 200  # items scored at once

Id = str | int


@dataclass(slots=True)
class Profiles:
    """All profiles: their ids, their texts one after the other, and where texts with ids stand."""

    ids: list[Id] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    places: dict[Id, list[int]] = field(default_factory=dict)

    def add(self, row: Row, where: str) -> None:
        """Take one line in, or refuse it."""
        texts = row.get("texts")
        if not isinstance(texts, list):
            raise LineFault(f'{where}: "texts" must be a list.')
        for number, text in enumerate(texts, start=1):
            if isinstance(text, dict):
                here = f"{where}, text {number}"
                self.places.setdefault(_id(text, here), []).append(len(self.texts))
                self.texts.append(_text(text, here))
            elif isinstance(text, str):
                self.texts.append(text)
            else:
                raise LineFault(f"{where}, text {number}: a string or an object is needed.")
        self.owners += [len(self.ids)] * len(texts)
        self.ids.append(_id(row, where))


class Command(BaseCommand):
    """Reads two files and writes one; touches no table."""

    help = "Score each profile for each item by their texts; a higher score is nearer."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Three files."""
        parser.add_argument("--profiles", type=Path, required=True, metavar="F")
        parser.add_argument("--items", type=Path, required=True, metavar="F")
        parser.add_argument("--out", type=Path, required=True, metavar="F")

    def handle(self, *args: Any, **options: Any) -> None:
        """Score, write, and say how much."""
        try:
            profiles = _profiles(options["profiles"])
            with written(options["out"]) as stream:
                pairs = 0
                for lines in _scored(profiles, options["items"]):
                    stream.writelines(lines)
                    pairs += len(lines)
        except LineFault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"{pairs} pairs written to {options['out']}.")


def _profiles(path: Path) -> Profiles:
    profiles = Profiles()
    for where, row in _once(path):
        profiles.add(row, where)
    return profiles


def _scored(profiles: Profiles, path: Path) -> Iterator[list[str]]:
    """The lines of the output for a block of items after the other."""
    pool = Pool(profiles.texts, profiles.owners, len(profiles.ids))
    starts = [f'{{"profile": {json.dumps(one)}, "item": ' for one in profiles.ids]
    items = ((_id(row, where), _text(row, where)) for where, row in _once(path))
    while block := list(itertools.islice(items, BLOCK)):
        left_out = [
            (item, text)
            for item, (name, _) in enumerate(block)
            for text in profiles.places.get(name, ())
        ]
        scores = pool.scores([text for _, text in block], left_out)
        for (name, _), row in zip(block, scores.tolist(), strict=True):
            middle = f'{json.dumps(name)}, "score": '
            yield [
                f"{start}{middle}{score:.6g}}}\n" for start, score in zip(starts, row, strict=True)
            ]


def _once(path: Path) -> Iterable[tuple[str, Row]]:
    """Each line and its place; refuses an id that stands twice."""
    seen: dict[Id, int] = {}
    for number, row in read(path):
        where = at(path, number)
        name = _id(row, where)
        if name in seen:
            raise LineFault(f"{where}: the id {json.dumps(name)} stands in line {seen[name]} too.")
        seen[name] = number
        yield where, row


def _id(row: Row, where: str) -> Id:
    name = row.get("id")
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise LineFault(f'{where}: "id" must be a string or a whole number.')
    return name


def _text(row: Row, where: str) -> str:
    text = row.get("text")
    if not isinstance(text, str):
        raise LineFault(f'{where}: "text" must be a string.')
    return text
