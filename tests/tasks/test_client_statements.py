"""A client's statements through its doors: the page, the files, the API; and nobody else's."""

import csv
import io
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.core import clock
from payments.actions import billing
from payments.models import Deposit
from payments.selectors import client_papers, movements
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work
from tests.support.api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    """$100.00 paid by invoice, $60.00 of it given, $5.00 and a fee of $1.00 spent."""
    org = people.organization("Lab")
    row = Deposit.objects.create(
        organization=org, currency="usd", amount_minor=10_000, state="paid", method="bank_transfer",
        invoice="in_7", payment_intent="pi_7", paid_at=clock.now(),
    )  # fmt: skip
    money.payment(row, "pi_7", 10_000)
    who = work.expert()
    made = work.project(client=org, name="Judge functions", fund=0, active=False, review_percent=0)
    work.money.allocate(
        organization_id=org.pk, pot=made.pot, currency="usd", amount_minor=6000, by=work.BY
    )
    work.projects.activate(project_id=made.pk, by=work.BY, confirm=True)
    work.matching.refresh_project(project_id=made.pk)
    work.check(work.submit(work.claim(who)))
    return made


def this_month():
    now = clock.now()
    return now.year, now.month


def signed_in(client, project):
    client.force_login(project.organization.memberships.get().user)


def link(name, *args, of=None):
    query = f"?organization={of.pk}" if of else ""
    return reverse(f"tasks:{name}", args=args) + query


def test_the_page_tells_the_month(client, project):
    signed_in(client, project)
    year, month = this_month()
    assert link("client_statements") in client.get(reverse("payments:client")).content.decode()
    listed = client.get(link("client_statements")).content.decode()
    for name in ("client_statement", "client_statement_pdf", "client_statement_csv"):
        assert link(name, year, month, of=project.organization) in listed
    page = client.get(link("client_statement", year, month)).content.decode()
    for words in ("Paid by bank transfer", "in_7", "Judge functions", "Accepted answers",
                  "$100.00", "-$5.00", "-$1.00", "$94.00", "Pay of experts"):  # fmt: skip
        assert words in page
    assert "project:" not in page


def test_the_sheet_sums_to_what_is_left(client, project):
    signed_in(client, project)
    year, month = this_month()
    reply = client.get(link("client_statement_csv", year, month))
    rows = list(csv.DictReader(io.StringIO(reply.content.decode())))
    assert [(row["what"], row["amount_minor"]) for row in rows] == [
        ("opening", "0"),
        ("fund bank_transfer", "10000"),
        ("work", "-600"),
        ("closing", "9400"),
    ]
    spent = rows[2]
    assert (spent["project_name"], spent["items"]) == ("Judge functions", "1")
    assert (spent["expert_pay_minor"], spent["platform_fee_minor"]) == ("500", "100")


def test_the_paper_names_both_sides(client, project, settings):
    settings.PLATFORM_NAME = "Market Ltd"
    data = {"legal_name": "Lab GmbH", "line1": "Weg 1", "city": "Bonn", "country": "DE"}
    billing.keep(
        organization_id=project.organization_id, **data, vat_id="DE123456789",
        purchase_order="PO-9", emails=[], by=people.owner_of(project.organization),
    )  # fmt: skip
    signed_in(client, project)
    year, month = this_month()
    reply = client.get(link("client_statement_pdf", year, month))
    assert (reply.status_code, reply["Content-Type"]) == (200, "application/pdf")
    assert reply.content.startswith(b"%PDF-")
    from_api = Api(project.organization).http.get(
        f"/api/v1/statements/{year}-{month:02d}/statement.pdf"
    )
    assert from_api.content == reply.content
    names = {project.pot: project.name}
    told = work_paper(project.organization, names)
    assert told.issuer[0] == "Market Ltd"
    assert told.addressee == [
        "Lab GmbH", "Weg 1", "Bonn", "DE", "VAT id DE123456789", "Purchase order PO-9",
    ]  # fmt: skip


def work_paper(organization, names):
    return client_papers.month(organization, movements.month(*this_month()), names)


def test_a_program_reads_the_same(project):
    api = Api(project.organization)
    year, month = this_month()
    name = f"{year}-{month:02d}"
    assert api.get("/statements") == (200, {"results": [name]})
    status, body = api.get(f"/statements/{name}")
    assert (status, body["month"]) == (200, name)
    (usd,) = body["currencies"]
    assert (usd["opening_minor"], usd["pay_minor"], usd["fee_minor"], usd["closing_minor"]) == (
        0, 500, 100, 9400,
    )  # fmt: skip
    (line,) = usd["lines"]
    assert (line["kind"], line["reference"], line["amount_minor"]) == ("fund", "in_7", 10_000)
    (spent,) = usd["spent"]
    assert spent == {
        "pot": project.pot, "project": "Judge functions", "kind": "work", "items": 1,
        "week": "{}-W{:02d}".format(*clock.now().isocalendar()), "pay_minor": 500, "fee_minor": 100,
    }  # fmt: skip
    assert api.get("/statements/2999-01")[0] == 404
    assert api.get("/statements/2026-13")[0] == 404


def test_nobody_elses(client, project):
    year, month = this_month()
    other = Api()
    assert other.get("/statements") == (200, {"results": []})
    assert other.get(f"/statements/{year}-{month:02d}")[1]["currencies"] == []
    client.force_login(other.organization.memberships.get().user)
    for name in ("client_statement", "client_statement_pdf", "client_statement_csv"):
        assert client.get(link(name, year, month, of=project.organization)).status_code == 404
        assert b"in_7" not in client.get(link(name, year, month)).content
    assert "Nothing was paid in yet" in client.get(link("client_statements")).content.decode()
    page = client.get(link("client_statement", year, month)).content.decode()
    assert "Nothing was paid in or spent" in page
    client.force_login(work.expert().user)
    assert client.get(link("client_statements")).status_code == 404


def test_reading_takes_the_same_queries_whatever_there_is(
    client, project, django_assert_num_queries
):
    signed_in(client, project)
    where = link("client_statement", *this_month())
    with CaptureQueriesContext(connection) as few:
        client.get(where)
    for _ in range(5):
        money.deposit(project.organization_id, 1000)
        money.fund(f"project:{uuid.uuid4()}", 500, organization_id=project.organization_id)
    with django_assert_num_queries(len(few)):
        client.get(where)
