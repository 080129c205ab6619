"""Which annotators' answers go together in a project: its labels, reckoned, as columns of rows."""

import math
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tasks.interface.ballots import Ballot, ballots
from tasks.models import Project
from tasks.quality.copying import LIMIT, Pairs, copying, shared_mistakes
from tasks.quality.labels import UNKNOWN, Ints, LabelTable
from tasks.quality.truth.dawid_skene import pooled_dawid_skene
from tasks.quality.truth.estimate import Estimate
from tasks.selectors import labels

MOST_ALIKE = 50

Key = tuple[uuid.UUID, uuid.UUID]
Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Of each pair (the lower id first): the columns of those at or above the limit, and which
    others were compared and lie below it with every question.
    """

    found: Mapping[Key, Columns]
    cleared: frozenset[Key]


@dataclass(frozen=True, slots=True)
class _Case:
    """One choice of one question, with what is believed of its tasks and annotators."""

    ballot: Ballot
    table: LabelTable
    gold: Ints
    estimate: Estimate


def reckon(project: Project) -> Reckoned:
    """Score all pairs with enough shared tasks; of several questions, the one that speaks most
    against a pair counts.

    The more questions, the oftener one of them looks odd by chance: the limit rises with the
    logarithm of their number, as the evidence is a logarithm (Bonferroni). Rejected answers count
    too, since who shares a mistake is the question.
    """
    answers = labels.answers(project, rejected=True)
    choices = [one for those in ballots(answers.interface).values() for one in those]
    limit = LIMIT + math.log(max(len(choices), 1))
    found: dict[Key, Columns] = {}
    compared: set[Key] = set()
    for ballot in choices:
        table, gold = answers.table(ballot)
        if not table.size:
            continue
        case = _Case(ballot, table, gold, pooled_dawid_skene(table, gold))
        pairs = copying(table, case.estimate)
        for place, key in enumerate(_keys(table, pairs)):
            compared.add(key)
            evidence = pairs.evidence[place]
            if evidence >= limit and (key not in found or evidence > found[key]["evidence"]):
                found[key] = _columns(case, pairs, place)
    return Reckoned(found, frozenset(compared - found.keys()))


def _keys(table: LabelTable, pairs: Pairs) -> Iterator[Key]:
    for one, other in zip(pairs.one.tolist(), pairs.other.tolist(), strict=True):
        low, high = sorted(uuid.UUID(str(table.annotators[place])) for place in (one, other))
        yield low, high


def _columns(case: _Case, pairs: Pairs, place: int) -> Columns:
    one, other = int(pairs.one[place]), int(pairs.other[place])
    both = shared_mistakes(case.table, case.estimate, one, other)
    rows = zip(both.task, both.said, both.likelier, both.chance, strict=True)
    return {
        "question": case.ballot.key,
        "shared": int(pairs.shared[place]),
        "agreed": int(pairs.agreed[place]),
        "expected": round(float(pairs.expected[place]), 2),
        "z": round(float(pairs.z[place]), 2),
        "evidence": round(float(pairs.evidence[place]), 2),
        "mistakes": int(both.task.size),
        "alike": [
            {
                "task": str(case.table.tasks[task]),
                "said": case.ballot.classes[said],
                "likelier": case.ballot.classes[likelier],
                "chance": round(float(chance), 3),
                "known": bool(case.gold[task] != UNKNOWN),
            }
            for task, said, likelier, chance in list(rows)[:MOST_ALIKE]
        ],
    }
