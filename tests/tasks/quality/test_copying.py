"""Copy detection: by hand, on made-up crowds with and without copiers, and where nobody meets."""

import math

import numpy as np
import pytest

from tasks.quality import copying as module
from tasks.quality.copying import copying, groups, shared_mistakes
from tasks.quality.labels import label_table
from tasks.quality.truth.dawid_skene import pooled_dawid_skene
from tasks.quality.truth.estimate import Estimate


def crowd(seed, copied, *, annotators=20, tasks=120, overlap=10, classes=3):
    """Everybody is right with a skill of their own; 1 copies 0, and 3 copies 2, this share."""
    rng = np.random.default_rng(seed)
    skills = rng.uniform(0.6, 0.9, annotators)
    triples = []
    for task in range(tasks):
        truth = rng.integers(classes)
        said = {}
        for who in sorted(rng.permutation(annotators)[:overlap].tolist()):
            right = rng.random() < skills[who]
            said[who] = int(truth if right else (truth + rng.integers(1, classes)) % classes)
            if who in (1, 3) and who - 1 in said and rng.random() < copied:
                said[who] = said[who - 1]
        triples += [(task, who, label) for who, label in said.items()]
    return label_table(triples, classes=range(classes), annotators=range(annotators))


def flat(table, right):
    """An estimate with every task half one class, half the other, and one skill for all."""
    tasks, annotators, _ = table.shape
    matrix = np.array([[right, 1 - right], [1 - right, right]])
    confusion = np.tile(matrix, (annotators, 1, 1))
    return Estimate(np.full((tasks, 2), 0.5), np.array([0.5, 0.5]), confusion, matrix, 1)


def test_by_hand():
    """Skill .8 and a task of either class: two say the same with chance .68."""
    table = label_table(
        [(t, a, said) for t in range(4) for a, said in enumerate((0, 0 if t else 1))],
        classes=(0, 1),
    )
    found = copying(table, flat(table, 0.8), least=4)
    assert (found.one.tolist(), found.other.tolist()) == ([0], [1])
    assert (found.shared.tolist(), found.agreed.tolist()) == ([4], [3])
    assert found.expected == pytest.approx([4 * 0.68])
    assert found.z == pytest.approx([(3 - 2.72) / math.sqrt(4 * 0.68 * 0.32)])
    assert found.evidence == pytest.approx([3 * math.log(0.25 + 0.75 / 0.68) + math.log(0.25)])


def test_a_shared_wrong_answer_weighs_more_than_a_shared_right_one():
    table = label_table(
        [(t, a, said) for t, said in enumerate((0, 1)) for a in (0, 1)], classes=(0, 1)
    )
    sure = flat(table, 0.8)
    sure.posterior[:] = [0.99, 0.01]
    first, second = (
        copying(table.only(table.task == task), sure, least=1).evidence[0] for task in (0, 1)
    )
    assert second > 3 * first > 0


def test_two_who_are_never_wrong_are_not_suspected_however_much_they_share():
    triples = [(task, who, task % 2) for task in range(4000) for who in (0, 1)]
    table = label_table(triples, classes=(0, 1))
    found = copying(table, pooled_dawid_skene(table))
    assert (found.shared.tolist(), found.agreed.tolist()) == ([4000], [4000])
    assert 0 <= found.evidence[0] < 0.1


def test_shared_mistakes_come_with_the_likelier_answer_the_surest_first():
    said = {0: (1, 1), 1: (1, 1), 2: (0, 0), 3: (1, 0), 4: (1, None)}
    triples = [(t, a, n) for t, both in said.items() for a, n in enumerate(both) if n is not None]
    table = label_table(triples, classes=(0, 1))
    estimate = flat(table, 0.8)
    estimate.posterior[:] = [[0.7, 0.3], [0.9, 0.1], [0.8, 0.2], [0.9, 0.1], [0.9, 0.1]]
    found = shared_mistakes(table, estimate, 0, 1)
    assert (found.task.tolist(), found.said.tolist()) == ([1, 0], [1, 1])
    assert (found.likelier.tolist(), found.chance.tolist()) == ([0, 0], [0.9, 0.7])


@pytest.mark.parametrize("seed", range(4))
def test_copiers_lie_above_all_others(seed):
    table = crowd(seed, 0.8)
    found = copying(table, pooled_dawid_skene(table))
    best = np.argsort(-found.evidence)[:2]
    assert {(int(found.one[n]), int(found.other[n])) for n in best} == {(0, 1), (2, 3)}
    assert groups(found) == [[0, 1], [2, 3]]


def test_without_copiers_hardly_a_pair_reaches_the_limit():
    """The control: the same crowds, copying nobody."""
    reached = pairs = 0
    for seed in range(6):
        table = crowd(seed, 0.0)
        found = copying(table, pooled_dawid_skene(table))
        reached += int((found.evidence >= module.LIMIT).sum())
        pairs += found.one.size
    assert pairs > 900
    assert reached <= 2


def test_groups_join_pairs_that_touch():
    ends = [(0, 1, 9.0), (1, 2, 8.0), (4, 5, 7.0), (6, 7, 1.0)]
    one, other, evidence = (np.array(column) for column in zip(*ends, strict=True))
    blank = np.zeros(4)
    found = module.Pairs(one, other, blank, blank, blank, blank, evidence)
    assert groups(found) == [[0, 1, 2], [4, 5]]
    assert groups(found, 10) == []


@pytest.mark.parametrize("triples", [[], [(0, "ann", 0)], [(0, "ann", 0), (0, "bob", 0)]])
def test_who_never_met_enough_is_not_compared(triples):
    table = label_table(triples, classes=(0, 1))
    found = copying(table, pooled_dawid_skene(table))
    assert found.one.size == found.evidence.size == 0
    assert groups(found) == []


def test_work_in_parts_is_the_same_work(monkeypatch):
    table = crowd(9, 0.5)
    estimate = pooled_dawid_skene(table)
    whole = copying(table, estimate)
    monkeypatch.setattr(module, "_ROWS", 100)
    parts = copying(table, estimate)
    assert parts.evidence == pytest.approx(whole.evidence)
    assert (parts.agreed == whole.agreed).all()
    assert (whole.agreed <= whole.shared).all()
