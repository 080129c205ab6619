"""Marks in a text: how they are typed, read, written and shown."""

import pytest

from tasks.interface.spans import SpanLineInvalid, pieces, read_lines, write_lines

TEXT = "A 😀 test, a test."


def span(start: int, end: int, label: str = "x") -> dict[str, object]:
    return {"start": start, "end": end, "label": label, "text": TEXT[start:end]}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", []),
        ("4-8 x", [span(4, 8)]),
        ("x: test", [span(4, 8)]),
        ("x: test\nx: test", [span(4, 8), span(12, 17 - 1)]),
        ("x: test\ny: test", [span(4, 8), span(4, 8, "y")]),
        ("two words: test", [span(4, 8, "two words")]),
        ('{"start": 2, "end": 3, "label": "x"}', [span(2, 3)]),
        ('{"start": 2, "end": 3, "label": "x", "text": "😀"}', [span(2, 3)]),
        ("4-8 x\r\n\r\n  4-8 x  ", [span(4, 8)]),
        ("x: a test\nx: A", [span(0, 1), span(10, 16)]),
    ],
)
def test_lines_are_read(lines: str, expected: list[dict[str, object]]) -> None:
    assert read_lines(lines, TEXT) == expected


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "x: absent",
        "8-4 x",
        "4-4 x",
        "4-99 x",
        '{"start": 0}',
        '{"start": true, "end": 3, "label": "x"}',
        '{"start": 0, "end": 3, "label": 4}',
        '{"start": 4, "end": 8, "label": "x", "text": "rest"}',
        "{" * 3000,
        "[1]",
    ],
)
def test_a_line_that_marks_nothing_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(SpanLineInvalid, match=r"^2: "):
        read_lines(f"4-8 x\n{line}", TEXT)


def test_written_lines_are_read_back_also_with_odd_line_ends_in_the_quote() -> None:
    text = "one\r\ntwo\u2028three\x85four"
    spans = [{"start": 0, "end": len(text), "label": "x", "text": text}]
    assert write_lines(spans).count("\n") == 0
    assert read_lines(write_lines(spans), text) == spans


def test_many_marks_are_bounded() -> None:
    with pytest.raises(SpanLineInvalid, match="too many marks"):
        read_lines("\n".join(["x: a"] * 501), "a" * 1000)


def test_a_text_is_cut_at_every_edge() -> None:
    spans = [span(0, 8, "a"), span(4, 10, "b")]
    assert pieces(TEXT, spans) == [
        ("A 😀 ", ("a",)),
        ("test", ("a", "b")),
        (", ", ("b",)),
        ("a test.", ()),
    ]
    assert "".join(text for text, _ in pieces(TEXT, spans)) == TEXT
