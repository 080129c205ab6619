"""A database of its own for a measurement, with a funded project and annotators who may work."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from accounts.actions import addresses, organizations, registration
from accounts.models import AnnotatorProfile, User
from accounts.selectors.actors import of_user
from marketplace.core.actors import command
from payments.actions import funds
from payments.actions.ledger import Posting, post
from tasks.actions import intake, matching, projects
from tasks.models import Project

BY = command("bench")
PASSWORD = "measured, not guessed"  # noqa: S105 - the database is dropped at the end
CURRENCY = "usd"
FUNDS_MINOR = 1_000_000_000
NO_CAPS = {
    "OPEN_CLAIMS_MAX": 10**6,
    "DAILY_CLAIMS_MAX": 10**6,
    "DAILY_MINUTES_MAX": 10**6,
}
"""Settings under which few annotators may claim very much: what is measured is claims."""
INTERFACE: dict[str, Any] = {
    "version": 1,
    "fields": [{"name": "text", "type": "text"}],
    "questions": [
        {
            "name": "verdict",
            "type": "choice",
            "required": True,
            "options": [{"value": "yes"}, {"value": "no"}],
        }
    ],
}
INTERFACE_TEXT = json.dumps(INTERFACE)
PROJECT: dict[str, Any] = {
    "name": "Bench",
    "brief": "Tasks to claim.",
    "guideline": "Say yes or no.",
    "interface": INTERFACE,
    "currency": CURRENCY,
    "price_minor": 100,
    "overlap": 1,
    "domain": "engineering.software",
    "credential_required": False,
}


@contextmanager
def database() -> Iterator[str]:
    """A migrated database beside the real one, dropped at the end; its URL."""
    real = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"{real}_bench"
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"
    finally:
        connection.creation.destroy_test_db(real, verbosity=0)


@contextmanager
def copy(name: str = "copy") -> Iterator[None]:
    """Inside `database()`: a copy of it as it is now, in its place until the end, then dropped."""
    original = connection.settings_dict["NAME"]
    connection.creation.clone_test_db(name, verbosity=0, autoclobber=True)
    copied = connection.creation.get_test_db_clone_settings(name)["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = copied
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = original
        connection.creation.destroy_test_db(suffix=name, verbosity=0)


@dataclass(frozen=True, slots=True)
class World:
    """A project with open tasks, and who may claim them."""

    organization_id: UUID
    project: Project
    annotators: list[AnnotatorProfile]


def world(*, tasks: int, annotators: int) -> World:
    """Made by the same actions as in life; the money is booked as a paid charge would be."""
    organization_id = organization("Bench Labs")
    row = projects.create(organization_id=organization_id, fields=PROJECT, by=BY)
    _fund(organization_id, row.pot)
    intake.post_tasks(
        project_id=row.pk,
        rows=enumerate({"payload": {"text": f"Text {n}"}} for n in range(tasks)),
        by=BY,
    )
    row = projects.activate(project_id=row.pk, by=BY, confirm=True)
    people = [_annotator(number) for number in range(annotators)]
    matching.refresh_project(project_id=row.pk)
    return World(organization_id, row, people)


def organization(name: str) -> UUID:
    """A client with an owner; its id."""
    return organizations.create(name=name, by=of_user(_user("owner"))).pk


@transaction.atomic
def deposit(organization_id: UUID, amount_minor: int) -> None:
    """Prepaid money of a client."""
    legs = [
        ("clearing_charge", "platform", -amount_minor),
        ("client_prepaid", f"org:{organization_id}", amount_minor),
    ]
    post([Posting(f"fund:bench:{organization_id}", "fund", legs, CURRENCY)], by=BY)


def _fund(organization_id: UUID, pot: str) -> None:
    deposit(organization_id, 2 * FUNDS_MINOR)
    funds.allocate(
        organization_id=organization_id,
        pot=pot,
        currency=CURRENCY,
        amount_minor=FUNDS_MINOR,
        by=BY,
    )


def _user(name: str) -> User:
    user = User.objects.create_user(f"{name}@example.test", PASSWORD, name=name)
    addresses.add_verified(user=user)
    return user


def _annotator(number: int) -> AnnotatorProfile:
    user = _user(f"annotator{number}")
    return registration.save_profile(
        user_id=user.pk,
        name=user.name,
        country="US",
        languages=["en"],
        time_zone="UTC",
        domains=[PROJECT["domain"]],
        by=of_user(user),
    )


def site(database_url: str) -> dict[str, str]:
    """What a web process reads so that it serves the scratch database."""
    return {
        **os.environ,
        "DATABASE_URL": database_url,
        **{name: str(value) for name, value in NO_CAPS.items()},
        "LOCAL_DIR": str(settings.LOCAL_DIR),
    }
