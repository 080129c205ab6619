"""Majority over a whole table: every annotator counts alike."""

from tasks.quality.labels import Ints, LabelTable
from tasks.quality.truth.dawid_skene import pooled
from tasks.quality.truth.estimate import Estimate, class_shares, confusions, shares


def majority(table: LabelTable, known: Ints | None = None) -> Estimate:
    """Each class has its share of the task's votes as its chance; a tie is a tie.

    Who needs one winner of a tie draws it or splits it (`tasks.quality.scores.accuracy` splits);
    the order of the classes decides nothing. The confusion matrices are counted against the shares
    and tell how often each annotator agrees with the others, themselves among them.
    """
    posterior = shares(table, known)
    confusion, stranger = pooled(confusions(table.incidence(), posterior))
    return Estimate(posterior, class_shares(posterior, table.task, known), confusion, stranger, 0)
