"""How well reviewers find what is wrong and spare what is right, as later readings tell."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from accounts.models import User
from marketplace.core import clock
from tasks.models import ReviewCheck
from tasks.quality.reviewers import Rate, Verdicts, sensitivity, specificity
from tasks.states import CheckSource, Verdict

MOST = 200
POOL = 2000
LEAST_WRONG = 30


@dataclass(frozen=True, slots=True)
class Rates:
    """Sensitivity: of the wrong answers, how many were found; specificity: of the right ones, how
    many were let pass. Each with its exact 90 % interval."""

    found: Rate
    spared: Rate


def of_reviewers(user_ids: Iterable[Any], *, before: dt.datetime | None = None) -> dict[Any, Rates]:
    """The rates of each reviewer asked for, in one statement; as far as was known at `before`.

    Every review counts once, by what was found out last: gold, the senior who settled a difference,
    an audit, an appeal, an adjudication. That two readers agreed proves nothing, and counts not.
    """
    asked = list(user_ids)
    counts: Counter[tuple[Any, bool, bool]] = Counter(
        (user, right, verdict == Verdict.ACCEPT)
        for user, right, verdict in known(before)
        .filter(review__reviewer__in=asked)
        .values_list("review__reviewer_id", "was_right", "review__verdict")
    )
    return {user: _rates(counts, user) for user in asked}


def of_oneself(user: User) -> Rates:
    """One's own rates, as they stood when the week began (Monday, UTC). By the hour they would tell
    which answers had been known beforehand."""
    today = clock.now().date()
    monday = today - dt.timedelta(days=today.weekday())
    begun = dt.datetime.combine(monday, dt.time(), tzinfo=dt.UTC)
    return of_reviewers([user.pk], before=begun)[user.pk]


@dataclass(frozen=True, slots=True)
class Row:
    """One reviewer, the number of their verdicts, and their rates."""

    reviewer: User
    reviews: int
    rates: Rates


def everybody() -> list[Row]:
    """The 200 reviewers with the most verdicts, in two statements."""
    persons = User.objects.annotate(reviews=Count("review")).filter(reviews__gt=0)
    rows = list(persons.order_by("-reviews", "pk")[:MOST])
    rates = of_reviewers([person.pk for person in rows])
    return [Row(person, person.reviews, rates[person.pk]) for person in rows]


def known(before: dt.datetime | None = None) -> QuerySet[ReviewCheck]:
    """The last proof about each review, as far as there was one at `before`."""
    proofs = ReviewCheck.objects.exclude(source=CheckSource.AGREEMENT)
    rows = proofs.order_by("review", "-at", "-pk").distinct("review")
    return rows.filter(at__lt=before) if before else rows


def of_the_pool(domain: str) -> float | None:
    """Of the wrong answers in a domain, the share that its reviewers find at least (lower bound),
    by the 2,000 newest proofs; None with fewer than 30 wrong answers among them.
    """
    proofs = ReviewCheck.objects.exclude(source=CheckSource.AGREEMENT)
    newest = proofs.filter(review__task__project__domain=domain).order_by("-pk")
    last: dict[Any, tuple[bool, str]] = {}
    for review, right, verdict in newest.values_list("review", "was_right", "review__verdict")[
        :POOL
    ]:
        last.setdefault(review, (right, verdict))
    wrong = [verdict for right, verdict in last.values() if not right]
    if len(wrong) < LEAST_WRONG:
        return None
    missed = wrong.count(Verdict.ACCEPT)
    return sensitivity(Verdicts(found=len(wrong) - missed, missed=missed)).lower


def _rates(counts: Counter[tuple[Any, bool, bool]], user: Any) -> Rates:
    verdicts = Verdicts(
        found=counts[user, False, False],
        missed=counts[user, False, True],
        spared=counts[user, True, True],
        refused=counts[user, True, False],
    )
    return Rates(found=sensitivity(verdicts), spared=specificity(verdicts))
