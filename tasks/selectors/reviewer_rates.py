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
from tasks.states import Verdict

MOST = 200


@dataclass(frozen=True, slots=True)
class Rates:
    """Sensitivity: of the wrong answers, how many were found; specificity: of the right ones, how
    many were let pass. Each with its exact 90 % interval."""

    found: Rate
    spared: Rate


def of_reviewers(user_ids: Iterable[Any], *, before: dt.datetime | None = None) -> dict[Any, Rates]:
    """The rates of each reviewer asked for, in one statement; as far as was known at `before`.

    Every review counts once, by what was found out last: gold, a second reading or the senior who
    settled it, an audit, an appeal, an adjudication.
    """
    asked = list(user_ids)
    counts: Counter[tuple[Any, bool, bool]] = Counter(
        (user, right, verdict == Verdict.ACCEPT)
        for user, right, verdict in _last(before)
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


def _last(before: dt.datetime | None) -> QuerySet[ReviewCheck]:
    known = ReviewCheck.objects.order_by("review", "-at", "-pk").distinct("review")
    return known.filter(at__lt=before) if before else known


def _rates(counts: Counter[tuple[Any, bool, bool]], user: Any) -> Rates:
    verdicts = Verdicts(
        found=counts[user, False, False],
        missed=counts[user, False, True],
        spared=counts[user, True, True],
        refused=counts[user, True, False],
    )
    return Rates(found=sensitivity(verdicts), spared=specificity(verdicts))
