"""The reconciliation desk: a difference is taken and settled by people; the page of proofs."""

import pytest
from django.urls import reverse

from payments.actions import differences
from payments.actions.comparisons.register import compare
from payments.models import Difference
from payments.states import ComparisonName
from tests.support.desk import Desk, done, faults
from tests.support.factories_payments import BY

pytestmark = pytest.mark.django_db
TABLE = "payments/difference"


def test_staff_take_a_difference_and_settle_it():
    row = differences.found(
        kind="cash_gap", subject="currency:usd", reason="Ours 1, theirs 2.", currency="usd",
        ours_minor=100, theirs_minor=250, by=BY,
    )  # fmt: skip
    ada = Desk(administrator=True)
    page = ada.page(TABLE)
    assert "$1.00" in page
    assert "$2.50" in page
    assert "Ours 1, theirs 2." in ada.page(TABLE, f"{row.pk}/decide/")
    assert done(ada.decide(TABLE, row, what="take"))
    assert faults(ada.decide(TABLE, row, what="resolve"))
    assert done(ada.decide(TABLE, row, what="resolve", resolution="A top-up by hand, booked."))
    row.refresh_from_db()
    assert (row.state, row.resolution) == ("resolved", "A top-up by hand, booked.")
    assert row.owner is not None


def test_a_difference_without_amounts_is_shown_too():
    differences.found(kind="books", subject="entry_sums:entry:1", reason="Off by 1.", by=BY)
    differences.found(kind="odd", subject="x", reason="In ducats.", ours_minor=7, by=BY)
    page = Desk(administrator=True).page(TABLE)
    assert "Off by 1." in page
    assert "In ducats." in page


def test_the_page_of_proofs_says_when_and_what_is_open():
    compare(ComparisonName.CLEARING, by=BY)
    differences.found(kind="cash_gap", subject="currency:usd", reason="Off.", by=BY)
    browser = Desk(administrator=True).browser
    page = browser.get(reverse("admin:payments_proofs")).content.decode()
    assert "both sides agree" in page
    assert "R3: our cash at Stripe" in page
    assert page.count("not yet") == len(ComparisonName) - 1
    assert "state__exact=open" in page
    assert Difference.objects.count() == 1
