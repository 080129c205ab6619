"""The proof after the work: an annotator appeals, and the delivery's lots are inspected."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from marketplace.ops import figures
from marketplace.ops.demo.clientside import ClientProgram
from marketplace.ops.demo.company import Company
from marketplace.ops.demo.crew import Crew
from marketplace.ops.demo.progress import Progress
from marketplace.ops.demo.report import Quality
from marketplace.ops.demo.tally import Tally
from marketplace.ops.demo.verdicts import Verdicts
from marketplace.ops.drive.browser import Surprise
from tasks.report import words

APPEAL = (
    "My answer follows the guideline, and the reason that I gave names the line that decides it. "
    "Please read the function once more with the smallest input."
)
WON = ("won", "lapsed")
READY = "ready"
STAGES = 2

Wait = Callable[[str, Callable[[], bool]], None]


@dataclass(frozen=True)
class Proof:
    """Who takes part, how the driver waits, and where the warranty as PDF is kept."""

    company: Company
    program: ClientProgram
    verdicts: Verdicts
    tally: Tally
    wait_for: Wait
    keep: Callable[[bytes], object]

    def give(self, bar: Progress) -> Quality:
        """Reviewers decide one appeal and inspect the delivery; what came of it.

        The experts rest meanwhile: nothing that happens here asks for another answer.
        """
        with Crew() as crew:
            for one in self.company.reviewers + self.company.inspectors:
                crew.start(partial(self.verdicts.oversee, one, crew.over), one.who.email)
            crew.start(
                partial(self.verdicts.oversee, self.company.head, crew.over), "administrator"
            )
            settled = partial(self._settled, crew)
            self._appeal()
            self.wait_for("the appeal", settled)
            bar.advance()
            number = self.program.deliver()
            self.wait_for("the delivery", lambda: settled() and self._ready(number))
            bar.advance()
        return self._told(number)

    def _appeal(self) -> None:
        """The first who was rejected and may still appeal."""
        if any(one.web.appeal(APPEAL) for one in self.company.experts):
            self.tally.count("appeals")

    def _settled(self, crew: Crew) -> bool:
        """Nothing is under way; meanwhile the client pays for the reviews that are wanted."""
        crew.check()
        self.program.keep_funded()
        return figures.unsettled() == 0

    def _ready(self, number: int) -> bool:
        return bool(self.program.delivery(number)["state"] == READY)

    def _told(self, number: int) -> Quality:
        """What the client's program and the annotators' pages say of it all."""
        gold, delivery = self.program.gold(), self.program.delivery(number)
        report = self.program.warranty(number)
        every = _bounds(report)
        self.keep(self.program.warranty_pdf(number))
        states = [state for one in self.company.experts for state in one.web.appeals()]
        return Quality(
            gold_tasks=len(gold),
            gold_answers=sum(row["seen"] for row in gold),
            gold_right=sum(row["right"] for row in gold),
            more_answers=figures.asked_once_more(),
            contested=self.tally.counts["contested"],
            adjudicated=self.tally.counts["adjudicated"],
            appeals=len(states),
            appeals_won=sum(state in WON for state in states),
            lots=len(delivery["lots"]),
            inspected=every["inspected"],
            defects=every["found"],
            error_bound=round(every["most_error"], 4),
            warranty=words.headline(report),
        )


def _bounds(report: Any) -> Any:
    if report["warranty"] is None:
        raise Surprise(f"The delivery is ready and warrants nothing: {report}")
    return report["warranty"]["all"]
