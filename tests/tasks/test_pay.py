"""Pay rules through the doors: frozen at the claim, settled at acceptance, changed for later."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.selectors.actors import of_staff, of_user
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry
from marketplace.ops import proof
from payments.models import Earning, Reservation
from payments.selectors import balances
from tasks.actions import appeals, approvals, projects, reviews, verdicts
from tasks.actions.locking import lock_assignment
from tasks.models import Assignment, Project
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.factories_tasks import BY

pytestmark = pytest.mark.django_db
BONUS = {"measure": "unchanged", "most_bps": 2000}


def paid_project(tasks=1, *, price=1000, **pay):
    return work.project(
        tasks=tasks, price_minor=price, pay={"model": "submission", **pay}, review_price_minor=0
    )


def earned(row):
    earning = Earning.objects.get(source=row.holder)
    return {line["kind"]: line["amount_minor"] for line in earning.lines}, earning


def correct(row, **other):
    """Handed in again after a return."""
    row.refresh_from_db()
    return work.submit(row, {**work.RIGHT, "why": f"It does what it says, {row.returns}."}, **other)


def active(row, seconds):
    Assignment.objects.filter(pk=row.pk).update(active_seconds=seconds)


def test_a_claim_without_rules_is_quoted_and_reserved_as_it_ever_was():
    work.project(price_minor=1000)
    row = work.claim(work.expert())
    assert (row.quote, row.price_minor) == ({}, 1000)
    work.review(work.submit(row))
    assert earned(row)[0] == {"base": 1000}


def test_a_claim_freezes_the_quote_and_reserves_the_most():
    project = paid_project(
        tiers={"3": 12000},
        domains={work.DOMAIN: 11000},
        bonus=BONUS,
        kill_bps=5000,
        floor_hourly_minor=6000,
    )
    row = work.claim(work.expert(tier=3))
    # 1000 * 1.2 * 1.1 and a fifth; the floor of 20 minutes is 2000
    assert (row.quote["base_minor"], row.quote["kill_minor"]) == (1320, 660)
    assert (row.quote["tier_bps"], row.quote["domain"]) == (12000, work.DOMAIN)
    assert row.price_minor == row.quote["most_minor"] == 2000
    promise = Reservation.objects.get(holder=row.holder)
    fee = 2000 * project.fee_bps // 10_000
    assert (promise.price_minor, promise.fee_minor) == (2000, fee) == (2000, row.fee_minor)
    row.refresh_from_db()
    assert row.quote["version"] == 1


def test_what_was_not_earned_goes_back_to_the_project():
    project = paid_project(bonus=BONUS)
    row = work.claim(work.expert())
    first = work.submit(row)
    work.review(first, "return")
    work.review(correct(row))
    lines, earning = earned(row)
    assert (lines, earning.fee_minor) == ({"base": 1000}, 1000 * project.fee_bps // 10_000)
    assert Reservation.objects.get(holder=row.holder).state == "spent"


def test_an_answer_accepted_unchanged_gets_its_bonus_and_says_why():
    paid_project(bonus=BONUS, tiers={"2": 11000})
    row = work.claim(work.expert(tier=2))
    work.review(work.submit(row))
    lines, earning = earned(row)
    assert lines == {"base": 1100, "bonus": 220}
    assert [line["text"] for line in earning.lines] == [
        f"Accepted answer: {row.project.name}; tier 2 × 1.1",
        "Quality bonus: accepted unchanged",
    ]


def test_a_mended_answer_gets_no_bonus():
    paid_project(bonus=BONUS)
    row = work.claim(work.expert())
    person = people.staff()
    held = reviews.claim(submission_id=work.submit(row).pk, by=of_staff(person), user=person)
    reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict="fix",
        category="wrong",
        text=work.REASON,
        answer=work.WRONG,
        by=of_staff(person),
    )
    assert earned(row)[0] == {"base": 1000}


def test_each_correction_that_is_handed_in_is_paid():
    paid_project(correction_bps=1500)
    row = work.claim(work.expert())
    assert row.price_minor == 1450
    work.review(work.submit(row), "return")
    work.review(correct(row), "return")
    work.review(correct(row))
    lines, earning = earned(row)
    assert lines == {"base": 1000, "correction": 300}
    assert earning.lines[1]["text"] == "Corrections handed in: 2"


def test_a_rush_counts_from_the_first_time_it_was_handed_in():
    until = (clock.now() + dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    paid_project(rush={"bps": 1000, "until": until})
    row = work.claim(work.expert())
    work.review(work.submit(row), "return")
    work.review(correct(row))
    assert earned(row)[0] == {"base": 1000, "rush": 100}
    texts = {one["kind"]: one["text"] for one in Earning.objects.get().lines}
    assert texts["rush"] == f"Handed in before {until[:10]} {until[11:16]} UTC: 10 % more"


def test_a_bonus_by_score_follows_the_review_that_let_it_pass():
    rubric = [{"name": "truth", "title": "Truth", "max": 4}]
    pay = {
        "model": "submission",
        "bonus": {"measure": "rubric", "most_bps": 4000, "from_percent": 50},
    }
    work.project(tasks=2, price_minor=1000, pay=pay, review_rubric=rubric)
    person = people.staff()
    for score, bonus in [(3, {"bonus": 200}), (2, {})]:
        row = work.claim(work.expert())
        held = reviews.claim(submission_id=work.submit(row).pk, by=of_staff(person), user=person)
        reviews.decide(
            review_assignment_id=held.pk,
            fence=held.fence,
            verdict="accept",
            scores={"truth": score},
            by=of_staff(person),
        )
        assert earned(row)[0] == {"base": 1000, **bonus}


def test_hours_are_paid_by_the_active_time_up_to_the_cap():
    pay = {"model": "hourly", "cap_minutes": 15}
    work.project(tasks=2, price_minor=6000, pay=pay)
    amounts = []
    for seconds in (605, 9999):
        row = work.claim(work.expert())
        active(row, seconds)
        work.review(work.submit(row))
        lines, earning = earned(row)
        amounts.append((row.price_minor, lines, earning.lines[0]["text"]))
    name = row.project.name
    assert amounts == [
        (1500, {"base": 1009}, f"Accepted answer: {name}; 10 min 5 s at $60.00 an hour"),
        (1500, {"base": 1500}, f"Accepted answer: {name}; 15 min 0 s at $60.00 an hour"),
    ]


def test_the_floor_tops_up_what_took_long():
    paid_project(floor_hourly_minor=6000)
    row = work.claim(work.expert())
    active(row, 900)
    work.review(work.submit(row))
    lines, earning = earned(row)
    assert lines == {"base": 1000, "floor": 500}
    assert earning.lines[1]["text"] == "Up to $60.00 an hour for 15 min 0 s"


def test_an_approval_of_many_settles_each_in_as_many_statements():
    def statements(number):
        project = paid_project(number, bonus=BONUS, floor_hourly_minor=9000)
        rows = []
        for _ in range(number):
            row = work.claim(work.expert(), project_id=project.pk)
            work.submit(row)
            rows.append(row)
        active(rows[0], 600)
        ids = [row.submissions.get().pk for row in rows]
        row = approvals.ask(project_id=project.pk, submission_ids=ids, by=BY)
        with CaptureQueriesContext(connection) as seen:
            assert approvals.run(approval_id=row.pk, by=BY) == number
        amounts = [Earning.objects.get(source=row.holder).amount_minor for row in rows]
        return amounts, len(seen)

    few, many = statements(2), statements(5)
    assert few[0] == [1500, 1200]
    assert many[0] == [1500, 1200, 1200, 1200, 1200]
    assert few[1] == many[1]


def test_a_later_price_does_not_touch_a_claim():
    project = paid_project(2, bonus=BONUS)
    before = work.claim(work.expert())
    Project.objects.filter(pk=project.pk).update(price_minor=1, pay={"model": "submission"})
    after = work.claim(work.expert())
    for row in (before, after):
        work.review(work.submit(row))
    assert [earned(row)[0] for row in (before, after)] == [
        {"base": 1000, "bonus": 200},
        {"base": 1},
    ]


def test_a_claim_that_the_quote_is_too_dear_for_gets_nothing():
    project = work.project(fund=1300, price_minor=1000, pay={"model": "submission", "bonus": BONUS})
    with pytest.raises(Refused) as caught:
        work.claim(work.expert())
    assert caught.value.code == "funds_short"
    project.refresh_from_db()
    assert project.funds_short_at is not None


def test_faults_of_the_rules_come_with_pointers():
    client = people.organization()
    pay = {
        "model": "submission",
        "domains": {"astrology": 11000},
        "bonus": {"measure": "rubric", "most_bps": 5},
    }
    with pytest.raises(Refused) as caught:
        projects.create(organization_id=client.pk, fields=work.fields(pay=pay), by=BY)
    assert [fault.pointer for fault in caught.value.faults] == ["/pay/domains/astrology"]
    del pay["domains"]
    with pytest.raises(Refused) as caught:
        projects.create(organization_id=client.pk, fields=work.fields(pay=pay), by=BY)
    assert [fault.pointer for fault in caught.value.faults] == ["/pay/bonus/measure"]
    with pytest.raises(Refused) as caught:
        projects.create(organization_id=client.pk, fields=work.fields(pay={"model": "\x00"}), by=BY)
    assert [fault.pointer for fault in caught.value.faults] == ["/pay/model"]


def test_a_draft_keeps_its_rubric_while_its_bonus_needs_it():
    rubric = [{"name": "truth", "title": "Truth", "max": 4}]
    pay = {"model": "submission", "bonus": {"measure": "rubric", "most_bps": 4000}}
    draft = work.project(active=False, pay=pay, review_rubric=rubric)
    with pytest.raises(Refused) as caught:
        projects.update(project_id=draft.pk, fields={"review_rubric": []}, by=BY)
    assert [fault.pointer for fault in caught.value.faults] == ["/pay/bonus/measure"]
    assert projects.update(project_id=draft.pk, fields={"pay": {}}, by=BY).pay == {}


def test_the_price_of_an_hour_counts_in_the_score_for_the_time_expected():
    hourly = work.project(price_minor=6000, value_minor=2000, pay={"model": "hourly"})
    whole = work.project(price_minor=1000, value_minor=2000)
    who = work.expert()
    costs = {row.project_id: row.cost for row in who.candidacies.all()}
    assert costs[hourly.pk] == costs[whole.pk] == 0.5


RICH = {"bonus": BONUS, "correction_bps": 1500, "floor_hourly_minor": 9000}


def rejected(*, corrected=False, **pay):
    """An answer that was rejected, after 600 seconds of active time, perhaps corrected before."""
    paid_project(**pay)
    row = work.claim(work.expert())
    answer = work.submit(row)
    if corrected:
        work.review(answer, "return")
        answer = correct(row)
    active(row, 600)
    work.review(answer, "reject")
    row.refresh_from_db()
    return row


def overturned(row):
    with transaction.atomic():
        verdicts.overturn(lock_assignment(row.pk), why="It was right.", by=BY)


def won(row):
    by = of_user(row.annotator.user)
    text = "The guideline says in section two that this counts as correct."
    appeals.against_rejection(assignment_id=row.pk, text=text, by=by)
    person = people.staff()
    held = reviews.claim_next(by=of_staff(person), user=person)
    reviews.decide(
        review_assignment_id=held.pk, fence=held.fence, verdict="accept", by=of_staff(person)
    )


@pytest.mark.parametrize("set_right", [overturned, won])
@pytest.mark.parametrize(
    ("corrected", "pay", "lines"),
    [
        # 10 minutes at 90.00 an hour are 1,500: the bonus counts towards the floor
        (False, RICH, {"base": 1000, "bonus": 200, "floor": 300}),
        (True, RICH, {"base": 1000, "correction": 150, "floor": 350}),
        (True, {"correction_bps": 1500}, {"base": 1000, "correction": 150}),
        (False, {"bonus": BONUS}, {"base": 1000, "bonus": 200}),
    ],
)
def test_a_rejection_that_was_wrong_is_paid_what_its_quote_says(set_right, corrected, pay, lines):
    row = rejected(corrected=corrected, **pay)
    promise = Reservation.objects.get(holder=row.holder)
    assert (promise.state, promise.price_minor) == ("held", row.quote["most_minor"])
    set_right(row)
    found, earning = earned(row)
    amount = sum(lines.values())
    assert (found, earning.amount_minor) == (lines, amount)
    assert earning.fee_minor == amount * row.project.fee_bps // 10_000
    pot = balances.pot(row.project.pot, "usd")
    assert (pot.reserved_minor, pot.funds_minor) == (0, 1_000_000 - amount - earning.fee_minor)
    entry = AuditEntry.objects.get(verb="rejection_overturned")
    assert entry.data == {"amount_minor": amount}
    assert proof.run() == []


def test_the_audit_trail_says_what_an_accepted_answer_was_paid():
    project = paid_project(2, bonus=BONUS, correction_bps=1000)
    alone, of_many = work.claim(work.expert()), work.claim(work.expert())
    assert alone.price_minor == 1300
    work.review(work.submit(alone))
    row = approvals.ask(project_id=project.pk, submission_ids=[work.submit(of_many).pk], by=BY)
    approvals.run(approval_id=row.pk, by=BY)
    entries = AuditEntry.objects.filter(verb="accepted")
    assert [entry.data for entry in entries] == [{"amount_minor": 1200}] * 2
