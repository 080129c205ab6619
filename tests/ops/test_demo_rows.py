"""Reading data files: each fault is one sentence that names the line."""

import json
from pathlib import Path

import pytest

from marketplace.ops.demo.sources.base import SourceError
from marketplace.ops.demo.sources.rows import MAX_LINE_BYTES, read_rows


def write(folder: Path, data: bytes) -> Path:
    path = folder / "rows.jsonl"
    path.write_bytes(data)
    return path


def test_reads_objects_and_skips_blank_lines_and_a_byte_order_mark(tmp_path):
    path = write(tmp_path, b'\xef\xbb\xbf{"a": 1}\n\n  \r\n{"a": "\xc3\xa9"}')
    assert read_rows(path) == [{"a": 1}, {"a": "é"}]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b'{"a": 1}\n{"a": ', "line 2: no JSON in UTF-8"),
        (b'{"a": 1}\n[1]', "line 2: a JSON object is needed."),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": "\\ud800"}', "line 1: no JSON in UTF-8"),
        (b'{"a": "\xff"}', "line 1: no JSON in UTF-8"),
        (b"[" * 100_000, "line 1: no JSON in UTF-8"),
        (b"\n \n", "holds no row."),
        (b"", "holds no row."),
        (
            b'{"a": "' + b"x" * MAX_LINE_BYTES + b'"}',
            f"line 1: longer than {MAX_LINE_BYTES} bytes.",
        ),
    ],
)
def test_names_the_fault(tmp_path, data, sentence):
    with pytest.raises(SourceError) as caught:
        read_rows(write(tmp_path, data))
    assert sentence in str(caught.value)
    assert str(tmp_path / "rows.jsonl") in str(caught.value)


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(SourceError) as caught:
        read_rows(tmp_path / "none.jsonl")
    assert (
        str(caught.value) == f"{tmp_path / 'none.jsonl'} cannot be read: No such file or directory."
    )


def test_a_line_of_exactly_the_bound_is_read(tmp_path):
    line = json.dumps({"a": "x" * (MAX_LINE_BYTES - 9)}).encode()
    assert len(line) == MAX_LINE_BYTES
    assert len(read_rows(write(tmp_path, line))) == 1
