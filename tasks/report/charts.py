"""Plots as a few shapes on a plane, which SVG and PDF draw alike.

A plane is 100 wide and as high as it says, its origin at the top left. Colours are names of roles
(`ink`, `line`, `main`, `soft`), which each kind of page turns into its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["ink", "line", "main", "soft", "warn"]
LEFT, RIGHT, TOP = 9.0, 98.0, 4.0


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    role: Role


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line; `dashed` for a reference."""

    x1: float
    y1: float
    x2: float
    y2: float
    role: Role
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    x: float
    y: float
    radius: float
    role: Role


@dataclass(frozen=True, slots=True)
class Words:
    """A short text at a point: its `anchor` is start, middle or end."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"] = "start"


Shape = Box | Line | Dot | Words


@dataclass(slots=True)
class Plot:
    """A picture with its words for those who cannot see it."""

    title: str
    height: float
    shapes: list[Shape] = field(default_factory=list)


def confidences(report: Mapping[str, Any]) -> Plot:
    """How many results have a confidence in each tenth: calibrated ones full, others pale."""
    sure, raw = report["confidence"]["calibrated"], report["confidence"]["uncalibrated"]
    most = max([*(a + b for a, b in zip(sure, raw, strict=True)), 1])
    plot = Plot("Results by confidence", 44)
    base, room = 37.0, 30.0
    step = (RIGHT - LEFT) / len(sure)
    for share in (0.5, 1.0):
        y = base - room * share
        plot.shapes += [
            Line(LEFT, y, RIGHT, y, "line"),
            Words(LEFT - 1, y + 1, f"{most * share:g}", "end"),
        ]
    for place, (full, pale) in enumerate(zip(sure, raw, strict=True)):
        x, high, low = LEFT + place * step + 0.8, room * full / most, room * pale / most
        plot.shapes += [
            Box(x, base - high, step - 1.6, high, "main"),
            Box(x, base - high - low, step - 1.6, low, "soft"),
        ]
        if full + pale:
            plot.shapes.append(
                Words(x + step / 2 - 0.8, base - high - low - 1, str(full + pale), "middle")
            )
    for place in range(len(sure) + 1):
        plot.shapes.append(
            Words(LEFT + place * step, base + 4, f"{place / len(sure):.1f}", "middle")
        )
    plot.shapes.append(Line(LEFT, base, RIGHT, base, "ink"))
    return plot


def reliability(question: Mapping[str, Any]) -> Plot:
    """How often the results of each bin were right on gold, against how sure they were."""
    plot = Plot(f"How true the confidence is: {question['question']}", 60)
    left, base, room = 30.0, 52.0, 44.0
    for share in (0.0, 0.5, 1.0):
        plot.shapes += [
            Line(left, base - room * share, left + room, base - room * share, "line"),
            Words(left - 1, base - room * share + 1, f"{share:.1f}", "end"),
            Words(left + room * share, base + 4, f"{share:.1f}", "middle"),
        ]
    plot.shapes.append(Line(left, base, left + room, base - room, "ink", dashed=True))
    for one in question["reliability"]:
        x, y = left + room * one["confidence"], base - room * one["right"]
        radius = 0.8 + 2.2 * min(1.0, one["tasks"] / 50)
        plot.shapes += [
            Dot(x, y, radius, "main"),
            Words(x + radius + 0.8, y + 1, str(one["tasks"])),
        ]
    plot.shapes += [
        Words(left + room / 2, base + 7.5, "how sure", "middle"),
        Words(left - 6, base - room - 2.5, "how often right"),
    ]
    return plot


def intervals(rows: Sequence[tuple[str, float | None, float | None, float | None]], title: str,
              least: float = 0.0) -> Plot:  # fmt: skip
    """A dot with its interval for each row (label, value, lower, upper), from `least` to 1."""
    plot = Plot(title, 8 + 4.6 * len(rows))
    left = 34.0
    width = RIGHT - left

    def at(value: float) -> float:
        return left + width * (min(max(value, least), 1.0) - least) / (1 - least)

    bottom = TOP + 4.6 * len(rows)
    for share in (least, (least + 1) / 2, 1.0):
        plot.shapes += [
            Line(at(share), TOP - 2, at(share), bottom, "line"),
            Words(at(share), bottom + 3.2, f"{share:g}", "middle"),
        ]
    for place, (label, value, lower, upper) in enumerate(rows):
        y = TOP + 4.6 * place + 1.4
        plot.shapes.append(Words(left - 2, y + 0.9, label, "end"))
        if lower is not None and upper is not None:
            plot.shapes.append(Line(at(lower), y, at(upper), y, "main"))
        if value is None:
            plot.shapes.append(Words(left + 1, y + 0.9, "–"))
        else:
            plot.shapes.append(Dot(at(value), y, 1.0, "main"))
    return plot


def confusion(names: Sequence[str], counts: Sequence[Sequence[int]], title: str) -> Plot:
    """For each known answer (row) a square for each answer given (column).

    The square's area is its share of the row; right answers are full, wrong ones pale (G. E.
    Hinton's diagram of weights).
    """
    left, cell = 34.0, min(9.0, 60.0 / max(len(names), 1))
    plot = Plot(title, TOP + 4 + cell * len(names) + 2)
    for column, name in enumerate(names):
        middle = left + cell * (column + 0.5)
        plot.shapes.append(Words(middle, TOP + 1, _short(name, cell), "middle"))
    for row, (name, told) in enumerate(zip(names, counts, strict=True)):
        y = TOP + 3 + cell * row
        plot.shapes.append(Words(left - 2, y + cell / 2 + 0.9, _short(name, left), "end"))
        plot.shapes.append(Line(left, y + cell, left + cell * len(names), y + cell, "line"))
        for column, number in enumerate(told):
            side = 0.9 * cell * (number / max(sum(told), 1)) ** 0.5
            x = left + cell * column
            role: Role = "main" if row == column else "soft"
            if number:
                gap = (cell - side) / 2
                plot.shapes.append(Box(x + gap, y + gap, side, side, role))
    return plot


def _short(name: str, room: float) -> str:
    """As much of a name as fits, by letters of about 1.4 of a hundredth."""
    most = max(int(room / 1.4), 2)
    return name if len(name) <= most else f"{name[: most - 1]}…"
