"""All comparisons under one roof: those of the money's tables, and R6, the audit of all."""

from marketplace.core.actors import Actor
from marketplace.ops import proof
from payments.actions import differences
from payments.actions.comparisons.register import COMPARISONS
from payments.actions.comparisons.register import compare as compare_money
from payments.actions.comparisons.running import Outcome, Ran, run
from payments.states import ComparisonName

KIND = "books"


def compare(name: ComparisonName, *, by: Actor) -> Ran:
    """Do one comparison now and keep what came of it; most are remote."""
    if name == ComparisonName.BOOKS:
        return run(name, prove_books, by=by)
    return compare_money(name, by=by)


def prove_books(by: Actor) -> Outcome:
    """R6: every audit view; each finding is kept for a person until the view is empty of it."""
    findings = proof.run()
    for found in findings:
        differences.found(
            kind=KIND,
            subject=f"{found.proof}:{found.subject}"[:120],
            reason=f"{proof.PROOFS[found.proof]} But: {found.detail}",
            by=by,
        )
    still = {f"{found.proof}:{found.subject}"[:120] for found in findings}
    differences.gone(kind=KIND, still=still, by=by)
    return Outcome(len(proof.PROOFS), len(findings), proof.summary(findings))


def names() -> list[ComparisonName]:
    """Every comparison there is, in the order of their letters."""
    return [name for name in ComparisonName if name in COMPARISONS or name == ComparisonName.BOOKS]
