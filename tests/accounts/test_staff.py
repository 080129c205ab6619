"""Administrators: never one person alone, and only by another's hand."""

import pytest

from accounts.actions import staff
from accounts.selectors.actors import of_staff
from marketplace.core.errors import Refused
from tests.support import factories_accounts as people

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
