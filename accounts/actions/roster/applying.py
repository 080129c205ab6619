"""Applying a roster: accounts, profiles and claims of its good rows, all in one transaction."""

import uuid
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import credentials, notices, registration
from accounts.actions.roster.previewing import has_claim, outcome, staff_only
from accounts.models import AnnotatorProfile, RosterImport, User
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.clock import now
from marketplace.core.errors import NotFound, Refused

State = RosterImport.State


def apply(*, roster_id: uuid.UUID, by: Actor) -> RosterImport:
    """Do what the preview said for the rows without problems, as things stand now; again: nothing.

    New people get an account with an unusable password and an invitation to choose one; profiles
    that exist stay as their owners made them.
    """
    staff_only(by)
    with transaction.atomic():
        roster = _locked(roster_id)
        if roster.state == State.APPLIED:
            return roster
        if roster.state == State.DISCARDED:
            raise Refused("wrong_state", "This roster was discarded.")
        done = [_apply(row, by) for row in roster.rows if row["does"] != "problem"]
        roster.state, roster.applied_at = State.APPLIED, now()
        roster.save(update_fields=["state", "applied_at"])
        counts: dict[str, Any] = {f"rows_{word}": done.count(word) for word in sorted(set(done))}
        audit.record("apply_roster", roster, by=by, **counts)
    return roster


def discard(*, roster_id: uuid.UUID, by: Actor) -> RosterImport:
    """Put a preview aside; refuses one that was applied."""
    staff_only(by)
    with transaction.atomic():
        roster = _locked(roster_id)
        if roster.state == State.APPLIED:
            raise Refused("wrong_state", "This roster was applied already.")
        roster.state = State.DISCARDED
        roster.save(update_fields=["state"])
        audit.record("discard_roster", roster, by=by)
    return roster


def _locked(roster_id: uuid.UUID) -> RosterImport:
    roster = RosterImport.objects.select_for_update(no_key=True).filter(pk=roster_id).first()
    if roster is None:
        raise NotFound("roster")
    return roster


def _apply(row: dict[str, Any], by: Actor) -> str:
    """One row; returns what it did, which may differ from the preview if people acted meanwhile."""
    does = outcome(row)
    if does == "create":
        _invite(User.objects.create_user(row["email"], name=row["profile"]["name"]))
    user = User.objects.get(email=row["email"])
    if does in ("create", "complete"):
        registration.save_profile(user_id=user.pk, by=by, **row["profile"])
    claim = row["credential"]
    profile = AnnotatorProfile.objects.get(user=user)
    if claim and not has_claim(profile, claim):
        credentials.claim(annotator_id=profile.pk, by=by, **claim)
    return does


def _invite(user: User) -> None:
    """The account's first notice: how to choose a password."""
    text = _("You were invited to the Expert Marketplace. Choose a password to sign in.")
    notices.notify(user_id=user.pk, kind="invitation", text=text, link="/accounts/password/reset/")
