"""What staff read in place of the books' own names."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NOT_AN_AMOUNT = gettext_lazy(
    "Write an amount above zero, as 25 or 1,250.00, with no more decimals than the currency has."
)
ACCOUNTS = {
    "client_prepaid": gettext_lazy("Client: prepaid"),
    "project_funds": gettext_lazy("Project: free funds"),
    "project_reserved": gettext_lazy("Project: reserved for claimed work"),
    "annotator_pending": gettext_lazy("Annotator: earned, on hold"),
    "annotator_payable": gettext_lazy("Annotator: payable"),
    "annotator_in_transit": gettext_lazy("Annotator: in an open payout"),
    "annotator_returned": gettext_lazy("Annotator: came back, not decided on"),
    "annotator_debt": gettext_lazy("Annotator: owes"),
    "platform_fee": gettext_lazy("Platform: fees earned"),
    "platform_cost": gettext_lazy("Platform: exams and goodwill paid"),
    "platform_loss": gettext_lazy("Platform: losses borne"),
    "stripe_fees": gettext_lazy("Stripe's fees"),
    "stripe_cash": gettext_lazy("Cash at Stripe"),
    "platform_bank": gettext_lazy("Platform's own bank"),
    "clearing_charge": gettext_lazy("Clearing: charges"),
    "clearing_refund": gettext_lazy("Clearing: refunds"),
    "clearing_transfer": gettext_lazy("Clearing: transfers"),
    "clearing_reversal": gettext_lazy("Clearing: reversals"),
    "clearing_dispute": gettext_lazy("Clearing: disputes"),
}
ENTRIES = {
    "fund": gettext_lazy("A client paid in"),
    "allocate": gettext_lazy("Given to a project"),
    "take_back": gettext_lazy("Taken back from a project"),
    "reserve": gettext_lazy("Reserved for a claim"),
    "release": gettext_lazy("Promise ended, given back"),
    "accept": gettext_lazy("Work accepted"),
    "mature": gettext_lazy("Hold over, payable"),
    "award": gettext_lazy("Paid by the platform"),
    "payout_start": gettext_lazy("Payout begun"),
    "payout_done": gettext_lazy("Payout transferred"),
    "payout_failed": gettext_lazy("Payout failed"),
    "clawback": gettext_lazy("Money taken back"),
    "clawback_reversed": gettext_lazy("Clawback undone"),
    "reversal": gettext_lazy("A transfer came back"),
    "debt_settled": gettext_lazy("A debt settled"),
    "write_off": gettext_lazy("A debt let go of"),
    "refund": gettext_lazy("Refund begun"),
    "refund_failed": gettext_lazy("Refund failed"),
    "dispute": gettext_lazy("Taken by the bank (dispute)"),
    "dispute_won": gettext_lazy("Given back by the bank"),
    "dispute_made_good": gettext_lazy("Loss of a dispute made good"),
    "stripe_txn": gettext_lazy("Seen in Stripe's books"),
}
PAYOUTS = {
    "ready": gettext_lazy("about to be sent"),
    "sending": gettext_lazy("being sent"),
    "unknown": gettext_lazy("being sent, and looked for at Stripe"),
    "sent": gettext_lazy("sent to their account at Stripe"),
    "part_reversed": gettext_lazy("sent, and part of it taken back"),
    "reversed": gettext_lazy("sent, and taken back"),
    "failed": gettext_lazy("not sent: payable again"),
    "frozen": gettext_lazy("waits for a person"),
}
DIFFERENCES = {
    "account_unread": gettext_lazy("an account that could not be read for a day"),
    "bank_payout_late": gettext_lazy("a bank payout that is late"),
    "books": gettext_lazy("our books with themselves"),
    "cash_gap": gettext_lazy("cash at Stripe that differs"),
    "clawback_contested": gettext_lazy("a clawback that is contested"),
    "clearing_rest": gettext_lazy("an old rest of a clearing account"),
    "deposit_amount": gettext_lazy("a deposit of another amount"),
    "deposit_by_hand": gettext_lazy("an invoice marked as paid by hand"),
    "deposit_key": gettext_lazy("a deposit asked for twice"),
    "dispute": gettext_lazy("a payment disputed with the bank"),
    "dispute_sums": gettext_lazy("sums of a dispute that differ"),
    "payout_contradicted": gettext_lazy("a transfer that our payout contradicts"),
    "payout_details": gettext_lazy("bank details that changed"),
    "payout_schedule": gettext_lazy("Stripe pays our balance out by itself"),
    "payout_schedule_unread": gettext_lazy("our key may not read Stripe's payout schedule"),
    "payout_stuck": gettext_lazy("a payout that waits too long"),
    "refund_contradicted": gettext_lazy("a refund that Stripe tells otherwise"),
    "refund_frozen": gettext_lazy("a refund that needs a person"),
    "refund_unknown": gettext_lazy("a refund that is none of ours"),
    "reversal_by_hand": gettext_lazy("a reversal made by hand at Stripe"),
    "reversal_orphan": gettext_lazy("a reversal of no payout of ours"),
    "reversal_refused": gettext_lazy("a reversal that Stripe refused"),
    "reversal_unclear": gettext_lazy("a reversal that may have worked"),
    "transfer_missing": gettext_lazy("a payout without its transfer"),
    "transfer_orphan": gettext_lazy("a transfer of no payout of ours"),
}
STATES = {
    "payout": PAYOUTS,
    "clawback": {
        "asked": gettext_lazy("waits for a second person"),
        "waiting": gettext_lazy("waits for the end of a payout"),
        "booked": gettext_lazy("taken back"),
        "refused": gettext_lazy("not taken back after all"),
        "reversed": gettext_lazy("was wrong, given back"),
    },
    "holdcontest": {
        "open": gettext_lazy("to be decided"),
        "won": gettext_lazy("the longer hold was lifted"),
        "lost": gettext_lazy("the longer hold stands"),
        "lapsed": gettext_lazy("lifted: nobody decided in time"),
    },
    "reversal": {
        "ready": gettext_lazy("about to be asked for"),
        "sending": gettext_lazy("being asked for"),
        "unknown": gettext_lazy("being asked for, and looked for at Stripe"),
        "done": gettext_lazy("came back"),
        "refused": gettext_lazy("refused by Stripe: it stays a debt"),
    },
    "refund": {
        "requested": gettext_lazy("waits for a second person"),
        "sending": gettext_lazy("on its way"),
        "sent": gettext_lazy("sent to the client"),
        "failed": gettext_lazy("came back: prepaid again"),
        "declined": gettext_lazy("declined"),
    },
    "refundpart": {
        "ready": gettext_lazy("about to be sent"),
        "sending": gettext_lazy("being sent"),
        "unknown": gettext_lazy("being sent, and looked for at Stripe"),
        "sent": gettext_lazy("sent"),
        "failed": gettext_lazy("came back"),
        "frozen": gettext_lazy("waits for a person"),
    },
    "dispute": {
        "inquiry": gettext_lazy("the bank asks: nothing taken yet"),
        "open": gettext_lazy("taken by the bank, not decided"),
        "won": gettext_lazy("won: given back"),
        "lost": gettext_lazy("lost"),
        "closed": gettext_lazy("inquiry closed"),
    },
    "deposit": {
        "created": gettext_lazy("begun"),
        "open": gettext_lazy("waits for the client to pay"),
        "paid": gettext_lazy("paid"),
        "failed": gettext_lazy("failed"),
        "expired": gettext_lazy("not paid in time"),
        "void": gettext_lazy("called off"),
        "uncollectible": gettext_lazy("given up"),
    },
    "reservation": {
        "held": gettext_lazy("reserved"),
        "spent": gettext_lazy("paid for accepted work"),
        "released": gettext_lazy("given back to the project"),
    },
    "payoutrun": {
        "collecting": gettext_lazy("being listed: look again in a minute"),
        "waiting": gettext_lazy("waits for approval: nothing has been sent"),
        "approved": gettext_lazy("approved: its payouts are being begun"),
        "done": gettext_lazy("all its payouts have been begun"),
        "cancelled": gettext_lazy("cancelled"),
    },
    "payoutrunitem": {
        "waiting": gettext_lazy("not begun yet"),
        "begun": gettext_lazy("payout begun"),
        "skipped": gettext_lazy("skipped"),
    },
    "bankpayout": {
        "pending": gettext_lazy("Stripe prepares it"),
        "in_transit": gettext_lazy("on its way to their bank"),
        "paid": gettext_lazy("paid to their bank"),
        "failed": gettext_lazy("their bank sent it back"),
        "canceled": gettext_lazy("Stripe called it off"),
    },
    "stripeevent": {
        "received": gettext_lazy("stored, not applied yet"),
        "applied": gettext_lazy("applied"),
        "ignored": gettext_lazy("stored: nothing to do"),
    },
    "goodwillrequest": {
        "requested": gettext_lazy("waits for a second person"),
        "paid": gettext_lazy("paid"),
        "declined": gettext_lazy("declined"),
    },
}
DISPUTE_REASONS = {
    "fraudulent": gettext_lazy("the card's owner does not know it"),
    "duplicate": gettext_lazy("charged twice"),
    "product_not_received": gettext_lazy("nothing received"),
    "product_unacceptable": gettext_lazy("not as described"),
    "subscription_canceled": gettext_lazy("cancelled before"),
    "unrecognized": gettext_lazy("the card's owner does not know it"),
    "credit_not_processed": gettext_lazy("a refund did not come"),
    "general": gettext_lazy("no reason given"),
}
TRANSFERS = {
    "active": gettext_lazy("can be paid"),
    "pending": gettext_lazy("Stripe looks at it"),
    "restricted": gettext_lazy("Stripe cannot pay it at the moment"),
    "unsupported": gettext_lazy("Stripe cannot pay it"),
    "none": gettext_lazy("not set up"),
}
PLACES = {
    "": gettext_lazy("nothing yet"),
    "pending": gettext_lazy("money on hold"),
    "payable": gettext_lazy("payable money"),
    "debt": gettext_lazy("nothing: it was paid already, and is owed"),
}
WAYS = {
    "payout": gettext_lazy("kept from a payout"),
    "reversal": gettext_lazy("taken from Stripe"),
    "returned": gettext_lazy("from money that had come back"),
    "write_off": gettext_lazy("let go of"),
}


def account(kind: str) -> str:
    """A kind of account, for people."""
    return str(ACCOUNTS.get(kind, kind))


def entry(kind: str) -> str:
    """A kind of entry, for people; one that we do not know keeps its own name."""
    return str(ENTRIES.get(kind, kind.replace("_", " ").capitalize()))


def payout(state: str) -> str:
    """How far a payout is, for staff; the states' own labels are for annotators."""
    return str(PAYOUTS.get(state, state))


def state(table: str, value: str) -> str:
    """What a row's state means to staff (`clawback`, `booked`)."""
    return str(STATES[table].get(value, value.replace("_", " ")))


def dispute_reason(code: str) -> str:
    """Why a payment is disputed; a code that we do not know in its own words."""
    return str(DISPUTE_REASONS.get(code, code.replace("_", " ")))


def transfers(status: str) -> str:
    """Whether an account at Stripe can be paid; a status that we do not know as it is."""
    return str(TRANSFERS.get(status or "none", status.replace("_", " ")))


def way(code: str) -> str:
    """How a debt was settled."""
    return str(WAYS.get(code, code.replace("_", " ")))


def place(code: str) -> str:
    """What money was taken from."""
    return str(PLACES.get(code, code))


def difference(kind: str) -> str:
    """What was found; a kind that we do not know in its own words."""
    return str(DIFFERENCES.get(kind, kind.replace("_", " ")))


def bearer(kind: str, whose: str, amount: str) -> str:
    """Who bore a part of a dispute: `$7.00 of Ada Lab's prepaid money`."""
    place = {
        "client_prepaid": _("the client's prepaid money"),
        "project_funds": _("the free funds of a project"),
        "platform_loss": _("the platform"),
    }.get(kind, account(kind))
    named = f" ({whose})" if kind == "project_funds" and whose else ""
    return f"{place}{named}: {amount}"
