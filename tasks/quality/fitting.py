"""One question of one project, fitted: which methods, how everybody answers, how true its chances.

All that is learned from gold is learned from gold tasks that the fit in question was not told
(cross-validation in FOLDS parts), and from as many labels of each as a task usually gets: a gold
task is answered by nearly everybody, and forty labels would tell nothing about three.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np

from tasks.quality.auto_accept import supported
from tasks.quality.calibration import Calibration, calibrate
from tasks.quality.labels import UNKNOWN, Floats, Ints, LabelTable
from tasks.quality.reliability import Bin, bins, calibration_error
from tasks.quality.scores import hits
from tasks.quality.truth.choice import METHODS, Choice, beliefs, choose, discounted
from tasks.quality.truth.estimate import Estimate

FOLDS = 5
# Fewer gold tasks than this say nothing about how true a chance is.
LEAST_GOLD = 10


@dataclass(frozen=True, slots=True)
class HeldOut:
    """A gold task as a fit saw it that was not told its class: how sure it was, raw and calibrated,
    and the part of that answer that was right (1 or 0; between where classes tied)."""

    task: Hashable
    raw: float
    raw_right: float
    calibrated: float
    right: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """`choice` weighs the methods, `estimates` are those of each with a weight. `calibration`, of
    their mixture, is None until LEAST_GOLD gold tasks were answered. `accept_from`: the
    confidence from which on gold supports accepting without a person, None for none; `why` says it
    to the client. The errors and bins are those of the `held_out` gold tasks.
    """

    choice: Choice
    estimates: Mapping[str, Estimate]
    calibration: Calibration | None
    accept_from: float | None
    why: str
    gold: int
    ece_raw: float | None = None
    ece_calibrated: float | None = None
    reliability: tuple[Bin, ...] = ()
    held_out: tuple[HeldOut, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    """The labels of one question; `told` are the gold tasks with labels, in a random order."""

    table: LabelTable
    gold: Ints
    told: Ints
    usual: int
    target: float


def fit(table: LabelTable, gold: Ints, *, usual: int, target: float, seed: int = 0) -> Fitted:
    """Fit one question. `gold` holds a class index for each task, UNKNOWN elsewhere; `usual` is how
    many labels a task gets, `target` the confidence that the client wants.

    The draw of gold labels and folds depends on `seed` only: the same labels, the same fit.
    """
    random = np.random.default_rng(seed)
    answered = np.bincount(table.task, minlength=len(table.tasks)) > 0
    told = random.permutation(np.flatnonzero((gold != UNKNOWN) & answered))
    case = _Case(table, gold, told, usual, target)
    rows = _held_out(case, _thinned(case, random))
    choice = choose(rows, gold[told])
    estimates = {name: METHODS[name](table, gold) for name in choice.kept}
    if told.size < LEAST_GOLD:
        return Fitted(choice, estimates, None, None, _too_little(told.size), told.size)
    return _calibrated(case, choice, estimates, choice.mix(rows))


def _too_little(gold: int) -> str:
    tasks = "gold task was" if gold == 1 else "gold tasks were"
    return f"{gold} {tasks} answered: at least {LEAST_GOLD} are needed to calibrate."


def _thinned(case: _Case, random: np.random.Generator) -> Ints:
    """The labels of gold tasks that are left when each has as many as usual, drawn at random."""
    table = case.table
    order = random.permutation(np.flatnonzero(case.gold[table.task] != UNKNOWN))
    order = order[np.argsort(table.task[order], kind="stable")]
    of_task = table.task[order]
    first = np.searchsorted(of_task, of_task, side="left")
    kept: Ints = order[np.arange(order.size) - first < case.usual]
    return kept


def _held_out(case: _Case, thin: Ints) -> Mapping[str, Floats]:
    """Every method's discounted chances for the told tasks, by fits that were not told their class,
    from the `thin` labels.
    """
    table, classes = case.table, len(case.table.classes)
    found = {name: np.full((case.told.size, classes), 1 / classes) for name in METHODS}
    for fold in _folds(case.told.size):
        held = case.told[fold]
        known, keep = case.gold.copy(), ~np.isin(table.task, held)
        known[held] = UNKNOWN
        keep[thin[np.isin(table.task[thin], held)]] = True
        for name, posterior in beliefs(table.only(keep), known).items():
            found[name][fold] = posterior[held]
    return found


def _folds(size: int) -> list[Ints]:
    return [np.arange(place, size, FOLDS) for place in range(min(FOLDS, size))]


def _calibrated(
    case: _Case, choice: Choice, estimates: Mapping[str, Estimate], raw: Floats
) -> Fitted:
    """`raw` are the held-out chances of the told tasks."""
    truth = case.gold[case.told]
    calibration = calibrate(raw, truth)
    tested = np.empty_like(raw)
    for fold in _folds(case.told.size):
        others = truth.copy()
        others[fold] = UNKNOWN
        tested[fold] = calibrate(raw, others).apply(raw[fold])
    right, sure, raw_right = hits(tested, truth), tested.max(axis=1), hits(raw, truth)
    posterior = calibration.apply(_ready(case, choice, estimates))
    found = supported(posterior.max(axis=1), sure, right, case.target)
    return Fitted(
        choice,
        estimates,
        calibration,
        found.threshold,
        found.why,
        case.told.size,
        ece_raw=calibration_error(raw.max(axis=1), raw_right),
        ece_calibrated=calibration_error(sure, right),
        reliability=tuple(bins(sure, right)),
        held_out=tuple(
            HeldOut(case.table.tasks[task], *values)
            for task, *values in zip(
                case.told.tolist(),
                raw.max(axis=1).tolist(),
                raw_right.tolist(),
                sure.tolist(),
                right.tolist(),
                strict=True,
            )
        ),
    )


def _ready(case: _Case, choice: Choice, estimates: Mapping[str, Estimate]) -> Floats:
    """The raw chances of the tasks that could be accepted: those that have as many labels as usual
    or, if none has, any; gold left out.
    """
    given = np.bincount(case.table.task, minlength=len(case.table.tasks))
    raw = choice.mix(
        {name: discounted(name, one.posterior, given) for name, one in estimates.items()}
    )
    wanted = case.gold == UNKNOWN
    ready = wanted & (given >= case.usual)
    rows: Floats = raw[ready if ready.any() else wanted & (given > 0)]
    return rows
