"""Pay rules by themselves: what is wrong with them, quotes, settlements, bounds."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.pay import terms as rules
from payments.pay.bounds import bounds
from payments.pay.quote import Basis, quote
from payments.pay.settle import Facts, settle
from tests.support.pay_rules import MOMENT, PATHS, terms

DAY = dt.timedelta(days=1)
RUSH = {"bps": 1500, "until": "2030-02-01T00:00:00Z"}


def basis(price=1000, *, fee_bps=2000, expected=15, tier=1, credentials=(), at=MOMENT):
    return Basis(price, fee_bps, expected, tier, credentials, at)


def facts(seconds=0, corrections=0, *, fixed=False, at=MOMENT, score=None):
    return Facts(seconds, corrections, fixed, at, score)


AT_ONCE = facts()


def paid(given, *, facts=AT_ONCE, **other):
    return settle(quote({"model": "submission", **given}, basis(**other)), facts)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ([], "/pay"),
        ({"tiers": {}}, "/pay/model"),
        ({"model": "weekly"}, "/pay/model"),
        ({"model": ["hourly"]}, "/pay/model"),
        ({"model": "submission", "tip": 1}, "/pay/tip"),
        ({"model": "submission", "a/b~": 1}, "/pay/a~1b~0"),
        ({"model": "submission", "tiers": []}, "/pay/tiers"),
        ({"model": "submission", "tiers": {"5": 11000}}, "/pay/tiers/5"),
        ({"model": "submission", "tiers": {"2": 9999}}, "/pay/tiers/2"),
        ({"model": "submission", "tiers": {"2": 11000.0}}, "/pay/tiers/2"),
        ({"model": "submission", "domains": 3}, "/pay/domains"),
        ({"model": "submission", "domains": {"Medicine": 11000}}, "/pay/domains/Medicine"),
        ({"model": "submission", "domains": {"medicine": 30001}}, "/pay/domains/medicine"),
        (
            {"model": "submission", "domains": {chr(97 + n) + "x": 11000 for n in range(21)}},
            "/pay/domains",
        ),
        ({"model": "submission", "bonus": {"measure": "unchanged"}}, "/pay/bonus/most_bps"),
        (
            {"model": "submission", "bonus": {"measure": "luck", "most_bps": 1}},
            "/pay/bonus/measure",
        ),
        (
            {"model": "submission", "bonus": {"measure": "unchanged", "most_bps": 0}},
            "/pay/bonus/most_bps",
        ),
        (
            {
                "model": "submission",
                "bonus": {"measure": "unchanged", "most_bps": 1, "from_percent": 5},
            },
            "/pay/bonus/from_percent",
        ),
        ({"model": "submission", "rush": {"bps": 1}}, "/pay/rush/until"),
        ({"model": "submission", "rush": {"bps": 1, "until": "soon"}}, "/pay/rush/until"),
        (
            {"model": "submission", "rush": {"bps": 1, "until": "2030-02-31T00:00:00Z"}},
            "/pay/rush/until",
        ),
        (
            {"model": "submission", "rush": {"bps": 1, "until": "2030-01-31T12:00:00Z"}},
            "/pay/rush/until",
        ),
        (
            {"model": "submission", "rush": {"bps": 1, "until": "2031-02-01T12:00:00Z"}},
            "/pay/rush/until",
        ),
        ({"model": "submission", "correction_bps": True}, "/pay/correction_bps"),
        ({"model": "submission", "kill_bps": -1}, "/pay/kill_bps"),
        ({"model": "submission", "floor_hourly_minor": 0}, "/pay/floor_hourly_minor"),
        ({"model": "submission", "cap_minutes": 30}, "/pay/cap_minutes"),
        ({"model": "hourly", "floor_hourly_minor": 5}, "/pay/floor_hourly_minor"),
        ({"model": "hourly", "correction_bps": 5}, "/pay/correction_bps"),
        ({"model": "hourly", "cap_minutes": 10_081}, "/pay/cap_minutes"),
    ],
)
def test_what_is_wrong_is_pointed_at(given, pointer):
    assert [fault.pointer for fault in rules.faults(given, now=MOMENT)] == [pointer]


def test_a_rush_that_is_over_is_only_a_fault_when_it_is_set():
    rush = {"model": "submission", "rush": {"bps": 1, "until": "2020-01-01T00:00:00Z"}}
    assert rules.faults(rush) == []


@given(terms())
def test_rules_without_contradictions_are_let_through(given):
    assert rules.faults(given) == []


def test_no_rules_no_quote():
    assert quote({}, basis()) == {}


def test_multipliers_raise_the_price_a_fraction_in_the_annotators_favour():
    given = {
        "model": "submission",
        "tiers": {"3": 11000},
        "domains": {"medicine": 12500, "medicine.cardiology": 12501, "law": 30000},
    }
    found = quote(given, basis(999, tier=3, credentials=["medicine.cardiology.echo"]))
    # 999 * 1.1 * 1.2501 = 1373.7..
    assert (found["tier_bps"], found["domain"], found["domain_bps"]) == (
        11000,
        "medicine.cardiology",
        12501,
    )
    assert (found["base_minor"], found["most_minor"], found["fee_minor"]) == (1374, 1374, 274)
    assert quote(given, basis(999, tier=2, credentials=["medicinal"]))["base_minor"] == 999


def test_of_equal_fields_the_first_by_name_is_told():
    given = {"model": "submission", "domains": {"medicine": 12000, "law": 12000}}
    assert quote(given, basis(credentials=["medicine", "law"]))["domain"] == "law"


def test_an_unchanged_answer_gets_its_bonus_one_that_was_mended_or_returned_does_not():
    given = {"bonus": {"measure": "unchanged", "most_bps": 2001}, "correction_bps": 1000}
    assert paid(given).parts == {"base": 1000, "bonus": 201}
    assert paid(given, facts=facts(fixed=True)).parts == {"base": 1000}
    assert paid(given, facts=facts(corrections=2)).parts == {"base": 1000, "correction": 200}
    # the bonus and the corrections never meet
    assert quote({"model": "submission", **given}, basis())["most_minor"] == 1300


def test_a_bonus_by_score_grows_from_its_lower_bound():
    given = {"bonus": {"measure": "rubric", "most_bps": 2000, "from_percent": 60}}
    bonuses = [
        paid(given, facts=facts(score=score)).parts.get("bonus", 0)
        for score in [(6, 10), (7, 10), (8, 10), (10, 10), (0, 10), None]
    ]
    assert bonuses == [0, 50, 100, 200, 0, 200]


def test_a_rush_is_for_what_is_claimed_and_handed_in_before_its_end():
    assert paid({"rush": RUSH}).parts == {"base": 1000, "rush": 150}
    assert paid({"rush": RUSH}, facts=facts(at=MOMENT + DAY)).parts == {"base": 1000}
    late = quote({"model": "submission", "rush": RUSH}, basis(at=MOMENT + DAY))
    assert (late["rush_bps"], late["rush_until"], late["most_minor"]) == (0, None, 1000)


def test_an_hour_is_paid_by_its_seconds_up_to_the_cap():
    given = {"model": "hourly", "cap_minutes": 30, "kill_bps": 5000}
    found = quote(given, basis(6000))
    amounts = [settle(found, facts(seconds)).amount_minor for seconds in (0, 59, 61, 1800, 9999)]
    assert amounts == [100, 100, 102, 3000, 3000]
    # the fee for an ended claim is of the expected 15 minutes
    assert (found["most_minor"], found["kill_minor"], found["fee_minor"]) == (3000, 750, 600)


def test_the_floor_tops_up_to_the_hour_and_its_time_is_capped():
    given = {"floor_hourly_minor": 6000, "bonus": {"measure": "unchanged", "most_bps": 1000}}
    assert paid(given, facts=facts(660)).parts == {"base": 1000, "bonus": 100}
    assert paid(given, facts=facts(661)).parts == {"base": 1000, "bonus": 100, "floor": 2}
    found = paid(given, facts=facts(999_999))
    assert (found.parts["floor"], found.amount_minor, found.fee_minor) == (1900, 3000, 600)
    assert quote({"model": "submission", **given}, basis())["most_minor"] == 3000


def test_a_correction_is_paid_three_times_at_most():
    found = paid({"correction_bps": 333}, facts=facts(corrections=9))
    assert found.parts == {"base": 1000, "correction": 102}


def test_whole_units_of_a_currency_without_decimals_stay_whole():
    found = paid({"tiers": {"1": 10001}, "rush": {**RUSH, "bps": 1}}, price=333)
    assert found.parts == {"base": 334, "rush": 1}


def test_bounds_of_no_rules_are_the_price():
    assert bounds({}, 700, 15) == (700, 700, 700)


def test_bounds_go_from_the_lowest_multiplier_to_everything():
    given = {
        "model": "submission",
        "tiers": {"2": 12000, "4": 15000},
        "domains": {"medicine": 20000},
        "bonus": {"measure": "rubric", "most_bps": 1000},
        "rush": RUSH,
        "correction_bps": 1000,
    }
    # 1000; (1 + 3) / 2 of it and a tenth; 3000 and .1 + .15 + .3 of it
    assert bounds(given, 1000, 15) == (1000, 2200, 4650)
    # of tier 4 alone: 1.5 to 3 times the price
    assert bounds(given, 1000, 15, min_tier=4) == (1500, 2475, 4650)
    assert bounds({"model": "hourly"}, 6000, 15) == (100, 1500, 3000)


FACTS = st.builds(
    Facts,
    active_seconds=st.integers(0, 10**7),
    corrections=st.integers(0, 4),
    fixed=st.booleans(),
    handed_in_at=st.sampled_from([MOMENT, MOMENT + 9999 * DAY]),
    score=st.none()
    | st.integers(1, 60).flatmap(
        lambda possible: st.tuples(st.integers(0, possible), st.just(possible))
    ),
)
BASES = st.builds(
    Basis,
    price_minor=st.integers(1, 10_000_000),
    fee_bps=st.integers(0, 10_000),
    expected_minutes=st.integers(1, 10_080),
    tier=st.integers(1, 4),
    credentials=st.lists(st.sampled_from(PATHS)),
    at=st.just(MOMENT),
)


@given(terms().filter(bool), BASES, FACTS)
def test_no_payment_is_above_what_is_reserved_or_below_the_base(given, basis, facts):
    found = quote(given, basis)
    assert json.loads(json.dumps(found)) == found
    settled = settle(found, facts)
    assert 0 < settled.amount_minor <= found["most_minor"]
    assert 0 <= settled.fee_minor <= found["fee_minor"]
    assert sum(settled.parts.values()) == settled.amount_minor
    if given["model"] == "submission":
        assert settled.amount_minor >= found["base_minor"] >= basis.price_minor
    assert all(part > 0 for part in settled.parts.values())
    # the longest work, never returned, or returned as often as can be, reaches the most
    best = [Facts(10**7, corrections, fixed=False, handed_in_at=MOMENT) for corrections in (0, 3)]
    assert max(settle(found, one).amount_minor for one in best) == found["most_minor"]
    least, expected, most = bounds(
        given, basis.price_minor, basis.expected_minutes, min_tier=basis.tier
    )
    assert least <= settled.amount_minor <= most
    assert least <= expected <= most
