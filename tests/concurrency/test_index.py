"""The list in this folder's docstring names tests that are there."""

import importlib
import re

import pytest

import tests.concurrency

NAMES = re.findall(r"`([\w.]+)`", tests.concurrency.__doc__)


def test_the_list_has_thirteen_entries():
    assert re.findall(r"^(\d+)\. ", tests.concurrency.__doc__, re.MULTILINE) == [
        str(number) for number in range(1, 14)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_test_of_the_list_is_there(name):
    whole = name if name.startswith("tests.") else f"tests.concurrency.{name}"
    module, _, function = whole.rpartition(".")
    if function.startswith("test_") and "test_" in module:
        assert callable(getattr(importlib.import_module(module), function))
    else:
        assert importlib.import_module(whole)
