"""Public sets of labels with known truth: `NAME.labels.csv` beside `NAME.truth.csv` in a folder."""

import csv
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tasks.quality.labels import UNKNOWN, Ints, LabelTable, label_table

LABELS, TRUTH = ".labels.csv", ".truth.csv"


class SetError(Exception):
    """A folder or file that holds no set; says which and why."""


@dataclass(frozen=True, slots=True)
class CrowdSet:
    """`truth` holds a class index for each task of the table, UNKNOWN where there is none."""

    name: str
    table: LabelTable
    truth: Ints

    def judged(self) -> "CrowdSet":
        """The same with only the tasks that have a truth and a label."""
        table = self.table
        given = np.bincount(table.task, minlength=self.truth.size)
        kept = np.flatnonzero((self.truth != UNKNOWN) & (given > 0))
        place = np.full(self.truth.size, UNKNOWN)
        place[kept] = np.arange(kept.size)
        here = place[table.task] != UNKNOWN
        part = LabelTable(
            tuple(table.tasks[task] for task in kept),
            table.annotators,
            table.classes,
            place[table.task[here]],
            table.annotator[here],
            table.label[here],
        )
        return CrowdSet(self.name, part, self.truth[kept])


def read_sets(folder: Path) -> Iterator[CrowdSet]:
    """Each set of the folder by name. Raises SetError where there is none or one cannot be read."""
    names = sorted(path.name.removesuffix(LABELS) for path in folder.glob(f"*{LABELS}"))
    if not names:
        raise SetError(f"{folder} holds no NAME{LABELS}.")
    for name in names:
        yield read_set(folder, name)


def read_set(folder: Path, name: str) -> CrowdSet:
    """One set. Its classes are the labels given and the truths, in the order of their names; a
    truth of a task without labels is left out. Raises SetError with the file and what it lacks."""
    rows = _rows(folder / f"{name}{LABELS}", ("task", "worker", "label"))
    labelled = {row[0] for row in rows}
    told = _rows(folder / f"{name}{TRUTH}", ("task", "truth"))
    truths: dict[Hashable, Hashable] = {row[0]: row[1] for row in told if row[0] in labelled}
    if not truths:
        raise SetError(f"{name}: no task has both a label and a truth.")
    classes = sorted({row[2] for row in rows} | {row[1] for row in told if row[0] in labelled})
    try:
        table = label_table(((row[0], row[1], row[2]) for row in rows), classes=classes)
    except ValueError as error:
        raise SetError(f"{name}: {error}") from error
    return CrowdSet(name, table, table.known(truths))


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The columns asked for, of every row that has them all; blanks around values do not count."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = set(columns) - set(reader.fieldnames or ())
            if missing:
                raise SetError(f"{path.name} lacks the column {', '.join(sorted(missing))}.")
            found = [tuple((row[name] or "").strip() for name in columns) for row in reader]
    except OSError as error:
        raise SetError(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SetError(f"{path.name} is not UTF-8.") from error
    return [row for row in found if all(row)]
