"""The report of a delivery: what is warranted, how sure, how far annotators agree, who they are.

What can be reckoned again from the delivery's export says docs/quality.md, "Recompute".
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from accounts.models import AnnotatorProfile
from tasks.interface.ballots import ballots
from tasks.interface.spec import Interface
from tasks.models import Delivery, GoldAnswer, QuestionModel, Result, Skill
from tasks.quality import acceptance
from tasks.selectors import agreement, confidence, warranty
from tasks.selectors.agreement import Own
from tasks.selectors.warranty import Cell
from tasks.states import GoldState

VERSION = 1
BINS = 10


def told(row: Delivery) -> dict[str, Any]:
    """The report as it went out; of a delivery that is not ready, as things stand."""
    return row.report if row.report is not None else of(row)


def of(row: Delivery) -> dict[str, Any]:
    """All that is told of a delivery's quality, as JSON."""
    project, found = row.project, warranty.cells(row)
    interface = Interface.load(project.interface)
    answers = agreement.own_answers(project, delivery=row.pk)
    inspected = sum(cell.inspected for cell in found)
    who = warranty.inspectors(row, inspected)
    return {
        "version": VERSION,
        "project": {"id": str(project.pk), "name": project.name},
        "delivery": row.number,
        "made_at": row.made_at.isoformat(),
        "results": row.results,
        "subcategory_field": project.subcategory_field,
        "plan": plan(row),
        "lots": _lots(row, found),
        "warranty": warranty.bounds(row, found, who),
        "reviewers": {
            "wrong": who.wrong,
            "found": who.found,
            "right": who.right,
            "passed": who.passed,
            "known": who.wrong >= warranty.LEAST_KNOWN and who.right > 0,
        },
        "confidence": _confidence(row),
        "calibration": calibration(row),
        "agreement": agreement.measure(interface, answers),
        "annotators": _annotators(row, answers),
        "confusion": _confusion(row, interface, answers),
    }


def plan(row: Delivery) -> dict[str, Any]:
    """How its lots are judged, and the seed of the draw."""
    return {
        "method": row.method,
        "lot_size": row.lot_size,
        "aql": row.aql,
        "ltpd": row.ltpd,
        "producer_risk": acceptance.PRODUCER,
        "consumer_risk": acceptance.CONSUMER,
        "confidence": row.confidence,
        "seed": row.seed,
    }


def _lots(row: Delivery, found: Sequence[Cell]) -> list[dict[str, Any]]:
    sampled, wrong = Counter[int](), Counter[int]()
    for cell in found:
        sampled[cell.lot] += cell.sampled
        wrong[cell.lot] += cell.sampled_wrong
    return [
        {
            "number": lot.number,
            "state": lot.state,
            "size": lot.size,
            "sample": sampled[lot.number],
            "allowed": lot.allowed,
            "sample_defects": wrong[lot.number],
            "inspected": lot.reviewed,
            "defects": lot.defects,
        }
        for lot in row.lots.order_by("number")
    ]


def _confidence(row: Delivery) -> dict[str, Any]:
    """How many results have a confidence in each tenth; 1 is in the last."""
    counts = {True: [0] * BINS, False: [0] * BINS}
    none, sources = 0, Counter[str]()
    rows = Result.objects.filter(task__lot_items__delivery=row)
    for sure, calibrated, source in rows.values_list("confidence", "calibrated", "source"):
        sources[source] += 1
        if sure is None:
            none += 1
        else:
            counts[calibrated][min(int(sure * BINS), BINS - 1)] += 1
    return {
        "calibrated": counts[True],
        "uncalibrated": counts[False],
        "none": none,
        "sources": dict(sorted(sources.items())),
    }


def calibration(row: Delivery) -> list[dict[str, Any]]:
    """The model of each question: whether gold supports its confidences, and how true they are."""
    return [
        {
            "question": one.question,
            "method": one.method,
            "calibrated": one.calibration is not None,
            "confidence_label": confidence.CALIBRATED
            if one.calibration
            else confidence.UNCALIBRATED,
            "supported": one.supported,
            "why": one.why,
            "labels": one.labels,
            "gold_tasks": one.gold_tasks,
            "ece_raw": one.ece_raw,
            "ece_calibrated": one.ece_calibrated,
            "reliability": one.reliability,
        }
        for one in QuestionModel.objects.filter(project=row.project_id).order_by("question")
    ]


def _gold(row: Delivery, answers: Sequence[Own]) -> list[GoldAnswer]:
    """The answers to gold that count, by those who answered in this delivery."""
    who = {one.annotator for one in answers}
    rows = GoldAnswer.objects.filter(
        gold__project=row.project_id,
        gold__state=GoldState.ACTIVE,
        gold__training=False,
        counts=True,
        annotator__in=who,
    )
    return list(rows.select_related("gold", "submission").order_by("pk"))


def _annotators(row: Delivery, answers: Sequence[Own]) -> list[dict[str, Any]]:
    given = Counter(one.annotator for one in answers)
    seen, right = Counter[Any](), Counter[Any]()
    for one in _gold(row, answers):
        seen[one.annotator_id] += 1
        right[one.annotator_id] += one.right
    names = dict(AnnotatorProfile.objects.filter(pk__in=given).values_list("pk", "pseudonym"))
    rows = Skill.objects.filter(annotator__in=given, domain=row.project.domain_id)
    skills = {skill.annotator_id: skill for skill in rows}
    people = []
    for pk, count in given.items():
        lower, upper = acceptance.two_sided(right[pk], seen[pk], 0.90) if seen[pk] else (0.0, 1.0)
        skill = skills.get(pk)
        people.append(
            {
                "annotator": str(names[pk]),
                "answers": count,
                "gold": seen[pk],
                "gold_right": right[pk],
                "gold_lower": lower,
                "gold_upper": upper,
                "skill": None if skill is None else _skill(skill),
            }
        )
    return sorted(people, key=lambda one: (-int(str(one["answers"])), str(one["annotator"])))


def _skill(skill: Skill) -> dict[str, float]:
    mean = skill.alpha / (skill.alpha + skill.beta)
    return {
        "alpha": skill.alpha,
        "beta": skill.beta,
        "mean": mean,
        "lower": skill.lower,
        "upper": skill.upper,
    }


def _confusion(row: Delivery, interface: Interface, answers: Sequence[Own]) -> list[dict[str, Any]]:
    """Per choice how often each known answer (row) was answered how (column)."""
    gold = _gold(row, answers)
    tables = []
    for name, those in ballots(interface).items():
        for one in those:
            place = {label: number for number, label in enumerate(one.classes)}
            counts = [[0] * len(place) for _ in place]
            for answer in gold:
                truth, said = answer.gold.answer, answer.submission.answer
                both = (one.question in interface.shown(x) for x in (truth, said))
                known, given = one.label(truth), one.label(said)
                if all(both) and known in place and given in place:
                    counts[place[known]][place[given]] += 1
            option = None if one.place is None else str(one.question.values[one.place])
            tables.append(
                {
                    "question": name,
                    "option": option,
                    "classes": list(one.classes),
                    "counts": counts,
                }
            )
    return tables
