"""Nothing is done against an annotator without its act: PostgreSQL refuses, whoever asks.

Each statement is refused as raw SQL, and goes through in the transaction that wrote its act.
"""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.actions import adverse, pauses, qualifications, suspension, tiers
from accounts.models import AdverseAct, AnnotatorProfile, Notice, Pause, QualificationGrant
from accounts.states import AdverseKind
from marketplace.core.actors import command
from marketplace.core.errors import Refused
from payments.actions import payouts
from payments.models import ConnectedAccount, Earning, Payout
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work

BY = command("tests")
PAUSE_ID = uuid.UUID(int=7)


def run(statement, **values):
    """How many rows the statement wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


@transaction.atomic
def act(who, kind, subject):
    return adverse.record(
        annotator=who,
        kind=kind,
        subject=subject,
        rule="pause.test",
        text="Why.",
        evidence=[subject],
        by=BY,
    )


@transaction.atomic
def both(*args):
    who, kind, subject, statement, values = args
    act(who, kind, subject)
    return run(statement, **values)


def pause(who):
    return (
        """INSERT INTO accounts_pause (id, annotator_id, reason, made_by)
           VALUES (%(id)s, %(who)s, 'x', 'x')""",
        {"id": PAUSE_ID, "who": who.pk},
        AdverseKind.PAUSE,
        f"pause:{PAUSE_ID}",
    )


def longer(who):
    row = pauses.pause(annotator_id=who.pk, reason="x", by=BY)
    pauses.lift(pause_id=row.pk, reason="x", by=BY)
    return (
        "UPDATE accounts_pause SET lifted_at = NULL WHERE id = %(id)s",
        {"id": row.pk},
        AdverseKind.PAUSE,
        f"pause:{row.pk}",
    )


def removal(who):
    return (
        "UPDATE accounts_annotatorprofile SET state = 'suspended' WHERE id = %(id)s",
        {"id": who.pk},
        AdverseKind.REMOVAL,
        f"annotator:{who.pk}",
    )


def tier_loss(who):
    tiers.set_tier(annotator_id=who.pk, tier=3, reason="x", by=BY)
    return (
        "UPDATE accounts_annotatorprofile SET tier = 2 WHERE id = %(id)s",
        {"id": who.pk},
        AdverseKind.TIER_LOSS,
        f"annotator:{who.pk}",
    )


def grant_of(who):
    return qualifications.grant(
        qualification_id=people.qualification().pk, annotator_id=who.pk, by=BY
    )


def revoked(who):
    row = grant_of(who)
    return (
        """UPDATE accounts_qualificationgrant SET revoked_at = core_now(), revoked_why = 'x'
            WHERE id = %(id)s""",
        {"id": row.pk},
        AdverseKind.QUALIFICATION_LOSS,
        f"grant:{row.pk}",
    )


def shortened(who):
    row = grant_of(who)
    return (
        "UPDATE accounts_qualificationgrant SET expires_on = '2020-01-01' WHERE id = %(id)s",
        {"id": row.pk},
        AdverseKind.QUALIFICATION_LOSS,
        f"grant:{row.pk}",
    )


def deleted(who):
    row = grant_of(who)
    return (
        "DELETE FROM accounts_qualificationgrant WHERE id = %(id)s",
        {"id": row.pk},
        AdverseKind.QUALIFICATION_LOSS,
        f"grant:{row.pk}",
    )


def held_longer(who):
    work.project()
    row = work.claim(who)
    work.review(work.submit(row))
    earning = Earning.objects.get(annotator=who)
    return (
        "UPDATE payments_earning SET hold_until = hold_until + interval '1 day' WHERE id = %(id)s",
        {"id": earning.pk},
        AdverseKind.PAY_WITHHELD,
        f"earning:{earning.pk}",
    )


def rejection(who):
    work.project()
    row = work.claim(who)
    work.submit(row)
    return (
        """UPDATE tasks_assignment SET state = 'rejected', adverse_act_id =
           (SELECT id FROM accounts_adverseact WHERE subject = %(subject)s
             ORDER BY at DESC LIMIT 1) WHERE id = %(id)s""",
        {"id": row.pk, "subject": f"assignment:{row.pk}"},
        AdverseKind.REJECTION,
        f"assignment:{row.pk}",
    )


ALL = [pause, longer, removal, tier_loss, revoked, shortened, deleted, held_longer, rejection]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", ALL, ids=lambda case: case.__name__)
def test_postgresql_refuses_an_act_without_its_row(case):
    who = work.expert()
    statement, values, kind, subject = case(who)
    with pytest.raises(DatabaseError, match="without its act|rejected_by_act"):
        run(statement, **values)
    act(who, kind, subject)
    with pytest.raises(DatabaseError, match="without its act"):
        run(statement, **values)  # another transaction's does not count
    other = people.annotator()
    with pytest.raises(DatabaseError, match="without its act"):
        both(other, kind, subject, statement, values)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", ALL, ids=lambda case: case.__name__)
def test_control_with_its_row_the_same_statement_goes_through(case):
    who = work.expert()
    statement, values, kind, subject = case(who)
    acts = AdverseAct.objects.count()
    assert both(who, kind, subject, statement, values) == 1
    assert AdverseAct.objects.count() == acts + 1
    newest = AdverseAct.objects.order_by("-at").first()
    assert (newest.annotator, newest.kind, newest.subject) == (who, kind, subject)


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_not_rejected_without_naming_its_act():
    who = work.expert()
    _, values, kind, subject = rejection(who)
    unnamed = "UPDATE tasks_assignment SET state = 'rejected' WHERE id = %(id)s"
    with pytest.raises(DatabaseError, match="rejected_by_act"):
        both(who, kind, subject, unnamed, values)
    other = act(who, kind, "assignment:1")
    wrong = (
        "UPDATE tasks_assignment SET state = 'rejected', adverse_act_id = %(act)s WHERE id = %(id)s"
    )
    with pytest.raises(DatabaseError, match="about something else"):
        both(who, kind, subject, wrong, {**values, "act": other.pk})


@pytest.mark.django_db(transaction=True)
def test_a_payout_is_not_frozen_without_its_act():
    who = work.expert()
    money.earn_payable(who, 1000)
    ConnectedAccount.objects.create(annotator=who, stripe_account="acct_1", transfers="active")
    row = payouts.start(annotator_id=who.pk, currency="usd", by=BY)
    freeze = "UPDATE payments_payout SET state = 'frozen' WHERE id = %(id)s"
    with pytest.raises(DatabaseError, match="without its act"):
        run(freeze, id=row.pk)
    with transaction.atomic():
        act(who, AdverseKind.PAY_WITHHELD, f"payout:{row.pk}")
        run(freeze, id=row.pk)
    assert Payout.objects.get().state == "frozen"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_adverseact SET text = 'other'",
        "UPDATE accounts_adverseact SET reversed_at = NULL",
        "UPDATE accounts_adverseact SET reversed_at = core_now(), reversed_why = 'x', rule = 'z'",
        "DELETE FROM accounts_adverseact",
        "TRUNCATE accounts_adverseact CASCADE",
    ],
)
def test_acts_are_never_changed(statement):
    act(people.annotator(), AdverseKind.PAUSE, "pause:1")
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        run(statement)
    assert AdverseAct.objects.get().text == "Why."


@pytest.mark.django_db
def test_an_act_is_reversed_once():
    row = act(people.annotator(), AdverseKind.PAUSE, "pause:1")
    adverse.reverse(act=row, why="It was somebody else.", by=BY)
    first = AdverseAct.objects.get()
    adverse.reverse(act=first, why="Again.", by=BY)
    assert AdverseAct.objects.get().reversed_why == "It was somebody else."
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        run("UPDATE accounts_adverseact SET reversed_why = 'x'")


@pytest.mark.django_db
def test_every_verb_writes_its_act_and_the_notice_leads_there():
    who = people.annotator(tier=3)
    row = pauses.pause(
        annotator_id=who.pk, reason="Rest.", by=BY, rule="rule.7", evidence=["submission:1"]
    )
    grant = grant_of(who)
    qualifications.revoke(
        grant_id=grant.pk, reason="Too old.", evidence=[" https://example.test/1 ", ""], by=BY
    )
    tiers.set_tier(annotator_id=who.pk, tier=2, reason="Errors.", by=BY)
    tiers.set_tier(annotator_id=who.pk, tier=4, reason="Better.", by=BY)
    suspension.suspend(annotator_id=who.pk, reason="Sold the account.", by=BY)
    found = list(
        AdverseAct.objects.order_by("at").values_list("kind", "subject", "rule", "text", "evidence")
    )
    assert found == [
        ("pause", f"pause:{row.pk}", "rule.7", "Rest.", ["submission:1"]),
        (
            "qualification_loss",
            f"grant:{grant.pk}",
            "qualification.staff",
            "Too old.",
            ["https://example.test/1"],
        ),
        ("tier_loss", f"annotator:{who.pk}", "tier.staff", "Errors.", []),
        ("removal", f"annotator:{who.pk}", "removal.staff", "Sold the account.", []),
    ]
    links = set(
        Notice.objects.filter(link__startswith="/decisions/").values_list("link", flat=True)
    )
    assert links == {f"/decisions/{pk}/" for pk in AdverseAct.objects.values_list("pk", flat=True)}


@pytest.mark.django_db
def test_an_act_says_why():
    with pytest.raises(Refused, match="without a reason"):
        adverse.record(
            annotator=people.annotator(),
            kind=AdverseKind.PAUSE,
            subject="pause:1",
            rule="pause.staff",
            text=" ",
            by=BY,
        )
    assert not AdverseAct.objects.exists()
    assert not Pause.objects.exists()
    assert not QualificationGrant.objects.exists()
    assert AnnotatorProfile.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "evidence", "match"),
    [
        ("because", ["submission:1"], "without a reason"),
        ("staff", ["submission:1"], "without a reason"),
        ("rule.7", [], "needs evidence"),
        ("rejection.wrong", [" "], "needs evidence"),
        ("pause.staff", ["x" * 501], "too long"),
    ],
)
def test_an_act_rests_on_a_rule_of_the_policy_and_on_evidence(rule, evidence, match):
    who = people.annotator()
    with pytest.raises(Refused, match=match):
        pauses.pause(annotator_id=who.pk, reason="x", rule=rule, evidence=evidence, by=BY)
    assert not Pause.objects.exists()


INSERT = """INSERT INTO accounts_adverseact
    (id, annotator_id, kind, subject, rule, policy_version, evidence, text, by, reversed_why)
    VALUES (gen_random_uuid(), %(who)s, 'pause', 'pause:1', %(rule)s, 1, %(evidence)s, 'x', 'x', '')"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "evidence", "constraint"),
    [
        ("because", ["submission:1"], "accounts_adverse_rule_shape"),
        ("rule.7", [], "accounts_adverse_evidence"),
        ("pause.staffing", [], "accounts_adverse_evidence"),
        ("rule.7", ["submission:1"], None),
        ("pause.staff", [], None),
    ],
)
def test_postgresql_refuses_an_act_without_rule_or_evidence(rule, evidence, constraint):
    values = {"who": people.annotator().pk, "rule": rule, "evidence": evidence}
    if constraint is None:
        run(INSERT, **values)
        assert AdverseAct.objects.get().rule == rule
        return
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        run(INSERT, **values)
    assert not AdverseAct.objects.exists()
