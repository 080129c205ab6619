"""Administrators: never one person alone, and only by another's hand."""

import pytest

from accounts.actions import staff
from accounts.selectors.actors import of_staff
from marketplace.core.errors import Refused
from tests.support import factories_accounts as people
from tests.support.desk import Desk, acts, done

pytestmark = pytest.mark.django_db


def test_an_administrator_makes_another_who_can_act_on_the_first():
    first, second = people.staff(), people.user()
    staff.promote(user_id=second.pk, by=of_staff(first))
    second.refresh_from_db()
    assert (second.is_staff, second.is_superuser) == (True, True)
    staff.dismiss(user_id=first.pk, by=of_staff(second))
    first.refresh_from_db()
    assert (first.is_staff, first.is_superuser) == (False, False)


def test_plain_staff_make_nobody_an_administrator():
    plain, other = people.staff(is_superuser=False), people.user()
    with pytest.raises(Refused, match="administrator"):
        staff.promote(user_id=other.pk, by=of_staff(plain))
    other.refresh_from_db()
    assert other.is_staff is False


def test_the_books_are_entrusted_to_staff_by_an_administrator_and_end_with_their_work():
    boss, plain, stranger = people.staff(), people.staff(is_superuser=False), people.user()
    with pytest.raises(Refused, match="administrator"):
        staff.entrust(user_id=plain.pk, by=of_staff(plain))
    with pytest.raises(Refused, match="member of staff first"):
        staff.entrust(user_id=stranger.pk, by=of_staff(boss))
    for _again in range(2):
        staff.entrust(user_id=plain.pk, by=of_staff(boss))
    assert staff.has_money(plain)
    assert acts("entrusted_money") == [("staff", "entrusted_money", "")]
    staff.dismiss(user_id=plain.pk, by=of_staff(boss))
    assert not staff.has_money(plain)
    staff.relieve(user_id=plain.pk, by=of_staff(boss))
    assert acts("relieved_of_money") == [("staff", "relieved_of_money", "")]


def test_who_was_entrusted_before_gets_the_permissions_made_since():
    boss, plain = people.staff(), people.staff(is_superuser=False)
    staff.entrust(user_id=plain.pk, by=of_staff(boss))
    every = plain.user_permissions.count()
    plain.user_permissions.remove(*plain.user_permissions.order_by("pk")[:2])
    staff.entrust(user_id=plain.pk, by=of_staff(boss))
    assert plain.user_permissions.count() == every > 2
    assert len(acts("entrusted_money")) == 2


def test_the_desk_entrusts_and_relieves():
    desk, plain = Desk(administrator=True), people.staff(is_superuser=False)
    for verb, has in (("entrust", True), ("relieve", False)):
        assert done(desk.decide("accounts/user", plain, verb=verb))
        assert staff.has_money(plain) is has
    assert "The books and money" in desk.page("accounts/user", f"{plain.pk}/decide/")
