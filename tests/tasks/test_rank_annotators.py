"""`manage.py rank_annotators`: each pair once, own texts left out, every fault in a sentence."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

PROFILES = [
    {"id": "ada", "texts": [{"id": "q1", "text": "cardiac pacing"}, "the heart's axis"]},
    {"id": 2, "texts": [{"id": "q2", "text": "contract law"}, {"id": "q3", "text": "tort law"}]},
    {"id": "none", "texts": []},
]
ITEMS = [
    {"id": "q1", "text": "cardiac pacing"},
    {"id": "new", "text": "cardiac pacing"},
    {"id": 7, "text": "the law of torts", "field": "Law"},
]


@pytest.fixture
def rank(tmp_path):
    """Run the command on these lines; the pairs of the output by profile and item."""

    def run(profiles=PROFILES, items=ITEMS):
        for name, rows in (("profiles", profiles), ("items", items)):
            made = rows if isinstance(rows, bytes) else "\n".join(map(json.dumps, rows)).encode()
            (tmp_path / f"{name}.jsonl").write_bytes(made)
        said = io.StringIO()
        call_command(
            "rank_annotators",
            *("--profiles", str(tmp_path / "profiles.jsonl")),
            *("--items", str(tmp_path / "items.jsonl")),
            *("--out", str(tmp_path / "out.jsonl")),
            stdout=said,
        )
        lines = (tmp_path / "out.jsonl").read_text().splitlines()
        assert said.getvalue() == f"{len(lines)} pairs written to {tmp_path / 'out.jsonl'}.\n"
        return [json.loads(line) for line in lines]

    return run


def by_pair(rows):
    return {(row["profile"], row["item"]): row["score"] for row in rows}


def test_each_pair_is_one_line_in_the_order_of_the_files(rank):
    rows = rank()
    assert [(row["profile"], row["item"]) for row in rows] == [
        (profile["id"], item["id"]) for item in ITEMS for profile in PROFILES
    ]
    assert {frozenset(row) for row in rows} == {frozenset({"profile", "item", "score"})}
    scores = by_pair(rows)
    assert scores["ada", "new"] > 0.3 > scores[2, "new"]
    assert scores[2, 7] > scores["ada", 7]
    assert {scores["none", item["id"]] for item in ITEMS} == {0}


def test_a_text_with_the_items_id_is_left_out_of_the_profile(rank):
    scores = by_pair(rank())
    assert scores["ada", "q1"] < 0.01
    assert scores["ada", "new"] > 0.3
    assert scores[2, "q1"] == scores[2, "new"]


def test_a_plain_string_is_compared_even_with_itself(rank):
    """It has no id, so nothing says that it is the item rather than something just like it."""
    profiles = [{"id": "ada", "texts": ["cardiac pacing"]}, PROFILES[1]]
    assert by_pair(rank(profiles))["ada", "q1"] == pytest.approx(0.5)


def test_the_id_may_stand_in_several_profiles_and_twice_in_one(rank):
    own = {"id": "q1", "text": "cardiac pacing"}
    profiles = [{"id": 1, "texts": [own, own]}, {"id": 2, "texts": [own]}, PROFILES[1] | {"id": 3}]
    scores = by_pair(rank(profiles))
    assert scores[1, "q1"] == scores[2, "q1"] == 0
    assert scores[1, "new"] > scores[2, "new"] > 0


def test_more_items_than_a_block_score_as_they_would_alone(rank):
    many = [{"id": number, "text": f"law {number % 3}"} for number in range(401)]
    rows = rank(items=many)
    assert len(rows) == 3 * 401
    assert rows[-3:] == rank(items=many[-1:])


def test_blank_lines_a_byte_order_mark_and_any_script_are_read(rank):
    items = "\ufeff" + json.dumps(ITEMS[0]) + "\n\n  \r\n" + '{"id": "é", "text": "心臓"}'
    assert [row["item"] for row in rank(items=items.encode())] == ["q1"] * 3 + ["é"] * 3


@pytest.mark.parametrize(
    ("name", "rows", "sentence"),
    [
        ("profiles", b"", "profiles.jsonl has no line to read."),
        ("items", b"\n \n", "items.jsonl has no line to read."),
        ("items", b'{"id": 1, "text": ""}\n{"id"', "items.jsonl, line 2: no JSON in UTF-8"),
        ("items", b'{"id": 1, "text": "\xff"}', "items.jsonl, line 1: no JSON in UTF-8"),
        ("items", b"[" * 100_000, "items.jsonl, line 1: no JSON in UTF-8"),
        ("items", b"[1]", "items.jsonl, line 1: a JSON object is needed."),
        ("items", [{"text": "a"}], 'line 1: "id" must be a string or a whole number.'),
        ("items", [{"id": True, "text": "a"}], '"id" must be a string or a whole number.'),
        ("items", [{"id": 1}], 'line 1: "text" must be a string.'),
        ("items", [ITEMS[0], ITEMS[0]], 'line 2: the id "q1" stands in line 1 too.'),
        ("profiles", [*PROFILES, PROFILES[1]], "line 4: the id 2 stands in line 2 too."),
        ("profiles", [{"id": 1}], 'line 1: "texts" must be a list.'),
        ("profiles", [{"id": 1, "texts": "law"}], 'line 1: "texts" must be a list.'),
        (
            "profiles",
            [{"id": 1, "texts": ["a", 3]}],
            "line 1, text 2: a string or an object is needed.",
        ),
        (
            "profiles",
            [{"id": 1, "texts": [{"text": "a"}]}],
            'line 1, text 1: "id" must be a string or a whole number.',
        ),
        (
            "profiles",
            [{"id": 1, "texts": [{"id": 1, "text": None}]}],
            'line 1, text 1: "text" must be a string.',
        ),
    ],
)
def test_a_fault_is_named_and_the_old_output_stays(rank, tmp_path, name, rows, sentence):
    (tmp_path / "out.jsonl").write_text("old\n")
    with pytest.raises(CommandError) as caught:
        rank(**{name: rows})
    assert sentence in str(caught.value)
    assert (tmp_path / "out.jsonl").read_text() == "old\n"
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["items.jsonl", "out.jsonl", "profiles.jsonl"]


def test_a_line_too_long_is_refused_before_it_fills_the_memory(rank, monkeypatch):
    monkeypatch.setattr("tasks.management.json_lines.MAX_LINE_BYTES", 100)
    fits = json.dumps({"id": 1, "text": "x" * 78}).encode()
    assert len(fits) == 99
    assert len(rank(b'{"id": 1, "texts": []}', fits + b"\n")) == 1
    with pytest.raises(CommandError, match=r"items\.jsonl, line 1: longer than 100 bytes\."):
        rank(b'{"id": 1, "texts": []}', fits + b"  \n")


def test_files_that_are_not_there_or_cannot_be_written_are_a_sentence(rank, tmp_path):
    rank()

    def run(**changed):
        files = {name: tmp_path / f"{name}.jsonl" for name in ("profiles", "items", "out")}
        call_command("rank_annotators", **(files | changed), stdout=io.StringIO())

    with pytest.raises(CommandError, match=r"none cannot be read: No such file or directory\."):
        run(items=tmp_path / "none")
    with pytest.raises(CommandError, match=r"cannot be read: Is a directory\."):
        run(profiles=tmp_path)
    with pytest.raises(CommandError, match=r"cannot be written: No such file or directory\."):
        run(out=tmp_path / "no" / "out.jsonl")
    with pytest.raises(CommandError, match=r"/dev/null cannot be written: it is no file\."):
        run(out=Path("/dev/null"))


def test_a_link_to_the_output_is_followed(rank, tmp_path):
    (tmp_path / "real.jsonl").write_text("old\n")
    (tmp_path / "out.jsonl").symlink_to(tmp_path / "real.jsonl")
    assert len(rank()) == 9
    assert (tmp_path / "out.jsonl").is_symlink()
    assert len((tmp_path / "real.jsonl").read_text().splitlines()) == 9
