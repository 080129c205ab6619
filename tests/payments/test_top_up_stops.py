"""When an automatic top-up must not charge the card: a dispute, and a client that takes money back."""

from marketplace.core.actors import Actor, ActorKind
from marketplace.core.models import AuditEntry
from payments.actions import disputes
from payments.models import Deposit, TopUpRule
from tests.payments.clients import prepaid
from tests.payments.money import pass_time, run_jobs
from tests.payments.refunding import ask
from tests.payments.test_top_ups import charged, ready, round_of_jobs
from tests.support.factories_payments import BY


def again(local, org):
    """What was charged, once the rule has looked at the money again."""
    pass_time(minutes=6)
    round_of_jobs()
    return charged(local, org)


def test_a_disputed_top_up_is_not_followed_by_the_next_while_the_client_stands_still(local):
    org = ready(local)
    round_of_jobs()
    assert (prepaid(org), charged(local, org)) == (5000, [5000])
    made = local.stripe.open_dispute(Deposit.objects.get().payment_intent)
    disputes.settle(made["id"], by=BY)
    assert (prepaid(org), again(local, org)) == (0, [5000])
    local.stripe.move_dispute(made["id"], "lost")
    disputes.settle(made["id"], by=BY)
    assert again(local, org) == [5000]
    row = disputes.Dispute.objects.get()
    disputes.thaw(dispute_id=row.pk, why="They pay anew.", by=Actor(ActorKind.STAFF, "1"))
    assert again(local, org) == [5000, 5000]


def test_money_that_was_taken_back_is_not_charged_anew(local):
    org = ready(local)
    round_of_jobs()
    owner = Actor(ActorKind.USER, str(org.memberships.get().user_id))
    ask(org, owner, 3000)
    run_jobs()
    rule = TopUpRule.objects.get()
    assert (rule.active, again(local, org)) == (True, [5000])  # the floor, 2000, is there still
    ask(org, owner, 1)
    run_jobs()
    assert again(local, org) == [5000]
    rule.refresh_from_db()
    assert (rule.active, rule.off_reason) == (False, "Switched off: prepaid money was asked back.")
    entry = AuditEntry.objects.get(verb="switched_top_up_off")
    assert (entry.actor, entry.reason) == (owner.key, rule.off_reason)
    ask(org, owner, 1)  # off already
    assert AuditEntry.objects.filter(verb="switched_top_up_off").count() == 1
