"""Each scenario of failure with money has a test that names it: `Scenario N` in its docstring."""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
NUMBERS = set(range(1, 37))


def named():
    """The numbers that docstrings of test functions name."""
    found = set()
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                text = ast.get_docstring(node) or ""
                found |= {int(number) for number in re.findall(r"\bScenario (\d+)\b", text)}
    return found


def test_each_scenario_is_named_by_a_test():
    assert named() == NUMBERS
