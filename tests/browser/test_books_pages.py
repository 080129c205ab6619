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
from tests.browser.test_pages import MODES, keep
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


def looked_at(eyes, request, pages):
    """Each page by name: nothing complained of, no barrier, and nothing wider than a phone."""
    for name, address in pages.items():
        page = eyes.open(address)
        keep(page, name, request)
        assert eyes.complaints == [], name
        assert eyes.barriers(page) == [], name
        eyes.complaints.clear()  # axe's own styles


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
    pages = {
        "clawbacks": reverse("admin:payments_clawback_changelist"),
        "clawback": reverse("admin:payments_clawback_decide", args=[asked.pk]),
        "clawback_ask": reverse("admin:payments_clawback_ask", args=[asked.earning_id]),
        "disputes": reverse("admin:payments_dispute_changelist"),
        "dispute": reverse("admin:payments_dispute_decide", args=[Dispute.objects.get().pk]),
        "differences": reverse("admin:payments_difference_changelist"),
        "difference": reverse(
            "admin:payments_difference_decide",
            args=[Difference.objects.get(kind="transfer_orphan").pk],
        ),
        "proofs": reverse("admin:payments_proofs"),
        "desk": reverse("admin:index"),
    }
    looked_at(look(staff(), **mode), request, pages)


@pytest.mark.parametrize("mode", MODES)
def test_the_annotator_sees_what_was_taken_and_their_statements(look, mode, request):
    who = AnnotatorProfile.objects.select_related("user").get(pk=taken_back().pk)
    pages = {
        "earnings_taken": reverse("payments:earnings"),
        "statements": reverse("payments:statements"),
    }
    looked_at(look(who.user, **mode), request, pages)
