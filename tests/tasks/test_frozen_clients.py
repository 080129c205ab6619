"""A disputed payment: the client's projects are set aside, and taken up again."""

import pytest

from marketplace.core import clock
from payments.models import ClientFreeze, Dispute
from tasks import jobs
from tasks.actions import funding
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def freeze(organization_id):
    row = Dispute.objects.create(
        stripe_dispute="du_1", organization_id=organization_id, currency="usd", amount_minor=5,
        state="open", reason="general",
    )  # fmt: skip
    return ClientFreeze.objects.create(organization_id=organization_id, dispute=row)


def thaw(row):
    row.lifted_at, row.lifted_by, row.lifted_why = clock.now(), "staff:1", "Paid."
    row.save()


def marked(project):
    project.refresh_from_db()
    return project.funds_short_at is not None


def test_projects_of_a_frozen_client_are_set_aside_and_funds_do_not_end_that():
    mine, other = work.project(tasks=1), work.project(tasks=1)
    frozen = freeze(mine.organization_id)
    for _ in range(2):
        jobs.refresh_frozen(organization_id=str(mine.organization_id))
        assert (marked(mine), marked(other)) == (True, False)
    assert funding.resume_pot(pot=mine.pot, by=work.BY) is False
    assert marked(mine)
    thaw(frozen)
    assert funding.refresh_frozen(organization_id=mine.organization_id, by=work.BY) == 1
    assert funding.refresh_frozen(organization_id=mine.organization_id, by=work.BY) == 0
    assert not marked(mine)
