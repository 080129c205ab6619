"""A synthetic market: how many labels routing and stopping need for the accuracy of three each.

60 experts, 6 domains, 4 classes, 1,500 tasks. Each expert has a domain of their own (right with
.82 on average there, .7 of that elsewhere), a limit of labels, and a record of answers whose truth
was known before the project: two in three have 30 to 60 of them, the others, newcomers, 10. What
else is known of an expert comes from the labels of the project, never from the truth of its tasks,
which is used only to count what was right. The answers known before are not counted as labels.

The arm to beat asks three random experts of the task's domain and takes the majority. Ours asks one
expert after the other (`tasks.matching.routing`) until the answer is likely enough
(`tasks.quality.enough`), within the share cap and with one assignment in ten kept for newcomers.
"""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketplace.ops.bench.table import Table
from tasks.matching import routing
from tasks.quality.enough import chances, enough, evidence

EXPERTS, DOMAINS, CLASSES, TASKS = 60, 6, 4, 1500
SKILL, SPREAD, ELSEWHERE = 0.82, 18.0, 0.7
LIMITS = (60, 150)
AT_HAND = 0.6  # the part of the experts that could be asked at any moment
OVERLAP, MOST_LABELS, MIN_TO_COMPARE = 3, 7, 2
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.93, 0.96, 0.98)
SET_BEFOREHAND = 0.9
FAIRNESS = routing.Fairness()

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def add_arguments(parser: ArgumentParser) -> None:
    """Which worlds."""
    parser.add_argument("--seed", type=int, default=1, help="the first world")
    parser.add_argument("--seeds", type=int, default=10, help="how many worlds")


@dataclass(frozen=True, slots=True)
class World:
    """`skill[e, d]` is how often an expert is right; `home`, `domain` and `truth` are indices."""

    home: Counts
    skill: Floats
    limit: Counts
    gold_seen: Counts
    gold_right: Counts
    domain: Counts
    truth: Counts


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an arm did: labels bought, the part of tasks answered rightly, the greatest multiple of
    the mean share that one expert got, and the part of labels that newcomers gave."""

    labels: int
    accuracy: float
    most_share: float
    newcomers: float


def make(rng: np.random.Generator) -> World:
    """A world by chance."""
    home = np.arange(EXPERTS) % DOMAINS
    own = rng.beta(SPREAD * SKILL, SPREAD * (1 - SKILL), EXPERTS)
    skill = np.tile(ELSEWHERE * own, (DOMAINS, 1)).T
    skill[np.arange(EXPERTS), home] = own
    new = np.arange(EXPERTS) // DOMAINS % 3 == 0
    seen = np.where(new, 10, rng.integers(routing.NEWCOMER_GOLD, 61, EXPERTS))
    return World(
        home=home,
        skill=skill,
        limit=rng.integers(*LIMITS, EXPERTS, endpoint=True),
        gold_seen=seen,
        gold_right=rng.binomial(seen, own),
        domain=rng.permutation(np.arange(TASKS) % DOMAINS),
        truth=rng.integers(0, CLASSES, TASKS),
    )


def label(world: World, expert: int, task: int, rng: np.random.Generator) -> int:
    """What the expert answers: right by skill, or any wrong class."""
    truth = int(world.truth[task])
    if rng.random() < world.skill[expert, world.domain[task]]:
        return truth
    return int((truth + rng.integers(1, CLASSES)) % CLASSES)


def fixed(world: World, rng: np.random.Generator, *, own_domain: bool = True) -> Outcome:
    """Three random experts for each task, of its domain or of any; the majority, a tie by lot."""
    taken = np.zeros(EXPERTS, dtype=np.int64)
    right = labels = 0
    for task in range(TASKS):
        free = taken < world.limit
        if own_domain:
            free &= world.home == world.domain[task]
        asked = rng.permutation(np.flatnonzero(free))[:OVERLAP]
        taken[asked] += 1
        votes = np.bincount([label(world, one, task, rng) for one in asked], minlength=CLASSES)
        right += int(rng.choice(np.flatnonzero(votes == votes.max())) == world.truth[task])
        labels += asked.size
    return _outcome(world, taken, right)


def routed(world: World, threshold: float, rng: np.random.Generator, *, draw: bool) -> Outcome:
    """Our way: the best free expert, then the next, until the answer is likely enough."""
    desk = _Desk(world, rng, draw=draw)
    right = 0
    for task in range(TASKS):
        total = np.zeros(CLASSES)
        answers = {}
        for expert in desk.asked_in_turn(int(world.domain[task])):
            answers[expert] = label(world, expert, task, rng)
            total += evidence(float(desk.mean[expert]), answers[expert], CLASSES)
            if enough(chances(total), threshold):
                break
        desk.learn(answers, chances(total))
        right += int(total.argmax() == world.truth[task])
    return _outcome(world, desk.taken, right)


class _Desk:
    """Hands out tasks to experts, knowing only their records."""

    def __init__(self, world: World, rng: np.random.Generator, *, draw: bool) -> None:
        self._world, self._rng, self._draw = world, rng, draw
        alpha, beta = routing.prior(world.gold_right, world.gold_seen)
        self._alpha: Floats = (world.gold_right + alpha).astype(np.float64)
        self._beta: Floats = (world.gold_seen - world.gold_right + beta).astype(np.float64)
        self._newcomer = world.gold_seen < routing.NEWCOMER_GOLD
        self._weigh()
        self.taken = np.zeros(EXPERTS, dtype=np.int64)

    def _weigh(self) -> None:
        self._bounds = routing.lower_bounds(self._alpha, self._beta)
        self.mean = self._alpha / (self._alpha + self._beta)

    def learn(self, answers: Mapping[int, int], posterior: Floats) -> None:
        """Several answers to one task tell of those who gave them: each was right with the chance
        of its class. One answer alone has nobody to compare it with."""
        if len(answers) < MIN_TO_COMPARE:
            return
        for expert, answer in answers.items():
            self._alpha[expert] += posterior[answer]
            self._beta[expert] += 1 - posterior[answer]
        self._weigh()

    def asked_in_turn(self, domain: int) -> Iterator[int]:
        """The experts asked for one task, each at hand when asked; ends when nobody is left."""
        able = np.flatnonzero(self._world.home == domain)
        left = np.ones(able.size, dtype=np.bool_)
        for _ in range(MOST_LABELS):
            place = self._next(able, left)
            if place is None:
                return
            left[place] = False
            self.taken[able[place]] += 1
            yield int(able[place])

    def _next(self, able: Counts, left: NDArray[np.bool_]) -> int | None:
        """Waits for somebody: until one of those who may take the task is at hand."""
        worth = self._bounds[able]
        if self._draw:
            worth = self._rng.beta(self._alpha[able], self._beta[able])
        may = left & (self.taken[able] < self._world.limit[able])
        may &= routing.within_share(self.taken[able], FAIRNESS)
        while may.any():
            place = routing.choose(
                worth=worth,
                taken=self.taken[able],
                free=may & (self._rng.random(able.size) < AT_HAND),
                newcomer=self._newcomer[able],
                fairness=FAIRNESS,
            )
            if place is not None:
                return place
        return None


def _outcome(world: World, taken: Counts, right: int) -> Outcome:
    shares = [
        taken[world.home == domain] / max(taken[world.home == domain].mean(), 1)
        for domain in range(DOMAINS)
    ]
    newcomer = world.gold_seen < routing.NEWCOMER_GOLD
    return Outcome(
        labels=int(taken.sum()),
        accuracy=right / TASKS,
        most_share=float(np.max(shares)),
        newcomers=float(taken[newcomer].sum() / taken.sum()),
    )


def share_needed(beaten: Outcome, curve: Sequence[Outcome]) -> float | None:
    """The labels, as a part of the beaten arm's, at which the curve reaches its accuracy.

    Between two measured points a straight line; None if the curve stays below.
    """
    points = sorted(curve, key=lambda one: one.labels)
    reached = np.maximum.accumulate([one.accuracy for one in points])
    if reached[-1] < beaten.accuracy:
        return None
    labels = np.interp(beaten.accuracy, reached, [one.labels for one in points])
    return float(labels) / beaten.labels


def one_world(seed: int) -> dict[str, Any]:
    """Every arm in one world; the same seed gives the same figures."""
    rng = np.random.default_rng(seed)
    world = make(rng)
    beaten, anybody = fixed(world, rng), fixed(world, rng, own_domain=False)
    arms: dict[str, Any] = {}
    for name, draw in (("lower_bound", False), ("thompson", True)):
        curve = [routed(world, threshold, rng, draw=draw) for threshold in THRESHOLDS]
        arms[name] = {
            "share_needed": share_needed(beaten, curve),
            "set_beforehand": asdict(curve[THRESHOLDS.index(SET_BEFOREHAND)]),
            "most_share": max(one.most_share for one in curve),
            "least_newcomers": min(one.newcomers for one in curve),
            "curve": [[one.labels, one.accuracy] for one in curve],
        }
    gold = float(world.gold_seen.mean())
    both = {"fixed": asdict(beaten), "anybody": asdict(anybody)}
    return {"seed": seed, "gold_before": gold, **both, **arms}


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """World by world; the means at the end."""
    first, number = options["seed"], options["seeds"]
    worlds = []
    for seed in range(first, first + number):
        worlds.append(one_world(seed))
        share = _mean([worlds[-1]["lower_bound"]["share_needed"]])
        fixed_accuracy = worlds[-1]["fixed"]["accuracy"]
        out.ratio(
            f"world {seed}: labels for the same accuracy", share, f"3 each, {fixed_accuracy:.3f}"
        )
    figures = _means(worlds)
    out.ratio("labels for the same accuracy", figures["share_of_labels"], "three labels each")
    out.ratio("the same, skill drawn instead", figures["share_of_labels_thompson"], "the same")
    out.ratio(
        f"labels at threshold {SET_BEFOREHAND}, set beforehand",
        figures["set_beforehand"]["labels"],
        f"the same; accuracy {figures['set_beforehand']['accuracy']:.3f}"
        f" instead of {figures['accuracy_fixed']:.3f}",
    )
    out.figure("the greatest share of one expert", figures["most_share"], "x the mean", decimals=2)
    out.ratio("the newcomers' least part", figures["least_newcomers"], "assignments")
    return {**figures, "worlds": worlds}


def _means(worlds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A world where the accuracy was never reached makes the mean nothing rather than better."""
    ours = [world["lower_bound"] for world in worlds]
    bought = [one["set_beforehand"]["labels"] for one in ours]
    return {
        "share_of_labels": _mean([one["share_needed"] for one in ours]),
        "share_of_labels_thompson": _mean([one["thompson"]["share_needed"] for one in worlds]),
        "accuracy_fixed": _mean([world["fixed"]["accuracy"] for world in worlds]),
        "accuracy_anybody": _mean([world["anybody"]["accuracy"] for world in worlds]),
        "set_beforehand": {
            "threshold": SET_BEFOREHAND,
            "labels": sum(bought) / sum(world["fixed"]["labels"] for world in worlds),
            "accuracy": _mean([one["set_beforehand"]["accuracy"] for one in ours]),
        },
        "most_share": max(one["most_share"] for one in ours),
        "least_newcomers": min(one["least_newcomers"] for one in ours),
        "gold_before": _mean([world["gold_before"] for world in worlds]),
    }


def _mean(values: Sequence[float | None]) -> float:
    return float(np.mean([np.nan if value is None else value for value in values]))
