"""How many questions the sequential qualification test takes, beside the fixed one of equal errors.

Candidates of several accuracies are asked until the test decides; errors and means are counted, and
the exact ones are given beside them.
"""

from argparse import ArgumentParser
from typing import Any

import numpy as np

from marketplace.ops.bench.table import Table
from tasks.quality.sprt import Decision, Sequential, course, design, fixed_test

# name: good, bad, chance that the good one fails, chance that the bad one passes
TESTS = {
    "90 % v 70 %": (0.90, 0.70, 0.05, 0.05),
    "95 % v 80 %": (0.95, 0.80, 0.05, 0.05),
    "lot: 2 % v 8 % defects": (0.98, 0.92, 0.05, 0.10),
}


def add_arguments(parser: ArgumentParser) -> None:
    """How many candidates."""
    parser.add_argument("--candidates", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Measure each test; touches no database."""
    rng = np.random.default_rng(options["seed"])
    figures: dict[str, Any] = {}
    for name, (good, bad, fail_good, pass_bad) in TESTS.items():
        fixed = fixed_test(good, bad, fail_good, pass_bad)
        test = design(good, bad, fail_good, pass_bad)
        sides = {
            side: _measure(test, accuracy, options["candidates"], rng)
            for side, accuracy in (("good", good), ("bad", bad))
        }
        for side, one in sides.items():
            one["share_of_fixed"] = one["questions"] / fixed.questions
            note = f"questions ({fixed.questions} fixed), {one['passes']:.1%} pass"
            out.figure(f"{name}, {side}", one["questions"], note, decimals=1)
        mean = float(np.mean([one["share_of_fixed"] for one in sides.values()]))
        out.ratio(f"{name}, mean of both", mean, "the fixed test")
        figures[name] = {"fixed": fixed.questions, "mark": fixed.mark, "share": mean, **sides}
    return figures


def _measure(
    test: Sequential, accuracy: float, candidates: int, rng: np.random.Generator
) -> dict[str, float]:
    passes = questions = 0
    for _ in range(candidates):
        right = wrong = 0
        while (said := test.decide(right, wrong)) is Decision.GO_ON:
            is_right = rng.random() < accuracy
            right, wrong = right + is_right, wrong + (not is_right)
        passes += said is Decision.PASSED
        questions += right + wrong
    exact = course(test, accuracy)
    return {
        "passes": passes / candidates,
        "questions": questions / candidates,
        "exact_passes": exact.passes,
        "exact_questions": exact.questions,
    }
