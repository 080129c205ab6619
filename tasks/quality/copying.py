"""Pairs of annotators who agree more than their skills and the tasks explain.

Whoever copies agrees where the other is wrong. For two annotators who gave the same label l to a
task, p is the chance that the second would say l given that the first did, both answering for
themselves: the task's posterior, weighed by the first one's confusion matrix, through the second
one's. If one instead copied the share COPIED of the other's answers, agreement would have the
chance 1 - COPIED + COPIED / p times as large, disagreement 1 - COPIED times. The evidence is the
mean over both directions of the logarithm of that ratio, added up (Neyman and Pearson 1933): shared
wrong answers, where p is small, weigh most. The z-score beside it counts agreement plainly, as in
Dong, Berti-Equille and Srivastava (2009, VLDB 2, 550-561) without weights.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from tasks.quality.labels import UNKNOWN, Floats, Ints, LabelTable
from tasks.quality.truth.estimate import Estimate

LEAST_SHARED = 20
COPIED = 0.75
RAREST = 0.02
"""No agreement is taken for rarer: the matrices are estimates. It may be as sure as they say, else
two experts who are never wrong would be suspected once they share enough tasks."""
LIMIT = 5.0
"""Evidence from which a pair is worth an administrator's eyes; nobody is refused by it. On eleven
real crowds 67 % of injected copiers reach it, and .2 % of all other pairs."""
_ROWS = 500_000
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Pairs:
    """All pairs with enough shared tasks, one place in each array; annotators by their index.

    `agreed` of `shared` labels are the same where `expected` would be by chance and skill; `z` is
    how many standard deviations that is off, `evidence` what ranks the pairs.
    """

    one: Ints
    other: Ints
    shared: Ints
    agreed: Ints
    expected: Floats
    z: Floats
    evidence: Floats


def copying(table: LabelTable, estimate: Estimate, least: int = LEAST_SHARED) -> Pairs:
    """Score every pair of annotators with at least `least` tasks in common.

    `estimate` is that of the same table, its posterior as raw as it comes. Work grows with the
    squares of the labels per task: 90,000 labels at 8 per task take about a second.
    """
    keys, shared = _meeting(table, least)
    annotators = len(table.annotators)
    sums = np.zeros((4, keys.size))  # agreed, expected, variance, evidence
    for first, second in _together(table):
        key = table.annotator[first] * annotators + table.annotator[second]
        place = np.minimum(np.searchsorted(keys, key), keys.size - 1)
        kept = keys[place] == key if keys.size else np.zeros(key.size, dtype=np.bool_)
        parts = _compare(table, estimate, first[kept], second[kept])
        sums += [np.bincount(place[kept], part, minlength=keys.size) for part in parts]
    agreed, expected, variance, evidence = sums
    z = (agreed - expected) / np.sqrt(np.maximum(variance, _TINY))
    one, other = np.divmod(keys, max(annotators, 1))
    return Pairs(one, other, shared, agreed.astype(np.int64), expected, z, evidence)


@dataclass(frozen=True, slots=True)
class SharedMistakes:
    """Tasks to which two annotators gave the same label where another one is likelier, the surest
    mistake first: the task's index, the label both gave, the likeliest one and its chance."""

    task: Ints
    said: Ints
    likelier: Ints
    chance: Floats


def shared_mistakes(table: LabelTable, estimate: Estimate, one: int, other: int) -> SharedMistakes:
    """What a person should look at before believing that a pair copies."""
    said = np.full((2, len(table.tasks)), UNKNOWN)
    for row, who in enumerate((one, other)):
        theirs = table.annotator == who
        said[row, table.task[theirs]] = table.label[theirs]
    best = estimate.posterior.argmax(axis=1)
    task = np.flatnonzero((said[0] == said[1]) & (said[0] != UNKNOWN) & (said[0] != best))
    chance = estimate.posterior[task, best[task]]
    order = np.argsort(-chance, kind="stable")
    task, chance = task[order], chance[order]
    return SharedMistakes(task, said[0, task], best[task], chance)


def groups(pairs: Pairs, limit: float = LIMIT) -> list[list[int]]:
    """Annotators joined by pairs with evidence of at least `limit`, each group in rising order."""
    high = pairs.evidence >= limit
    one, other = pairs.one[high], pairs.other[high]
    members = np.unique(np.concatenate([one, other]))
    ends = np.searchsorted(members, one), np.searchsorted(members, other)
    graph = sparse.coo_matrix((np.ones(one.size), ends), (members.size, members.size))
    count, label = connected_components(graph, directed=False)
    return [members[label == number].tolist() for number in range(count)]


def _meeting(table: LabelTable, least: int) -> tuple[Ints, Ints]:
    """Keys (one * annotators + other, one < other) of pairs with enough in common, in order."""
    tasks, annotators, _ = table.shape
    ones = np.ones(table.size, dtype=np.int64)
    given = sparse.csr_matrix((ones, (table.annotator, table.task)), (annotators, tasks))
    together = sparse.triu(given @ given.T, k=1).tocoo()
    enough = together.data >= least
    keys = together.row[enough].astype(np.int64) * annotators + together.col[enough]
    order = np.argsort(keys)
    return keys[order], together.data[enough][order].astype(np.int64)


def _together(table: LabelTable) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of labels of one task, the one of the lower annotator first; some tasks at a time."""
    order = np.lexsort((table.annotator, table.task))
    task = table.task[order]
    size = np.bincount(task, minlength=len(table.tasks))
    place = np.arange(task.size) - (np.cumsum(size) - size)[task]
    later = size[task] - place - 1  # each label meets those after it
    chunk = np.cumsum(later) // _ROWS
    for number in np.unique(chunk):
        some = np.flatnonzero(chunk == number)
        repeated = np.repeat(some, later[some])
        starts = np.cumsum(later[some]) - later[some]
        ahead = np.arange(repeated.size) - np.repeat(starts, later[some]) + 1
        yield order[repeated], order[repeated + ahead]


def _compare(
    table: LabelTable, estimate: Estimate, first: Ints, second: Ints
) -> tuple[Floats, Floats, Floats, Floats]:
    """For each pair of labels: agreed, expected, its variance, and the evidence."""
    one, other = estimate.confusion[table.annotator[first]], table.annotator[second]
    two = estimate.confusion[other]
    said, heard = table.label[first], table.label[second]
    row, posterior = np.arange(first.size), estimate.posterior[table.task[first]]
    agreed = (said == heard).astype(np.float64)
    expected = np.einsum("rk,rkl,rkl->r", posterior, one, two)
    evidence = np.zeros(first.size)
    for mine, yours, label in ((one, two, said), (two, one, heard)):
        weighed = posterior * mine[row, :, label]
        alone = np.maximum(weighed.sum(axis=1), _TINY)
        chance = (weighed * yours[row, :, label]).sum(axis=1) / alone
        ratio = 1 - COPIED + COPIED * agreed / np.maximum(chance, RAREST)
        evidence += np.log(ratio) / 2
    return agreed, expected, expected * (1 - expected), evidence
