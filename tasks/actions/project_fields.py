"""What a project may say of itself: each field's bounds, as faults with JSON pointers."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

from accounts.models import Domain
from accounts.selectors.iso import LANGUAGES
from marketplace.core.errors import Fault, invalid
from payments.currencies import CURRENCIES, rail_for
from tasks.actions import matching_fields, pay_fields, quality_fields
from tasks.actions.field_checks import Check, Fields, boolean, whole
from tasks.interface.problems import pointer
from tasks.interface.spec import check_interface
from tasks.models import Project

DEFAULTS: dict[str, Any] = {
    "review_price_minor": 0,
    "review_percent": 100,
    "credential_required": True,
    "languages": [],
    "countries": [],
    "expected_minutes": 15,
    "tools_allowed": "",
}
LONGEST_LEASE = 7 * 24 * 60  # minutes
# A claim that names no length lasts three times the work, so that most people never see it end.
LEASE_FACTOR = 3
SHORTEST_DEFAULT_LEASE = 15  # minutes
# Least and most of each number. A price of ten million minor units is a slip of the finger.
BOUNDS: dict[str, tuple[int, int]] = {
    "price_minor": (1, 10_000_000),
    "review_price_minor": (0, 10_000_000),
    "overlap": (1, 25),
    "review_percent": (0, 100),
    "lease_minutes": (1, LONGEST_LEASE),
    "expected_minutes": (1, LONGEST_LEASE),
}
# Checked against each other: a change of one is looked at together with the others as they stand.
TOGETHER = (("lease_minutes", "expected_minutes"), quality_fields.TOGETHER, pay_fields.TOGETHER)
LENGTHS = {"name": 120, "brief": 4000}
LONGEST_GUIDELINE = 100_000
LONGEST_TOOLS = 300


def complete(fields: Fields, *, organization_id: uuid.UUID) -> dict[str, Any]:
    """A new project's fields with the defaults filled in. Refuses (422) whatever is wrong."""
    filled = {**DEFAULTS, **fields}
    filled.setdefault("lease_minutes", default_lease(filled["expected_minutes"]))
    filled.setdefault("review_plan", quality_fields.default_review_plan(fields))
    check(filled, organization_id=organization_id, required=True)
    return filled


def default_lease(expected_minutes: Any) -> int:
    """How long a claim lasts, in minutes, for work that is expected to take so long.

    Three times as long, at least 15 minutes, at most 7 days. What is no number of minutes is
    reported by its own check.
    """
    expected = expected_minutes if type(expected_minutes) is int else 0
    return min(max(LEASE_FACTOR * expected, SHORTEST_DEFAULT_LEASE), LONGEST_LEASE)


def check(fields: Fields, *, organization_id: uuid.UUID, required: bool = False) -> None:
    """Refuse (`invalid`, 422) with every fault; `required` asks for every field as well.

    Of agreements, teams and qualifications only the organization's own may be named, and of the
    last two the platform's.
    """
    faults = list(_missing(fields)) if required else []
    for name, value in fields.items():
        rule = _ALL.get(name)
        faults += rule(value) if rule else [Fault(pointer(name), "Unknown key.")]
    if "preset" in fields and "weights" in fields:
        faults.append(Fault("/weights", "Give a preset or weights, not both."))
    if not faults:
        faults += _too_short(fields)
        faults += quality_fields.check_together(fields)
        faults += pay_fields.check_together(fields)
    faults += matching_fields.check_links(fields, organization_id)
    if faults:
        raise invalid("The project cannot be kept like this.", faults)


def _too_short(fields: Fields) -> Iterator[Fault]:
    lease, expected = fields.get("lease_minutes"), fields.get("expected_minutes")
    if lease is not None and expected is not None and lease < expected:
        yield Fault(
            "/lease_minutes",
            f"Is shorter than the {expected} minutes that a task is expected to take.",
        )


def with_kept(fields: Fields, row: Project) -> Fields:
    """Changes of a project, together with those of its fields that they are checked against."""
    groups = [group for group in TOGETHER if fields.keys() & set(group)]
    kept = {name: getattr(row, name) for group in groups for name in group}
    return {**kept, **fields}


def known() -> frozenset[str]:
    """The names of all fields."""
    return frozenset(_ALL)


def check_guideline(text: str) -> None:
    """Refuse an empty, overlong or unstorable guideline."""
    faults = list(_text("text", LONGEST_GUIDELINE)(text))
    if faults:
        raise invalid("The guideline cannot be kept like this.", faults)


def _missing(fields: Fields) -> Iterator[Fault]:
    yield from (Fault(f"/{name}", "This is required.") for name in CHECKS if name not in fields)


def _text(name: str, longest: int) -> Check:
    def rule(value: Any) -> Iterator[Fault]:
        if not isinstance(value, str) or not value.strip():
            yield Fault(f"/{name}", "Must not be blank.")
        elif len(value) > longest:
            yield Fault(f"/{name}", f"Must have at most {longest} characters.")
        elif "\x00" in value or not _encodes(value):
            yield Fault(f"/{name}", "Contains a character that cannot be stored.")

    return rule


def _tools(value: Any) -> Iterator[Fault]:
    if value != "":
        yield from _text("tools_allowed", LONGEST_TOOLS)(value)


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _interface(value: Any) -> Iterator[Fault]:
    for problem in check_interface(value):
        yield Fault(f"/interface{problem.pointer}", problem.message)


def _currency(value: Any) -> Iterator[Fault]:
    if value not in CURRENCIES:
        known = ", ".join(CURRENCIES)
        yield Fault("/currency", f"There is no payout rail in this currency. Known: {known}.")


def _domain(value: Any) -> Iterator[Fault]:
    known = isinstance(value, str) and "\x00" not in value and _encodes(value)
    if not known or not Domain.objects.filter(pk=value).exists():
        yield Fault("/domain", "There is no such domain in the taxonomy.")


def _codes(name: str, known: Callable[[str], bool], sentence: str) -> Check:
    def rule(value: Any) -> Iterator[Fault]:
        if not isinstance(value, list | tuple):
            yield Fault(f"/{name}", "Must be a list.")
            return
        for place, code in enumerate(value):
            if not isinstance(code, str) or not known(code):
                yield Fault(f"/{name}/{place}", sentence)
            elif code in value[:place]:
                yield Fault(f"/{name}/{place}", "Is named twice.")

    return rule


CHECKS: dict[str, Check] = {
    **{name: _text(name, longest) for name, longest in LENGTHS.items()},
    "tools_allowed": _tools,
    "interface": _interface,
    "currency": _currency,
    **{name: whole(name, *bounds) for name, bounds in BOUNDS.items()},
    "domain": _domain,
    "credential_required": boolean("credential_required"),
    "languages": _codes(
        "languages", LANGUAGES.__contains__, "Not an ISO 639-1 code in lower case."
    ),
    "countries": _codes(
        "countries",
        lambda code: rail_for(code) is not None,
        "Not a country (ISO 3166-1, upper case) to which we can pay.",
    ),
}
_ALL = CHECKS | matching_fields.CHECKS | quality_fields.CHECKS | pay_fields.CHECKS
