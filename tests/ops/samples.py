"""Small self-written rows in the shapes of the demo's data files, and where the real files lie."""

import os
from pathlib import Path

import pytest

from marketplace.ops.demo.sources.base import DemoSource, Row
from marketplace.ops.demo.sources.files import file_source, make_source
from marketplace.ops.demo.sources.interfaces import read_interface

ROOT = Path(__file__).parents[2]
INTERFACES = ROOT / "docs" / "examples" / "interfaces"
SHARED = Path(os.environ.get("MARKETPLACE_SHARED_DATA", ROOT.parent / "shared" / "data"))

ROWS: dict[str, list[Row]] = {
    "pubmedqa": [
        {
            "id": "pmid-1",
            "question": "Does honey soothe a cough?",
            "context": ["We gave 40 children honey.", "Cough fell by half (p < 0.01)."],
            "answer_annotator1_with_long_answer": "yes",
            "answer_annotator2_context_only": "maybe",
            "truth": "yes",
        },
        {
            "id": "pmid-2",
            "question": "Is a longer stay safer?",
            "context": ["Two wards were compared.", "No difference was found. 🩺"],
            "answer_annotator1_with_long_answer": "no",
            "answer_annotator2_context_only": "no",
            "truth": "no",
        },
    ],
    "expertqa": [
        {"id": "eqa-1", "field": "Healthcare / Medicine", "question": "What is sepsis?"},
        {"id": "eqa-2", "field": "Law", "question": "What is consideration in a contract?"},
    ],
    "pandalm": [
        {
            "idx": 0,
            "instruction": "Shorten the sentence.",
            "input": "It is raining quite a lot today.",
            "response1": "It rains a lot.",
            "response2": "",
            "annotator1": 1,
            "annotator2": 0,
            "annotator3": 2,
        },
        {
            "idx": 2,
            "instruction": "Say yes or no: is 7 prime?",
            "input": "",
            "response1": True,
            "response2": "Yes.",
            "annotator1": 2,
            "annotator2": 2,
            "annotator3": 2,
        },
    ],
    "human_eval": [
        {
            "task_id": "Own/0",
            "problem": "Return the larger of two numbers.",
            "solution": "def larger(a, b):\n    return a if a > b else b\n",
            "verdict": "correct",
            "fault": None,
        },
        {
            "task_id": "Own/1",
            "problem": "Tell whether a number is even.",
            "solution": "def even(n):\n    return n % 2 == 1\n",
            "verdict": "incorrect",
            "fault": "constant",
        },
    ],
}
FILES = {
    "pubmedqa": "tasks/pubmedqa.jsonl",
    "expertqa": "tasks/expertqa_questions.jsonl",
    "pandalm": "pairwise/pandalm.jsonl",
}


def own(name: str) -> DemoSource:
    """The source made of the self-written rows and the committed interface file."""
    return make_source(ROWS[name], read_interface(INTERFACES / f"{name}.json"), name=name)


def shared(name: str) -> DemoSource:
    """The source made of the real file; the test is skipped where the file is absent."""
    path = SHARED / FILES[name]
    if not path.is_file():
        pytest.skip(f"{path} is absent: set MARKETPLACE_SHARED_DATA to the folder of shared data")
    return file_source(path, INTERFACES / f"{name}.json")
