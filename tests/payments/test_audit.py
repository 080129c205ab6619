"""The audit views: nothing where all is well, and each one sees the fault it is for."""

import json

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.ops import proof
from payments.actions import clawbacks, comings_back, deposits, disputes, payouts, refunds
from payments.actions.earnings import mature
from payments.models import Deposit, Earning, Payout
from payments.stripe.gateway import Checkout, DisputedMove, DisputeSeen, Transfer, TransferBack
from tests.payments.money import balance
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.factories_payments import BY, ConnectedAccount

STAFF = Actor(ActorKind.STAFF, "1")


@pytest.fixture
def world(db):
    """Work in every state, a paid deposit, a sent payout and one under way."""
    pay = {"model": "submission", "bonus": {"measure": "unchanged", "most_bps": 1000}}
    project = work.project(tasks=6, overlap=2, pay=pay)
    ada, grace = work.expert(), work.expert()
    reviewer = people.staff()
    for who in (ada, grace):
        rows = [work.claim(who) for _ in range(3)]
        work.review(work.submit(rows[0]), staff=reviewer)
        work.review(
            work.submit(rows[1]), "reject", staff=reviewer, category="wrong", text=work.REASON
        )
        ConnectedAccount.objects.create(
            annotator=who, stripe_account=f"acct_{who.pk}", transfers="active"
        )
    Earning.objects.update(hold_until=clock.now())
    mature(by=BY)
    sent = payouts.start(annotator_id=ada.pk, currency="usd", by=BY)
    facts = ("tr_1", sent.amount_minor, "usd", sent.destination, "", str(sent.pk), 0)
    transfer = Transfer(*facts, clock.now())
    payouts.sent(sent.pk, transfer, by=BY)
    paid = Earning.objects.filter(payout=sent).first()
    taken = clawbacks.ask(
        earning_id=paid.pk, amount_minor=paid.amount_minor, reason=work.REASON * 2, by=STAFF
    )
    back = TransferBack("trr_1", "tr_1", 10, "usd", "", clock.now())
    comings_back.known(sent.pk, back, by=BY)
    assert (taken.state, balance("annotator_debt", f"annotator:{ada.pk}")) == (
        "booked",
        10 - paid.amount_minor,
    )
    payouts.start(annotator_id=grace.pk, currency="usd", by=BY)
    row = deposits.request_deposit(
        organization_id=project.organization_id, currency="usd", amount_minor=9000, by=BY
    )
    page = Checkout("cs_1", str(row.pk), "complete", "paid", "pi_1", "succeeded", 9000, "usd", "")
    deposits._book(row.pk, page, by=BY)
    client = {"organization_id": project.organization_id, "currency": "usd", "by": BY}
    refunds.request(amount_minor=500, **client)
    out = (DisputedMove("txn_9", -9000, 1500),)
    disputes._keep(DisputeSeen("du_1", "lost", "general", 9000, "usd", "pi_1", None, out), by=BY)
    assert set(Payout.objects.values_list("state", flat=True)) == {"part_reversed", "ready"}
    assert Deposit.objects.get().state == "paid"
    return project


def plant(sql):
    """Write past the guards, as only a superuser can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or no ALTER TABLE is possible
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in sql.split("; "):
            cursor.execute(statement)
        assert cursor.rowcount > 0, "the fault was not planted"
        cursor.execute("SET LOCAL session_replication_role = origin")


FAULTS = {
    "entry_sums": "UPDATE payments_ledgerleg SET amount = amount + 1 WHERE id = (SELECT min(id) FROM payments_ledgerleg)",
    "cached_balances": "UPDATE payments_ledgeraccount SET balance = balance + 1 WHERE kind = 'client_prepaid'",
    "untracked_cached": "UPDATE payments_ledgeraccount SET balance = 5 WHERE kind = 'platform_fee'",
    "overdrawn_pots": (
        "ALTER TABLE payments_ledgeraccount DROP CONSTRAINT payments_not_overdrawn; "
        "UPDATE payments_ledgeraccount SET balance = -5 WHERE kind = 'client_prepaid'"
    ),
    "reserved": "UPDATE payments_reservation SET fee_minor = fee_minor + 1 WHERE state = 'held'",
    "earnings": "UPDATE payments_earning SET state = 'pending', payout_id = NULL WHERE state = 'in_transit'",
    "earning_lines": "UPDATE payments_earning SET amount_minor = amount_minor + 1",
    "in_transit": "UPDATE payments_payout SET amount_minor = amount_minor + 1 WHERE state = 'ready'",
    "payout_amounts": "UPDATE payments_earning SET payout_id = NULL, state = 'payable' WHERE state = 'paid'",
    "paid_without_transfer": "UPDATE payments_earning SET state = 'paid' WHERE state = 'in_transit'",
    "sent_payouts": "UPDATE payments_ledgerentry SET key = 'x' WHERE kind = 'payout_done'",
    "transfers": (
        "ALTER TABLE payments_payout DROP CONSTRAINT payments_payout_stripe_transfer_key; "
        "UPDATE payments_payout SET stripe_transfer = 'tr_1'"
    ),
    "contradictions": "UPDATE core_auditentry SET verb = 'transfer_orphan' WHERE verb = 'payout_sent'",
    "deposits": "UPDATE payments_deposit SET state = 'open'",
    "refunds": "UPDATE payments_refund SET amount_minor = amount_minor - 1",
    "quotes": "UPDATE payments_earning SET amount_minor = 499 WHERE source LIKE 'assignment:%'",
    "work_paid": "UPDATE tasks_assignment SET state = 'accepted' WHERE state = 'rejected'",
    "kill_fees": "UPDATE tasks_assignment SET state = 'cancelled' WHERE state = 'claimed'",
    "reviews_paid": (
        "UPDATE tasks_reviewassignment SET price_minor = 100, payee_id = (SELECT min(id::text)::uuid FROM accounts_annotatorprofile)"
    ),
    "adjudications_paid": (
        "INSERT INTO tasks_adjudicationassignment (id, fence, extensions, leased_until, state, currency, price_minor, "
        "fee_minor, adjudicator_id, payee_id, task_id) "
        "SELECT t.id, 1, 0, core_now(), 'done', 'usd', 100, 20, p.user_id, p.id, t.id "
        "FROM tasks_task t, accounts_annotatorprofile p ORDER BY t.id, p.id LIMIT 1"
    ),
    "earned_for_nothing": "UPDATE payments_earning SET source = 'assignment:' || id",
    "unfunded_claims": "UPDATE payments_reservation SET holder = 'x' || id WHERE state = 'held'",
    "slots": "UPDATE tasks_task SET overlap = 1 WHERE state = 'filled'",
    "annotator_twice": (
        "DROP INDEX tasks_assignment_once; UPDATE tasks_assignment SET task_id = (SELECT min(task_id::text)::uuid FROM tasks_assignment)"
    ),
    "own_reviews": (
        "UPDATE tasks_review r SET reviewer_id = p.user_id FROM tasks_submission s, accounts_annotatorprofile p "
        "WHERE s.id = r.submission_id AND p.id = s.annotator_id"
    ),
    "skills": "UPDATE tasks_skill SET alpha = alpha + 1",
    "review_requests": "UPDATE tasks_reviewrequest SET state = 'waiting' WHERE state = 'done'",
    "gold_results": (
        "INSERT INTO tasks_result (id, task_id, answer, source, calibrated, details, submissions) "
        "SELECT id, id, '{}', 'majority', false, '{}', 1 FROM tasks_task ORDER BY id LIMIT 1; "
        'INSERT INTO tasks_gold (task_id, project_id, state, training, answer, explanation, tolerance, seen, "right", '
        "good_seen, good_right, made_by, quarantined_why) SELECT id, project_id, 'active', false, '{}', '', '{}', 0, 0, "
        "0, 0, 'tests', '' FROM tasks_task ORDER BY id LIMIT 1"
    ),
    "clawbacks": "UPDATE payments_clawback SET fee_minor = fee_minor + 1",
    "debts": "UPDATE payments_recovery SET amount_minor = amount_minor + 1",
    "reversals": "UPDATE payments_reversal SET amount_minor = amount_minor + 1",
    "disputes": "UPDATE payments_clientfreeze SET dispute_id = id",
    "months": (
        "INSERT INTO payments_accountmonth (account_id, month, amount_minor, legs, last_leg, next_leg) "
        "SELECT min(id), '2020-01-01', 1, 1, 1, 1 FROM payments_ledgeraccount"
    ),
    "self_billed": (
        "INSERT INTO payments_selfbillingagreement (id, annotator_id, legal_name, line1, line2, postal_code, city, country, "
        "vat_id, terms) SELECT id, annotator_id, 'A', 'Weg 1', '', '', 'Bonn', 'DE', '', 'I agree' FROM payments_payout "
        "ORDER BY id LIMIT 1; "
        "INSERT INTO payments_selfbilledinvoice (id, agreement_id, annotator_id, payout_id, year, number, currency, "
        "amount_minor, other_minor, kept_minor, lines, seller, buyer, note, issued_at) "
        "SELECT p.id, a.id, p.annotator_id, p.id, 2026, 1, p.currency, p.amount_minor + 1, 0, p.recovered_minor, '[]', "
        "'[]', '[]', '', core_now() FROM payments_payout p JOIN payments_selfbillingagreement a ON a.id = p.id"
    ),
    "credit_notes": (
        "INSERT INTO payments_selfbillingagreement (id, annotator_id, legal_name, line1, line2, postal_code, city, country, "
        "vat_id, terms, agreed_at) SELECT id, annotator_id, 'A', 'Weg 1', '', '', 'Bonn', 'DE', '', 'I agree', "
        "created_at - interval '9 days' FROM payments_payout WHERE sent_at IS NOT NULL; "
        "UPDATE payments_payout SET sent_at = sent_at - interval '2 days' WHERE sent_at IS NOT NULL"
    ),
    "clearing": (
        "UPDATE payments_ledgerentry SET created_at = created_at - interval '8 days'; "
        "INSERT INTO payments_ledgerentry (key, kind, data) VALUES ('txn:zz', 'stripe_txn', '{}')"
    ),
    "dead_jobs": "UPDATE core_outboxmessage SET state = 'dead', last_error = 'it broke'",
}


def test_the_books_of_a_living_market_are_clean(world):
    assert proof.run() == []


def test_every_proof_has_its_planted_fault():
    assert set(FAULTS) == set(proof.PROOFS)


def test_each_view_sees_its_fault(world):
    seen = {}
    for name, sql in FAULTS.items():
        with transaction.atomic():
            plant(sql)
            seen[name] = [found for found in proof.run() if found.proof == name]
            transaction.set_rollback(True)
    assert {name for name, found in seen.items() if not found} == set()
    assert all(row.subject and row.detail for found in seen.values() for row in found)
    assert proof.run() == []  # all of them were taken back


@pytest.mark.parametrize(
    ("name", "sql", "detail"),
    [
        ("refunds", "UPDATE payments_refund SET borne_minor = 7", "7 borne by the platform"),
        ("disputes", "UPDATE payments_dispute SET made_good_minor = 7", "7 made good in the row"),
    ],
)
def test_a_view_of_two_proofs_sees_the_second_fault_too(world, name, sql, detail):
    plant(sql)
    (found,) = proof.run()
    assert found.proof == name
    assert detail in found.detail


def test_the_command_says_what_it_proved_and_ends_with_0(world, capsys, tmp_path):
    call_command("audit", json=tmp_path / "audit.json")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(proof.PROOFS)
    assert all(line.startswith("   ok  ") for line in lines)
    assert json.loads((tmp_path / "audit.json").read_text())["findings"] == []


def test_the_command_ends_with_1_where_anything_is_wrong(world, capsys, tmp_path):
    plant(FAULTS["deposits"])
    with pytest.raises(SystemExit) as end:
        call_command("audit", json=tmp_path / "audit.json")
    assert end.value.code == 1
    (found,) = json.loads((tmp_path / "audit.json").read_text())["findings"]
    assert (found["proof"], found["detail"]) == ("deposits", "open, and booked as 9000")
    assert f"deposits: {found['subject']}: open, and booked as 9000" in capsys.readouterr().out
