"""Work for tests: a funded, active project with tasks, experts who may do it, and reviewers."""

import itertools

from accounts.selectors.actors import of_staff, of_user
from marketplace.core import outbox
from marketplace.core.actors import command
from marketplace.core.ids import new_id
from marketplace.core.models import OutboxMessage
from tasks.actions import (
    assignments,
    checks,
    claims,
    intake,
    matching,
    projects,
    quality_fields,
    reviews,
    submissions,
)
from tasks.models import Project
from tests.support import factories_accounts as people
from tests.support import factories_payments as money

BY = command("tests")
DOMAIN = "engineering.software"
_count = itertools.count(1)

INTERFACE = {
    "version": 1,
    "title": "Review a solution",
    "fields": [{"name": "problem", "type": "text"}],
    "questions": [
        {
            "name": "verdict",
            "type": "choice",
            "required": True,
            "options": [{"value": "correct"}, {"value": "incorrect"}],
        },
        {
            "name": "fault",
            "type": "choice",
            "required": True,
            "options": [{"value": "logic"}, {"value": "style"}],
            "show_if": {"question": "verdict", "in": ["incorrect"]},
        },
        {"name": "why", "type": "text", "required": True, "min_length": 5},
    ],
}
RIGHT = {"verdict": "correct", "why": "It does what it says."}
WRONG = {"verdict": "incorrect", "fault": "logic", "why": "The loop ends too early."}
REASON = "The third line is off by one: for n = 1 it returns 0."


def fields(**other):
    """What a client posts as a project."""
    return {
        "name": f"Project {next(_count)}",
        "brief": "Engineers judge functions.",
        "guideline": "# How to judge\n\nRead the whole function.",
        "interface": INTERFACE,
        "currency": "usd",
        "price_minor": 500,
        "review_price_minor": 100,
        "overlap": 1,
        "review_percent": 100,
        "domain": DOMAIN,
        "credential_required": True,
        "languages": ["en"],
        "countries": [],
        "lease_minutes": 30,
        "expected_minutes": 10,
        **other,
    }


def rows(number, start=0):
    """Rows of an upload."""
    return list(
        enumerate(
            {"external_id": f"t{n}", "payload": {"problem": f"Problem {n}"}}
            for n in range(start, start + number)
        )
    )


def project(*, tasks=1, fund=1_000_000, active=True, client=None, **other):
    """A project with tasks and money, matched with everybody there is.

    A share of 0 is set past the action, which refuses it: chance has no place in most tests.
    """
    client = client or people.organization()
    # Drawn by chance: tests that are about them ask for them.
    other = {"second_percent": 0, "rejection_audit_percent": 0, **other}
    none = {name: 0 for name in quality_fields.AUDITED if other.get(name) == 0}
    asked = {name: value for name, value in other.items() if name not in none}
    row = projects.create(organization_id=client.pk, fields=fields(**asked), by=BY)
    if none:
        Project.objects.filter(pk=row.pk).update(**none)
        row.refresh_from_db()
    if tasks:
        intake.post_tasks(project_id=row.pk, rows=rows(tasks), by=BY)
    if fund:
        money.fund(row.pot, fund, organization_id=client.pk, currency=row.currency)
    if active:
        row = projects.activate(project_id=row.pk, by=BY, confirm=True)
        matching.refresh_project(project_id=row.pk)
    return row


def expert(**other):
    """An annotator with a verified credential, matched with every project there is."""
    domains = other.pop("domains", (DOMAIN,))
    who = people.annotator(domains=domains, **other)
    people.verified_credential(who, domains[0])
    matching.refresh_annotator(annotator_id=who.pk)
    return who


def claim(who, **only):
    """A claim of their own."""
    return claims.claim(annotator_id=who.pk, by=of_user(who.user), **only)


def submit(row, answer=None, fence=None):
    """Hand in an answer as its annotator."""
    return submissions.submit(
        assignment_id=row.pk,
        fence=row.fence if fence is None else fence,
        answer=RIGHT if answer is None else answer,
        by=of_user(row.annotator.user),
    )


def review(submission, verdict="accept", *, staff=None, category="", text=""):
    """A reviewer's verdict."""
    person = staff or people.staff()
    by = of_staff(person)
    held = reviews.claim(submission_id=submission.pk, by=by, user=person)
    return reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict=verdict,
        category=category or ("wrong" if verdict != "accept" else ""),
        text=text or (REASON if verdict != "accept" else ""),
        by=by,
    )


def claim_review(person=None):
    """A reviewer's claim on what has waited longest."""
    person = person or people.staff()
    run_jobs("tasks.check_submission")
    return reviews.claim_next(by=of_staff(person), user=person)


def release(row):
    """Give a task back as its annotator."""
    by = of_user(row.annotator.user)
    return assignments.release(assignment_id=row.pk, fence=row.fence, by=by)


def run_jobs(name):
    """Run every promised job of that name, as a worker would; those that fail stay."""
    for row in OutboxMessage.objects.filter(job=name, state="pending"):
        taken = outbox.take(row.pk)
        if taken is not None:
            outbox.run(taken)


def new_ids(number):
    """Ids as rows get them."""
    return [new_id() for _ in range(number)]


def check(submission):
    """What the job after a hand-in does."""
    return checks.check(submission_id=submission.pk, by=BY)
