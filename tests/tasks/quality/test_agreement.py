"""Coefficients of agreement against krippendorff and irrCAC, by hand, and where there are none."""

import json
from pathlib import Path

import numpy as np
import pytest

from tasks.quality import agreement as module
from tasks.quality.agreement import Level, Why, agreement
from tasks.quality.labels import label_table
from tests.oracle.ratings import NAMES, THINNED, ratings, triples

ORACLE = json.loads((Path(__file__).parent / "oracle" / "agreement.json").read_text())


def table_of(name):
    found = triples(ratings(name))
    return label_table(found, classes=sorted({label for _, _, label in found}))


def rows(*answers, classes="ab"):
    """One string a task: what each annotator said of it, a dot for nothing."""
    return label_table(
        [
            (t, a, said)
            for t, row in enumerate(answers)
            for a, said in enumerate(row)
            if said != "."
        ],
        classes=classes,
    )


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("name", NAMES)
def test_alpha_is_krippendorffs(name, level):
    found = agreement(table_of(name), level).alpha
    assert found.value == pytest.approx(ORACLE[name]["alphas"][level.value], abs=2e-6)
    assert found.lower < found.value < found.upper


@pytest.mark.parametrize("name", NAMES)
def test_raw_ac1_and_the_kappas_are_irrcacs(name):
    found, wanted = agreement(table_of(name)), ORACLE[name]
    assert found.raw.value == pytest.approx(wanted["raw"], abs=2e-6)
    for coefficient, value in wanted["values"].items():
        assert getattr(found, coefficient).value == pytest.approx(value, abs=2e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_intervals_are_near_those_of_irrcac(name):
    """Theirs are by linearization, ours by leaving out: the same but for some thousandths. Where
    tasks have one answer, irrCAC's are wider: it counts those tasks as if they agreed by chance.
    """
    found = agreement(table_of(name))
    within = 0.02 if name in THINNED else 0.005
    for coefficient, (lower, upper) in ORACLE[name]["intervals"].items():
        ours = getattr(found, coefficient)
        assert (ours.lower, ours.upper) == pytest.approx((lower, upper), abs=within), coefficient


@pytest.mark.parametrize("level", list(Level))
def test_leaving_a_task_out_is_computing_without_it(level):
    """The fast form against plain recomputation, task by task."""
    table = table_of("thin")
    without = [
        {
            name: getattr(agreement(table.only(table.task != task), level), name).value
            for name in ("raw", "alpha", "ac1", "fleiss", "cohen")
        }
        for task in sorted(set(table.task.tolist()))
    ]
    found = agreement(table, level)
    with_pairs = np.bincount(table.task)[np.unique(table.task)] > 1
    for name in ("raw", "alpha", "ac1", "fleiss", "cohen"):
        values = np.array([one[name] for one in without])
        values = values[with_pairs] if name in {"raw", "alpha"} else values
        got = getattr(found, name)
        reach = got.upper - got.value
        factor = module.stdtrit(len(values) - 1, module.TAIL)
        wanted = np.sqrt((len(values) - 1) * values.var()) * factor
        assert reach == pytest.approx(wanted, rel=0.01), name


def test_by_hand():
    """Four tasks, two annotators: three the same, one not; a five times, b three times."""
    found = agreement(rows("aa", "aa", "bb", "ab"))
    assert (found.tasks, found.pairs) == (4, 4)
    assert found.raw.value == 0.75
    assert found.fleiss.value == pytest.approx((0.75 - 34 / 64) / (1 - 34 / 64))
    assert found.ac1.value == pytest.approx((0.75 - 30 / 64) / (1 - 30 / 64))
    assert found.cohen.value == pytest.approx((0.75 - 0.5) / 0.5)
    assert found.alpha.value == pytest.approx(1 - 7 * 2 / 30)


def test_a_rare_class_takes_alpha_down_and_not_ac1():
    found = agreement(rows(*["aa"] * 95, "ab", "ab", "ba", "ab", "bb"))
    assert found.raw.value == 0.96
    assert found.alpha.value < 0.35
    assert found.ac1.value > 0.95


def test_the_classes_of_the_schema_count_even_if_nobody_chose_them():
    two, four = (agreement(rows("aa", "ab", "bb", classes=c)).ac1.value for c in ("ab", "abcd"))
    assert two == pytest.approx((2 / 3 - 0.5) / 0.5)
    assert four == pytest.approx((2 / 3 - 0.5 / 3) / (1 - 0.5 / 3))


def test_near_misses_count_less_where_classes_have_an_order():
    near = agreement(rows("12", "23", "34", "55", "11", classes="12345"), Level.ORDINAL)
    far = agreement(rows("15", "23", "34", "55", "11", classes="12345"), Level.ORDINAL)
    assert near.alpha.value > 0.8 > far.alpha.value
    assert near.raw == far.raw


def test_one_class_says_nothing_beyond_chance():
    found = agreement(rows("aa", "aa", "aa"))
    assert found.raw.value == 1
    assert found.raw.lower == pytest.approx(0.025 ** (1 / 3))
    assert found.ac1.value == 1
    assert found.ac1.why is Why.NO_SPREAD
    assert [c.why for c in (found.alpha, found.fleiss, found.cohen)] == [Why.ONE_CLASS] * 3
    assert [c.value for c in (found.alpha, found.fleiss, found.cohen)] == [None] * 3


@pytest.mark.parametrize("table", [rows(), rows("a", "b"), rows("a.", ".b")])
def test_without_pairs_there_is_no_coefficient(table):
    found = agreement(table)
    assert (found.tasks, found.pairs) == (0, 0)
    for one in (found.raw, found.alpha, found.ac1, found.fleiss, found.cohen):
        assert one == module.Coefficient(None, why=Why.NO_PAIRS)


def test_one_task_has_no_interval():
    found = agreement(rows("ab", "a."))
    for one in (found.raw, found.alpha, found.ac1, found.fleiss):
        assert (one.lower, one.upper, one.why) == (None, None, Why.FEW_TASKS)
    assert found.raw.value == 0


def test_full_agreement_on_two_classes():
    found = agreement(rows("aa", "bb", "aa"))
    for one in (found.alpha, found.ac1, found.fleiss, found.cohen):
        assert (one.value, one.lower, one.why) == (pytest.approx(1), None, Why.NO_SPREAD)


def test_a_crowd_is_not_compared_pair_by_pair():
    table = rows(*["ab" * 16] * 3)
    assert agreement(table).cohen == module.Coefficient(None, why=Why.TOO_MANY)


def test_annotators_who_never_met_have_no_cohen():
    found = agreement(rows("ab", "aa", "ba", "bb"))
    apart = agreement(rows("ab..", "..aa", "ba..", "..bb", "..ab"))
    assert found.cohen.value == pytest.approx(0)
    each = [agreement(rows("ab", "ba")).cohen.value, agreement(rows("aa", "bb", "ab")).cohen.value]
    assert apart.cohen.value == pytest.approx(np.mean(each))
