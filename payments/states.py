"""Who may become what in `payments`, as data."""

from django.db import models


class DepositMethod(models.TextChoices):
    """How a client's money comes in. The last two we begin ourselves."""

    CARD = "card", "Card"
    BANK_TRANSFER = "bank_transfer", "Bank transfer"
    TOP_UP = "top_up", "Automatic top-up"
    CASH_BALANCE = "cash_balance", "Rest of a bank transfer"


# What came so has no card to go back to: Stripe asks the client by e-mail for a bank account.
# https://docs.stripe.com/payments/customer-balance/refunding
BY_TRANSFER = (DepositMethod.BANK_TRANSFER, DepositMethod.CASH_BALANCE)


class DepositState(models.TextChoices):
    """A client's money on its way in. `paid` is final: a refund is a movement of its own."""

    CREATED = "created"
    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


DEPOSIT_MOVES = {
    "created": frozenset({"open", "paid", "failed", "void", "uncollectible"}),
    "open": frozenset({"paid", "failed", "expired", "void", "uncollectible"}),
    "failed": frozenset({"paid"}),
    "expired": frozenset({"paid"}),
    "uncollectible": frozenset({"paid", "void"}),
}


class ReservationState(models.TextChoices):
    """Money promised to one assignment or review."""

    HELD = "held"
    SPENT = "spent"
    RELEASED = "released"


RESERVATION_MOVES = {"held": frozenset({"spent", "released"})}


class EarningState(models.TextChoices):
    """An annotator's money for one piece of work. `taken`: taken back whole before it was paid."""

    PENDING = "pending", "Held"
    PAYABLE = "payable", "Payable"
    IN_TRANSIT = "in_transit", "On its way"
    PAID = "paid", "Paid"
    TAKEN = "taken", "Taken back"


EARNING_MOVES = {
    "pending": frozenset({"payable", "taken"}),
    "payable": frozenset({"in_transit", "taken"}),
    "in_transit": frozenset({"paid", "payable"}),
    "taken": frozenset({"pending", "payable"}),
}


class EarningKind(models.TextChoices):
    """What an earning is for. All but awards spend a reservation; the platform pays awards."""

    WORK = "work", "An accepted answer"
    REVIEW = "review", "A review"
    ADJUDICATION = "adjudication", "An adjudication"
    KILL_FEE = "kill_fee", "Work that the client called off"
    EXAM = "exam", "An exam"
    GOODWILL = "goodwill", "Goodwill"


AWARDS = ("exam", "goodwill")


class DifferenceState(models.TextChoices):
    """What our books and another record do not agree on, until a person has settled it."""

    OPEN = "open"
    RESOLVED = "resolved"


DIFFERENCE_MOVES = {"open": frozenset({"resolved"})}


class PayoutState(models.TextChoices):
    """The payout row is the outbox of the transfer. `unknown`: the call's outcome is not known."""

    READY = "ready", "About to be sent"
    SENDING = "sending", "Being sent"
    UNKNOWN = "unknown", "Being sent, and looked for at Stripe"
    SENT = "sent", "Sent to your account at Stripe"
    PART_REVERSED = "part_reversed", "Sent, and part of it taken back"
    REVERSED = "reversed", "Sent, and taken back"
    FAILED = "failed", "Not sent: payable again"
    FROZEN = "frozen", "Waits for a person"


MADE = ("sent", "part_reversed", "reversed")  # its transfer exists, though some may have come back
PAYOUT_MOVES = {
    "ready": frozenset({"sending", "sent", "frozen"}),
    "sending": frozenset({"sending", "sent", "unknown", "ready", "failed", "frozen"}),
    "unknown": frozenset({"sending", "sent", "frozen"}),
    "frozen": frozenset({"unknown", "sent"}),
    "sent": frozenset({"part_reversed", "reversed"}),
    "part_reversed": frozenset({"part_reversed", "reversed"}),
}


class ClawbackState(models.TextChoices):
    """Earned money that a person takes back. `waiting`: for the end of the payout that it is in."""

    ASKED = "asked"
    WAITING = "waiting"
    BOOKED = "booked"
    REFUSED = "refused"
    REVERSED = "reversed"


CLAWBACK_MOVES = {
    "asked": frozenset({"waiting", "booked", "refused"}),
    "waiting": frozenset({"booked"}),
    "booked": frozenset({"reversed"}),
}


class ReversalState(models.TextChoices):
    """The row is the outbox of the reversal of a transfer, like a payout is of the transfer."""

    READY = "ready"
    SENDING = "sending"
    UNKNOWN = "unknown"
    DONE = "done"
    REFUSED = "refused"


REVERSAL_MOVES = {
    "ready": frozenset({"sending", "done"}),
    "sending": frozenset({"sending", "done", "unknown", "refused"}),
    "unknown": frozenset({"sending", "done"}),
    "refused": frozenset({"done"}),
}


class DisputeState(models.TextChoices):
    """A client's bank asks for a payment back. An inquiry moves no money yet; `lost` can be won
    after all.
    """

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"


DISPUTE_MOVES = {
    "inquiry": frozenset({"open", "won", "lost", "closed"}),
    "closed": frozenset({"open", "won", "lost"}),
    "open": frozenset({"won", "lost"}),
    "lost": frozenset({"won"}),
}


class BankPayoutState(models.TextChoices):
    """Stripe's payout to an annotator's bank. A bank may send back what was paid, days later."""

    PENDING = "pending", "Stripe prepares it"
    IN_TRANSIT = "in_transit", "On its way to your bank"
    PAID = "paid", "Paid to your bank"
    FAILED = "failed", "Your bank sent it back"
    CANCELED = "canceled", "Stripe called it off"


BANK_PAYOUT_MOVES = {
    "pending": frozenset({"in_transit", "paid", "failed", "canceled"}),
    "in_transit": frozenset({"paid", "failed", "canceled"}),
    "paid": frozenset({"failed"}),
}


class EventState(models.TextChoices):
    """A Stripe event as stored, and what became of it."""

    RECEIVED = "received"
    APPLIED = "applied"
    IGNORED = "ignored"


EVENT_MOVES = {"received": frozenset({"applied", "ignored"})}


class RefundState(models.TextChoices):
    """A client's prepaid money on its way back. `requested` waits for a second person."""

    REQUESTED = "requested"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DECLINED = "declined"


REFUND_MOVES = {
    "requested": frozenset({"sending", "declined"}),
    "sending": frozenset({"sent", "failed"}),
    "sent": frozenset({"failed"}),  # a bank may send it back weeks later
}


class AtStripe(models.TextChoices):
    """What Stripe says of a refund. https://docs.stripe.com/refunds#manage-refunds"""

    PENDING = "pending", "on its way to the bank"
    ASKS = "requires_action", "waits for the client, whom Stripe asks for a bank account"
    SUCCEEDED = "succeeded", "sent by Stripe"
    FAILED = "failed", "failed"
    CANCELED = "canceled", "called off"


class RefundPartState(models.TextChoices):
    """The outbox of one refund at Stripe. `unknown`: the call's outcome is not known."""

    READY = "ready"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    FROZEN = "frozen"


REFUND_PART_MOVES = {
    "ready": frozenset({"sending", "sent", "failed"}),
    "sending": frozenset({"sending", "sent", "unknown", "ready", "failed", "frozen"}),
    "unknown": frozenset({"sending", "sent", "failed"}),
    "sent": frozenset({"failed"}),
    "frozen": frozenset({"unknown", "sent", "failed"}),
}


class LimitOf(models.TextChoices):
    """What a spend limit is about."""

    ALLOCATE = "allocate", "to projects"
    DEPOSIT = "deposit", "paying in"


class ComparisonName(models.TextChoices):
    """What is compared with what. The letters are those of docs/money.md."""

    PAYOUTS = "payouts", "R1: payouts that wait too long"
    EVENTS = "events", "R2: events of Stripe's that never reached us"
    CASH = "cash", "R3: our cash at Stripe, and Stripe's balance"
    CLEARING = "clearing", "R4: clearing accounts that do not return to zero"
    TRANSFERS = "transfers", "R5: each transfer is one payout, and each payout one transfer"
    BOOKS = "books", "R6: our books with themselves"
    BANK = "bank", "R7: bank payouts that do not arrive"
    ACCOUNTS = "accounts", "R8: annotators' accounts as Stripe has them"


class RunState(models.TextChoices):
    """A payout run: collecting who is due, waiting for approval, approved (under way), over."""

    COLLECTING = "collecting"
    WAITING = "waiting"
    APPROVED = "approved"
    DONE = "done"
    CANCELLED = "cancelled"


RUN_OPEN = ("collecting", "waiting", "approved")
RUN_MOVES = {
    "collecting": frozenset({"waiting", "approved", "cancelled"}),
    "waiting": frozenset({"approved", "cancelled"}),
    "approved": frozenset({"done", "cancelled"}),
}


class RunItemState(models.TextChoices):
    """One annotator in a run; `skipped`: something stood in the way when its turn came."""

    WAITING = "waiting"
    BEGUN = "begun"
    SKIPPED = "skipped"


class GoodwillState(models.TextChoices):
    """Goodwill above the limit waits for a second person."""

    REQUESTED = "requested", "waits for a second person"
    PAID = "paid"
    DECLINED = "declined"


GOODWILL_MOVES = {"requested": frozenset({"paid", "declined"})}


class HoldContestState(models.TextChoices):
    """What an annotator says against a longer hold. `lapsed`: undecided in time, so they won."""

    OPEN = "open", "Being decided"
    WON = "won", "Won: the longer hold is lifted"
    LOST = "lost", "Lost: the longer hold stands"
    LAPSED = "lapsed", "Won, since nobody decided in time"


HOLD_CONTEST_MOVES = {"open": frozenset({"won", "lost", "lapsed"})}
