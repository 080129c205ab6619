"""Offers for tests: a project that pushes, its plan, and what annotators say to it."""

from accounts.selectors.actors import of_user
from marketplace.core.actors import job
from tasks.actions import cascade, offers, planning
from tasks.models import Offer, Project
from tests.support import factories_tasks as work

BY = job("tests")


def pushing(**other):
    """A project that offers its tasks."""
    row = work.project(**other)
    Project.objects.filter(pk=row.pk).update(push=True)
    row.refresh_from_db()
    return row


def plan(project):
    """What the job does."""
    return planning.plan_project(project_id=project.pk, by=BY)


def sure(who, accepted=40):
    """An annotator who has always accepted: their chance is nearly 1."""
    other = work.project(tasks=0, active=False)
    past = work.intake.post_tasks(project_id=other.pk, rows=work.rows(accepted), by=work.BY)
    made = planning.Plan.objects.create(project=other, tasks=0, annotators=0, offers=0, solver="")
    Offer.objects.bulk_create(
        Offer(plan=made, project=other, task=task, annotator=who, state="accepted")
        for task in past.tasks.all()
    )
    return who


def accept(offer):
    """As its annotator."""
    return offers.accept(offer_id=offer.pk, by=of_user(offer.annotator.user))


def decline(offer, reason="not_now"):
    """As its annotator."""
    return offers.decline(offer_id=offer.pk, reason=reason, by=of_user(offer.annotator.user))


def sweep():
    """What the sweep does."""
    return cascade.expire_offers(by=BY)
