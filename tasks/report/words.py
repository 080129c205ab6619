"""The report in sentences and tables: what page and PDF both say."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

Report = Mapping[str, Any]
Table = tuple[Sequence[str], Sequence[Sequence[str]]]
WHY = {
    "no_pairs": "no task has two answers",
    "one_class": "everybody always answered the same",
    "too_many": "too many annotators to compare in pairs",
    "few_tasks": "too few tasks for an interval",
    "no_spread": "all tasks say the same",
}
MOST_PARTS, MOST_PEOPLE = 50, 60
# Beyond so many classes a table of confusion no longer fits on a page.
MOST_CLASSES = 8
MOST_PLOTS = 6


def percent(share: float | None, places: int = 1) -> str:
    """A share as per cent."""
    return "–" if share is None else f"{100 * share:.{places}f} %"


def headline(report: Report) -> str:
    """The warranty in one sentence."""
    found = report["warranty"]
    if found is None:
        return _("Not all lots are decided yet: nothing is warranted so far.")
    most, whole = found["all"]["most_left"], found["all"]["results"]
    if found["all"]["inspected"] == whole:
        text = _(
            "Each of the %s results was inspected, and what was found wrong was mended: they are "
            "right as far as the reviewers are."
        )
        return text % f"{whole:,}"
    return _(
        "With %(sure)s confidence, at most %(share)s of the %(whole)s results are wrong: %(most)s."
    ) % {
        "sure": percent(found["confidence"], 0),
        "share": percent(found["all"]["most_error"], 2),
        "whole": f"{whole:,}",
        "most": ngettext("%d result", "%d results", most) % most,
    }


def caveats(report: Report) -> list[str]:
    """What the sentence rests on, and how far reviewers are known to err."""
    found = report["warranty"]
    told = [
        _(
            "Results were drawn at random from each lot and inspected by people who had no part in "
            "them and did not know why they were asked. What they found wrong was mended. A lot "
            "with too many wrong results was inspected whole before it was delivered."
        )
    ]
    who = report["reviewers"]
    if found and found["all"]["corrected_error"] is not None:
        told.append(
            _(
                "This takes the reviewers to be right. They were tested: of %(wrong)d wrong "
                "answers they found %(found)d, of %(right)d right ones they passed %(passed)d. "
                "With what they may have overlooked, the bound is %(share)s."
            )
            % {**who, "share": percent(found["all"]["corrected_error"], 2)}
        )
    else:
        told.append(
            _(
                "This takes the reviewers to be right. How much they overlook is not known well "
                "enough (%(wrong)d wrong answers to test them by), so the bound is not corrected "
                "for it."
            )
            % who
        )
    return told


def parts(report: Report) -> Table:
    """The warranty by part of the work."""
    heads = [_("Part"), _("Results"), _("Inspected"), _("Found wrong"), _("At most wrong"),
             _("With reviewers' errors")]  # fmt: skip
    found = report["warranty"]
    rows = [] if found is None else found["parts"]
    return heads, [
        [
            one["part"],
            f"{one['results']:,}",
            f"{one['inspected']:,}",
            str(one["found"]),
            _most(one),
            percent(one["corrected_error"], 2),
        ]
        for one in sorted(rows, key=lambda one: (-one["results"], one["part"]))[:MOST_PARTS]
    ]


def _most(one: Report) -> str:
    """The bound; where all was inspected there is none but the reviewers' own."""
    if one["inspected"] == one["results"]:
        return _("all inspected; right as far as the reviewers are")
    return percent(one["most_error"], 2)


def lots(report: Report) -> Table:
    """How each lot was judged."""
    names = {
        "sampling": _("being inspected"),
        "accepted": _("accepted"),
        "rework": _("being mended"),
        "reworked": _("failed, then inspected whole and mended"),
        "cancelled": _("cancelled"),
    }
    heads = [_("Lot"), _("Results"), _("Sample"), _("Wrong in it"), _("Allowed"), _("Inspected"),
             _("Found wrong"), _("Outcome")]  # fmt: skip
    return heads, [
        [
            str(one["number"]),
            str(one["size"]),
            str(one["sample"]),
            str(one["sample_defects"]),
            "–" if one["allowed"] is None else str(one["allowed"]),
            str(one["inspected"]),
            str(one["defects"]),
            names[one["state"]],
        ]
        for one in report["lots"]
    ]


def confidence(report: Report) -> str:
    """What the bars of the histogram mean."""
    found = report["confidence"]
    sure, raw = sum(found["calibrated"]), sum(found["uncalibrated"])
    return _(
        "%(sure)d results have a calibrated confidence: gold was used to correct it. %(raw)d are "
        "uncalibrated (pale): the number only says how many agreed. %(none)d have none, such as "
        "those a person decided."
    ) % {"sure": sure, "raw": raw, "none": found["none"]}


def calibrated(question: Mapping[str, Any]) -> str:
    """Whether gold supports the confidences of a question."""
    if not question["calibrated"]:
        return _("Uncalibrated: %(why)s") % {
            "why": question["why"] or _("there is not enough gold to tell.")
        }
    told = _(
        "Calibrated: gold was used to correct it. On %(gold)d gold tasks the gap between "
        "confidence and truth was %(raw)s before and is %(now)s now."
    ) % {
        "gold": question["gold_tasks"],
        "raw": percent(question["ece_raw"]),
        "now": percent(question["ece_calibrated"]),
    }
    if question["supported"]:
        more = _("Gold supports accepting an answer without a person.")
    else:
        more = _("Gold does not support accepting an answer without a person.")
    return f"{told} {more}"


def agreement(report: Report) -> Table:
    """The five coefficients of each question with their 95 % intervals, in all and by part."""
    heads = [_("Question"), _("Part"), _("Tasks"), _("Raw"), "alpha", "AC1", "kappa (Fleiss)",
             "kappa (Cohen)"]  # fmt: skip
    names = ("raw", "alpha", "ac1", "fleiss", "cohen")
    return heads, [
        [
            one["title"] if one["option"] is None else f"{one['title']}: {one['option']}",
            one["part"] or _("all"),
            str(one["tasks"]),
            *(coefficient(one[name]) for name in names),
        ]
        for one in report["agreement"]
    ]


def coefficients() -> str:
    """Why there are five."""
    return _(
        "Raw is the share of pairs of answers that are the same. Alpha and the kappas take off "
        "what chance gives, and fall where one answer is rare however well annotators agree; AC1 "
        "does not. So they stand together, each with its 95 % interval."
    )


def people() -> str:
    """What the intervals of annotators mean."""
    return _(
        "By pseudonym. On this gold: the exact interval (Clopper and Pearson) of the right answers "
        "to this project's gold; such intervals miss the true accuracy in at most 10 of 100 cases. "
        "Skill: a Bayesian interval of all that is known in the domain; given that and what was "
        "assumed at the start, the accuracy is in it with a chance of 90 %."
    )


def coefficient(one: Mapping[str, Any]) -> str:
    """A coefficient with its interval, or why there is none."""
    if one["value"] is None:
        return f"– ({WHY[one['why']]})" if one["why"] else "–"
    if one["lower"] is None or one["upper"] is None:
        return f"{one['value']:.2f}"
    # Held together: a figure and its interval stay on one line.
    return f"{one['value']:.2f}\u00a0[{one['lower']:.2f},\u00a0{one['upper']:.2f}]"


def annotators(report: Report) -> Table:
    """Those who answered, by pseudonym: on this project's gold, and the estimate of their skill."""
    heads = [_("Annotator"), _("Answers"), _("Gold right"), _("On this gold, 90 %"),
             _("Skill in the domain, 90 %")]  # fmt: skip
    return heads, [
        [
            one["annotator"][:8],
            str(one["answers"]),
            f"{one['gold_right']} / {one['gold']}" if one["gold"] else "–",
            f"{one['gold_lower']:.2f} – {one['gold_upper']:.2f}" if one["gold"] else "–",
            f"{one['skill']['mean']:.2f} [{one['skill']['lower']:.2f}, {one['skill']['upper']:.2f}]"
            if one["skill"]
            else "–",
        ]
        for one in report["annotators"][:MOST_PEOPLE]
    ]


def classes(one: Mapping[str, Any]) -> list[str]:
    """The answers of a question in the order of its confusion."""
    return [str(json.loads(name)) for name in one["classes"]]


def confusion(one: Mapping[str, Any]) -> Table:
    """How often each known answer (row) was answered how (column)."""
    names = classes(one)
    heads = [_("Known answer"), *names, _("Right")]
    rows = []
    for place, (name, counts) in enumerate(zip(names, one["counts"], strict=True)):
        seen = sum(counts)
        rows.append([name, *map(str, counts), percent(counts[place] / seen, 0) if seen else "–"])
    return heads, rows


def how_to_read() -> str:
    """What rows, columns and squares of a confusion are."""
    return _(
        "Of tasks with a known answer: the row is what is right, the column what was said. The "
        "area of a square is its share of the row; right answers are dark."
    )


def confusion_title(one: Mapping[str, Any]) -> str:
    """Which question, and which of its options, a confusion is about."""
    return str(one["question"] if one["option"] is None else f"{one['question']}: {one['option']}")


def confusions(report: Report) -> list[Mapping[str, Any]]:
    """The tables that have something to show and fit on a page."""
    return [
        one
        for one in report["confusion"]
        if any(map(any, one["counts"])) and len(one["classes"]) <= MOST_CLASSES
    ]


def left_out(report: Report) -> list[str]:
    """What page and PDF do not show of confusion and agreement, though the report as JSON does."""
    told = []
    wide = sum(
        any(map(any, one["counts"])) and len(one["classes"]) > MOST_CLASSES
        for one in report["confusion"]
    )
    if wide:
        told.append(
            ngettext(
                "The confusion of %(n)d question with more than %(most)d answers is left out "
                "here; the report as JSON has it.",
                "The confusion of %(n)d questions with more than %(most)d answers is left out "
                "here; the report as JSON has it.",
                wide,
            )
            % {"n": wide, "most": MOST_CLASSES}
        )
    asked = sum(bool(one["part"] is None and one["tasks"]) for one in report["agreement"])
    if asked > MOST_PLOTS:
        told.append(
            _("Agreement is drawn for the first %(most)d of %(n)d questions; the table has all.")
            % {"n": asked, "most": MOST_PLOTS}
        )
    return told


def plan(report: Report) -> str:
    """The plan by which lots were judged."""
    found = report["plan"]
    kind = {
        "acceptance": _("a sample of fixed size from each lot"),
        "sprt": _("one result after another, until enough was known (Wald's sequential test)"),
    }[found["method"]]
    return _(
        "Lots of about %(size)s results, judged by %(kind)s. A lot with %(aql)s wrong or fewer is "
        "good and fails with a chance of at most %(producer)s; one with %(ltpd)s or more is bad "
        "and passes with at most %(consumer)s. Drawn by the seed %(seed)s."
    ) % {
        "size": f"{found['lot_size']:,}",
        "kind": kind,
        "aql": percent(found["aql"]),
        "ltpd": percent(found["ltpd"]),
        "producer": percent(found["producer_risk"], 0),
        "consumer": percent(found["consumer_risk"], 0),
        "seed": found["seed"],
    }
