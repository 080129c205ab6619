"""The replay of adaptive overlap: real labels, given again in a random order until it is enough.

Half of the tasks with known truth are set aside as the quiz, from which each annotator has at most
ten answers (QUIZ) before the replay; these cost nothing here, for a qualification is paid once and
used in every project. The other half is replayed. In `cold` nothing is known of anybody: five of a
hundred replayed tasks are gold, labelled `most` times each, and these labels are counted as cost
while the gold tasks count as no answer.

In each round every open task gets one more of its labels: the next at random, or (`route`) that of
the annotator likeliest to be right among those who did label the task. Then the model is fitted
anew and each open task's next step follows from the plan, the same for all sets. Nobody's truth is
used but the quiz's or the gold's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from marketplace.ops.bench.quality_sets import CrowdSet
from tasks.quality.calibration import uncalibrated
from tasks.quality.enough import Next, Plan, next_step
from tasks.quality.labels import UNKNOWN, Ints
from tasks.quality.scores import accuracy
from tasks.quality.truth.dawid_skene import pooled_dawid_skene
from tasks.quality.truth.discount import discount
from tasks.quality.truth.estimate import Estimate

Flags = NDArray[np.bool_]

QUIZ_SHARE, QUIZ = 0.5, 10
GOLD_SHARE, LEAST_GOLD = 0.05, 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule bought and how often it was right."""

    labels_per_task: float
    accuracy: float

    @property
    def cost_per_correct(self) -> float:
        """Labels for one right answer."""
        return self.labels_per_task / self.accuracy if self.accuracy else float("inf")


@dataclass(frozen=True, slots=True)
class Stage:
    """A set made ready: the replayed tasks with their labels in a random order.

    `order` holds label indices, task by task; those of replayed task i begin at `first[i]` and are
    `count[i]`. `kept` marks the labels known beforehand, `known` the classes; `spent` is what the
    labels known beforehand cost.
    """

    crowd: CrowdSet
    replayed: Ints
    order: Ints
    first: Ints
    count: Ints
    kept: Flags
    known: Ints
    spent: int


def quiz_stage(crowd: CrowdSet, rng: np.random.Generator) -> Stage:
    """Half of the tasks are the quiz; of each annotator's labels on them, ten at random stay."""
    drawn = rng.permutation(len(crowd.table.tasks))
    quiz, replayed = np.split(drawn, [int(drawn.size * QUIZ_SHARE)])
    kept = _at_most(crowd, quiz, crowd.table.annotator, QUIZ, rng)
    return _stage(crowd, (np.sort(replayed), quiz), kept, 0, rng)


def cold_stage(crowd: CrowdSet, plan: Plan, rng: np.random.Generator) -> Stage:
    """The same half is replayed; a few of its tasks are gold, labelled as often as the plan may."""
    drawn = rng.permutation(len(crowd.table.tasks))
    _, half = np.split(drawn, [int(drawn.size * QUIZ_SHARE)])
    number = min(max(LEAST_GOLD, round(GOLD_SHARE * half.size)), half.size - 1)
    gold, replayed = np.split(half, [number])
    kept = _at_most(crowd, gold, crowd.table.task, plan.most, rng)
    return _stage(crowd, (np.sort(replayed), gold), kept, int(kept.sum()), rng)


def majority_of(stage: Stage, most: int | None) -> Outcome:
    """The first `most` labels of each replayed task (all if None); ties are split."""
    table = stage.crowd.table
    taken = stage.count if most is None else np.minimum(stage.count, most)
    votes = np.zeros((stage.replayed.size, len(table.classes)))
    for turn in range(int(taken.max())):
        here = np.flatnonzero(taken > turn)
        votes[here, table.label[stage.order[stage.first[here] + turn]]] += 1
    right = accuracy(votes, stage.crowd.truth[stage.replayed])
    return Outcome(float(taken.mean()), right)


def replay(stage: Stage, plan: Plan, *, route: bool) -> Outcome:
    """Ask until every task is concluded, adjudicated or out of labels; then count what was right.

    A task that goes to the adjudicator counts with the model's answer: nobody is asked.
    """
    table = stage.crowd.table
    kept = stage.kept.copy()
    given = np.zeros(stage.replayed.size, dtype=np.int64)
    open_ = np.flatnonzero(stage.count > 0)
    calibration = uncalibrated(len(table.classes))
    estimate = pooled_dawid_skene(table.only(kept), stage.known)
    while open_.size:
        kept[_asked(stage, estimate, open_, given, kept, route=route)] = True
        given[open_] += 1
        estimate = pooled_dawid_skene(table.only(kept), stage.known)
        posterior = discount(estimate.posterior[stage.replayed[open_]], given[open_])
        sure = calibration.apply(posterior).max(axis=1)
        steps = [
            next_step(float(one), int(number), plan)
            for one, number in zip(sure, given[open_], strict=True)
        ]
        asks = np.array([step == Next.ASK for step in steps])
        open_ = open_[asks & (given[open_] < stage.count[open_])]
    posterior = estimate.posterior[stage.replayed]
    labels = (given.sum() + stage.spent) / stage.replayed.size
    return Outcome(float(labels), accuracy(posterior, stage.crowd.truth[stage.replayed]))


def _asked(
    stage: Stage, estimate: Estimate, open_: Ints, given: Ints, kept: Flags, *, route: bool
) -> Ints:
    """The label index that each open task gets next."""
    if not route:
        following: Ints = stage.order[stage.first[open_] + given[open_]]
        return following
    table = stage.crowd.table
    right = np.einsum("k,akk->a", estimate.prior, estimate.confusion)
    worth = np.where(kept[stage.order], -1.0, right[table.annotator[stage.order]])
    rows = np.repeat(np.arange(stage.count.size), stage.count)
    best = np.lexsort((-worth, rows))
    taken: Ints = stage.order[best[stage.first[open_]]]
    return taken


def _at_most(crowd: CrowdSet, tasks: Ints, key: Ints, most: int, rng: np.random.Generator) -> Flags:
    """Marks labels of the tasks: of those with the same key at most so many, at random."""
    inside = np.isin(crowd.table.task, tasks)
    mixed = rng.permutation(np.flatnonzero(inside))
    sorted_ = mixed[np.argsort(key[mixed], kind="stable")]
    place = np.arange(sorted_.size) - np.searchsorted(key[sorted_], key[sorted_])
    kept = np.zeros(crowd.table.size, dtype=np.bool_)
    kept[sorted_[place < most]] = True
    return kept


def _stage(
    crowd: CrowdSet, parts: tuple[Ints, Ints], kept: Flags, spent: int, rng: np.random.Generator
) -> Stage:
    """`parts`: the tasks replayed, in order, and those whose class is told."""
    replayed, told = parts
    table = crowd.table
    mixed = rng.permutation(np.flatnonzero(np.isin(table.task, replayed)))
    order = mixed[np.argsort(table.task[mixed], kind="stable")]
    first = np.searchsorted(table.task[order], replayed)
    count = np.searchsorted(table.task[order], replayed, side="right") - first
    known = np.full(len(table.tasks), UNKNOWN)
    known[told] = crowd.truth[told]
    return Stage(crowd, replayed, order, first, count, kept, known, spent)
