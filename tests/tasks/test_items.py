"""Both sides of an item: what the client paid, the fee, the pay, and where the money is."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.core import clock
from payments.actions import contests
from payments.actions.earnings import mature
from payments.models import BankPayout, ConnectedAccount, Earning
from tests.payments import clawing
from tests.support import factories_tasks as work
from tests.support.api import Api
from tests.tasks.test_queue_api import BACKEND

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def who():
    return work.expert()


@pytest.fixture
def project(who):
    row = work.project(name="Judge", tasks=3, review_percent=0, price_minor=3000)
    answered(who)
    return row


def answered(who):
    work.check(work.submit(work.claim(who)))


def api_of(project):
    return Api(project.organization)


def of_client(api, project, query=""):
    status, body = api.get(f"/projects/{project.pk}/items{query}")
    assert status == 200
    return body["results"]


def of_annotator(who):
    client = Client()
    client.force_login(who.user, backend=BACKEND)
    reply = client.get("/api/v1/earnings")
    assert reply.status_code == 200
    return reply.json()["results"]


def paid(who, bank=""):
    """The earnings of an annotator go out, and perhaps on to a bank."""
    ConnectedAccount.objects.create(annotator=who, stripe_account="acct_1", transfers="active")
    Earning.objects.update(hold_until=clock.now())
    mature(by=work.BY)
    clawing.sent(who)
    if bank:
        BankPayout.objects.create(
            annotator=who, stripe_payout="po_1", currency="usd", amount_minor=3000, state=bank,
            arrives_on=(clock.now() + 2 * DAY).date(), made_at=clock.now() + DAY,
            paid_at=clock.now() if bank == "paid" else None,
            failed_at=clock.now() if bank == "failed" else None,
        )  # fmt: skip


def test_the_two_sides_read_the_same_figures(project, who):
    row = Earning.objects.get()
    (theirs,), (own,) = of_client(api_of(project), project), of_annotator(who)
    assert own == {
        "id": str(row.pk), "kind": "work", "what": row.label, "currency": "usd",
        "client_minor": 3600, "fee_minor": 600, "pay_minor": 3000, "lines": row.lines,
        "taken_minor": 0, "taken_back_minor": 0, "state": "pending", "hold_reason": row.hold_reason,
        "hold_until": row.hold_until.isoformat().replace("+00:00", "Z"), "payout_sent_at": None,
        "bank_on": None, "bank_state": "",
        "accepted_at": row.created_at.isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    assert "while you are new here" in own["hold_reason"]
    task = work.Project.objects.get().tasks.get(assignments__isnull=False)
    assert {name: theirs.pop(name) for name in ("task_id", "external_id", "annotator", "returned_minor")} == {
        "task_id": str(task.pk), "external_id": task.external_id,
        "annotator": str(who.pseudonym), "returned_minor": 0,
    }  # fmt: skip
    assert (
        theirs.pop("hold_reason")
        == "Accepted work waits for some days before its expert can be paid."
    )
    assert theirs.pop("payout_sent_on") is None
    for name in ("what", "taken_minor", "hold_reason", "bank_state", "payout_sent_at"):
        own.pop(name)
    assert theirs == own | {"hold_until": str(row.hold_until.date())}


@pytest.mark.parametrize(
    ("bank", "client_sees"), [("", False), ("in_transit", False), ("failed", False), ("paid", True)]
)
def test_when_it_was_paid_and_when_it_was_at_the_bank(project, who, bank, client_sees):
    paid(who, bank)
    (theirs,), (own,) = of_client(api_of(project), project), of_annotator(who)
    day = str((clock.now() + 2 * DAY).date())
    assert (own["state"], own["hold_until"], own["hold_reason"]) == ("paid", None, "")
    assert theirs["payout_sent_on"] == own["payout_sent_at"][:10]
    assert own["bank_on"] == (day if bank in {"in_transit", "paid"} else None)
    assert own["bank_state"] == (bank if bank in {"in_transit", "paid"} else "")
    assert theirs["bank_on"] == (day if client_sees else None)


def test_what_is_taken_back_is_shown_to_both(project, who):
    clawing.ask(Earning.objects.get(), 1000)
    (theirs,), (own,) = of_client(api_of(project), project), of_annotator(who)
    assert (theirs["returned_minor"], own["taken_minor"]) == (1200, 1000)
    assert theirs["taken_back_minor"] == own["taken_back_minor"] == 1000
    assert (theirs["client_minor"], own["pay_minor"]) == (3600, 3000)


def test_what_is_taken_back_after_it_was_paid_is_shown_to_both(client, project, who):
    paid(who)
    claw = clawing.ask(Earning.objects.get(), 1000)
    assert claw.taken_from == "debt"
    (theirs,), (own,) = of_client(api_of(project), project), of_annotator(who)
    assert theirs["taken_back_minor"] == own["taken_back_minor"] == 1000
    assert (theirs["returned_minor"], own["taken_minor"], own["state"]) == (1200, 0, "paid")
    client.force_login(who.user)
    assert "-$10.00" in client.get(reverse("payments:earnings")).content.decode()
    contests.reverse(clawback_id=claw.pk, why="The example came later.", by=clawing.ADA)
    (theirs,), own = of_client(api_of(project), project), of_annotator(who)
    assert theirs["taken_back_minor"] == own[-1]["taken_back_minor"] == 0


def test_nobody_elses(project, who):
    other = Api()
    assert other.get(f"/projects/{project.pk}/items")[0] == 404
    assert of_annotator(work.expert()) == []
    weak = Api(project.organization, scopes=["projects:read"])
    assert weak.get(f"/projects/{project.pk}/items")[0] == 403
    client = Client()
    client.force_login(other.organization.memberships.get().user)
    where = reverse("tasks:client_items", args=[project.pk])
    assert client.get(where).status_code == 404


def test_reviewers_are_not_told():
    row = work.project(tasks=1, review_percent=0)
    who = work.expert()
    answered(who)
    Earning.objects.update(source="review:00000000-0000-7000-8000-000000000001", kind="review")
    (item,) = of_client(api_of(row), row)
    assert (item["kind"], item["annotator"], item["task_id"]) == ("review", None, None)


def test_a_review_shares_nothing_with_the_answers_of_the_same_person(client, project, who):
    answered(who)
    review, _ = Earning.objects.order_by("-id")
    Earning.objects.filter(pk=review.pk).update(
        source="review:00000000-0000-7000-8000-000000000001", kind="review",
        lines=[{"kind": "base", "amount_minor": 3000, "text": "A review; tier 3 × 1.5"}],
    )  # fmt: skip
    held = of_client(api_of(project), project)
    paid(who, "paid")
    assert Earning.objects.values("payout").distinct().count() == 1
    gone = of_client(api_of(project), project)
    for reviewed, answered_ in (sorted(held, key=kind_of), sorted(gone, key=kind_of)):
        assert answered_["annotator"] == str(who.pseudonym)
        equal = {name for name in reviewed if reviewed[name] == answered_[name]}
        assert {name for name in equal if reviewed[name]} <= {
            "currency", "client_minor", "fee_minor", "pay_minor"
        }  # fmt: skip
        names = ("state", "hold_until", "hold_reason", "payout_sent_on", "bank_on")
        assert [reviewed[name] for name in names] == [None, None, "", None, None]
        assert reviewed["lines"] == [{"kind": "base", "amount_minor": 3000, "text": "A review"}]
    assert max(gone, key=kind_of)["payout_sent_on"] == str(clock.now().date())
    client.force_login(project.organization.memberships.get().user)
    page = client.get(reverse("tasks:client_items", args=[project.pk])).content.decode()
    assert page.count("Sent to the expert on") == 1
    assert page.count("You are not told who did this") == 1
    assert "tier 3" not in page


def kind_of(item):
    return item["kind"]


def test_the_pages(client, project, who):
    client.force_login(project.organization.memberships.get().user)
    where = reverse("tasks:client_items", args=[project.pk])
    overview = client.get(reverse("tasks:client_project", args=[project.pk])).content.decode()
    assert where in overview
    page = client.get(where).content.decode()
    for words in (
        "An accepted answer: t0",
        "$36.00",
        "$30.00",
        "$6.00",
        f"Annotator {str(who.pseudonym)[:8]}.",
    ):
        assert words in page
    assert who.user.email not in page
    assert "while you are new here" not in page
    client.force_login(who.user)
    page = client.get(reverse("payments:earnings")).content.decode()
    assert "The client paid $36.00; $6.00 of it is the platform" in page


def test_a_page_of_many_takes_as_many_queries_as_a_page_of_one(project, who):
    api = api_of(project)
    browser = Client()
    browser.force_login(project.organization.memberships.get().user)
    where = reverse("tasks:client_items", args=[project.pk])
    asks = [
        lambda: of_client(api, project),
        lambda: of_annotator(who),
        lambda: browser.get(where),
    ]
    of_client(api, project)  # a key's first use is written down
    before = [count(ask) for ask in asks]
    answered(who)
    answered(who)
    clawing.ask(Earning.objects.order_by("id").first(), 1000)
    assert len(of_client(api, project)) == 3
    assert [count(ask) for ask in asks] == before
    assert len(of_client(api, project, "?limit=2")) == 2


def count(ask):
    with CaptureQueriesContext(connection) as seen:
        ask()
    return len(seen)
