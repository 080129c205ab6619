"""The quote in the database is the quote in Python, whatever the rules."""

import json

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Credential
from marketplace.core import clock
from payments.pay.quote import Basis, quote
from tasks.matching.quote import BODY
from tasks.models import Project
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.pay_rules import PATHS, terms

pytestmark = pytest.mark.django_db
# Below the paths of the rules, above them, beside them.
HELD = (*PATHS, "medicine.oncology")


def in_database(project, who):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT tasks_quote(%s, %s)", [project.pk, who.pk])
        return json.loads(cursor.fetchone()[0])


def test_the_database_holds_the_function_as_it_is_written():
    """A change of the rules needs a migration that installs the function again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'tasks_quote'")
        assert cursor.fetchall() == [(BODY,)]


def test_both_quotes_are_the_same():
    project, staff = work.project(tasks=0, active=False), people.staff()
    # nobody's tier is lowered without an act: one of each
    annotators = {tier: people.annotator(tier=tier) for tier in (1, 2, 3, 4)}
    seen = {"quotes": 0, "fields": 0}

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        rules=terms(),
        price=st.integers(1, 10_000_000),
        fee_bps=st.integers(0, 10_000),
        minutes=st.integers(1, 10_080),
        tier=st.integers(1, 4),
        held=st.sets(st.sampled_from(HELD)),
    )
    def same(*, rules, price, fee_bps, minutes, tier, held):
        Project.objects.filter(pk=project.pk).update(
            pay=rules, price_minor=price, fee_bps=fee_bps, expected_minutes=minutes
        )
        who = annotators[tier]
        Credential.objects.filter(annotator=who).delete()
        for path in held:
            people.verified_credential(who, path, decided_by=staff)
        basis = Basis(price, fee_bps, minutes, tier, held, clock.now())
        found = in_database(project, who)
        assert found == quote(rules, basis)
        seen["quotes"] += bool(found)
        seen["fields"] += bool(found.get("domain"))

    same()
    assert seen["quotes"] > 50
    assert seen["fields"] > 5


def test_a_credential_that_ran_out_or_is_only_claimed_multiplies_nothing():
    pay = {"model": "submission", "domains": {"engineering": 20_000}}
    project, who = work.project(tasks=0, active=False, pay=pay), people.annotator()
    people.credential(who, "engineering.software")
    people.verified_credential(who, "engineering.software", expires_on=clock.now().date())
    assert in_database(project, who)["domain_bps"] == 20_000
    Credential.objects.filter(annotator=who).update(expires_on="2020-01-01")
    assert in_database(project, who)["domain_bps"] == 10_000
