"""Every kind of number of a report, reckoned again from the export by code of the test's own."""

import itertools
import json
import math
from collections import Counter

import pytest
from scipy import stats
from scipy.special import betaln

from marketplace.core.registry import SWEEPS
from tasks.models import Gold, GoldAnswer, QuestionModel, Review, ReviewCheck, Submission
from tasks.report import words
from tests.support import deliveries as make
from tests.support import factories_tasks as work
from tests.tasks.test_warranty_report import YES, exported, ready, world

pytestmark = pytest.mark.django_db


def lines_of(project, row):
    """The export's lines by kind, and the report; read once everything has changed since."""
    QuestionModel.objects.all().delete()
    ReviewCheck.objects.all().delete()
    found = {}
    for line in exported(project, row.number):
        found.setdefault(line["kind"], []).append(line)
    return found, json.loads(json.dumps(row.report))


def judged(lines):
    """Of each lot: its state, size, draws, defects among those, all that were found."""
    lots = []
    for lot in lines["delivery"][0]["lots"]:
        mine = [one for one in lines["task"] if one["lot"] == lot["number"]]
        seen = [one for one in mine if one["inspection"]]
        drawn = [one for one in seen if one["drawn"]]
        bad = sum(one["inspection"]["defect"] for one in drawn)
        found = sum(one["inspection"]["defect"] for one in seen)
        lots.append((lot["state"], len(mine), len(drawn), bad, found))
    return lots


def most_in_lots(lots, risk):
    """The exact bound of one lot, the binomial one of several."""
    sizes, drawn, bad = (sum(lot[place] for lot in lots) for place in (1, 2, 3))
    if len(lots) == 1:
        here = (d for d in range(sizes + 1) if stats.hypergeom(sizes, d, drawn).cdf(bad) > risk)
        return max(here)
    share = min(lot[2] / lot[1] for lot in lots)
    possible = []
    for defects in range(bad, sizes - (drawn - bad) + 1):
        trials = min(drawn, defects)
        near = bad > share * defects - 1
        if near or stats.binom(trials, share * defects / trials).cdf(bad) > risk:
            possible.append(defects)
    return max(possible)


def corrected(lines, bound, found, inspected, size):
    """The risk of 5 % in five parts: two for the draws, one each for what reviewers do."""
    checks = lines["reviewer_check"]
    wrong = [not one["accepted"] for one in checks if not one["was_right"]]
    right = [one["accepted"] for one in checks if one["was_right"]]
    finds = stats.beta(sum(wrong), len(wrong) - sum(wrong) + 1).ppf(0.01)
    passes = stats.beta(sum(right), len(right) - sum(right) + 1).ppf(0.01)
    findable = bound(0.02)
    there = max(
        d for d in range(findable, size + 1)
        if d == findable or stats.binom(d, finds).cdf(findable) > 0.01
    )  # fmt: skip
    surely = max(0, found - (1 - passes) * inspected)
    return max(0, there - math.floor(surely))


def checked(missed, caught, passed):
    """So many wrong answers that a reviewer missed and found, and right ones let pass."""
    places = [(False, "accept")] * missed + [(False, "reject")] * caught
    places += [(True, "accept")] * passed
    rows = Review.objects.filter(verdict="accept").order_by("pk")
    for review, (right, verdict) in zip(rows, places, strict=False):
        if verdict == "reject":
            said = {"category": "wrong", "text": make.REASON}
            Review.objects.filter(pk=review.pk).update(verdict=verdict, **said)
        ReviewCheck.objects.create(review=review, source="gold", was_right=right)


def test_several_lots_and_what_reviewers_overlook():
    project = make.concluded(240)
    row = make.make(project, lot_size=120, aql=0.02, ltpd=0.08)
    items = make.asked(row)
    for place, item in enumerate(items[:-1]):
        make.inspect(item, "fix" if place == 0 else "accept")
    checked(missed=1, caught=14, passed=60)
    row = make.inspect_all(row)
    lines, report = lines_of(project, row)
    lots, told = judged(lines), report["warranty"]["all"]
    assert [lot[0] for lot in lots] == ["accepted", "accepted"]
    found = sum(lot[4] for lot in lots)
    unseen = sum(one["inspection"] is None for one in lines["task"])
    assert told["most_left"] == min(unseen, most_in_lots(lots, 0.05) - found)
    size, seen = len(lines["task"]), len(lines["task"]) - unseen
    again = corrected(lines, lambda risk: most_in_lots(lots, risk), found, seen, size)
    assert 0 < again < size
    assert (told["corrected_left"], told["corrected_error"]) == (again, again / size)


def test_a_lot_that_was_judged_one_result_after_another():
    project = make.concluded(60)
    row = make.make(project, method="sprt", lot_size=60, aql=0.05, ltpd=0.3)
    row = make.inspect_all(row)
    lines, report = lines_of(project, row)
    ((state, size, drawn, bad, found),) = judged(lines)
    assert (state, bad, found) == ("accepted", 0, 0)
    other = 0.5 * (1 - 0.05) / 0.05
    mixed = betaln(0.5 + bad, other + drawn - bad) - betaln(0.5, other)

    def likely(defects):
        """Of just these draws, one after the other, none put back."""
        good = size - defects
        return math.fsum(math.log((good - n) / (size - n)) for n in range(drawn))

    possible = [d for d in range(size - drawn + 1) if mixed - likely(d) < math.log(20)]
    assert report["warranty"]["all"]["most_left"] == max(possible) < size - drawn


def measured():
    """Thirty tasks of which fourteen are gold, answered by two who differ on every fifth."""
    project, crowd = world(tasks=30, weigh=False)
    rows = list(project.tasks.order_by("pk")[:14])
    for task in rows:
        gold = Gold.objects.create(task=task, project=project, answer=YES, made_by="tests")
        for made in Submission.objects.filter(task=task).order_by("pk"):
            GoldAnswer.objects.create(
                gold=gold, submission=made, annotator=made.annotator, counts=True,
                right=made.answer["verdict"] == "correct",
            )  # fmt: skip
    SWEEPS["tasks.fit_stale"].run()
    work.run_jobs("tasks.fit_project")
    work.run_jobs("tasks.weigh_task")
    return project, crowd


def test_calibration_confidence_and_confusion():
    project, _crowd = measured()
    row = ready(project, wrong=0, lot_size=100, aql=0.02, ltpd=0.3)
    lines, report = lines_of(project, row)
    (model,) = (one for one in lines["model"] if one["question"] == "verdict")
    (told,) = (one for one in report["calibration"] if one["question"] == "verdict")
    assert (told["calibrated"], told["confidence_label"]) == (True, "calibrated")
    assert told["gold_tasks"] == len(model["held_out"]) == 14
    assert {one["task"] for one in model["held_out"]} == {one["task_id"] for one in lines["gold"]}
    # Fewer than twenty tasks are one bin: the gap is that of the means.
    for sure, right, key in (
        ("raw", "raw_right", "ece_raw"),
        ("calibrated", "right", "ece_calibrated"),
    ):
        gap = math.fsum(one[sure] - one[right] for one in model["held_out"]) / 14
        assert math.isclose(told[key], abs(gap), abs_tol=1e-12)
    (only,) = told["reliability"]
    assert only["tasks"] == 14
    assert math.isclose(only["right"], sum(one["right"] for one in model["held_out"]) / 14)
    known = {one["annotator"] for one in model["annotators"]}
    assert known == {one["annotator"] for one in lines["annotator"]}
    bars = {True: [0] * 10, False: [0] * 10}
    for one in lines["task"]:
        if one["confidence"] is not None:
            bars[one["calibrated"]][min(int(one["confidence"] * 10), 9)] += 1
    assert sum(bars[True]) > 0
    assert report["confidence"]["calibrated"] == bars[True]
    assert report["confidence"]["uncalibrated"] == bars[False]
    counts = Counter()
    for gold in lines["gold"]:
        for one in gold["answers"]:
            counts[gold["answer"]["verdict"], one["answer"]["verdict"]] += one["counts"]
    (table,) = (one for one in report["confusion"] if one["question"] == "verdict")
    names = [json.loads(name) for name in table["classes"]]
    assert table["counts"] == [[counts[known, said] for said in names] for known in names]
    assert counts["correct", "incorrect"] > 0


def test_alpha_ac1_and_fleiss():
    project, _crowd = world(tasks=16)
    row = ready(project, wrong=0, lot_size=100, aql=0.02, ltpd=0.3)
    lines, report = lines_of(project, row)
    (told,) = (
        one for one in report["agreement"] if (one["question"], one["part"]) == ("verdict", None)
    )
    classes = next(one["classes"] for one in report["confusion"] if one["question"] == "verdict")
    units = [
        [one["own_answer"]["verdict"] for one in task["provenance"]["answers"]]
        for task in lines["task"]
    ]
    pairs = [pair for unit in units for pair in itertools.permutations(unit, 2)]
    every = [value for unit in units for value in unit]
    whole, n = Counter(every), len(every)
    same = sum(a == b for a, b in pairs) / len(pairs)
    shares = [whole[json.loads(name)] / n for name in classes]
    alpha = 1 - (1 - same) / ((n**2 - sum(c**2 for c in whole.values())) / (n * (n - 1)))
    gwet = sum(p * (1 - p) for p in shares) / (len(shares) - 1)
    fleiss = sum(p**2 for p in shares)
    assert math.isclose(told["alpha"]["value"], alpha)
    assert math.isclose(told["ac1"]["value"], (same - gwet) / (1 - gwet))
    assert math.isclose(told["fleiss"]["value"], (same - fleiss) / (1 - fleiss))


def test_what_a_page_leaves_out_is_said():
    wide = {"counts": [[1] * 9] * 9, "classes": ['"a"'] * 9}
    asked = [{"part": None, "tasks": 3}] * 7
    assert words.left_out({"confusion": [wide], "agreement": asked}) == [
        (
            "The confusion of 1 question with more than 8 answers is left out here; the report as "
            "JSON has it."
        ),
        "Agreement is drawn for the first 6 of 7 questions; the table has all.",
    ]
    assert words.left_out({"confusion": [], "agreement": asked[:6]}) == []
