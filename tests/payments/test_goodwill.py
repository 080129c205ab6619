"""Goodwill: small sums by one member of staff, larger ones by two."""

import pytest
from django.db import IntegrityError, transaction

from accounts.selectors.actors import of_staff, of_user
from marketplace.core.actors import job
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id
from marketplace.core.models import AuditEntry
from marketplace.ops import proof
from payments.actions import goodwill
from payments.admin.words import NOT_AN_AMOUNT
from payments.models import Earning, GoodwillRequest, LedgerLeg
from tests.support import factories_accounts as people
from tests.support.desk import Desk, acts, done, faults, told

pytestmark = pytest.mark.django_db
WHY = "Our page lost your answer."
TABLE = "payments/goodwillrequest"


@pytest.fixture
def who():
    return people.annotator()


@pytest.fixture
def asker():
    return of_staff(people.staff())


def ask(who, by, amount_minor=5000, currency="usd", reason=WHY, **other):
    return goodwill.request(
        annotator_id=who.pk,
        currency=currency,
        amount_minor=amount_minor,
        reason=reason,
        by=by,
        **other,
    )


def earned():
    return list(Earning.objects.order_by("created_at").values_list("kind", "amount_minor", "label"))


def test_the_desk_names_people(who):
    desk = Desk(people.staff(name="Grace Hopper"))
    form = {"annotator": who.user.email, "currency": "usd", "amount": "1,049.50", "reason": WHY}
    assert done(desk.new(TABLE, **form))
    row = GoodwillRequest.objects.get()
    assert row.amount_minor == 104_950
    for page in ("", f"{row.pk}/decide/", f"{row.pk}/change/"):
        text = desk.page(TABLE, page)
        assert ("Grace Hopper" in text, row.asked_by in text) == (True, False), page


def test_a_small_sum_is_paid_at_once_and_the_annotator_reads_why(who):
    desk = Desk()
    form = {"annotator": who.user.email, "currency": "usd", "amount": "49.50", "reason": WHY}
    assert done(desk.new(TABLE, **form))
    assert earned() == [("goodwill", 4950, f"Goodwill: {WHY}")]
    assert told(who) == [("goodwill", f"We pay you $49.50 as goodwill: {WHY}")]
    assert acts("asked_goodwill") == [("staff", "asked_goodwill", WHY)]
    row = GoodwillRequest.objects.get()
    assert (row.state, row.decided_by, row.ended_at is not None) == ("paid", "", True)
    legs = dict(LedgerLeg.objects.values_list("account__kind", "amount"))
    assert legs == {"platform_cost": -4950, "annotator_pending": 4950}
    assert proof.run() == []


def test_a_large_sum_waits_for_a_second_person(who):
    first, second = Desk(), Desk()
    form = {"annotator": who.user.email, "currency": "usd", "amount": "50.01", "reason": WHY}
    assert done(first.new(TABLE, **form))
    row = GoodwillRequest.objects.get()
    assert (row.state, earned(), told(who)) == ("requested", [], [])
    assert "waits for a second person" in second.page(TABLE)
    assert "$50.01" in second.page(TABLE, f"{row.pk}/decide/")
    own = first.decide(TABLE, row, decision="approve")
    assert faults(own) == {"__all__": ["A second person must approve this."]}
    assert done(second.decide(TABLE, row, decision="approve"))
    assert earned() == [("goodwill", 5001, f"Goodwill: {WHY}")]
    row.refresh_from_db()
    assert (row.state, row.decided_by) == ("paid", of_staff(second.person).key)
    assert AuditEntry.objects.filter(verb="approved_goodwill").count() == 1
    again = second.decide(TABLE, row, decision="approve")
    assert faults(again) == {"__all__": ["This was decided already."]}
    assert len(earned()) == 1


def test_a_large_sum_cannot_be_paid_in_small_ones(who, asker):
    other = of_staff(people.staff())
    assert ask(who, asker, 3000).state == "paid"
    assert ask(who, other, 2000).state == "paid"
    assert ask(who, other, 1).state == "requested"
    assert ask(who, other, 5000, "eur").state == "paid"
    assert ask(people.annotator(), asker, 5000).state == "paid"


def test_what_two_approved_does_not_count_towards_the_limit(who, asker):
    row = ask(who, asker, 9000)
    goodwill.approve(goodwill_id=row.pk, by=of_staff(people.staff()))
    assert ask(who, asker, 5000).state == "paid"


def test_the_limit_is_worth_the_same_in_every_currency(settings):
    limits = {code: goodwill.alone_minor(code) for code in ("usd", "eur", "gbp", "cad", "jpy")}
    assert limits == {"usd": 5000, "eur": 5000, "gbp": 4000, "cad": 6000, "jpy": 6000}
    settings.GOODWILL_ALONE_MINOR = 0
    assert goodwill.alone_minor("usd") == 0


@pytest.mark.parametrize("own", [True, False])
def test_what_is_declined_is_not_paid_and_the_annotator_hears_nothing(who, own):
    first, second = Desk(), Desk()
    row = ask(who, of_staff(first.person), 6000)
    desk = first if own else second
    assert "reason" in faults(desk.decide(TABLE, row, decision="decline", reason=" "))
    assert done(desk.decide(TABLE, row, decision="decline", reason="It was no mistake of ours."))
    row.refresh_from_db()
    decided = "" if own else of_staff(second.person).key
    assert (row.state, row.decided_by) == ("declined", decided)
    assert acts("declined_goodwill") == [
        ("staff", "declined_goodwill", "It was no mistake of ours.")
    ]
    assert (earned(), told(who)) == ([], [])


def test_the_same_request_again_is_one(who, asker):
    key = new_id()
    assert {ask(who, asker, goodwill_id=key).pk for _ in range(2)} == {key}
    assert len(earned()) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"currency": "xxx"}, "/currency"),
        ({"amount_minor": 0}, "/amount_minor"),
        ({"amount_minor": 10_000_001}, "/amount_minor"),
        ({"amount_minor": True}, "/amount_minor"),
        ({"reason": "  "}, "/reason"),
        ({"reason": "x" * 181}, "/reason"),
    ],
)
def test_impossible_goodwill_is_refused(who, asker, wrong, field):
    with pytest.raises(Refused) as refusal:
        ask(who, asker, **wrong)
    assert (refusal.value.status, [f.pointer for f in refusal.value.faults]) == (422, [field])
    assert not GoodwillRequest.objects.exists()


@pytest.mark.parametrize("amount", ["ten", "-5", "0", "1.005"])
def test_the_desk_refuses_what_is_no_amount(who, amount):
    form = {"annotator": who.user.email, "currency": "usd", "amount": amount, "reason": WHY}
    assert faults(Desk().new(TABLE, **form)) == {"amount": [NOT_AN_AMOUNT]}
    form = {"annotator": who.user.email, "currency": "usd", "amount": "", "reason": WHY}
    assert "amount" in faults(Desk().new(TABLE, **form))


def test_only_staff_and_nobody_for_themselves(asker):
    person = people.staff()
    mine = people.annotator(person=person)
    for by, code in ((of_staff(person), "not_oneself"), (job("x"), "staff_only"),
                     (of_user(people.user()), "staff_only")):  # fmt: skip
        with pytest.raises(Refused) as refusal:
            ask(mine, by)
        assert refusal.value.code == code
    row = ask(mine, asker, 6000)
    with pytest.raises(Refused) as refusal:
        goodwill.approve(goodwill_id=row.pk, by=of_staff(person))
    assert refusal.value.code == "not_oneself"
    with pytest.raises(Refused) as refusal:
        goodwill.approve(goodwill_id=new_id(), by=asker)
    assert refusal.value.status == 404
    assert not Earning.objects.exists()


def test_postgresql_refuses_one_person_and_half_states(who, asker):
    row = ask(who, asker, 6000)
    rows = GoodwillRequest.objects.filter(pk=row.pk)
    wrong = (
        {"state": "paid", "decided_by": row.asked_by, "ended_at": row.created_at},
        {"state": "paid"},
        {"decided_by": "staff:other"},
        {"amount_minor": 0},
        {"reason": ""},
    )
    for columns in wrong:
        with pytest.raises(IntegrityError, match="payments_goodwill_"), transaction.atomic():
            rows.update(**columns)


def test_who_sees_it(who, asker):
    waiting, paid = ask(who, asker, 6000), ask(who, asker, 100)
    seen = {
        actor: set(GoodwillRequest.objects.visible_to(actor).values_list("pk", flat=True))
        for actor in (asker, of_user(who.user), of_user(people.user()), job("x"))
    }
    assert list(seen.values()) == [{waiting.pk, paid.pk}, {paid.pk}, set(), set()]
