"""How often a question's author is among the ten experts of its field whose texts are nearest.

Reads questions as JSON lines `{"id", "field", "author", "question"}` (ExpertQA's, MIT licence:
github.com/chaitanyamalaviya/ExpertQA). For each question whose author wrote others, the experts of
its field are ranked by their questions, the question itself left out; who ties with the author
counts as ahead. Plain TF-IDF is measured beside it.
"""

import time
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandError
from numpy.typing import NDArray
from scipy import sparse

from marketplace.ops.bench.table import Table
from marketplace.ops.demo.sources.base import SourceError
from marketplace.ops.demo.sources.rows import read_rows
from tasks.matching.text import features
from tasks.matching.text.similarity import Pool

TOP = 10
NAMES = ("expertqa_questions.jsonl", "tasks/expertqa_questions.jsonl")

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Questions:
    """Texts, who wrote each, and who is an expert of each one's field; people are numbers."""

    texts: list[str]
    authors: NDArray[np.int64]
    candidates: list[NDArray[np.int64]]
    people: int


def add_arguments(parser: ArgumentParser) -> None:
    """Where the questions lie."""
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help=f"a folder with {NAMES[0]}, by itself or in tasks/; or such a file",
    )


def run(options: dict[str, Any], out: Table) -> dict[str, Any]:
    """Measure and print; touches no database."""
    data: Path = options["data"]
    path = next((data / name for name in NAMES if (data / name).is_file()), data)
    try:
        figures = measure(path)
    except SourceError as error:
        raise CommandError(str(error)) from error
    out.figure("questions whose author wrote others", figures["questions"])
    out.figure("experts", figures["experts"])
    out.figure("experts of the field, median", figures["candidates_median"])
    out.ratio("author among the top 10, plain TF-IDF", figures["plain_top10"], "questions")
    out.ratio("author among the top 10, ours", figures["top10"], "questions")
    out.figure("mean reciprocal rank, plain TF-IDF", figures["plain_mrr"], decimals=3)
    out.figure("mean reciprocal rank, ours", figures["mrr"], decimals=3)
    out.figure("seconds for all pairs", figures["seconds"], decimals=2)
    return figures


def measure(path: Path) -> dict[str, Any]:
    """The figures of one file of questions: shares and mean reciprocal ranks, 0 to 1.

    Refuses (`SourceError`) what is no such file, and one where no author has two questions.
    """
    questions = _questions(path)
    began = time.perf_counter()
    itself = [(number, number) for number in range(len(questions.texts))]
    pool = Pool(questions.texts, questions.authors.tolist(), questions.people)
    ours = _ranks(pool.scores(questions.texts, itself), questions)
    seconds = time.perf_counter() - began
    if not len(ours):
        raise SourceError(f"{path}: no author has two questions.")
    plain = _ranks(_plain(questions), questions)
    return {
        "questions": len(ours),
        "experts": questions.people,
        "candidates_median": float(np.median([len(some) for some in questions.candidates])),
        "top10": float(np.mean(ours <= TOP)),
        "mrr": float(np.mean(1 / ours)),
        "plain_top10": float(np.mean(plain <= TOP)),
        "plain_mrr": float(np.mean(1 / plain)),
        "seconds": seconds,
    }


def _questions(path: Path) -> Questions:
    rows = read_rows(path)
    for number, row in enumerate(rows, start=1):
        if not all(isinstance(row.get(key), str) for key in ("field", "author", "question")):
            raise SourceError(f"{path}, row {number}: field, author and question must be strings.")
    names = {name: number for number, name in enumerate(sorted({row["author"] for row in rows}))}
    of_field: dict[str, set[int]] = {}
    for row in rows:
        of_field.setdefault(row["field"], set()).add(names[row["author"]])
    return Questions(
        texts=[row["question"] for row in rows],
        authors=np.array([names[row["author"]] for row in rows]),
        candidates=[np.array(sorted(of_field[row["field"]])) for row in rows],
        people=len(names),
    )


def _ranks(scores: Scores, questions: Questions) -> NDArray[np.int64]:
    """The author's place, from 1, for each question whose author wrote others."""
    written = np.bincount(questions.authors)
    return np.array(
        [
            int((row[some] >= row[author]).sum())
            for row, some, author in zip(
                scores, questions.candidates, questions.authors, strict=True
            )
            if written[author] > 1
        ],
        np.int64,
    )


def _plain(questions: Questions) -> Scores:
    """Cosines of TF-IDF vectors of words and pairs; a profile is all its texts as one."""
    counts = features.count(questions.texts)[:, : features.COLUMNS]
    having = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = sparse.diags_array(np.log((1 + counts.shape[0]) / (1 + having)) + 1)
    written = _written(questions.authors, questions.people)
    profiles = written @ counts
    items = _unit(counts @ rarity)
    scores: Scores = (items @ _unit(profiles @ rarity).T).toarray()
    others = _unit((written.T @ profiles - counts) @ rarity)
    scores[np.arange(len(questions.texts)), questions.authors] = (items * others).sum(axis=1)
    return scores


def _written(authors: NDArray[np.int64], people: int) -> sparse.csr_array:
    ones = np.ones(len(authors))
    return sparse.csr_array((ones, (authors, np.arange(len(authors)))), (people, len(authors)))


def _unit(rows: sparse.csr_array) -> sparse.csr_array:
    lengths = np.sqrt(rows.power(2).sum(axis=1))
    return sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)) @ rows
