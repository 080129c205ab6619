"""The whole demo, from the first sign-up to the report: the order in which things happen."""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from marketplace.ops import logins
from marketplace.ops.demo import chaos, outcome
from marketplace.ops.demo.afterwards import leave_work
from marketplace.ops.demo.cast import Entrance
from marketplace.ops.demo.clientside import ClientProgram
from marketplace.ops.demo.company import Company, Gathering
from marketplace.ops.demo.crew import Crew
from marketplace.ops.demo.holds import Holds
from marketplace.ops.demo.labour import Labour
from marketplace.ops.demo.options import Options
from marketplace.ops.demo.progress import Progress
from marketplace.ops.demo.report import Report
from marketplace.ops.demo.sources.base import DemoItem, DemoSource
from marketplace.ops.demo.sums import faults
from marketplace.ops.demo.tally import Tally
from marketplace.ops.demo.verdicts import Verdicts
from marketplace.ops.drive.browser import Surprise
from marketplace.ops.drive.stripe_local import StripeControl
from marketplace.ops.stack import Stack
from tasks.interface.spec import Interface

LOOK = 0.6
STANDSTILL = 90.0
CHAOS_AT = 0.4


class Run:
    """One run on a stack that is up. `began` is when the command began, for the report."""

    def __init__(
        self, stack: Stack, source: DemoSource, options: Options, local: Path, stream: TextIO
    ) -> None:
        self.stack = stack
        self.source = source
        self.items = source.items
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
        self._work(company, program, items)
        self._pay(company)
        records = program.export()
        logins.keep(self.local, company.logins())
        report = outcome.report(
            self.source,
            self.items,
            records,
            self.tally,
            self.stripe,
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
        number = self.options.annotators + self.options.reviewers + 2
        with self._stage("People come in", number) as bar:
            gathering = Gathering(entrance, bar.advance)
            return gathering.bring(self.options, self.source.domain, self.stack.tend)

    def _post(self, program: ClientProgram) -> dict[str, DemoItem]:
        with self._stage("The client pays and posts", len(self.items)) as bar:
            program.post_project()
            items = program.start(self.items)
            bar.advance(len(items))
            return items

    def _work(self, company: Company, program: ClientProgram, items: dict[str, DemoItem]) -> None:
        """Two are called away; then all work at once until every task has its result."""
        interface = Interface.parse(self.source.interface)
        shared = (interface, items, self.options.seed, self.tally)
        labour, verdicts = Labour(program.project, *shared), Verdicts(*shared)
        self._await_offers(labour, company)
        with self._stage("Tasks concluded", len(items)) as bar, Crew() as crew:
            self._called_away(labour, company)
            for expert in company.experts:
                crew.start(partial(labour.work, expert, crew.over), expert.who.email)
            for reviewer in company.reviewers:
                crew.start(partial(verdicts.review, reviewer, crew.over), reviewer.who.email)
            crew.start(partial(verdicts.adjudicate, company.the_desk, crew.over), "administrator")
            self._watch(program, crew, bar)

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

    def _watch(self, program: ClientProgram, crew: Crew, bar: Progress) -> None:
        """Until all is concluded: tend the processes, keep the project funded, draw the bar."""
        moved, before, strike = time.monotonic(), None, self.options.chaos
        while bar.done < len(self.items):
            crew.wait(LOOK)
            self.stack.tend()
            seen = program.progress()
            bar.advance(seen["tasks_concluded"] - bar.done)
            if strike and bar.done >= CHAOS_AT * len(self.items):
                chaos.strike(self.stack)
                strike = False
            if seen != before:
                moved, before = time.monotonic(), seen
            elif time.monotonic() - moved > STANDSTILL:
                raise Surprise(f"The work stands still: {seen}")
            else:
                program.keep_funded()

    def _pay(self, company: Company) -> None:
        payees = company.payees()
        with self._stage("Holds pass, people are paid", len(payees)) as bar:
            self.holds.pay_out(payees, bar.advance)
