"""The tables of money. Other apps use `payments.actions` and `payments.selectors`."""

from payments.models.bank_payout import BankPayout
from payments.models.billing import BillingDetails
from payments.models.clawback import Clawback, Recovery
from payments.models.comparison import Comparison
from payments.models.connected import BillingCustomer, ConnectedAccount
from payments.models.deposit import Deposit
from payments.models.difference import Difference
from payments.models.dispute import ClientFreeze, Dispute
from payments.models.earning import Earning
from payments.models.goodwill import GoodwillRequest
from payments.models.hand_booking import HandBooking
from payments.models.hold_contest import HoldContest
from payments.models.ledger import LedgerAccount, LedgerEntry, LedgerLeg
from payments.models.month import AccountMonth, BookMonth
from payments.models.pace import Pace
from payments.models.payout import Payout
from payments.models.payout_run import PayoutRun, PayoutRunItem
from payments.models.rail_wait import RailWait
from payments.models.refund import Refund, RefundPart
from payments.models.reservation import Reservation
from payments.models.reversal import Reversal
from payments.models.self_billing import SelfBilledInvoice, SelfBilledNote, SelfBillingAgreement
from payments.models.spend_limit import SpendLimit
from payments.models.stripe_event import StripeEvent
from payments.models.top_up import SavedCard, TopUpRule

__all__ = [
    "AccountMonth",
    "BankPayout",
    "BillingCustomer",
    "BillingDetails",
    "BookMonth",
    "Clawback",
    "ClientFreeze",
    "Comparison",
    "ConnectedAccount",
    "Deposit",
    "Difference",
    "Dispute",
    "Earning",
    "GoodwillRequest",
    "HandBooking",
    "HoldContest",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerLeg",
    "Pace",
    "Payout",
    "PayoutRun",
    "PayoutRunItem",
    "RailWait",
    "Recovery",
    "Refund",
    "RefundPart",
    "Reservation",
    "Reversal",
    "SavedCard",
    "SelfBilledInvoice",
    "SelfBilledNote",
    "SelfBillingAgreement",
    "SpendLimit",
    "StripeEvent",
    "TopUpRule",
]
