"""The report of a delivery, and every number of it again from the export alone."""

import json
import math
from collections import Counter
from itertools import combinations

import pytest
from scipy import stats

from tasks.actions import intake
from tasks.models import Delivery, Review, ReviewCheck, Task
from tasks.report import pdf
from tasks.selectors import quality_report
from tests.support import deliveries as make
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers

pytestmark = pytest.mark.django_db
INTERFACE = {
    **work.INTERFACE,
    "fields": [{"name": "problem", "type": "text"}, {"name": "field", "type": "text"}],
}
WHY = {"why": "I have looked at every line."}
YES, NO = {"verdict": "correct", **WHY}, {"verdict": "incorrect", "fault": "logic", **WHY}


def rows(number):
    return list(
        enumerate(
            {"payload": {"problem": f"Problem {n}", "field": ("law", "physics")[n % 3 == 0]}}
            for n in range(number)
        )
    )


def world(*, tasks=9, weigh=True):
    """Two experts answer nine tasks and differ on one, then a reviewer finds one result wrong."""
    project = work.project(
        tasks=0, overlap=2, review_percent=0, interface=INTERFACE, subcategory_field="field",
        training_most=0, gold_first=0, gold_percent=0, gold_rare_percent=0,
    )  # fmt: skip
    intake.post_tasks(project_id=project.pk, rows=rows(tasks), by=work.BY)
    crowd = [work.expert() for _ in range(2)]
    for place in range(tasks):
        for who in crowd:
            answer = NO if place % 4 == 1 or (place == 2 and who is crowd[1]) else YES
            work.check(work.submit(work.claim(who, project_id=project.pk), answer))
    if weigh:
        work.run_jobs("tasks.weigh_task")
    return project, crowd


def ready(project, wrong=1, **plan):
    row = make.make(project, **plan)
    bad = {item.task_id for item in make.asked(row)[:wrong]}
    for item in make.asked(row):
        said = item.task.result.answer
        other = NO if said == YES else YES
        make.inspect(item, "fix" if item.task_id in bad else "accept", answer=other)
    make.run()
    row = make.inspect_all(row)
    assert row.state == "ready"
    return row


def exported(project, number=1):
    api = Api(project.organization)
    reply = api.http.get(f"/api/v1/projects/{project.pk}/deliveries/{number}/export")
    assert reply.status_code == 200
    return [json.loads(line) for line in reply.getvalue().splitlines()]


def test_a_delivery_is_made_watched_and_cancelled_by_a_key():
    project = make.concluded(20)
    api, path = Api(project.organization), f"/projects/{project.pk}/deliveries"
    status, problem = api.post(path, {"lot_size": 0, "method": "sprt"})
    assert (status, pointers(problem)) == (422, ["/lot_size"])
    status, body = api.post(path, {"lot_size": 10, "aql": 0.02, "ltpd": 0.2})
    assert (status, body["number"], body["state"], body["results"]) == (201, 1, "sampling", 20)
    assert [lot["size"] for lot in body["lots"]] == [10, 10]
    assert api.get(path)[1]["results"][0] == body
    assert api.get(f"{path}/1") == (200, body)
    for paper in ("report", "report.pdf", "export"):
        status, problem = api.get(f"{path}/1/{paper}")
        assert (paper, status, problem["code"]) == (paper, 409, "not_ready")
    status, report = api.get(f"{path}/1/report?draft=1")
    assert (status, report["warranty"], report["results"]) == (200, None, 20)
    assert api.post(f"{path}/1/cancel")[1]["state"] == "cancelled"
    assert api.post(path)[0] == 201
    assert api.get(f"{path}/3")[0] == 404
    assert Api().get(f"{path}/1")[0] == 404


def test_the_report_of_a_ready_delivery_stays_as_it_went_out():
    project, _crowd = world()
    row = ready(project, lot_size=100, aql=0.02, ltpd=0.3)
    before = json.dumps(row.report)
    Task.objects.filter(project=project).update(external_id="")
    assert json.dumps(quality_report.told(Delivery.objects.get(pk=row.pk))) == before
    assert pdf.write(row.report) == pdf.write(json.loads(before))
    assert pdf.write(row.report).startswith(b"%PDF-1.")


def test_agreement_stands_together_per_question_and_per_part():
    project, _crowd = world()
    row = ready(project)
    verdicts = [one for one in row.report["agreement"] if one["question"] == "verdict"]
    assert [one["part"] for one in verdicts] == [None, "law", "physics"]
    for one in verdicts:
        assert one["raw"]["lower"] <= one["raw"]["value"] <= one["raw"]["upper"]
        assert {"alpha", "ac1", "fleiss", "cohen"} <= set(one)
    told = Api(project.organization).get(f"/projects/{project.pk}/progress")[1]["agreement"]
    assert [one["part"] for one in told if one["question"] == "verdict"] == [None, "law", "physics"]


def raw_agreement(pairs):
    return sum(a == b for a, b in pairs) / len(pairs)


def kappa(pairs):
    n = len(pairs)
    ones, others = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(ones[x] * others[x] for x in ones) / n**2
    return (raw_agreement(pairs) - chance) / (1 - chance)


def test_a_client_reckons_every_number_again_from_the_export_alone():
    """With code of its own: nothing of the marketplace is asked, but its files."""
    project, crowd = world(tasks=16)
    row = ready(project, lot_size=100, aql=0.02, ltpd=0.3)
    report = json.loads(json.dumps(row.report))
    lines = exported(project)
    (head,) = [one for one in lines if one["kind"] == "delivery"]
    tasks = [one for one in lines if one["kind"] == "task"]
    assert len(tasks) == report["results"] == 15  # one is disputed
    text = json.dumps(lines)
    assert not any(who.user.email in text or str(who.pk) in text for who in crowd)
    _recompute_lots(head, tasks, report)
    _recompute_bounds(tasks, report)
    _recompute_agreement(tasks, report)
    _recompute_confidence(tasks, report)
    _recompute_people(lines, tasks, report)


def _recompute_lots(head, tasks, report):
    (lot,) = report["lots"]
    seen = [one for one in tasks if one["inspection"]]
    assert lot["inspected"] == len(seen)
    assert lot["defects"] == sum(one["inspection"]["defect"] for one in seen)
    assert lot["sample"] == sum(one["drawn"] for one in tasks)
    assert lot["size"] == len(tasks)
    assert head["plan"] == report["plan"]
    wrong = [one for one in tasks if one["inspection"] and one["inspection"]["defect"]]
    assert all(one["revisions"] and one["source"] == "review" for one in wrong)


def _recompute_bounds(tasks, report):
    """A lot that failed was inspected whole; else the exact bound of a finite lot."""
    (lot,) = report["lots"]
    bad = sum(one["drawn"] and one["inspection"]["defect"] for one in tasks)
    size, drawn = len(tasks), sum(one["drawn"] for one in tasks)
    unseen = size - sum(one["inspection"] is not None for one in tasks)
    most = max(d for d in range(size + 1) if stats.hypergeom(size, d, drawn).cdf(bad) > 0.05)
    assert report["warranty"]["all"]["most_left"] == min(unseen, most - lot["defects"])
    for part in report["warranty"]["parts"]:
        mine = [one for one in tasks if one["subcategory"] == part["part"]]
        hit = sum(one["drawn"] and one["inspection"]["defect"] for one in mine)
        found = sum(bool(one["inspection"] and one["inspection"]["defect"]) for one in mine)
        most = max(d for d in range(size + 1) if stats.hypergeom(size, d, drawn).cdf(hit) > 0.05)
        left = sum(one["inspection"] is None for one in mine)
        assert part["most_left"] == min(left, max(0, most - found))
        assert part["most_error"] == part["most_left"] / len(mine)


def _recompute_agreement(tasks, report):
    for one in report["agreement"]:
        if one["question"] != "verdict":
            continue
        mine = [t for t in tasks if one["part"] in (None, t["subcategory"])]
        pairs = []
        for task in mine:
            said = sorted(task["provenance"]["answers"], key=lambda a: a["annotator"])
            pairs += combinations([a["own_answer"]["verdict"] for a in said], 2)
        assert one["pairs"] == len(pairs)
        assert math.isclose(one["raw"]["value"], raw_agreement(pairs))
        if one["cohen"]["value"] is not None:
            assert math.isclose(one["cohen"]["value"], kappa(pairs))


def _recompute_confidence(tasks, report):
    raw, none = [0] * 10, 0
    for one in tasks:
        if one["confidence"] is None:
            none += 1
        elif not one["calibrated"]:
            raw[min(int(one["confidence"] * 10), 9)] += 1
    assert (report["confidence"]["uncalibrated"], report["confidence"]["none"]) == (raw, none)
    assert report["confidence"]["sources"] == dict(Counter(one["source"] for one in tasks))


def _recompute_people(lines, tasks, report):
    given = Counter(a["annotator"] for t in tasks for a in t["provenance"]["answers"])
    assert {one["annotator"]: one["answers"] for one in report["annotators"]} == given
    skills = {one["annotator"]: one["skill"] for one in lines if one["kind"] == "annotator"}
    for one in report["annotators"]:
        if one["skill"]:
            beta = stats.beta(skills[one["annotator"]]["alpha"], skills[one["annotator"]]["beta"])
            assert math.isclose(one["skill"]["lower"], beta.ppf(0.05), rel_tol=1e-6)
            assert math.isclose(one["skill"]["upper"], beta.ppf(0.95), rel_tol=1e-6)


def test_reviewers_who_were_tested_correct_the_bound_and_others_do_not():
    project = make.concluded(100)
    row = make.make(project, lot_size=100)
    person = people.staff()
    for item in make.asked(row):
        make.inspect(item, person=person)
    reviews = list(Review.objects.all()[:40])
    for place, review in enumerate(reviews):
        ReviewCheck.objects.create(review=review, source="gold", was_right=place >= 12)
    make.run()
    row.refresh_from_db()
    told = row.report["reviewers"]
    assert told == {"wrong": 12, "found": 0, "right": 28, "passed": 28, "known": True}
    assert row.report["warranty"]["all"]["corrected_left"] == 100  # they found none of twelve
    other = make.inspect_all(make.make(make.concluded(100), lot_size=100))
    assert other.report["reviewers"]["known"] is False
    assert other.report["warranty"]["all"]["corrected_left"] is None
