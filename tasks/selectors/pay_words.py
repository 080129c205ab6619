"""What a claim pays, in words: of its frozen quote, or of the one that it would get now."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import AnnotatorProfile, Credential
from accounts.selectors.domains import called
from accounts.states import CredentialState
from marketplace.core import clock
from payments.currencies import major
from payments.pay.quote import Basis, Quote, quote, share
from payments.pay.settle import earned
from payments.pay.terms import WHOLE, Terms, moment
from tasks.models import Assignment, Project

Names = Mapping[str, str]  # of domains, by path


@dataclass(frozen=True, slots=True)
class Words:
    """`price` is the main thing, `parts` what may be added to it, each a phrase."""

    price: str
    parts: tuple[str, ...] = ()


def of_claim(row: Assignment) -> Words:
    """What this claim pays."""
    raised = row.quote.get("domain_bps", WHOLE) != WHOLE
    names = called([row.quote["domain"]] if raised else [])
    return _words(row.quote, row.price_minor, row.currency, names)


def of_correction(row: Assignment) -> str:
    """Whether handing in a correction of this claim is paid, as a sentence."""
    agreed = row.quote
    if agreed.get("model") == "hourly":
        return _(
            "This correction is paid by the hour, like the work before it, up to the same cap."
        )
    if agreed.get("correction_minor"):
        values = {"money": major(agreed["correction_minor"], row.currency)}
        return _("This correction is paid: %(money)s more, once the answer is accepted.") % values
    return _("This correction is not paid for apart: it belongs to the task's price.")


def of_openings(projects: Iterable[Project], annotator: AnnotatorProfile) -> dict[Any, Words]:
    """What a claim of each project would pay this annotator now, by the project's id."""
    rows, now = list(projects), clock.now()
    asked = any(row.pay.get("domains") for row in rows)
    paths = _proven(annotator, now) if asked else []
    names = called(path for row in rows for path in row.pay.get("domains", ()))
    found = {}
    for row in rows:
        basis = Basis(
            row.price_minor, row.fee_bps, row.expected_minutes, annotator.tier, paths, now
        )
        found[row.pk] = _words(quote(row.pay, basis), row.price_minor, row.currency, names)
    return found


def of_project(row: Project) -> Words:
    """What an answer pays whoever may come; of what depends on them, by how much more."""
    return of_projects([row])[row.pk]


def of_projects(projects: Iterable[Project]) -> dict[Any, Words]:
    """The same for several, by their ids; the clock is asked only where a rush may be over."""
    rows = list(projects)
    rushes = any(row.pay.get("rush") for row in rows)
    now = clock.now() if rushes else dt.datetime.min.replace(tzinfo=dt.UTC)
    names = called(path for row in rows for path in row.pay.get("domains", ()))
    return {row.pk: _whoever(row, now, names) for row in rows}


def _whoever(row: Project, now: dt.datetime, names: Names) -> Words:
    plain = {name: part for name, part in row.pay.items() if name not in ("tiers", "domains")}
    basis = Basis(row.price_minor, row.fee_bps, row.expected_minutes, 1, (), now)
    words = _words(quote(plain, basis), row.price_minor, row.currency, names)
    return Words(words.price, (*_raising(row.pay, names), *words.parts))


def _raising(terms: Terms, names: Names) -> Iterable[str]:
    """By tier, then by field, the price is multiplied."""
    for tier, bps in sorted(terms.get("tiers", {}).items()):
        if bps != WHOLE:
            yield _("× %(factor)s for tier %(tier)s") % {"tier": tier, "factor": f"{bps / WHOLE:g}"}
    for path, bps in sorted(terms.get("domains", {}).items()):
        if bps != WHOLE:
            values = {"domain": names[path], "factor": f"{bps / WHOLE:g}"}
            yield _("× %(factor)s with a credential in %(domain)s") % values


def _proven(annotator: AnnotatorProfile, now: dt.datetime) -> list[str]:
    """The domains of their verified, unexpired credentials."""
    rows = Credential.objects.filter(
        Q(expires_on__isnull=True) | Q(expires_on__gte=now.date()),
        annotator=annotator,
        state=CredentialState.VERIFIED,
    )
    return list(rows.values_list("domain_id", flat=True))


def so_far(row: Quote, active_seconds: int, currency: str) -> str:
    """What an hourly claim has earned by now, and whether more time brings more; else empty."""
    if row.get("model") != "hourly":
        return ""
    values = {"money": major(earned(row, active_seconds), currency), "cap": row["cap_minutes"]}
    if active_seconds >= row["cap_minutes"] * 60:
        return _("%(money)s earned: the most, for %(cap)s minutes of active time.") % values
    values["minutes"] = active_seconds // 60
    return _("%(money)s earned so far, for %(minutes)s of at most %(cap)s active minutes.") % values


def _words(row: Quote, price_minor: int, currency: str, names: Names) -> Words:
    if not row:
        text = _("%(money)s for an accepted answer") % {"money": major(price_minor, currency)}
        return Words(text)
    return Words(_price(row, currency), tuple(_parts(row, currency, names)))


def _price(row: Quote, currency: str) -> str:
    values = {"money": major(row["rate_minor"], currency), "cap": row["cap_minutes"]}
    if row["model"] == "hourly":
        return _("%(money)s for an hour of active time, up to %(cap)s minutes") % values
    return _("%(money)s for an accepted answer") % values


def _parts(row: Quote, currency: str, names: Names) -> Iterable[str]:
    yield from _raised(row, names)
    if row["bonus_bps"]:
        yield _bonus(row, _more(row, row["bonus_bps"], currency))
    if row["rush_bps"]:
        until = date_format(localtime(moment(row["rush_until"])), "DATETIME_FORMAT")
        values = {"more": _more(row, row["rush_bps"], currency), "until": until}
        yield _("%(more)s more if handed in before %(until)s") % values
    if row["floor_minor"]:
        values = {"money": major(row["floor_minor"], currency), "cap": row["cap_minutes"]}
        yield _("at least %(money)s an hour of active time, up to %(cap)s minutes") % values
    if row["correction_minor"]:
        values = {"money": major(row["correction_minor"], currency)}
        yield _("%(money)s for each correction that is handed in") % values
    elif row["model"] == "submission":
        yield _("corrections are not paid for")
    if row["kill_minor"]:
        values = {"money": major(row["kill_minor"], currency)}
        yield _("%(money)s if the client ends the task after the claim") % values


def _raised(row: Quote, names: Names) -> Iterable[str]:
    if row["tier_bps"] != WHOLE:
        values = {"tier": row["tier"], "factor": f"{row['tier_bps'] / WHOLE:g}"}
        yield _("your tier %(tier)s is in it (× %(factor)s)") % values
    if row["domain_bps"] != WHOLE:
        values = {"domain": names[row["domain"]], "factor": f"{row['domain_bps'] / WHOLE:g}"}
        yield _("your credential in %(domain)s is in it (× %(factor)s)") % values


def _more(row: Quote, bps: int, currency: str) -> str:
    """An amount, or by the hour a share of it."""
    if row["model"] == "hourly":
        return f"{bps / 100:g} %"
    return major(share(row["base_minor"], bps), currency)


def _bonus(row: Quote, more: str) -> str:
    if row["bonus_measure"] == "unchanged":
        return _("%(more)s more if accepted unchanged") % {"more": more}
    values = {"more": more, "start": row["bonus_from"]}
    return _("up to %(more)s more by the reviewer's score, from %(start)s %% on") % values
