"""The desk's page that books what somebody moved by hand at Stripe, before it is booked."""

import pytest
from django.urls import reverse

from payments.models import Difference
from tests.browser.looking import faults
from tests.browser.test_books_pages import staff
from tests.browser.test_pages import MODES, keep
from tests.payments import clients
from tests.payments.by_hand_helpers import refund_by_hand, transfer_by_hand
from tests.payments.money import at_stripe
from tests.payments.refunding import paid

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pages(local):
    """A refund of a client's payment, a transfer to an annotator, and one that Stripe has not."""
    lab = clients.client()
    refund_by_hand(local, paid(local, lab, 100_000).payment_intent, 17_000)
    local.fund(50_000)
    transfer_by_hand(local, at_stripe(local), 7_000)
    gone = Difference.objects.create(
        kind="refund_unknown", subject="refund:re_3QabcDEFgone", currency="usd",
        theirs_minor=900, reason="A refund at Stripe is none of ours.",
    )  # fmt: skip
    refund, orphan = (
        Difference.objects.exclude(pk=gone.pk).get(kind=kind)
        for kind in ("refund_unknown", "transfer_orphan")
    )
    said = {
        "refund": (refund, ["A refund of $170.00", "Lab", "prepaid money falls"]),
        "transfer": (orphan, ["A transfer of $70.00", "It counts as a payout"]),
        "gone": (gone, ["Book what was moved by hand"]),
    }
    return {
        f"by_hand_{name}": (reverse("admin:payments_difference_book", args=[row.pk]), words)
        for name, (row, words) in said.items()
    }


@pytest.mark.parametrize("mode", MODES)
def test_what_would_be_booked_is_said_in_words(look, mode, request, pages):
    address, _ = pages.pop("by_hand_gone")
    eyes = look(staff(), **mode)
    assert faults(eyes, request, pages) == {}
    page = eyes.open(address)
    keep(page, "by_hand_gone", request)
    assert "Stripe does not have re_3QabcDEFgone." in page.inner_text("body")
    assert "This field is required." not in page.inner_text("body")
