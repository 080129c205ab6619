"""The plots of a report, shape by shape."""

import pytest

from tasks.report import charts
from tasks.report.charts import Box, Line, Words


def test_the_area_of_a_square_is_its_share_of_the_row():
    plot = charts.confusion(["yes", "no"], [[16, 9], [0, 4]], "Confusion")
    boxes = [one for one in plot.shapes if isinstance(one, Box)]
    whole = (0.9 * 9) ** 2  # a cell is 9 wide, and nine tenths of it may be filled
    assert [(one.role, round(one.width * one.height / whole, 4)) for one in boxes] == [
        ("main", 0.64),
        ("soft", 0.36),
        ("main", 1.0),
    ]
    # each in the middle of its cell: columns from 34, rows from 7
    centres = [(one.x + one.width / 2, one.y + one.height / 2) for one in boxes]
    assert centres == [pytest.approx(at) for at in ((38.5, 11.5), (47.5, 11.5), (47.5, 20.5))]
    assert [one.text for one in plot.shapes if isinstance(one, Words)] == ["yes", "no", "yes", "no"]
    assert len([one for one in plot.shapes if isinstance(one, Line)]) == 2


def test_a_row_without_answers_and_long_names_are_drawn_too():
    plot = charts.confusion(["a very long name of a class", "b"], [[0, 0], [1, 0]], "Confusion")
    (box,) = [one for one in plot.shapes if isinstance(one, Box)]
    assert (box.role, box.width) == ("soft", pytest.approx(8.1))
    texts = [one.text for one in plot.shapes if isinstance(one, Words)]
    assert texts == ["a ver…", "b", "a very long name of a c…", "b"]
