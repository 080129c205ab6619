"""Whoever lives where we cannot pay is told once when we can."""

import pytest

from accounts.models import Notice
from payments import currencies, jobs
from payments.actions import countries
from payments.models import RailWait
from tests.support.factories_payments import BY, annotator

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(monkeypatch):
    """`opened("BR")`: from now on there is a rail to Brazil too."""

    def now(country):
        more = currencies.CONNECT_COUNTRIES | {country}
        monkeypatch.setattr(currencies, "CONNECT_COUNTRIES", more)

    return now


def told(who):
    return list(Notice.objects.filter(user=who.user_id, kind="rail").values_list("text", "link"))


def test_when_a_country_gains_a_rail_those_who_waited_there_are_told_once(opened):
    brazil, india, home = annotator("BR"), annotator("IN"), annotator("US")
    jobs.tell_payable_countries()
    assert set(RailWait.objects.values_list("annotator", "country")) == {
        (brazil.pk, "BR"),
        (india.pk, "IN"),
    }
    jobs.tell_payable_countries()  # nothing has changed
    assert not Notice.objects.exists()
    opened("BR")
    for _twice in range(2):
        jobs.tell_payable_countries()
    text = "We can pay to your country now: set up your payouts, and claim paid tasks."
    assert [told(who) for who in (brazil, india, home)] == [[(text, "/payouts/setup/")], [], []]
    assert list(RailWait.objects.values_list("annotator", flat=True)) == [india.pk]


def test_who_has_moved_to_where_we_pay_is_not_told_and_waits_no_more(opened):
    who = annotator("BR")
    countries.note_waiting(by=BY)
    type(who).objects.filter(pk=who.pk).update(country="DE")
    opened("BR")
    assert countries.tell_payable(by=BY) == 1
    assert told(who) == []
    assert not RailWait.objects.exists()


def test_many_are_told_in_parts_and_nobody_where_nobody_waits(opened):
    assert (countries.note_waiting(by=BY), countries.tell_payable(by=BY)) == (0, 0)
    crowd = [annotator("BR") for _ in range(3)]
    assert [countries.note_waiting(by=BY, limit=2) for _ in range(3)] == [2, 1, 0]
    opened("BR")
    assert [countries.tell_payable(by=BY, limit=2) for _ in range(3)] == [2, 1, 0]
    assert [len(told(who)) for who in crowd] == [1, 1, 1]
