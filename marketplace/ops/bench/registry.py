"""The benchmarks by name. A new one is a module here and a word in the table below."""

from argparse import ArgumentParser
from typing import Any, Protocol

from marketplace.ops.bench import (
    accepts,
    candidates,
    claim,
    conclude,
    copying,
    expertise,
    ledger,
    market,
    match,
    offers,
    payouts,
    qualification,
    quality,
    reconcile,
    statement,
    sweep,
)
from marketplace.ops.bench.table import Table


class Benchmark(Protocol):
    """What a module must have; its first sentence of documentation is the help text."""

    __doc__: str | None

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Its options, with defaults small enough for a quick run; never `--json`."""

    def run(self, options: dict[str, Any], out: Table) -> dict[str, Any]:
        """Measure, print each figure when it is known, return all of them as plain data."""


BENCHMARKS: dict[str, Benchmark] = {
    "accepts": accepts,
    "candidates": candidates,
    "claim": claim,
    "conclude": conclude,
    "copying": copying,
    "expertise": expertise,
    "ledger": ledger,
    "market": market,
    "match": match,
    "offers": offers,
    "payouts": payouts,
    "qualification": qualification,
    "quality": quality,
    "reconcile": reconcile,
    "statement": statement,
    "sweep": sweep,
}


def sentence(benchmark: Benchmark) -> str:
    """The first line of what it says of itself."""
    return (benchmark.__doc__ or "").partition("\n")[0]
