"""What a project may cost, through the API; what is spent afterwards; and low funds."""

import pytest

from accounts.models import Notice
from marketplace.core.models import AuditEntry
from payments.selectors import balances
from tasks import jobs
from tasks.actions import funding
from tasks.models import Project
from tasks.selectors import estimate
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers

pytestmark = pytest.mark.django_db
SHARE = {"review_percent": 100, "review_price_minor": 200}


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def draft(api):
    status, body = api.post("/projects", work.fields(overlap=2, max_overlap=3, **SHARE))
    assert status == 201
    api.post(f"/projects/{body['id']}/tasks", [{"payload": {"problem": "a"}}] * 10)
    return f"/projects/{body['id']}"


def test_a_draft_is_estimated_before_its_launch(api, draft):
    status, found = api.get(f"{draft}/estimate")
    assert status == 200
    (answers, *_) = found["lines"]
    assert (answers["kind"], answers["count"]) == ("answers", 20)
    assert answers["cost"] == {"best": 20 * 600, "expected": 20 * 600, "worst": 30 * 600}
    assert [line["kind"] for line in found["lines"]] == [
        "answers", "overturned", "reviews", "adjudications",
    ]  # fmt: skip
    assert found["to_come"] == found["in_all"]
    assert (found["tasks"], found["covered"], found["funds_minor"]) == (10, 0, 0)
    more = api.get(f"{draft}/estimate?tasks=10")[1]
    assert more["lines"][0]["count"] == 40
    status, problem = api.get(f"{draft}/estimate?tasks=-1")
    assert (status, pointers(problem)) == (422, ["/tasks"])
    assert api.get(f"{draft}/estimate?tasks={'9' * 30}")[0] == 422


def test_activation_says_how_far_the_funds_reach(api, draft):
    whole = api.get(f"{draft}/estimate")[1]["to_come"]["expected"]
    money.deposit(api.organization.pk, whole)
    api.post(f"{draft}/funds", {"amount_minor": whole // 2})
    status, body = api.post(f"{draft}/activate", {"confirm": True})
    assert (status, body["state"]) == (200, "active")
    assert body["funding"]["covered"] == 5
    assert body["funding"]["tasks"] == 10
    assert body["funding"]["missing_minor"] == whole - whole // 2
    assert body["funding"]["text"].startswith("The funds cover 5 of 10 open tasks.")


def test_afterwards_it_is_spent_reserved_and_still_to_come():
    project = work.project(tasks=3, **SHARE)
    before = estimate.of(project)
    assert before.text == "The funds are expected to cover all 3 open tasks."
    who = work.expert()
    work.review(work.submit(work.claim(who)))
    work.claim(work.expert())
    after = estimate.of(project)
    pot = balances.pot(project.pot, "usd")
    assert (after.spent_minor, after.reserved_minor) == (pot.spent_minor, pot.reserved_minor)
    assert after.in_all.worst == pot.spent_minor + pot.reserved_minor + after.to_come.worst
    assert after.in_all.worst <= before.in_all.worst
    assert pot.spent_minor + pot.reserved_minor <= before.to_come.worst


def test_the_worst_case_holds_for_a_project_done_to_its_end():
    project = work.project(tasks=3, overlap=2, max_overlap=2, **SHARE)
    worst = estimate.of(project).in_all.worst
    for who in (work.expert(), work.expert()):
        for _ in range(3):
            work.review(work.submit(work.claim(who)))
    pot = balances.pot(project.pot, "usd")
    done = estimate.of(project)
    assert 0 < pot.spent_minor + pot.reserved_minor <= worst
    assert (done.tasks, done.text) == (0, "")
    # Until they are weighed, answers may still need an adjudicator.
    assert [line.kind for line in done.lines] == ["adjudications"]
    assert pot.spent_minor + pot.reserved_minor + done.to_come.worst <= worst


def test_a_closed_project_costs_no_more():
    project = work.project(tasks=3, **SHARE)
    Project.objects.update(state="closed")
    project.refresh_from_db()
    assert estimate.of(project).to_come == (0, 0, 0)


def test_the_ceiling_of_a_project(api, draft):
    assert api.get(f"{draft}/funds/limit") == (
        200, {"currency": "usd", "most_minor": None, "used_minor": 0},
    )  # fmt: skip
    shown = {"currency": "usd", "most_minor": 1000, "used_minor": 0}
    assert api.send("PUT", f"{draft}/funds/limit", {"most_minor": 1000}) == (200, shown)
    money.deposit(api.organization.pk, 5000)
    status, problem = api.post(f"{draft}/funds", {"amount_minor": 1001})
    assert (status, problem["code"], problem["left_minor"]) == (409, "limit_reached", 1000)
    assert api.send("PUT", f"{draft}/funds/limit", {"most_minor": None})[0] == 403


# --- low funds ----------------------------------------------------------------------------------
def low(project):
    jobs.watch_funds()
    jobs.watch_funds()
    project.refresh_from_db()
    return project.funds_low_at is not None


def test_the_client_is_told_once_for_each_dip_before_the_work_stops():
    project = work.project(tasks=30, fund=25 * 600)
    assert not low(project)  # 25 of 30 answers are covered: more than 20
    from_pot = {"project_id": project.pk, "by": people.owner_of(project.organization)}
    funding.take_back(amount_minor=6 * 600, **from_pot)
    assert low(project)
    (notice,) = Notice.objects.filter(kind="funds_low")
    assert notice.text.startswith(f"{project.name}: $114.00 is left, for about 19 of 30 answers")
    assert project.funds_short_at is None  # work goes on
    funding.allocate(amount_minor=1200, **from_pot)
    assert not low(project)
    funding.take_back(amount_minor=1200, **from_pot)
    assert low(project)
    assert Notice.objects.filter(kind="funds_low").count() == 2
    assert AuditEntry.objects.filter(verb="funds_enough").count() == 1


def test_what_is_covered_whole_is_never_low():
    assert not low(work.project(tasks=3, fund=3 * 600))
    assert not low(work.project(tasks=3, fund=0, active=False))


def test_the_page_of_the_project_tells_it(client):
    project = work.project(tasks=30, fund=600)
    low(project)
    client.force_login(project.organization.memberships.get().user)
    text = client.get(f"/client/projects/{project.pk}/").content.decode()
    assert "The funds are running low." in text
    assert " of 30 open tasks." in text
    assert "What it may cost" in text
