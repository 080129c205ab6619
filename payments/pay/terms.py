"""The pay rules of a project (`Project.pay`): their shape and bounds, as faults with JSON pointers.

    model               "submission": `price_minor` for each accepted answer (as without rules);
                        "hourly": `price_minor` for an hour of measured active time
    cap_minutes         the most minutes of active time that count, for `hourly` and for the floor;
                        none: twice the expected minutes
    tiers               {"2": 11000}: what an annotator of that tier gets, in basis points
    domains             {"medicine.cardiology": 12500}: the same for whoever holds a verified
                        credential there or below; of several the highest
    bonus               {"measure", "most_bps", "from_percent"}: see payments/pay/settle.py
    rush                {"bps", "until"}: more for what is claimed and handed in before a moment
    correction_bps      of the base, for each correction that is handed in; none: unpaid
    kill_bps            of the base, for a claim that the client ends; none: half of it
    floor_hourly_minor  what an hour of active time brings at least

An empty object is a price and nothing else. Multipliers never lower a price.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from marketplace.core.errors import Fault

Terms = Mapping[str, Any]
ROOT = "/pay"
WHOLE = 10_000  # basis points
MODELS = ("submission", "hourly")
MEASURES = ("unchanged", "rubric")
# At most three times the price: more is a slip of the finger.
MULTIPLIERS = (WHOLE, 3 * WHOLE)
SHARES = (0, WHOLE)
KILL_BPS = WHOLE // 2  # where rules name none; 0 is a choice that annotators read
MINUTES = (1, 7 * 24 * 60)
FLOORS = (1, 10_000_000)
TIERS = ("1", "2", "3", "4")
MOST_DOMAINS = 20
FARTHEST = dt.timedelta(days=365)
_PATH = re.compile(r"[a-z_]+(\.[a-z_]+)*")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
Check = Callable[[str, Any], Iterator[Fault]]


def faults(terms: Any, *, now: dt.datetime | None = None) -> list[Fault]:
    """What is wrong with pay rules; `now` asks that a rush still lies ahead.

    What depends on other fields (a rubric, the taxonomy) is looked at by the caller.
    """
    if not isinstance(terms, Mapping):
        return [Fault(ROOT, "Must be an object.")]
    found = list(_members(ROOT, terms, _CHECKS))
    if terms and "model" not in terms:
        found.append(Fault(f"{ROOT}/model", "This is required."))
    if not found:
        found += _contradictions(terms)
        found += _past(terms, now)
    return found


def moment(text: str) -> dt.datetime:
    """A checked `until` as a time."""
    return dt.datetime.fromisoformat(text)


def at(*parts: str) -> str:
    """The JSON pointer of a part of the rules."""
    return "/".join([ROOT, *(part.replace("~", "~0").replace("/", "~1") for part in parts)])


def _members(where: str, value: Mapping[str, Any], checks: Mapping[str, Check]) -> Iterator[Fault]:
    for name, part in value.items():
        place = f"{where}/{str(name).replace('~', '~0').replace('/', '~1')}"
        check = checks.get(name)
        if check is None:
            yield Fault(place, "Unknown key.")
        else:
            yield from check(place, part)


def _contradictions(terms: Terms) -> Iterator[Fault]:
    """Rules that are fine by themselves and cannot both be meant."""
    if terms.get("model") == "hourly":
        if "floor_hourly_minor" in terms:
            yield Fault(at("floor_hourly_minor"), "A price for an hour is its own floor.")
        if terms.get("correction_bps"):
            yield Fault(
                at("correction_bps"), "The time of a correction is paid by the hour already."
            )
    elif "cap_minutes" in terms and "floor_hourly_minor" not in terms:
        yield Fault(at("cap_minutes"), "Time counts only by the hour, or with a floor.")
    bonus = terms.get("bonus", {})
    if bonus.get("measure") == "unchanged" and "from_percent" in bonus:
        yield Fault(at("bonus", "from_percent"), "Belongs to the measure rubric.")


def _past(terms: Terms, now: dt.datetime | None) -> Iterator[Fault]:
    rush = terms.get("rush")
    if rush and now and not now < moment(rush["until"]) <= now + FARTHEST:
        yield Fault(at("rush", "until"), "Must lie in the future, within a year.")


def _whole(least: int, most: int) -> Check:
    def rule(where: str, value: Any) -> Iterator[Fault]:
        if type(value) is not int or not least <= value <= most:
            yield Fault(where, f"Must be a whole number from {least} to {most}.")

    return rule


def _one_of(known: tuple[str, ...]) -> Check:
    def rule(where: str, value: Any) -> Iterator[Fault]:
        if not isinstance(value, str) or value not in known:
            yield Fault(where, f"Must be one of: {', '.join(known)}.")

    return rule


def _object(checks: Mapping[str, Check], required: tuple[str, ...]) -> Check:
    def rule(where: str, value: Any) -> Iterator[Fault]:
        if not isinstance(value, Mapping):
            yield Fault(where, "Must be an object.")
            return
        yield from _members(where, value, checks)
        for name in required:
            if name not in value:
                yield Fault(f"{where}/{name}", "This is required.")

    return rule


def _domains(where: str, value: Any) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(where, "Must be an object.")
        return
    if len(value) > MOST_DOMAINS:
        yield Fault(where, f"Must have at most {MOST_DOMAINS} entries.")
    known = {path: _MULTIPLIER for path in value if isinstance(path, str) and _PATH.fullmatch(path)}
    yield from _members(where, value, known)


def _until(where: str, value: Any) -> Iterator[Fault]:
    try:
        good = isinstance(value, str) and _MOMENT.fullmatch(value) and moment(value)
    except ValueError:
        good = None
    if not good:
        yield Fault(where, "Must be a moment in UTC, such as 2030-01-31T12:00:00Z.")


_MULTIPLIER = _whole(*MULTIPLIERS)
_CHECKS: dict[str, Check] = {
    "model": _one_of(MODELS),
    "cap_minutes": _whole(*MINUTES),
    "tiers": _object(dict.fromkeys(TIERS, _MULTIPLIER), ()),
    "domains": _domains,
    "bonus": _object(
        {
            "measure": _one_of(MEASURES),
            "most_bps": _whole(1, WHOLE),
            "from_percent": _whole(0, 99),
        },
        ("measure", "most_bps"),
    ),
    "rush": _object({"bps": _whole(1, WHOLE), "until": _until}, ("bps", "until")),
    "correction_bps": _whole(*SHARES),
    "kill_bps": _whole(*SHARES),
    "floor_hourly_minor": _whole(*FLOORS),
}
