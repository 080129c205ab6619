"""R8: accounts as we know them beside Stripe's, whatever Stripe answers about one of them."""

import datetime as dt

import pytest

from marketplace.core import clock
from payments.actions import differences
from payments.actions.comparisons.register import compare
from payments.models import ConnectedAccount, Difference
from payments.states import ComparisonName
from payments.stripe import accounts
from payments.stripe.gateway import StripeNotNow
from tests.payments.money import at_stripe, pass_time
from tests.support.factories_payments import BY


def opened(kind):
    return list(
        Difference.objects.filter(kind=kind, state="open").values_list("subject", flat=True)
    )


def test_accounts_are_read_again_after_a_day(local):
    who = at_stripe(local)
    account = ConnectedAccount.objects.get(annotator=who)
    ConnectedAccount.objects.update(checked_at=clock.now())
    assert compare(ComparisonName.ACCOUNTS, by=BY).checked == 0
    pass_time(hours=25)
    local.stripe.set_transfers(account.stripe_account, "restricted")
    ran = compare(ComparisonName.ACCOUNTS, by=BY)
    assert (ran.checked, ran.facts) == (1, {"changed": 1, "unread": 0, "unanswered": 0})
    account.refresh_from_db()
    assert account.transfers == "restricted"


def four_accounts(local):
    """Accounts at Stripe that were read long ago, in the order in which they are read again."""
    names = []
    for hours in (40, 39, 38, 37):
        row = ConnectedAccount.objects.get(annotator=at_stripe(local))
        when = clock.now() - dt.timedelta(hours=hours)
        ConnectedAccount.objects.filter(pk=row.pk).update(checked_at=when)
        names.append(row.stripe_account)
    return names


def test_an_account_that_stripe_tells_nothing_of_is_kept_and_the_others_are_read(
    local, monkeypatch
):
    """Its owner took our access away (403), and the event that says so was lost; or it is gone."""
    first, second, _, fourth = four_accounts(local)
    third = "acct_gone"
    ConnectedAccount.objects.filter(stripe_account=second).update(stripe_account=third)
    monkeypatch.setattr(accounts, "read_account", refusing(first))
    local.stripe.set_transfers(fourth, "restricted")
    ran = compare(ComparisonName.ACCOUNTS, by=BY)
    assert (ran.failure, ran.checked, ran.differences, ran.proves) == ("", 4, 2, False)
    assert ran.facts == {"changed": 1, "unread": 2, "unanswered": 0}
    assert set(opened("account_unread")) == {f"account:{first}", f"account:{third}"}
    assert Difference.objects.get(subject=f"account:{first}").reason == (
        "Stripe does not tell of this account, which we think is payable: account_invalid: "
        "Access may have been revoked."
    )
    assert ConnectedAccount.objects.get(stripe_account=fourth).transfers == "restricted"
    # it was asked for: nobody is asked for again before a day has passed
    assert compare(ComparisonName.ACCOUNTS, by=BY).checked == 0


def refusing(name):
    """Reading accounts as ever, but for one to which our access was taken away."""
    read = accounts.read_account

    def reading(account_id):
        if account_id == name:
            raise StripeNotNow("account_invalid", "Access may have been revoked.", 403)
        return read(account_id)

    return reading


@pytest.mark.parametrize("kind", ["drop_before", "429", "500_before"])
def test_a_passing_fault_is_no_difference_and_the_next_run_asks_again(local, kind):
    first, *_ = four_accounts(local)
    when = ConnectedAccount.objects.get(stripe_account=first).checked_at
    local.stripe.add_fault(kind, method="GET", path=first, times=9)
    ran = compare(ComparisonName.ACCOUNTS, by=BY)
    assert (ran.failure, ran.checked, ran.differences) == ("", 3, 0)
    assert ran.facts == {"changed": 0, "unread": 0, "unanswered": 1}
    assert not Difference.objects.exists()
    assert ConnectedAccount.objects.get(stripe_account=first).checked_at == when
    local.stripe.clear_faults()
    assert compare(ComparisonName.ACCOUNTS, by=BY).checked == 1
    assert ConnectedAccount.objects.get(stripe_account=first).checked_at > when


def test_an_account_that_can_be_read_again_settles_its_difference(local, monkeypatch):
    first, *_ = four_accounts(local)
    with monkeypatch.context() as patch:
        patch.setattr(accounts, "read_account", refusing(first))
        ran = compare(ComparisonName.ACCOUNTS, by=BY)
    assert (ran.failure, ran.checked, ran.differences) == ("", 4, 1)
    other = differences.found(kind="account_unread", subject="account:other", reason="x", by=BY)
    assert opened("account_unread")[0] == f"account:{first}"
    pass_time(hours=25)
    ran = compare(ComparisonName.ACCOUNTS, by=BY)
    assert (ran.checked, ran.proves) == (4, True)
    assert opened("account_unread") == [other.subject]


def test_when_no_account_is_answered_for_it_is_stripe_that_is_away(local):
    four_accounts(local)
    local.stripe.add_fault("500_before", method="GET", path="accounts", times=3)
    ran = compare(ComparisonName.ACCOUNTS, by=BY)
    assert (ran.failure.split(":")[0], ran.checked, ran.proves) == ("internal_error", 0, False)
    assert not Difference.objects.exists()
    local.stripe.add_fault("429", method="GET", path="accounts", times=2)
    ran = compare(ComparisonName.ACCOUNTS, by=BY)
    assert (ran.failure, ran.checked, ran.facts["unanswered"]) == ("", 2, 2)
    assert not Difference.objects.exists()
