"""What of JSON and NDJSON is taken, and how it is read."""

import json

import pytest

from marketplace.core.api import strict_json
from marketplace.core.api.parsers import NdjsonParser

pytestmark = pytest.mark.django_db

BAD = {
    "cut off": (b'{"a": 1', "Not JSON"),
    "trailing text": (b"{} {}", "Not JSON"),
    "byte order mark": (b"\xef\xbb\xbf{}", "Not JSON"),
    "no UTF-8": (b'"\xff"', "not UTF-8 (byte 1)"),
    "UTF-8 surrogate": (b'"\xed\xa0\x80"', "not UTF-8"),
    "duplicate key": (b'{"a": 1, "b": {"a": 1, "a": 2}}', "The key 'a' stands twice"),
    "NaN": (b'{"a": NaN}', "NaN is not a JSON number"),
    "infinity": (b"[-Infinity]", "-Infinity is not a JSON number"),
    "infinite by digits": (b"[1e999]", "1e999 is too large"),
    "a number of 5000 digits": (b"1" * 5000, "too many digits"),
    "NUL": (b'{"a": ["x\\u0000"]}', "U+0000"),
    "NUL in a key": (b'{"\\u0000": 1}', "U+0000"),
    "raw NUL": (b'"\x00"', "Not JSON"),
    "lone surrogate": (b'"\\ud800"', "surrogate"),
    "lone low surrogate in a key": (b'{"\\udc00": 1}', "surrogate"),
    "33 levels": (b"[" * 33 + b"]" * 33, "deeper than 32"),
    "33 levels of objects": (b'{"a":' * 33 + b"1" + b"}" * 33, "deeper than 32"),
    "100 000 levels": (b"[" * 100_000 + b"]" * 100_000, "deeper than 32"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_json_is_a_400_that_says_what(call, name):
    raw, sentence = BAD[name]
    answer = call("POST", "/api/v1/lines", raw)
    found = json.loads(answer.content)
    assert (answer.status_code, found["code"]) == (400, "malformed")
    assert sentence in found["detail"]
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "value",
    [
        {"pair": "\U0001f600", "e": "é\n\t"},
        [[[1, -2.5, 1e10]], True, None, "[[[[{{{{"],
        json.loads("[" * 32 + "]" * 32),
        list(range(50)),
        [{} for _ in range(40)],
    ],
)
def test_good_json_comes_through_whole(call, value):
    for raw in (json.dumps(value).encode(), json.dumps(value, ensure_ascii=False).encode()):
        assert call("POST", "/api/v1/lines", raw).json() == {"json": value}


def test_a_body_over_the_limit_is_a_413(call, settings):
    settings.API_BODY_MAX_BYTES = 1000
    assert call("POST", "/api/v1/lines", b'"' + b"a" * 998 + b'"').status_code == 200
    answer = call("POST", "/api/v1/lines", b'"' + b"a" * 999 + b'"')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_of_undeclared_length_is_a_411(call):
    answer = call.client.generic(
        "POST",
        "/api/v1/lines",
        b"[1]",
        content_type="application/json",
        headers={"Authorization": "Bearer k1 things:write", "Transfer-Encoding": "chunked"},
        CONTENT_LENGTH="",
    )
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def lines(call, raw):
    answer = call("POST", "/api/v1/lines", raw, kind="application/x-ndjson")
    assert answer.status_code == 200
    return answer.json()["lines"]


def test_ndjson_gives_each_line_its_value_or_its_fault(call, settings):
    settings.API_LINE_MAX_BYTES = 40
    raw = b'{"a": 1}\r\n\n  \n[2]\n{"a": \n"' + b"x" * 50 + b'"\n{"a": 1, "a": 2}\n"last"'
    assert lines(call, raw) == [
        {"number": 1, "value": {"a": 1}, "fault": None},
        {"number": 4, "value": [2], "fault": None},
        {
            "number": 5,
            "value": None,
            "fault": "Line 5: Not JSON: Expecting value (line 1, column 7).",
        },
        {"number": 6, "value": None, "fault": "Line 6 is longer than 40 bytes."},
        {
            "number": 7,
            "value": None,
            "fault": "Line 7: The key 'a' stands twice in one object.",
        },
        {"number": 8, "value": "last", "fault": None},
    ]


def test_ndjson_is_limited_in_all(call, settings):
    settings.API_STREAM_MAX_BYTES = 100
    answer = call("POST", "/api/v1/lines", b"1\n" * 51, kind="application/x-ndjson")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


class BlocksOnly:
    """A body as some web servers give it: `readline` is of no use, reads are short and counted."""

    def __init__(self, raw, size):
        self.raw, self.size, self.reads = raw, size, 0

    def read(self, size):
        self.reads += 1
        part, self.raw = self.raw[: min(size, self.size)], self.raw[min(size, self.size) :]
        return part

    def readline(self):
        raise AssertionError("readline stops after the first line on some servers")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
def test_ndjson_does_not_depend_on_how_the_bytes_arrive(size):
    raw = b'{"a": "\xc3\xa9"}\n[1, 2]\n\n"z"\n'
    read = [(x.number, x.value) for x in NdjsonParser().parse(BlocksOnly(raw, size))]
    assert read == [(1, {"a": "é"}), (2, [1, 2]), (4, "z")]


def test_ndjson_reads_as_it_is_iterated():
    body = BlocksOnly(b"1\n" * 1000, 20)
    read = NdjsonParser().parse(body)
    assert next(read).value == 1
    assert body.reads == 1


def test_depth_counts_levels_not_brackets():
    assert strict_json.loads(b'["' + b"[" * 100 + b'"]') == ["[" * 100]
