"""What a project may say of its matching: weights, caps, the deadline, and whom it asks for.

None of these fields is required: a project that says nothing has the model's defaults, which are
the preset `balanced` and the caps of the platform.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q

from accounts.models import Nda, Qualification, Team
from marketplace.core import clock
from marketplace.core.errors import Fault, invalid
from tasks.actions.field_checks import Check, Fields, boolean, identifier, optional, real, whole
from tasks.matching.score import PRESETS, WEIGHTS

# A weight above this is a slip of the finger: the parts of the score lie between 0 and 1.
MOST_WEIGHT = 100
MOST_QUALIFICATIONS = 20
FARTHEST_DEADLINE = dt.timedelta(days=5 * 365)
# The platform promises experts that nobody gets more than three times the mean share, and newcomers
# a tenth of the work: a client may promise more, never less (docs/matching.md).
SHARES = (1, 3)
NEWCOMER_PERCENTS = (10, 100)

# What may change while annotators are at work: none of it was promised to them.
WHILE_ACTIVE = frozenset(
    {
        "preset",
        "weights",
        "value_minor",
        "most_open",
        "most_each",
        "most_daily",
        "share_factor",
        "newcomer_percent",
        "setbacks_allowed",
        "most_unreviewed",
        "deadline",
        "push",
        "offer_minutes",
    }
)
_LINKS = {"nda": "nda_id", "team": "team_id"}


def check_links(fields: Fields, organization_id: uuid.UUID) -> Iterator[Fault]:
    """Rows that are named and that this client may not name, or which do not exist."""
    ours = Q(organization_id=organization_id)
    shared = ours | Q(organization=None)
    nda, team = fields.get("nda"), fields.get("team")
    if isinstance(nda, uuid.UUID) and not Nda.objects.filter(ours, pk=nda).exists():
        yield Fault("/nda", "The organization has no such agreement.")
    if isinstance(team, uuid.UUID) and not Team.objects.filter(shared, pk=team).exists():
        yield Fault("/team", "There is no such team.")
    wanted = fields.get("qualifications")
    if not isinstance(wanted, list | tuple):
        return
    ids = [one for one in wanted if isinstance(one, uuid.UUID)]
    known = set(Qualification.objects.filter(shared, pk__in=ids).values_list("pk", flat=True))
    for place, one in enumerate(wanted):
        if isinstance(one, uuid.UUID) and one not in known:
            yield Fault(f"/qualifications/{place}", "There is no such qualification.")


def weights_of(fields: Fields) -> Mapping[str, float] | None:
    """The six weights that checked fields ask for by a preset's name or one by one, if they do."""
    if "preset" in fields:
        return PRESETS[fields["preset"]]
    return fields.get("weights")


def read_weights(fields: Fields) -> Mapping[str, float]:
    """The weights that unchecked fields ask for. Refuses (422) none, both ways at once, or wrong
    ones.
    """
    faults = [fault for name in fields for fault in CHECKS[name](fields[name])]
    if len(fields) != 1:
        faults.append(Fault("/weights", "Give a preset or weights, one of the two."))
    if faults:
        raise invalid("These weights cannot be tried.", faults)
    return weights_of(fields) or {}


def columns(fields: Fields) -> dict[str, Any]:
    """Checked fields as columns of the project; `qualifications` are rows of their own."""
    kept = {
        _LINKS.get(name, name): value
        for name, value in fields.items()
        if name not in ("preset", "weights", "qualifications")
    }
    weights = weights_of(fields) or {}
    return kept | {f"weight_{name}": float(value) for name, value in weights.items()}


def _preset(value: Any) -> Iterator[Fault]:
    if not isinstance(value, str) or value not in PRESETS:
        yield Fault("/preset", f"Must be one of: {', '.join(PRESETS)}.")


def _weights(value: Any) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault("/weights", "Must be an object.")
        return
    yield from (Fault(f"/weights/{name}", "Unknown key.") for name in value if name not in WEIGHTS)
    faults = [fault for name in WEIGHTS for fault in _weight(value, name)]
    yield from faults
    if not faults and not any(value[name] for name in WEIGHTS):
        yield Fault("/weights", "At least one weight must be above 0.")


def _weight(value: Mapping[str, Any], name: str) -> Iterator[Fault]:
    if name not in value:
        yield Fault(f"/weights/{name}", "This is required.")
    else:
        yield from real(f"weights/{name}", 0, MOST_WEIGHT)(value[name])


def _deadline(value: Any) -> Iterator[Fault]:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        yield Fault("/deadline", "Must be a moment in UTC, such as 2030-01-31T12:00:00Z.")
        return
    now = clock.now()
    if not now < value <= now + FARTHEST_DEADLINE:
        yield Fault("/deadline", "Must lie in the future, within five years.")


def _qualifications(value: Any) -> Iterator[Fault]:
    if not isinstance(value, list | tuple):
        yield Fault("/qualifications", "Must be a list.")
        return
    if len(value) > MOST_QUALIFICATIONS:
        yield Fault("/qualifications", f"Must have at most {MOST_QUALIFICATIONS} entries.")
    for place, one in enumerate(value):
        yield from identifier(f"qualifications/{place}")(one)
        if one in value[:place]:
            yield Fault(f"/qualifications/{place}", "Is named twice.")


CHECKS: dict[str, Check] = {
    "preset": _preset,
    "weights": _weights,
    "value_minor": optional(whole("value_minor", 1, 1_000_000_000)),
    "most_open": optional(whole("most_open", 1, 1_000)),
    "most_each": optional(whole("most_each", 1, 1_000_000)),
    "most_daily": optional(whole("most_daily", 1, 10_000)),
    "share_factor": real("share_factor", *SHARES),
    "newcomer_percent": whole("newcomer_percent", *NEWCOMER_PERCENTS),
    "setbacks_allowed": whole("setbacks_allowed", 1, 20),
    "most_unreviewed": optional(whole("most_unreviewed", 1, 1_000_000)),
    "deadline": optional(_deadline),
    "push": boolean("push"),
    "offer_minutes": whole("offer_minutes", 5, 7 * 24 * 60),
    "qualifications": _qualifications,
    "min_tier": whole("min_tier", 1, 4),
    "nda": optional(identifier("nda")),
    "team": optional(identifier("team")),
    "invited_only": boolean("invited_only"),
}
