"""Each failure with money has its tests: `Scenario N` in their docstrings, and a list to walk by.

The list is the docstring of tests/payments: a stranger can go through it from 1 to 36.
"""

import ast
import re
from pathlib import Path

import pytest

import tests.payments

TESTS = Path(__file__).parents[1]
NUMBERS = range(1, 37)
BEGUN = re.compile(r"^(\d+)\. (.+?):$", re.MULTILINE)


def named(root=TESTS):
    """(number, name of the test as the list writes it) of each docstring that names a number."""
    found = set()
    for file in root.rglob("test_*.py"):
        module = ".".join(file.relative_to(root.parent).with_suffix("").parts)
        module = module.removeprefix("tests.payments.").removeprefix("tests.")
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                text = ast.get_docstring(node) or ""
                numbers = re.findall(r"\bScenario (\d+)\b", text)
                found |= {(int(number), f"{module}.{node.name}") for number in numbers}
    return found


def listed(text=tests.payments.__doc__):
    """The same, as the list has it."""
    found, parts = set(), BEGUN.split(text)
    for number, body in zip(parts[1::3], parts[3::3], strict=True):
        found |= {(int(number), name) for name in re.findall(r"`([\w.]+)`", body)}
    return found


def test_each_scenario_is_named_by_a_test():
    assert {number for number, _ in named()} == set(NUMBERS)


def test_the_list_goes_from_1_to_36_and_says_what_goes_wrong():
    found = BEGUN.findall(tests.payments.__doc__)
    assert [int(number) for number, _ in found] == list(NUMBERS)
    assert all(len(words.split()) > 4 for _, words in found)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_list_has_the_tests_that_are_there_and_no_others(number):
    def mine(rows):
        return sorted(name for one, name in rows if one == number)

    assert mine(listed()) == mine(named()) != []


def test_a_test_that_the_list_does_not_have_is_seen(tmp_path):
    """The control: a test that names a number, and a list without it."""
    folder = tmp_path / "tests" / "payments"
    folder.mkdir(parents=True)
    (folder / "test_new.py").write_text('def test_it():\n    """Scenario 7: anew."""\n')
    assert named(tmp_path / "tests") == {(7, "test_new.test_it")}
    assert listed("7. Something goes wrong here, badly:\n   `test_old.test_it`.") == {
        (7, "test_old.test_it")
    }
