"""The report of a run, from three places: the doors as people saw them, the tables, and Stripe."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from marketplace.ops import figures, proof
from marketplace.ops.demo.accuracy import accuracy_of_results
from marketplace.ops.demo.report import Quality, Report
from marketplace.ops.demo.sources.base import DemoItem, DemoSource, Row
from marketplace.ops.demo.tally import Tally
from marketplace.ops.drive.stripe_local import StripeControl
from tasks.interface.spec import Interface


def report(
    source: DemoSource,
    items: Sequence[DemoItem],
    records: Sequence[Row],
    tally: Tally,
    stripe: StripeControl,
    *,
    quality: Quality,
    history: Counter[str],
    annotators: int,
    seconds: float,
) -> Report:
    """All figures; `records` are the lines of the client's export, `history` what the annotators'
    own pages say became of their claims.
    """
    terms, counts = source.terms, tally.counts
    problems = [f"{one.proof}, {one.subject}: {one.detail}" for one in proof.run()]
    money = figures.money(terms.currency)
    answers = {record["external_id"]: record["answer"] for record in records}
    earned = history["accepted"] * terms.price_minor + tally.reviews() * terms.review_price_minor
    return Report(
        tasks=len(items),
        submissions=counts["submissions"],
        accepted=history["accepted"],
        rejected=history["rejected"],
        expired=figures.claims("expired"),
        results=len(records),
        accuracy_of_results=accuracy_of_results(Interface.parse(source.interface), items, answers),
        claims_double=figures.claims_double(),
        ledger_sum=figures.ledger_sum(),
        deposits_minor=money.deposits_minor,
        paid_minor=money.paid_minor,
        stripe_paid_minor=stripe.transferred(terms.currency),
        fees_minor=money.fees_minor,
        audit_rows=len(problems),
        seconds=round(seconds, 1),
        currency=terms.currency,
        overlap=terms.overlap,
        returned=counts["corrections"],
        reviews=tally.reviews(),
        annotators=annotators,
        stripe_deposits_minor=stripe.charged(terms.currency),
        owed_minor=money.owed_minor,
        funds_left_minor=money.left_minor,
        expected_minor=earned,
        audit_entries=figures.audit_entries(),
        audit_problems=problems,
        **asdict(quality),
    )
