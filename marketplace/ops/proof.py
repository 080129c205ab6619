"""The proof of the books: every audit view, which returns no row where all is well.

The queries are views in the database (ops migrations), so that anybody with `psql` can run one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

# A statement of the web may take seconds; this one reads all books: seven for a million legs.
LONGEST = "15min"
# view -> what must hold
PROOFS = {
    "entry_sums": "The legs of each ledger entry sum to zero.",
    "cached_balances": "Each kept balance is the sum of its legs.",
    "untracked_cached": "A pot whose balance is summed keeps none.",
    "overdrawn_pots": "No pot is overdrawn, and no debt is positive.",
    "reserved": "What is reserved is what is promised: price and fee of every held reservation.",
    "earnings": "Pending and payable pots are the sums of the earnings in that state.",
    "earning_lines": "The lines of an earning sum to its amount.",
    "in_transit": "What is in transit is in open payouts.",
    "payout_amounts": "Each payout, with the debt that it kept, is the sum of its earnings.",
    "paid_without_transfer": "An earning is paid exactly when its payout is sent.",
    "sent_payouts": "Each payout that was sent is booked once, with its amount.",
    "transfers": "One transfer belongs to one payout.",
    "contradictions": "No transfer at Stripe contradicts our payouts.",
    "clawbacks": "What is taken back is booked as it says, and what was wrong is mirrored.",
    "debts": "Debts are the unsettled clawbacks of paid money, and their parts sum up.",
    "reversals": "What came back of transfers is booked, and is in its payout.",
    "disputes": "Disputes are booked, freeze while they last, and let go when they are won.",
    "deposits": "Each deposit is booked once it is paid, with its amount, and not before.",
    "refunds": "Each refund is booked with its amount and its parts, and what came back of it.",
    "work_paid": "An accepted assignment has one earning within its quote, any other has none.",
    "quotes": "The most of a quote is reserved, and an answer is paid its base at least.",
    "kill_fees": "A claim that was called off has one kill fee, or its promise was given back.",
    "reviews_paid": "A review that was done has one earning of its quoted price.",
    "adjudications_paid": "An adjudication that was done has one earning of its price.",
    "earned_for_nothing": "Each earning has its work.",
    "unfunded_claims": "Money stays reserved from the claim until the verdict is final.",
    "slots": "A task has no more live claims than slots.",
    "annotator_twice": "Nobody answers a task twice.",
    "own_reviews": "Nobody reviews their own work.",
    "skills": "Each skill is what its last event says.",
    "review_requests": "A request for a review is taken exactly while somebody has it.",
    "gold_results": "Gold has no result: it is no work to be delivered.",
    "months": "A month that is summed up is the sum of its legs.",
    "self_billed": "A self-billed invoice says what its payout sent.",
    "credit_notes": "Self-billed invoices less credit notes are pay less what was taken back.",
    "clearing": "Clearing accounts return to zero within a week.",
    "dead_jobs": "No promised job was given up.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of an audit view: which rule is broken, by what, and how."""

    proof: str
    subject: str
    detail: str


def run(*, most: int = 100) -> list[Finding]:
    """What is wrong with the books now, `most` findings of each proof; nothing where all is well.

    One statement, hence one snapshot: work under way is seen whole or not at all.
    """
    one = "(SELECT proof, subject, detail FROM audit_{} LIMIT %s)"
    query = " UNION ALL ".join(one.format(name) for name in PROOFS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'")
        cursor.execute(query, [most] * len(PROOFS))
        return [Finding(*row) for row in cursor.fetchall()]


def summary(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings each proof has; every proof is named, also those without."""
    return {name: sum(found.proof == name for found in findings) for name in PROOFS}
