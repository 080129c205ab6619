"""Wrong programs: how they are made, tried, found again, and remembered."""

import json

import pytest

from marketplace.ops.demo.mutants import cache, runner
from marketplace.ops.demo.mutants.cache import cached_mutants
from marketplace.ops.demo.mutants.operators import Mutant, mutants, tidy
from marketplace.ops.demo.mutants.runner import Outcome, Problem, run
from marketplace.ops.demo.mutants.search import failing_mutant, failing_mutants

TEST = "def check(candidate):\n    assert candidate(2) == 3\n"


def problem(body: str, test: str = TEST, name: str = "Own/1") -> Problem:
    return Problem(name, 'def f(n):\n    """Next."""\n', "f", body, test)


def test_tidy_drops_comments_and_the_docstring():
    program = 'def f(n):\n    """Next."""\n    # add\n    return (n+1)\n'
    assert tidy(program, "f") == "def f(n):\n    return n + 1\n"


def test_tidy_keeps_a_docstring_that_is_the_whole_body():
    assert tidy('def f():\n    """Only."""\n', "f") == 'def f():\n    """Only."""\n'


def test_all_mutants_of_a_function():
    program = "def g(n):\n    return n + 9\n\ndef f(n):\n    if n < 5:\n        return n + True\n    return 'a'\n"
    start = "def g(n):\n    return n + 9\n\ndef f(n):\n    "
    assert mutants(program, "f") == [
        Mutant(start + "if n <= 5:\n        return n + True\n    return 'a'\n", "comparison", 5),
        Mutant(start + "if n < 6:\n        return n + True\n    return 'a'\n", "constant", 5),
        Mutant(start + "if n < 4:\n        return n + True\n    return 'a'\n", "constant", 5),
        Mutant(start + "if n < 5:\n        return n - True\n    return 'a'\n", "arithmetic", 6),
    ]


def test_mutants_of_an_augmented_assignment_and_of_a_chain():
    found = {m.solution for m in mutants("def f(a, n):\n    n += a\n    return 0 < a <= n\n", "f")}
    assert "def f(a, n):\n    n -= a\n    return 0 < a <= n\n" in found
    assert "def f(a, n):\n    n += a\n    return 0 < a < n\n" in found
    assert "def f(a, n):\n    n += a\n    return 0 <= a <= n\n" in found
    assert len(found) == 5


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("return n + 1", Outcome.PASSED),
        ("return n", Outcome.WRONG),
        ("return undefined", Outcome.RAISED),
        ("raise SystemExit(0)", Outcome.RAISED),
        ("print('x' * 10**6); return n + 1", Outcome.PASSED),
        ("\n    while True:\n        n += 1", Outcome.LIMIT),
        ("return [0] * 10**9", Outcome.LIMIT),
        ("import socket; socket.socket(); return n + 1", Outcome.REFUSED),
        ("import os; os.system('true'); return n + 1", Outcome.REFUSED),
        ("import os; os.fork(); return n + 1", Outcome.REFUSED),
        ("import os; os.kill(os.getppid(), 9); return n + 1", Outcome.REFUSED),
        ("import subprocess; subprocess.run(['true']); return n + 1", Outcome.REFUSED),
        ("open('/tmp/x', 'w'); return n + 1", Outcome.REFUSED),
        ("import os; os.open('/tmp/x', os.O_CREAT | os.O_WRONLY); return n + 1", Outcome.REFUSED),
        ("import os; os.unlink('/tmp/x'); return n + 1", Outcome.REFUSED),
        ("import signal; signal.setitimer(signal.ITIMER_PROF, 0); return n + 1", Outcome.PASSED),
    ],
)
def test_outcomes(body, outcome):
    given = problem(f"    {body}\n")
    assert run(given, given.reference, cpu_seconds=0.3) is outcome


def test_a_program_that_turns_the_timer_off_still_ends():
    body = "    import signal\n    signal.setitimer(signal.ITIMER_PROF, 0)\n    while True:\n        n += 1\n"
    given = problem(body)
    assert run(given, given.reference, cpu_seconds=0.3) is Outcome.LIMIT


def test_sleeping_past_the_wall_clock_is_a_limit(monkeypatch):
    monkeypatch.setattr(runner, "WALL_SECONDS", 0.5)
    given = problem("    import time; time.sleep(60)\n")
    assert run(given, given.reference) is Outcome.LIMIT


def test_the_environment_is_not_handed_on(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "told")
    given = problem("    import os\n    return n + 1 if 'SECRET_KEY' not in os.environ else 0\n")
    assert run(given, given.reference) is Outcome.PASSED


def test_an_interpreter_that_does_not_start_is_no_proof(monkeypatch, tmp_path):
    monkeypatch.setattr(runner, "CHILD", tmp_path / "missing.py")
    with pytest.raises(RuntimeError, match=r"Own/1: the test process ended with 2"):
        run(problem("    return n + 1\n"), "")


def test_a_wrong_value_is_preferred_to_a_crash():
    tests = "def check(c):\n    assert c([1, 2, 3]) == 2\n"
    given = Problem("Own/2", "def f(n):\n", "f", "    return n[1] if n[2] == 3 else n[9]\n", tests)
    for seed in range(5):
        found = failing_mutant(given, seed)
        assert found is not None
        assert run(given, found.solution) is Outcome.WRONG


def test_a_crash_is_taken_where_nothing_else_fails():
    given = Problem(
        "Own/3",
        "def f(n):\n",
        "f",
        "    return n[2]\n",
        "def check(c):\n    assert c([5, 5, 5]) == 5\n",
    )
    assert failing_mutant(given, 1) == Mutant("def f(n):\n    return n[3]\n", "constant", 2)


def test_running_out_of_time_is_no_failure():
    body = "    while n < 3:\n        n = n + 1\n    return 3\n"
    tests = "def check(c):\n    assert c(3) == 3\n    assert c(2) == 3\n"
    given = Problem("Own/4", "def f(n):\n", "f", body, tests)
    looping = "def f(n):\n    while n < 3:\n        n = n - 1\n    return 3\n"
    assert looping in {one.solution for one in mutants(tidy(given.reference, "f"), "f")}
    assert run(given, looping, cpu_seconds=0.2) is Outcome.LIMIT
    found = failing_mutant(given, 1)
    assert found is not None
    assert found.solution != looping
    assert run(given, found.solution) is Outcome.WRONG


def test_no_mutant_where_none_fails_or_the_reference_itself_does():
    assert (
        failing_mutant(problem("    return abs(n) * True + True\n", "def check(c):\n    c(2)\n"), 1)
        is None
    )
    assert failing_mutant(problem("    return n + 2\n"), 1) is None


def test_the_same_seed_finds_the_same_mutants():
    given = [
        problem("    return n + 1 if n > 0 else n - 1\n", name=f"Own/{number}")
        for number in range(6)
    ]
    done: list[None] = []
    first = failing_mutants(given, 1, lambda: done.append(None))
    assert len(done) == 6
    assert first == failing_mutants(given, 1)
    assert list(first) == [one.task_id for one in given]
    assert len({mutant.solution for mutant in first.values() if mutant}) > 1


def test_the_cache_searches_only_what_is_new(tmp_path, monkeypatch):
    given = [problem("    return n + 1\n", name=f"Own/{number}") for number in range(3)]
    searched: list[list[str]] = []

    def search(problems, seed, on_done):
        searched.append([one.task_id for one in problems])
        return failing_mutants(problems, seed, on_done)

    monkeypatch.setattr(cache, "failing_mutants", search)
    options = {"version": "1.0", "folder": tmp_path / "new"}
    first = cached_mutants(given[:2], 1, **options)
    assert cached_mutants(given[:2], 1, **options) == first
    whole = cached_mutants(given, 1, **options)
    assert whole.items() > first.items()
    assert searched == [["Own/0", "Own/1"], ["Own/2"]]
    cached_mutants(given, 2, **options)
    cached_mutants(given, 1, version="1.1", folder=tmp_path / "new")
    assert searched[2:] == [["Own/0", "Own/1", "Own/2"]] * 2
    assert len(list((tmp_path / "new").iterdir())) == 3


@pytest.mark.parametrize("text", ["{", "[]", '{"Own/1": 5}', '{"Own/1": {"x": 1}}', ""])
def test_a_spoilt_cache_is_written_anew(tmp_path, text):
    options = {"version": "1.0", "folder": tmp_path}
    given = [problem("    return n + 1\n")]
    first = cached_mutants(given, 1, **options)
    [path] = tmp_path.iterdir()
    path.write_text(text)
    assert cached_mutants(given, 1, **options) == first
    assert json.loads(path.read_text())["Own/1"]["solution"] == first["Own/1"].solution


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path):
    (tmp_path / "file").write_text("")
    found = cached_mutants(
        [problem("    return n + 1\n")], 1, version="1", folder=tmp_path / "file"
    )
    assert found["Own/1"] is not None
