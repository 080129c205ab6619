"""The table of labels: numbered in order, the last word counts, what is no class is refused."""

import numpy as np
import pytest

from tasks.quality.labels import UNKNOWN, label_table

CLASSES = ("no", "yes")


def test_names_are_numbered_as_they_come():
    table = label_table([("t2", "ada", "yes"), ("t1", "bo", "no")], classes=CLASSES)
    assert (table.tasks, table.annotators, table.shape) == (("t2", "t1"), ("ada", "bo"), (2, 2, 2))
    assert table.label.tolist() == [1, 0]
    assert table.votes().tolist() == [[0, 1], [1, 0]]


def test_a_correction_replaces_the_label():
    table = label_table([("t", "ada", "yes"), ("t", "ada", "no")], classes=CLASSES)
    assert (table.size, table.label.tolist()) == (1, [0])


def test_tasks_and_annotators_without_labels_keep_their_places():
    table = label_table(
        [("t1", "bo", "no")], classes=CLASSES, tasks=["t0", "t1"], annotators=["ada", "bo"]
    )
    assert table.shape == (2, 2, 2)
    assert table.votes().tolist() == [[0, 0], [1, 0]]
    assert table.incidence().toarray().tolist() == [[0, 0, 0, 0], [0, 0, 1, 0]]


def test_a_table_may_be_empty():
    assert label_table([], classes=CLASSES).shape == (0, 0, 2)


@pytest.mark.parametrize(
    ("triples", "classes", "sentence"),
    [
        ([("t", "ada", "maybe")], CLASSES, "'maybe' is none of the classes"),
        ([], ("no",), "at least two classes"),
        ([], ("no", "no", "yes"), "named twice"),
    ],
)
def test_what_is_no_question_is_refused(triples, classes, sentence):
    with pytest.raises(ValueError, match=sentence):
        label_table(triples, classes=classes)


def test_gold_is_a_class_for_each_task_and_of_other_tasks_left_out():
    table = label_table([("a", 1, "yes"), ("b", 1, "no")], classes=CLASSES)
    assert table.known({"b": "yes", "elsewhere": "no"}).tolist() == [UNKNOWN, 1]
    with pytest.raises(ValueError, match="'maybe' is none"):
        table.known({"b": "maybe"})


def test_some_of_the_labels():
    table = label_table([("a", 1, "yes"), ("b", 1, "no")], classes=CLASSES)
    part = table.only(np.array([False, True]))
    assert (part.size, part.votes().tolist()) == (1, [[0, 0], [1, 0]])
