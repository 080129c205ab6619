"""Very many annotators with money to be paid, made in bulk: rows by the thousand, real ledger
entries, and a local Stripe that knows their accounts.
"""

import json
import os
import uuid
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.test.utils import override_settings

from accounts.models import AnnotatorProfile, User
from marketplace.ops.bench import scratch
from marketplace.ops.bench.scratch import BY, CURRENCY
from marketplace.ops.drill.killing import in_child
from marketplace.ops.drill.payroll import owed
from marketplace.ops.drill.stripe_process import DrillStripe, stripe_process
from payments.actions.ledger import Posting, post
from payments.stripe import accounts

BATCH = 500
NOBODY = 9
"""A port on which nobody listens: webhooks are not needed here."""
ACCOUNTS = """
INSERT INTO payments_connectedaccount
       (annotator_id, stripe_account, transfers, requirements, created_at)
SELECT annotator_id, stripe_account, 'active', '[]', core_now()
  FROM unnest(%s::uuid[], %s::text[]) AS made (annotator_id, stripe_account)
"""
EARNINGS = """
INSERT INTO payments_earning
       (id, annotator_id, kind, source, pot, label, currency, amount_minor, fee_minor, taken_minor,
        lines, state, hold_until, hold_reason, created_at)
SELECT gen_random_uuid(), annotator_id, 'goodwill', 'award:' || annotator_id, 'platform', 'Bench',
       %s, minor, 0, 0,
       jsonb_build_array(jsonb_build_object('kind', 'award', 'amount_minor', minor, 'text', '')),
       'payable', core_now(), 'None.', core_now()
  FROM unnest(%s::uuid[], %s::bigint[]) AS made (annotator_id, minor)
"""


def prepare(folder: Path, number: int) -> Path:
    """Rows in the scratch database; returns the saved state of a local Stripe that fits them."""
    state = folder / "stripe.json"
    with stripe_process(folder, os.environ, state=state, web_port=NOBODY) as stripe:
        at = {"STRIPE_API_BASE": stripe.address, "EGRESS_ALLOWED_BASES": [stripe.address]}
        with override_settings(**at):
            in_child(lambda: _one_account(stripe, number))
    names = _multiply(state, number)
    for first in range(0, number, BATCH):
        _people(names[first : first + BATCH], first)
    return state


def _one_account(stripe: DrillStripe, number: int) -> None:
    """The money at Stripe, and one account that may be paid: the others are its copies."""
    total = sum(map(owed, range(number)))
    stripe.charge(settings.STRIPE_SECRET_KEY, 2 * total, CURRENCY)
    made = accounts.create_account(
        annotator_id=uuid.uuid4(), email="a@example.test", name="Ada", country="US"
    )
    stripe.activate(made.id)
    scratch.deposit(scratch.organization("Bench Labs"), 2 * total)


def _multiply(state: Path, number: int) -> list[str]:
    """Copy the one account of a saved state; the names of all."""
    saved = json.loads(state.read_text())
    (first,) = [row for _, row in saved["rows"] if row["object"] == "v2.core.account"]
    text, note = json.dumps(first), saved["notes"][first["id"]]
    names = [f"acct_{uuid.uuid4().hex[:24]}" for _ in range(number)]
    for name in names:
        saved["rows"].append(["", json.loads(text.replace(first["id"], name))])
        saved["notes"][name] = dict(note, planned={})
    state.write_text(json.dumps(saved))
    return names


@transaction.atomic
def _people(names: list[str], first: int) -> None:
    numbers = range(first, first + len(names))
    users = User.objects.bulk_create(
        User(email=f"payee{number}@example.test", name=f"Annotator {number}") for number in numbers
    )
    people = AnnotatorProfile.objects.bulk_create(
        AnnotatorProfile(user=user, country="US", languages=["en"]) for user in users
    )
    ids = [str(person.pk) for person in people]
    amounts = [owed(number) for number in numbers]
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS, [ids, names])
        cursor.execute(EARNINGS, [CURRENCY, ids, amounts])
    post([_award(pk, minor) for pk, minor in zip(ids, amounts, strict=True)], by=BY)


def _award(annotator_id: str, minor: int) -> Posting:
    """As `awards.award` and the end of the hold book it, in one entry."""
    legs = [
        ("platform_cost", "platform", -minor),
        ("annotator_payable", f"annotator:{annotator_id}", minor),
    ]
    return Posting(f"award:{annotator_id}", "award", legs, CURRENCY)
