"""Exams are paid by the platform, passed or not, once."""

import datetime as dt

import pytest

from accounts.actions import exams, qualifications
from accounts.models import Exam, Qualification, QualificationGrant
from accounts.selectors.actors import of_staff, of_user
from marketplace.core.actors import job
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id
from marketplace.ops import proof
from payments import jobs
from payments.models import Earning
from tests.support import factories_accounts as people
from tests.support.desk import Desk, done, faults, promised, told
from tests.support.factories_tasks import run_jobs

pytestmark = pytest.mark.django_db


def paid(**other):
    by = of_staff(people.staff())
    terms = {"exam_pay_minor": 2500, "exam_currency": "eur", **other}
    return qualifications.create(**{"name": f"Exam {new_id()}", **terms}, by=by)


@pytest.mark.parametrize("passed", [True, False])
def test_an_exam_is_paid_whatever_its_outcome(passed):
    who, by = people.annotator(), of_staff(people.staff())
    row = exams.record(
        qualification_id=paid().pk, annotator_id=who.pk, passed=passed, score=40, by=by
    )
    run_jobs("payments.pay_exam")
    jobs.pay_exam(exam_id=str(row.pk))
    earning = Earning.objects.get()
    assert (earning.kind, earning.amount_minor, earning.currency) == ("exam", 2500, "eur")
    assert (earning.annotator, earning.source) == (who, f"award:{row.pk}")
    assert proof.run() == []


def test_the_desk_records_an_exam_that_grants_and_is_paid():
    who, kind, desk = people.annotator(), paid(name="Read an ECG"), Desk()
    form = {"qualification": kind.pk, "annotator": who.user.email, "passed": "yes", "score": "83"}
    assert faults(desk.new("accounts/exam", **form, note="x" * 2001)).keys() == {"note"}
    assert done(desk.new("accounts/exam", **form, expires_on="2999-12-31"))
    row = Exam.objects.get()
    assert (row.passed, row.score, row.pay_minor, row.currency) == (True, 83, 2500, "eur")
    grant = QualificationGrant.objects.get()
    assert (grant.annotator, grant.qualification, str(grant.expires_on)) == (
        who,
        kind,
        "2999-12-31",
    )
    assert [text for _, text in told(who)] == [
        "Your exam for “Read an ECG” was recorded: passed.",
        "You were granted the qualification “Read an ECG”.",
    ]
    assert promised("payments.pay_exam") == [{"exam_id": str(row.pk)}]
    assert "Read an ECG" in desk.page("accounts/exam")


def test_one_not_passed_grants_nothing_and_a_grant_that_counts_stays():
    who, by, kind = people.annotator(), of_staff(people.staff()), paid()
    terms = {"qualification_id": kind.pk, "annotator_id": who.pk, "by": by}
    exams.record(**terms, passed=False)
    assert not QualificationGrant.objects.exists()
    for _ in range(2):
        exams.record(**terms, passed=True)
    assert QualificationGrant.objects.count() == 1
    run_jobs("payments.pay_exam")
    assert [row.amount_minor for row in Earning.objects.all()] == [2500, 2500, 2500]


def test_a_last_day_that_is_over_refuses_the_exam_whole():
    who, by, kind = people.annotator(), of_staff(people.staff()), paid()
    with pytest.raises(Refused) as refusal:
        exams.record(
            qualification_id=kind.pk,
            annotator_id=who.pk,
            passed=True,
            expires_on=dt.date(2020, 1, 1),
            by=by,
        )
    assert [fault.pointer for fault in refusal.value.faults] == ["/expires_on"]
    assert not Exam.objects.exists()
    assert promised("payments.pay_exam") == []


def test_who_sees_an_exam():
    who, by = people.annotator(), of_staff(people.staff())
    row = exams.record(qualification_id=paid().pk, annotator_id=who.pk, passed=True, by=by)
    seen = [
        list(Exam.objects.visible_to(actor))
        for actor in (by, of_user(who.user), of_user(people.user()), job("x"))
    ]
    assert seen == [[row], [row], [], []]


@pytest.mark.parametrize(
    ("text", "currency", "minor", "shown"),
    [("1,250.50", "usd", 125_050, "USD 1,250.50"), ("3000", "jpy", 3000, "JPY 3,000")],
)
def test_the_desk_takes_and_shows_pay_as_people_write_it(text, currency, minor, shown):
    desk = Desk(administrator=True)
    form = {"name": "Read an ECG", "exam_pay": text, "exam_currency": currency}
    assert done(desk.new("accounts/qualification", **form))
    row = Qualification.objects.get()
    assert (row.exam_pay_minor, row.exam_currency) == (minor, currency)
    assert shown in desk.page("accounts/qualification")
    assert shown in desk.page("accounts/qualification", f"{row.pk}/decide/")
    exams.record(
        qualification_id=row.pk, annotator_id=people.annotator().pk, passed=True,
        by=of_staff(desk.person),
    )  # fmt: skip
    listed = desk.page("accounts/exam")
    assert (shown in listed, f"staff:{desk.person.pk}" in listed) == (True, False)


@pytest.mark.parametrize(
    ("text", "currency", "field"),
    [("3.50", "jpy", "exam_pay"), ("12,5", "usd", "exam_pay"), ("12", "", "exam_currency")],
)
def test_what_is_no_pay_is_told_at_its_field(text, currency, field):
    form = {"name": "Read an ECG", "exam_pay": text, "exam_currency": currency}
    answer = Desk(administrator=True).new("accounts/qualification", **form)
    assert list(faults(answer)) == [field]


def test_an_unpaid_exam_earns_nothing_and_a_job_on_nothing_does_nothing():
    who, by = people.annotator(), of_staff(people.staff())
    kind = paid(exam_pay_minor=0, exam_currency="")
    row = exams.record(qualification_id=kind.pk, annotator_id=who.pk, passed=True, by=by)
    for pk in (row.pk, new_id()):
        jobs.pay_exam(exam_id=str(pk))
    assert not Earning.objects.exists()


def test_the_same_exam_again_is_one():
    who, by, key, kind = people.annotator(), of_staff(people.staff()), new_id(), paid()
    for _ in range(2):
        exams.record(qualification_id=kind.pk, annotator_id=who.pk, passed=True, exam_id=key, by=by)
    assert Exam.objects.get().pk == key


@pytest.mark.parametrize(
    "terms",
    [
        {"exam_pay_minor": -1},
        {"exam_pay_minor": 10_000_001},
        {"exam_currency": "xxx"},
        {"exam_currency": ""},
        {"exam_pay_minor": 0},
    ],
)
def test_impossible_pay_is_refused(terms):
    with pytest.raises(Refused) as refusal:
        paid(**terms)
    assert refusal.value.status == 422


@pytest.mark.parametrize("wrong", [{"score": 101}, {"score": -1}, {"note": "x" * 2001}])
def test_an_impossible_exam_is_refused(wrong):
    who, by = people.annotator(), of_staff(people.staff())
    with pytest.raises(Refused) as refusal:
        exams.record(qualification_id=paid().pk, annotator_id=who.pk, passed=True, by=by, **wrong)
    assert refusal.value.status == 422
    assert not Exam.objects.exists()


def test_nobody_records_their_own_nor_of_nothing():
    person = people.staff()
    mine = people.annotator(person=person)
    with pytest.raises(Refused) as refusal:
        exams.record(
            qualification_id=paid().pk, annotator_id=mine.pk, passed=True, by=of_staff(person)
        )
    assert refusal.value.code == "not_oneself"
    with pytest.raises(Refused):
        exams.record(
            qualification_id=new_id(),
            annotator_id=people.annotator().pk,
            passed=True,
            by=of_staff(people.staff()),
        )
