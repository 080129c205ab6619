"""Random pay rules that a project may have, for property tests."""

import datetime as dt

from hypothesis import strategies as st

MOMENT = dt.datetime(2030, 1, 31, 12, tzinfo=dt.UTC)
PATHS = ("engineering", "engineering.software", "medicine", "medicine.cardiology")
UNTIL = st.sampled_from(["2020-01-31T12:00:00Z", "2040-01-31T12:00:00Z"])
MULTIPLIER = st.integers(10_000, 30_000)
SHARE = st.integers(1, 10_000)


@st.composite
def terms(draw):
    """Rules without contradictions, or none at all."""
    if draw(st.integers(0, 9)) == 0:
        return {}
    hourly = draw(st.booleans())
    floor = draw(st.none() | st.integers(1, 10_000_000)) if not hourly else None
    rules = {
        "model": "hourly" if hourly else "submission",
        "cap_minutes": draw(st.none() | st.integers(1, 10_080)) if hourly or floor else None,
        "tiers": draw(
            st.none() | st.dictionaries(st.sampled_from(["1", "2", "3", "4"]), MULTIPLIER)
        ),
        "domains": draw(st.none() | st.dictionaries(st.sampled_from(PATHS), MULTIPLIER)),
        "bonus": draw(
            st.none()
            | st.fixed_dictionaries({"measure": st.just("unchanged"), "most_bps": SHARE})
            | st.fixed_dictionaries(
                {"measure": st.just("rubric"), "most_bps": SHARE},
                optional={"from_percent": st.integers(0, 99)},
            )
        ),
        "rush": draw(st.none() | st.fixed_dictionaries({"bps": SHARE, "until": UNTIL})),
        "correction_bps": draw(st.none() | st.integers(0, 10_000)) if not hourly else None,
        "kill_bps": draw(st.none() | st.integers(0, 10_000)),
        "floor_hourly_minor": floor,
    }
    return {name: rule for name, rule in rules.items() if rule is not None}
