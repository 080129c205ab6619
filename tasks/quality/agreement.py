"""How far annotators agree: five coefficients, always shown together, each with a 95 % interval.

They answer different questions. Raw agreement is what was seen; alpha and the kappas take off what
chance would give, and fall to nothing where one answer is rare, however well annotators agree on
the others; AC1 does not (Feinstein and Cicchetti 1990, the paradoxes of kappa). One alone misleads.

Sources: alpha of Krippendorff (Content Analysis, 4th ed., ch. 12), AC1 of Gwet (2008, British
Journal of Mathematical and Statistical Psychology 61, 29-48), kappa of Fleiss (1971, Psychological
Bulletin 76) with missing answers as in Gwet's Handbook of Inter-Rater Reliability, kappa of Cohen
(1960, Educational and Psychological Measurement 20), its mean over pairs of annotators (Light
1971). Intervals leave out one task at a time (the jackknife: Efron and Stein 1981, Annals of
Statistics 9) and use Student's t, as Gwet does with his variances.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from tasks.quality.acceptance import lower_bound
from tasks.quality.labels import Floats, Ints, LabelTable

MOST_ANNOTATORS = 30
"""Cohen's kappa compares pairs of annotators; in a crowd hardly any two meet often."""
TAIL = 0.975
_MIN_TASKS = 2
_TINY = 1e-12


class Level(StrEnum):
    """What the classes are: names, ranks in the order of the table, or numbers."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


class Why(StrEnum):
    """Why there is no coefficient, or no interval."""

    NO_PAIRS = "no_pairs"
    """No task has two answers."""
    ONE_CLASS = "one_class"
    """Everybody always gave the same answer: agreement beyond chance cannot be told."""
    TOO_MANY = "too_many"
    """More annotators than can be compared pair by pair."""
    FEW_TASKS = "few_tasks"
    """One task with two answers has no interval."""
    NO_SPREAD = "no_spread"
    """All tasks say the same: how far chance may be off cannot be told from them."""


@dataclass(frozen=True, slots=True)
class Coefficient:
    """1 is full agreement; for all but `raw`, 0 is what chance gives. `why` says what is None."""

    value: float | None
    lower: float | None = None
    upper: float | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """All coefficients of one question. `tasks` have two answers or more, making `pairs` pairs of
    answers. Only alpha knows levels; the others ask whether answers are the same.
    """

    level: Level
    tasks: int
    pairs: int
    raw: Coefficient
    alpha: Coefficient
    ac1: Coefficient
    fleiss: Coefficient
    cohen: Coefficient


def agreement(ratings: LabelTable, level: Level = Level.NOMINAL) -> Agreement:
    """All coefficients of one question's answers; annotators may have left tasks out.

    The table's classes are those of the answer schema, in its order: AC1 depends on how many there
    are, ordinal alpha on their order, interval alpha on their values, which must then be numbers.
    """
    counts = ratings.votes()
    answers = counts.sum(axis=1)
    paired = answers >= _MIN_TASKS
    tasks = int(paired.sum())
    pairs = int((answers * (answers - 1)).sum() // 2)
    if not tasks:
        none = Coefficient(None, why=Why.NO_PAIRS)
        return Agreement(level, 0, 0, none, none, none, none, none)
    return Agreement(
        level,
        tasks,
        pairs,
        _raw(counts[paired]),
        _alpha(counts[paired], level, ratings.classes),
        _beyond_chance(counts[answers > 0], _by_gwet),
        _beyond_chance(counts[answers > 0], _by_fleiss),
        _cohen(ratings),
    )


def _raw(counts: Floats) -> Coefficient:
    same = _same(counts)
    if len(same) < _MIN_TASKS:
        return Coefficient(float(same[0]), why=Why.FEW_TASKS)
    if same.min() == 1:
        lower = lower_bound(len(same), len(same), TAIL)  # as if each task were one trial
        return Coefficient(1.0, lower, 1.0)
    found = _jackknife(float(same.mean()), (same.sum() - same) / (len(same) - 1))
    if found.lower is None or found.upper is None:
        return found
    return Coefficient(found.value, max(0.0, found.lower), found.upper)


def _same(counts: Floats) -> Floats:
    """The share of pairs of answers that are the same, by task; 0 where there is no pair."""
    answers = counts.sum(axis=1)
    same: Floats = (counts * (counts - 1)).sum(axis=1) / np.maximum(answers * (answers - 1), 1)
    return same


def _alpha(counts: Floats, level: Level, classes: tuple[object, ...]) -> Coefficient:
    """One less observed by expected disagreement: of all answers, then without each task in turn.

    Disagreement of two answers is 1 (nominal) or the square of their distance: of values, or of
    mean ranks among all answers, which is Krippendorff's ordinal difference.
    """
    whole = counts.sum(axis=0)
    if (whole > 0).sum() == 1:
        return Coefficient(None, why=Why.ONE_CLASS)
    left = np.vstack([whole, whole - counts])  # first all of it, then without each task
    if level is Level.NOMINAL:
        answers = counts.sum(axis=1)
        own = (answers**2 - (counts**2).sum(axis=1)) / (answers - 1)
        observed = own.sum() - np.concatenate([[0.0], own])
        expected = left.sum(axis=1) ** 2 - (left**2).sum(axis=1)
    else:
        if level is Level.ORDINAL:
            places = np.cumsum(left, axis=1) - left / 2
        else:
            places = np.tile(np.asarray(classes, dtype=np.float64), (len(left), 1))
        observed = _distances(counts, places)
        expected = 2 * (left.sum(axis=1) * (left * places**2).sum(axis=1))
        expected -= 2 * (left * places).sum(axis=1) ** 2
    alphas = 1 - _over((left.sum(axis=1) - 1) * observed, expected)
    return _jackknife(float(alphas[0]), alphas[1:])


def _distances(counts: Floats, places: Floats) -> Floats:
    """The squared distances between the answers of each task, over its answers less one, added up:
    for `places[0]` of all tasks, for `places[1 + i]` of all but task i.
    """
    others = (counts.sum(axis=1) - 1)[:, None]
    together = counts.T @ (counts / others) - np.diag((counts / others).sum(axis=0))
    total: Floats = (places**2) @ together.sum(axis=1) - ((places @ together) * places).sum(axis=1)
    here = places[1:]
    own = counts.sum(axis=1) * (counts * here**2).sum(axis=1) - (counts * here).sum(axis=1) ** 2
    total[1:] -= own / others[:, 0]
    return total * 2.0


def _by_gwet(shares: Floats) -> Floats:
    classes = shares.shape[-1]
    chance: Floats = (shares * (1 - shares)).sum(axis=-1) / (classes - 1)
    return chance


def _by_fleiss(shares: Floats) -> Floats:
    chance: Floats = (shares**2).sum(axis=-1)
    return chance


def _beyond_chance(counts: Floats, chance: Callable[[Floats], Floats]) -> Coefficient:
    """(raw - chance) / (1 - chance). `counts` holds tasks with one answer too: they tell how often
    each class is given, every task alike.
    """
    answers = counts.sum(axis=1)
    paired = answers >= _MIN_TASKS
    same, shares = _same(counts), counts / answers[:, None]
    tasks, pairs = len(counts), int(paired.sum())
    expected = chance(shares.mean(axis=0))
    if expected >= 1:
        return Coefficient(None, why=Why.ONE_CLASS)
    value = 1 - (1 - same[paired].mean()) / (1 - expected)
    if pairs < _MIN_TASKS:
        return Coefficient(float(value), why=Why.FEW_TASKS)
    without = chance((shares.sum(axis=0) - shares) / (tasks - 1))
    raw = (same[paired].sum() - np.where(paired, same, 0)) / (pairs - paired)
    return _jackknife(float(value), 1 - _over(1 - raw, 1 - without))


def _cohen(ratings: LabelTable) -> Coefficient:
    """Of each two annotators over the tasks both answered; of more than two, the mean (Light)."""
    tasks, annotators, classes = ratings.shape
    if annotators > MOST_ANNOTATORS:
        return Coefficient(None, why=Why.TOO_MANY)
    said = np.full((annotators, tasks), -1)
    said[ratings.annotator, ratings.task] = ratings.label
    total, defined, met = np.zeros(tasks + 1), np.zeros(tasks + 1), False
    for one, other in combinations(said, 2):
        common = np.flatnonzero((one >= 0) & (other >= 0))
        met = met or common.size > 0
        kappas = _kappas(one[common], other[common], classes)
        if common.size and not np.isnan(kappas[0]):
            # without a task that only one of them answered, it stays as it is
            each = np.full(tasks + 1, kappas[0])
            each[1 + common] = kappas[1:]
            total += np.nan_to_num(each)
            defined += ~np.isnan(each)
    if not defined[0]:
        return Coefficient(None, why=Why.ONE_CLASS if met else Why.NO_PAIRS)
    means = _over(total, defined)
    return _jackknife(float(means[0]), means[1:])


def _kappas(one: Ints, other: Ints, classes: int) -> Floats:
    """Cohen's kappa of two annotators' answers to the same tasks, then without each in turn."""
    ones, others = np.bincount(one, minlength=classes), np.bincount(other, minlength=classes)
    alike = (one == other).astype(np.float64)
    same = alike.sum() - np.concatenate([[0.0], alike])
    tasks = one.size - np.concatenate([[0.0], np.ones(one.size)])
    products = np.concatenate([[0.0], others[one] + ones[other] - alike])
    chance = _over(float(ones @ others) - products, tasks**2)
    return 1 - _over(1 - _over(same, tasks), 1 - chance)


def _over(above: Floats, below: NDArray[Any]) -> Floats:
    """The quotient; not a number where there is nothing to divide by."""
    quotient: Floats = np.full(below.shape, np.nan)
    np.divide(above, below, out=quotient, where=below > 0)
    return quotient


def _jackknife(value: float, without: Floats) -> Coefficient:
    """The interval from the values `without` each task."""
    without = without[~np.isnan(without)]
    if np.isnan(value):
        return Coefficient(None, why=Why.ONE_CLASS)
    if len(without) < _MIN_TASKS:
        return Coefficient(value, why=Why.FEW_TASKS)
    spread = float(np.sqrt((len(without) - 1) * without.var()))
    if spread < _TINY:
        return Coefficient(value, why=Why.NO_SPREAD)
    reach = spread * float(stdtrit(len(without) - 1, TAIL))
    return Coefficient(value, max(-1.0, value - reach), min(1.0, value + reach))
