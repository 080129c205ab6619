"""Eligibility as one list of rules, each with a scope and a sentence for the person it stops.

`pair` rules compare an annotator with a project; their outcome is kept as candidate rows and asked
again when a task is claimed. `instant` rules hold only at the moment of the claim.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class AnnotatorFacts:
    """What the pair rules ask of an annotator.

    `credentials` are the domains of the verified credentials that have not expired; `payable` says
    that the country has a payout rail.
    """

    active: bool
    domains: frozenset[str]
    credentials: frozenset[str]
    languages: frozenset[str]
    country: str
    payable: bool


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project's requirements; no countries means any country."""

    domain: str
    credential_required: bool
    languages: frozenset[str]
    countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """An annotator before a project."""

    annotator: AnnotatorFacts
    project: ProjectFacts


@dataclass(frozen=True, slots=True)
class Moment:
    """What holds at the moment of a claim: claims open now and how many are allowed, and so on."""

    open_claims: int = 0
    most_claims: int = 1
    already_on_task: bool = False
    project_active: bool = True
    funded: bool = True


@dataclass(frozen=True, slots=True)
class Rule(Generic[Facts]):
    """`holds` says whether the facts pass; `sentence` tells a person why they do not.

    `code` is the stable code of the refusal.
    """

    code: str
    holds: Callable[[Facts], bool]
    sentence: Callable[[Facts], str]


def within(path: str, domain: str) -> bool:
    """Tell whether `path` is the domain or a node below it: `law.tax` lies in `law`."""
    return path == domain or path.startswith(f"{domain}.")


def any_within(paths: Iterable[str], domain: str) -> bool:
    """Tell whether one of the paths lies in the domain."""
    return any(within(path, domain) for path in paths)


def _country_allowed(pair: Pair) -> bool:
    return not pair.project.countries or pair.annotator.country in pair.project.countries


def _missing_languages(pair: Pair) -> str:
    missing = sorted(pair.project.languages - pair.annotator.languages)
    return f"This work needs languages you did not name: {', '.join(missing)}."


PAIR_RULES: tuple[Rule[Pair], ...] = (
    Rule(
        "annotator_suspended",
        lambda pair: pair.annotator.active,
        lambda _: "Your profile is suspended.",
    ),
    Rule(
        "domain_missing",
        lambda pair: any_within(pair.annotator.domains, pair.project.domain),
        lambda pair: f"This work is for experts in {pair.project.domain}.",
    ),
    Rule(
        "credential_missing",
        lambda pair: (
            not pair.project.credential_required
            or any_within(pair.annotator.credentials, pair.project.domain)
        ),
        lambda pair: f"This work needs a verified credential in {pair.project.domain}.",
    ),
    Rule(
        "language_missing",
        lambda pair: pair.project.languages <= pair.annotator.languages,
        _missing_languages,
    ),
    Rule(
        "country_not_allowed",
        _country_allowed,
        lambda _: "This work is not open to your country.",
    ),
    Rule(
        "no_payout_rail",
        lambda pair: pair.annotator.payable,
        lambda _: "There is no way yet to pay you in your country.",
    ),
)

CAP: Rule[Moment] = Rule(
    "cap_reached",
    lambda now: now.open_claims < now.most_claims,
    lambda now: (
        f"You have {now.open_claims} tasks open, and {now.most_claims} are allowed at once. "
        "Finish or give back one of them first."
    ),
)
ONCE: Rule[Moment] = Rule(
    "already_on_task",
    lambda now: not now.already_on_task,
    lambda _: "You are on this task already, or have seen another answer to it.",
)
OPEN: Rule[Moment] = Rule(
    "project_not_active",
    lambda now: now.project_active,
    lambda _: "This project hands out no tasks at the moment.",
)
FUNDED: Rule[Moment] = Rule(
    "funds_short",
    lambda now: now.funded,
    lambda _: (
        "The client's money for this work is used up for the moment. They have been told; "
        "nothing is handed out that could not be paid."
    ),
)
INSTANT_RULES: tuple[Rule[Moment], ...] = (CAP, ONCE, OPEN, FUNDED)


def failed(rules: Sequence[Rule[Facts]], facts: Facts) -> list[Rule[Facts]]:
    """The rules that the facts do not pass, in the order of the list."""
    return [rule for rule in rules if not rule.holds(facts)]


def eligible(pair: Pair) -> bool:
    """Tell whether every pair rule passes."""
    return not failed(PAIR_RULES, pair)


def score(pair: Pair) -> int:
    """How well the project suits the annotator, to rank projects: higher comes first.

    A verified credential in the domain counts most (100), then how narrow the project's domain is
    (10 for each level): an expert's scarce field comes before work that many others can do.
    """
    proven = any_within(pair.annotator.credentials, pair.project.domain)
    return 100 * proven + 10 * (pair.project.domain.count(".") + 1)
