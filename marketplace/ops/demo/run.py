"""The whole demo, from the first sign-up to the report: the order in which things happen."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from marketplace.ops import figures, logins
from marketplace.ops.demo import chaos, contest, outcome
from marketplace.ops.demo.afterwards import leave_work
from marketplace.ops.demo.answers import known_answer
from marketplace.ops.demo.cast import Entrance
from marketplace.ops.demo.clientside import ClientProgram
from marketplace.ops.demo.company import Company, Gathering
from marketplace.ops.demo.crew import Crew
from marketplace.ops.demo.dice import dice
from marketplace.ops.demo.holds import Holds
from marketplace.ops.demo.labour import Labour
from marketplace.ops.demo.options import INSPECTORS, Options
from marketplace.ops.demo.progress import Progress
from marketplace.ops.demo.proving import STAGES, Proof
from marketplace.ops.demo.report import Quality, Report
from marketplace.ops.demo.sources.base import DemoItem, DemoSource
from marketplace.ops.demo.sums import faults
from marketplace.ops.demo.tally import Tally
from marketplace.ops.demo.verdicts import Verdicts
from marketplace.ops.drive.browser import Surprise
from marketplace.ops.drive.stripe_local import StripeControl
from marketplace.ops.stack import Stack
from tasks.interface.spec import Interface

LOOK = 0.6
STANDSTILL, HELP_AFTER = 120.0, 30.0
CHAOS_AT = 0.4
WARRANTY = "warranty.pdf"


class Run:
    """One run on a stack that is up. `began` is when the command began, for the report."""

    def __init__(
        self, stack: Stack, source: DemoSource, options: Options, local: Path, stream: TextIO
    ) -> None:
        self.stack = stack
        self.source = source
        self.items = source.items[: options.tasks]
        self.known = source.items[options.tasks :]
        self.options = options
        self.local = local
        self.stream = stream
        self.tally = Tally()
        self.stripe = StripeControl(stack.stripe)
        self.holds = Holds(self.stripe, source.terms.currency, stack.tend)

    def all(self, began: float) -> Report:
        """Everything; `began` is in seconds of `time.monotonic`."""
        company = self._gather()
        program = ClientProgram(self.stack.web, company.client, self.source)
        items = self._post(program)
        verdicts = self._work(company, program, items)
        quality = self._prove(company, program, verdicts)
        self._pay(company)
        records = program.export()
        logins.keep(self.local, company.logins())
        report = outcome.report(
            self.source,
            self.items,
            records,
            self.tally,
            self.stripe,
            quality=quality,
            history=sum((one.web.history() for one in company.experts), Counter[str]()),
            annotators=len(company.experts),
            seconds=time.monotonic() - began,
        )
        if not faults(report):
            self._leave_work(company)
        return report

    def _leave_work(self, company: Company) -> None:
        with self._stage("Leaving some work for you", 1) as bar:
            seed, wait_for = self.options.seed, self.holds.wait_for
            leave_work(self.stack.web, company, self.source, seed, wait_for)
            bar.advance()

    @contextmanager
    def _stage(self, label: str, total: int) -> Iterator[Progress]:
        bar = Progress(label, total, self.stream)
        yield bar
        bar.finish()

    def _gather(self) -> Company:
        entrance = Entrance(self.stack.web, self.local / "mail")
        number = self.options.annotators + self.options.reviewers + INSPECTORS + 2
        with self._stage("People come in", number) as bar:
            gathering = Gathering(entrance, bar.advance)
            return gathering.bring(self.options, self.source.domain, self.stack.tend)

    def _post(self, program: ClientProgram) -> dict[str, DemoItem]:
        """Work and gold in one upload, mixed: nothing in their order tells one from the other."""
        mixed = [*self.items, *self.known]
        dice(self.options.seed, "order").shuffle(mixed)
        interface = Interface.parse(self.source.interface)
        gold = {
            item.external_id: known_answer(interface, item, self.options.seed)
            for item in self.known
        }
        with self._stage("The client pays and posts", len(mixed)) as bar:
            program.post_project()
            items = program.start(mixed, gold)
            bar.advance(len(mixed))
            return items

    def _work(
        self, company: Company, program: ClientProgram, items: dict[str, DemoItem]
    ) -> Verdicts:
        """Two are called away; then all work at once until every task has its result."""
        interface = Interface.parse(self.source.interface)
        shared = (interface, items, self.options.seed, self.tally)
        labour = Labour(program.project, *shared)
        verdicts = Verdicts(*shared, delivered=program.result)
        self._await_offers(labour, company)
        with self._stage("Tasks concluded", len(self.items)) as bar, Crew() as crew:
            self._called_away(labour, company)
            items.update(self._contest(company))
            for expert in company.experts:
                crew.start(partial(labour.work, expert, crew.over), expert.who.email)
            for reviewer in company.reviewers:
                crew.start(partial(verdicts.review, reviewer, crew.over), reviewer.who.email)
            crew.start(partial(verdicts.adjudicate, company.the_desk, crew.over), "administrator")
            helpers: list[Callable[[], object]] = [
                partial(crew.start, partial(verdicts.review, company.head, crew.over), "helps"),
                *(
                    partial(crew.start, partial(verdicts.oversee, one, crew.over), one.who.email)
                    for one in company.inspectors[:1]
                ),
            ]
            self._watch(program, crew, bar, helpers)
        return verdicts

    def _contest(self, company: Company) -> dict[str, DemoItem]:
        """Two experts differ; the others do not see their task."""
        return contest.hold(
            self.stack.web,
            company,
            self.source,
            seed=self.options.seed,
            tally=self.tally,
            wait_for=self.holds.wait_for,
        )

    def _await_offers(self, labour: Labour, company: Company) -> None:
        """Matching is background work: the offer appears on the work list when it is done."""
        for expert in company.experts:
            self.holds.wait_for("offers", partial(labour.sees_work, expert))

    def _called_away(self, labour: Labour, company: Company) -> None:
        """One never comes back and one comes late: both claims run out, and the work goes on."""
        gone, late = company.experts[:2]
        labour.take(gone)
        claim = labour.take(late)
        lease = dt.timedelta(minutes=self.source.terms.lease_minutes + 1)
        self.holds.advance(lease)
        labour.come_late(late, claim)

    def _watch(
        self,
        program: ClientProgram,
        crew: Crew,
        bar: Progress,
        helpers: list[Callable[[], object]],
    ) -> None:
        """Until all is concluded and judged: tend the processes, keep funded, draw the bar.

        Where a verdict waits that every reviewer had a part in, one helper after the other is
        called: they are new to it.
        """
        moved = called = time.monotonic()
        before, strike = list[int](), self.options.chaos
        while bar.done < len(self.items) or figures.unsettled():
            crew.wait(LOOK)
            self.stack.tend()
            progress = program.progress()
            bar.advance(progress["tasks_concluded"] - bar.done)
            if strike and bar.done >= CHAOS_AT * len(self.items):
                chaos.strike(self.stack)
                strike = False
            counts = [value for value in progress.values() if isinstance(value, int)]
            seen = [*counts, figures.unsettled()]
            if seen != before:
                moved, before = time.monotonic(), seen
            elif time.monotonic() - moved > STANDSTILL:
                raise Surprise(f"The work stands still: {seen}. {figures.standing()}")
            elif helpers and time.monotonic() - max(moved, called) > HELP_AFTER:
                called = time.monotonic()
                helpers.pop(0)()
            else:
                program.keep_funded()

    def _prove(self, company: Company, program: ClientProgram, verdicts: Verdicts) -> Quality:
        with self._stage("An appeal is decided, lots are inspected", STAGES) as bar:
            proof = Proof(
                company,
                program,
                verdicts,
                self.tally,
                wait_for=self.holds.wait_for,
                keep=self._keep_warranty,
            )
            return proof.give(bar)

    def _keep_warranty(self, pdf: bytes) -> None:
        """Beside the report of the run."""
        path = self.options.report.with_name(WARRANTY)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pdf)

    def _pay(self, company: Company) -> None:
        payees = company.payees()
        with self._stage("Holds pass, people are paid", len(payees)) as bar:
            self.holds.pay_out(payees, bar.advance)
