"""The rule that decides the demo's exit code: do the counts and the money of a report add up?"""

from collections.abc import Callable, Iterator

from marketplace.ops.demo.report import Report


def faults(report: Report) -> list[str]:
    """Everything that does not add up, one sentence each; an empty list means exit code 0."""
    return [sentence for rule in RULES for sentence in rule(report)]


def exit_code(found: list[str]) -> int:
    """0 where nothing is wrong, 1 otherwise."""
    return 1 if found else 0


def _counts(report: Report) -> Iterator[str]:
    """Each task has its result, each hand-in its verdict, each result its answers."""
    if report.tasks <= 0:
        yield "No task was posted."
    if report.results != report.tasks:
        yield f"{report.tasks} tasks were posted, but {report.results} results delivered."
    judged = report.accepted + report.rejected + report.returned
    if judged != report.submissions:
        yield f"{report.submissions} answers were handed in, but {judged} have a verdict."
    needed = report.tasks * report.overlap
    if report.accepted < needed:
        yield f"{report.accepted} answers were accepted, but the tasks need {needed}."
    if report.claims_double:
        yield f"{report.claims_double} claims were given out twice."


def _quality(report: Report) -> Iterator[str]:
    """Gold was answered, experts differed and somebody decided, a rejection was appealed, and the
    delivery is warranted."""
    if report.gold_tasks and not report.gold_answers:
        yield "Nobody was given a task with a known answer."
    if report.contested and not report.adjudicated:
        yield "Experts differed, and nobody decided."
    if report.rejected and not report.appeals:
        yield "Answers were rejected, and nobody appealed."
    if report.lots < 1:
        yield "Nothing was delivered in lots."


def _ledger(report: Report) -> Iterator[str]:
    """The legs sum to zero; what came in is what went out and what is left; all is audited."""
    if report.ledger_sum != 0:
        yield f"The ledger sums to {report.ledger_sum}, not 0."
    spent = report.paid_minor + report.owed_minor + report.fees_minor
    if report.deposits_minor != spent + report.funds_left_minor:
        yield (
            f"Deposits are {report.deposits_minor}, but paid, owed, fees and funds left are "
            f"{spent + report.funds_left_minor}."
        )
    if report.paid_minor + report.owed_minor != report.expected_minor:
        yield (
            f"The verdicts earned {report.expected_minor}, but the ledger paid or owes "
            f"{report.paid_minor + report.owed_minor}."
        )
    if report.audit_entries <= 0:
        yield "No audit entry was written."
    if report.audit_rows:
        yield f"The audit views show {report.audit_rows} rows, not 0."
    yield from (f"Audit: {problem}" for problem in report.audit_problems)


def _stripe(report: Report) -> Iterator[str]:
    """The local Stripe saw the same money as the ledger, and some of it."""
    if report.paid_minor != report.stripe_paid_minor:
        yield f"The ledger paid {report.paid_minor}, but Stripe {report.stripe_paid_minor}."
    if report.deposits_minor != report.stripe_deposits_minor:
        yield (
            f"The ledger took in {report.deposits_minor}, but Stripe "
            f"{report.stripe_deposits_minor}."
        )
    if report.paid_minor <= 0:
        yield "Nobody was paid."
    negative = {
        "owed": report.owed_minor,
        "fees": report.fees_minor,
        "left": report.funds_left_minor,
    }
    yield from (
        f"Money below zero: {name} {value}." for name, value in negative.items() if value < 0
    )


RULES: tuple[Callable[[Report], Iterator[str]], ...] = (_counts, _quality, _ledger, _stripe)
