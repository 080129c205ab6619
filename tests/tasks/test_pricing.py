"""A running project's price changes for later claims, and those at work are told."""

import datetime as dt

import pytest

from accounts.models import Notice
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from payments.models import Earning
from tasks.actions import pricing, projects
from tasks.models import Assignment
from tasks.models.project import Project
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers
from tests.support.factories_tasks import BY

pytestmark = pytest.mark.django_db
RULES = {"model": "submission", "bonus": {"measure": "unchanged", "most_bps": 1000}}


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def project(api):
    return work.project(tasks=4, price_minor=1000, client=api.organization)


def told():
    return list(Notice.objects.filter(kind="price_changed").values_list("user_id", "text"))


def price(api, project, **fields):
    return api.post(f"/projects/{project.pk}/price", fields)


def test_what_is_claimed_keeps_its_price_and_later_claims_have_the_new_one(api, project):
    held, waiting = work.claim(work.expert()), work.claim(work.expert())
    answer = work.submit(waiting)
    status, body = price(api, project, price_minor=700, review_price_minor=50, pay=RULES)
    assert status == 200
    assert (body["price_minor"], body["review_price_minor"], body["pay"]) == (700, 50, RULES)
    later = work.claim(work.expert())
    work.review(answer)
    for row in (held, later):
        work.review(work.submit(row))
    paid = [Earning.objects.get(source=row.holder).amount_minor for row in (held, waiting, later)]
    assert paid == [1000, 1000, 770]


def test_those_at_work_are_told_and_nobody_else(api, project):
    at_work, lately, gone = work.expert(), work.expert(), work.expert()
    work.claim(at_work)
    for who in (lately, gone):
        work.submit(work.claim(who))
    work.expert()
    long_ago = clock.now() - dt.timedelta(days=31)
    due = long_ago + dt.timedelta(days=3)
    Assignment.objects.filter(annotator=gone).update(submitted_at=long_ago, accept_at=due)
    price(api, project, price_minor=1200)
    text = (
        f"{project.name}: the price changed from $10.00 to $12.00. "
        "What you have claimed keeps its price."
    )
    assert sorted(told()) == sorted([(at_work.user_id, text), (lately.user_id, text)])


def test_other_rules_at_the_same_price_are_told_as_that(api, project):
    who = work.expert()
    work.claim(who)
    price(api, project, pay=RULES)
    assert told() == [
        (
            who.user_id,
            f"{project.name}: the pay rules changed. What you have claimed keeps its price.",
        )
    ]


def test_it_is_kept_in_the_trail_and_the_project_is_matched_anew(api, project):
    price(api, project, price_minor=1200)
    entry = AuditEntry.objects.get(verb="project_repriced")
    assert entry.data["was"] == {"price_minor": 1000, "review_price_minor": 100, "pay": {}}
    assert entry.data["now"] == {"price_minor": 1200, "review_price_minor": 100, "pay": {}}
    jobs = OutboxMessage.objects.filter(job="tasks.refresh_project", state="pending")
    assert jobs.filter(args={"project_id": str(project.pk)}).exists()


def test_the_same_prices_again_and_a_reviews_price_are_no_news(api, project):
    work.claim(work.expert())
    assert price(api, project, price_minor=1000)[0] == 200
    assert not AuditEntry.objects.filter(verb="project_repriced").exists()
    assert price(api, project, review_price_minor=90)[0] == 200
    assert told() == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"price_minor": 0}, "/price_minor"),
        ({"price_minor": 10_000_001}, "/price_minor"),
        ({"pay": {"model": "daily"}}, "/pay/model"),
        ({"pay": {"model": "submission", "bonus": {"measure": "rubric", "most_bps": 1}}}, "/pay/bonus/measure"),
        ({"overlap": 3}, "/overlap"),
    ],
)  # fmt: skip
def test_a_wrong_price_is_refused_with_its_pointer(api, project, fields, pointer):
    status, problem = price(api, project, **fields)
    assert (status, pointers(problem)) == (422, [pointer])
    project.refresh_from_db()
    assert (project.price_minor, project.pay, project.overlap) == (1000, {}, 1)


def test_the_action_refuses_what_is_no_price(project):
    with pytest.raises(Refused) as caught:
        pricing.reprice(project_id=project.pk, fields={"brief": "x"}, by=BY)
    assert [fault.pointer for fault in caught.value.faults] == ["/brief"]


def test_a_draft_and_a_closed_project_are_not_repriced(api, project):
    draft = work.project(active=False, client=api.organization)
    projects.close(project_id=project.pk, by=BY)
    for row in (draft, project):
        status, problem = price(api, row, price_minor=1)
        assert (status, problem["code"]) == (409, "wrong_state")
    assert Project.objects.get(pk=draft.pk).price_minor == 500


def test_another_clients_project_is_not_there(project):
    assert price(Api(), project, price_minor=1)[0] == 404
