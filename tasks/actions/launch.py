"""The launch check: a project that nobody can do is not started by accident."""

from collections.abc import Sequence
from typing import Any

from marketplace.core.errors import Refused
from tasks.models import Project
from tasks.selectors import eligibility, told
from tasks.selectors.eligibility import Counts, Stopped

# What a client can change about each rule they are told of; the rules' own remedies speak to
# annotators.
REMEDIES = {
    "domain_missing": "Name a wider domain.",
    "credential_missing": "Ask for no credential, or name a wider domain.",
    "qualification_missing": "Ask for fewer qualifications, or have more experts take them.",
    "tier_too_low": "Ask for a lower tier.",
    "language_missing": "Ask for fewer languages.",
    "country_not_allowed": "Open the project to more countries.",
    "no_payout_rail": "Nothing in your hands: there is no way yet to pay in these countries.",
    "nda_missing": "Invite experts to sign the agreement first, or ask for none.",
    "shut_out": "Take experts off your deny list.",
    "not_invited": "Invite more experts, or open the project to all.",
    "not_in_team": "Have the team enlarged, or name none.",
}


def require_enough(row: Project) -> None:
    """Refuse a project for which too few experts are eligible at this moment.

    `nobody_eligible` where there is none, `too_few_eligible` where there are fewer than answers
    wanted of each task: an expert answers a task once, so it could never be finished. The answer
    names the rule that excludes most, and what would change it.
    """
    counts = eligibility.counts(row.pk)
    if counts.eligible >= row.overlap:
        return
    rules = [one for one in told.client_rules(counts.rules) if one.stops]
    raise Refused(
        "too_few_eligible" if counts.eligible else "nobody_eligible",
        f"{_found(row, counts)} {_why(rules, counts.everybody)} "
        'Send {"confirm": true} to start all the same.',
        data={
            "eligible": counts.eligible,
            "needed": row.overlap,
            "everybody": counts.everybody,
            "rules": [_rule(one) for one in rules],
        },
    )


def _found(row: Project, counts: Counts) -> str:
    if not counts.eligible:
        return "Nobody can do the tasks of this project now."
    return (
        f"Each task needs {row.overlap} experts, and only {counts.eligible} can do the tasks of "
        "this project now."
    )


def _why(rules: Sequence[Stopped], everybody: int) -> str:
    if not everybody:
        return "No expert has signed up yet."
    if not rules:
        return "There are no others at the moment."
    worst = max(rules, key=lambda one: one.stops)
    return (
        f"Most are excluded by “{worst.rule.title}”: {worst.stops} of {everybody}. "
        f"{REMEDIES[worst.rule.code]}"
    )


def _rule(one: Stopped) -> dict[str, Any]:
    return {
        "rule": one.rule.code,
        "title": one.rule.title,
        "stops": one.stops,
        "alone": one.alone,
        "remedy": REMEDIES[one.rule.code],
    }
