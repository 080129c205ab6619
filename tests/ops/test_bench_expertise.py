"""The figure of expertise from text: exact on questions made for it, and kept on real ones."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from marketplace.ops.bench.expertise import measure
from tests.ops.samples import SHARED

QUESTIONS = [
    ("heart", "ada", "How is cardiac pacing set?"),
    ("heart", "ada", "When does cardiac pacing fail?"),
    ("heart", "bo", "Which statins lower cholesterol?"),
    ("heart", "bo", "Do statins harm the liver?"),
    ("law", "cy", "What is a tort?"),
]


def write(folder, questions):
    path = folder / "expertqa_questions.jsonl"
    rows = [
        {"id": n, "field": field, "author": author, "question": question}
        for n, (field, author, question) in enumerate(questions)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_authors_who_repeat_themselves_are_found(tmp_path):
    figures = measure(write(tmp_path, QUESTIONS))
    assert figures.pop("seconds") > 0
    assert figures == {
        "questions": 4,
        "experts": 3,
        "candidates_median": 2.0,
        "top10": 1.0,
        "mrr": 1.0,
        "plain_top10": 1.0,
        "plain_mrr": 1.0,
    }


def test_the_question_itself_is_left_out_and_a_tie_counts_against_the_author(tmp_path):
    """Two authors whose questions have nothing in common: each profile scores 0 for the other."""
    questions = [("f", "ada", "aaa"), ("f", "ada", "bbb"), ("f", "bo", "ccc"), ("f", "bo", "ddd")]
    figures = measure(write(tmp_path, questions))
    assert figures["mrr"] == figures["plain_mrr"] == 0.5
    assert figures["top10"] == figures["plain_top10"] == 1.0


@pytest.mark.parametrize(("rivals", "found"), [(9, 1.0), (10, 0.0)])
def test_the_tenth_place_is_found_and_the_eleventh_is_not(tmp_path, rivals, found):
    """Nothing that the author wrote else is nearer than what the rivals wrote."""
    others = [("f", f"rival{n}", "cardiac pacing") for n in range(rivals)]
    mine = [("f", "ada", "cardiac pacing"), ("f", "ada", "tort law")]
    figures = measure(write(tmp_path, [*others, *mine]))
    assert figures["questions"] == 2
    assert figures["top10"] == figures["plain_top10"] == found


@pytest.mark.parametrize(
    ("questions", "sentence"),
    [
        ([("f", "ada", "a"), ("f", "bo", "b")], "no author has two questions"),
        ([("f", "ada", 3)], "row 1: field, author and question must be strings"),
        ([], "holds no row"),
    ],
)
def test_what_cannot_be_measured_is_a_sentence(tmp_path, questions, sentence):
    write(tmp_path, questions)
    with pytest.raises(CommandError, match=sentence):
        call_command("bench", "expertise", "--data", str(tmp_path), stdout=io.StringIO())


def test_the_command_prints_and_writes_the_figures(tmp_path):
    (tmp_path / "tasks").mkdir()
    write(tmp_path / "tasks", QUESTIONS)
    said = io.StringIO()
    words = ("expertise", "--data", str(tmp_path), "--json", str(tmp_path / "figures.json"))
    call_command("bench", *words, stdout=said)
    assert json.loads((tmp_path / "figures.json").read_text())["top10"] == 1.0
    assert [line.split("  ")[0] for line in said.getvalue().splitlines()[1:-1]] == [
        "questions whose author wrote others",
        "experts",
        "experts of the field, median",
        "author among the top 10, plain TF-IDF",
        "author among the top 10, ours",
        "mean reciprocal rank, plain TF-IDF",
        "mean reciprocal rank, ours",
        "seconds for all pairs",
    ]


def test_ours_beats_plain_tf_idf_on_real_questions():
    path = SHARED / "tasks" / "expertqa_questions.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not on this machine")
    figures = measure(path)
    assert figures["questions"] == 1737
    assert figures["top10"] >= 0.89 > figures["plain_top10"] + 0.02
