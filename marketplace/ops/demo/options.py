"""What the demo is asked to do."""

from dataclasses import dataclass
from pathlib import Path

from marketplace.ops.demo.sources.base import SourceError

TASKS, ANNOTATORS, SEED = 40, 12, 1
# Of all tasks one in so many more is gold, and never fewer than a handful.
TASKS_A_GOLD, GOLD_LEAST = 4, 6
INTERFACES = Path("docs", "examples", "interfaces")
DEFAULT_INTERFACE = "human_eval.json"
REVIEWERS_LEAST, ANNOTATORS_A_REVIEWER = 3, 6
# Of a result that is appealed against, inspected and then disputed: one judges the appeal, one
# inspects, one decides; all three may be new to the task however many have read its answers.
INSPECTORS = 3


def default_interface(data: Path | None) -> Path:
    """The interface file that belongs to a data file: the example of the same name, if any."""
    name = DEFAULT_INTERFACE if data is None else f"{data.stem.partition('_')[0]}.json"
    return INTERFACES / name


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments of one run.

    `data` None means the problems of the package human-eval. `chaos` empties the broker and kills
    the worker in mid-work.
    """

    data: Path | None
    interface: Path | None
    tasks: int
    annotators: int
    seed: int
    report: Path
    chaos: bool = False

    @property
    def reviewers(self) -> int:
        """Enough that answers do not pile up."""
        return max(REVIEWERS_LEAST, self.annotators // ANNOTATORS_A_REVIEWER)

    @property
    def gold(self) -> int:
        """How many tasks with a known answer go with them, where the data has so many."""
        return max(GOLD_LEAST, self.tasks // TASKS_A_GOLD)

    def check(self, overlap: int) -> None:
        """Refuse (SourceError) what cannot end: a rejected answer needs somebody else to answer."""
        if self.tasks < 1:
            raise SourceError("--tasks: at least 1.")
        least = 2 * overlap + 2
        if self.annotators < least:
            raise SourceError(
                f"--annotators: at least {least} for {overlap} answers a task, since nobody "
                "answers a task twice and some answers are rejected."
            )
