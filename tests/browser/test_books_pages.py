"""The desks where money is taken back, disputed and proved; the annotator's side of it."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from accounts.models import AnnotatorProfile
from payments.actions import clawbacks, differences, disputes
from payments.actions.comparisons.register import compare
from payments.models import Clawback, Difference, Dispute
from payments.states import ComparisonName
from payments.stripe.gateway import DisputedMove, DisputeSeen
from tests.browser.looking import faults
from tests.browser.test_pages import MODES
from tests.payments.clawing import GRACE, REASON, earned, payable, sent
from tests.support import factories_accounts as people
from tests.support.factories_payments import BY, payable_annotator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def staff():
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    return person


def taken_back():
    """Somebody who owes for paid work, and for whose pending work more is asked than one may."""
    who = payable_annotator()
    paid = payable(who, 9_000)
    sent(who)
    clawbacks.ask(earning_id=paid.pk, amount_minor=4_000, reason=REASON, by=GRACE)
    clawbacks.ask(earning_id=earned(who, 20_000).pk, amount_minor=15_000, reason=REASON, by=GRACE)
    return who


def disputed():
    moves = (DisputedMove("txn_1", -70_000, 1500),)
    seen = DisputeSeen("du_1", "needs_response", "fraudulent", 70_000, "usd", "pi_1", None, moves)
    disputes._keep(seen, by=BY)


@pytest.mark.parametrize("mode", MODES)
def test_the_desks_of_money_taken_back_and_of_proofs(look, mode, request):
    taken_back()
    disputed()
    compare(ComparisonName.CLEARING, by=BY)
    differences.found(
        kind="transfer_orphan", subject="transfer:tr_1QabcDEF", currency="usd", ours_minor=0,
        theirs_minor=7_000, reason="Stripe has a transfer that is no payout of ours.", by=BY,
    )  # fmt: skip
    asked = Clawback.objects.get(state="asked")
    orphan = Difference.objects.get(kind="transfer_orphan").pk
    pages = {
        "clawbacks": (reverse("admin:payments_clawback_changelist"), ["$150.00", "$40.00"]),
        "clawback": (reverse("admin:payments_clawback_decide", args=[asked.pk]), [REASON]),
        "clawback_ask": (
            reverse("admin:payments_clawback_ask", args=[asked.earning_id]),
            ["$200.00"],
        ),
        "disputes": (reverse("admin:payments_dispute_changelist"), ["$700.00", "du_1"]),
        "dispute": (
            reverse("admin:payments_dispute_decide", args=[Dispute.objects.get().pk]),
            ["$700.00"],
        ),
        "differences": (reverse("admin:payments_difference_changelist"), ["$70.00"]),
        "difference": (
            reverse("admin:payments_difference_decide", args=[orphan]),
            ["Stripe has a transfer that is no payout of ours."],
        ),
        "proofs": (
            reverse("admin:payments_proofs"),
            ["R4: clearing accounts that do not return to zero"],
        ),
        "desk": (reverse("admin:index"), ["Differences"]),
    }
    assert faults(look(staff(), **mode), request, pages) == {}


@pytest.mark.parametrize("mode", MODES)
def test_the_annotator_sees_what_was_taken_and_their_statements(look, mode, request):
    who = AnnotatorProfile.objects.select_related("user").get(pk=taken_back().pk)
    pages = {
        "earnings_taken": (reverse("payments:earnings"), ["$40.00", REASON]),
        "statements": (reverse("payments:statements"), ["Statements"]),
    }
    assert faults(look(who.user, **mode), request, pages) == {}
