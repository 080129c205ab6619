"""Labels as arrays: who said what of which task. All methods of truth inference read this table.

Tasks, annotators and classes are numbered from 0 in the order of their names; every array that a
method returns has its rows in that order.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Triple = tuple[Hashable, Hashable, Hashable]

# In an array of known classes, a task whose class nobody has told.
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class LabelTable:
    """`task[i]`, `annotator[i]` and `label[i]` are the indices of label i; names stand beside.

    At most one label a task and annotator. A task or an annotator may have no label at all.
    """

    tasks: tuple[Hashable, ...]
    annotators: tuple[Hashable, ...]
    classes: tuple[Hashable, ...]
    task: Ints
    annotator: Ints
    label: Ints

    @property
    def size(self) -> int:
        """How many labels there are."""
        return self.label.size

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many tasks, annotators, classes."""
        return len(self.tasks), len(self.annotators), len(self.classes)

    def votes(self) -> Floats:
        """How often each class was given to each task: an array tasks x classes."""
        tasks, _, classes = self.shape
        counts = np.bincount(self.task * classes + self.label, minlength=tasks * classes)
        return counts.reshape(tasks, classes).astype(np.float64)

    def incidence(self) -> sparse.csr_matrix:
        """Tasks x (annotators * classes), a one where the annotator gave the task the class.

        Its product with a table of evidence adds up what all labels say of all tasks; the product
        of its transpose with the chances counts each annotator's confusions.
        """
        tasks, annotators, classes = self.shape
        ones = np.ones(self.size)
        columns = self.annotator * classes + self.label
        return sparse.csr_matrix((ones, (self.task, columns)), (tasks, annotators * classes))

    def known(self, gold: Mapping[Hashable, Hashable]) -> Ints:
        """The class index of each task whose class is told in `gold`, UNKNOWN for the others.

        Gold of tasks that are not in the table is left out. Raises ValueError for a class that is
        none of the table's.
        """
        place = {name: number for number, name in enumerate(self.classes)}
        for name in gold.values():
            if name not in place:
                raise ValueError(f"{name!r} is none of the classes.")
        told = (place[gold[task]] if task in gold else UNKNOWN for task in self.tasks)
        return np.fromiter(told, dtype=np.int64, count=len(self.tasks))

    def only(self, keep: NDArray[np.bool_]) -> "LabelTable":
        """The same tasks, annotators and classes with the labels where `keep` (one a label)."""
        columns = (self.task[keep], self.annotator[keep], self.label[keep])
        return LabelTable(self.tasks, self.annotators, self.classes, *columns)


def label_table(
    triples: Iterable[Triple],
    *,
    classes: Sequence[Hashable],
    tasks: Sequence[Hashable] = (),
    annotators: Sequence[Hashable] = (),
) -> LabelTable:
    """A table of (task, annotator, class) triples; of several by one annotator on one task the
    last counts.

    `tasks` and `annotators` come first in the order given, with or without labels; others follow
    as they appear. Raises ValueError for fewer than two classes, a class named twice, and a label
    that is none of the classes.
    """
    named = {name: number for number, name in enumerate(classes)}
    if len(named) < len(classes):
        raise ValueError("A class is named twice.")
    if len(named) < 2:  # noqa: PLR2004  (a question with one answer is no question)
        raise ValueError("A question needs at least two classes.")
    task_of = {name: number for number, name in enumerate(dict.fromkeys(tasks))}
    annotator_of = {name: number for number, name in enumerate(dict.fromkeys(annotators))}
    given: dict[tuple[int, int], int] = {}
    for task, annotator, label in triples:
        if label not in named:
            raise ValueError(f"{label!r} is none of the classes.")
        key = (
            task_of.setdefault(task, len(task_of)),
            annotator_of.setdefault(annotator, len(annotator_of)),
        )
        given[key] = named[label]
    pairs = np.array(list(given), dtype=np.int64).reshape(-1, 2)
    labels = np.fromiter(given.values(), dtype=np.int64, count=len(given))
    names = (tuple(task_of), tuple(annotator_of), tuple(classes))
    return LabelTable(*names, pairs[:, 0].copy(), pairs[:, 1].copy(), labels)
