"""Who may become what in `tasks`, as data."""

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProjectState(models.TextChoices):
    """A draft may still change; an active one hands out tasks; a closed one never again."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    CLOSED = "closed"


PROJECT_MOVES = {
    "draft": frozenset({"active", "closed"}),
    "active": frozenset({"paused", "closed"}),
    "paused": frozenset({"active", "closed"}),
}


class TaskState(models.TextChoices):
    """`open` has a free slot, `filled` waits for its answers and verdicts.

    `disputed` for an adjudicator, `attention` for staff: it ran out or was given back too often.
    """

    OPEN = "open"
    FILLED = "filled"
    DISPUTED = "disputed"
    ATTENTION = "attention"
    CONCLUDED = "concluded"
    CANCELLED = "cancelled"


TASK_MOVES = {
    "open": frozenset({"filled", "attention", "cancelled"}),
    "filled": frozenset({"open", "attention", "disputed", "concluded", "cancelled"}),
    "attention": frozenset({"open", "filled", "cancelled"}),
    "disputed": frozenset({"concluded"}),
}


class AssignmentState(models.TextChoices):
    """From the claim to the verdict. `returned` is back with its annotator for a correction."""

    CLAIMED = "claimed"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RELEASED = "released"


ASSIGNMENT_MOVES = {
    "claimed": frozenset({"submitted", "expired", "released"}),
    "submitted": frozenset({"accepted", "rejected", "returned"}),
    "returned": frozenset({"submitted", "expired", "released"}),
}
# States in which an annotator occupies a slot or has answered it: one per task and annotator.
LIVE = ("claimed", "submitted", "returned", "accepted", "rejected")
# States that count towards the cap of open claims.
HELD = ("claimed", "returned")
# Ended without an answer.
ENDED = ("expired", "released")
# How long an annotator has for a correction that a reviewer asked for.
CORRECTION = dt.timedelta(hours=72)


class ReviewAssignmentState(models.TextChoices):
    """A reviewer's claim on a submission."""

    CLAIMED = "claimed"
    DONE = "done"
    EXPIRED = "expired"
    RELEASED = "released"


REVIEW_ASSIGNMENT_MOVES = {"claimed": frozenset({"done", "expired", "released"})}


class Verdict(models.TextChoices):
    """What a reviewer says of a submission."""

    ACCEPT = "accept"
    RETURN = "return"
    REJECT = "reject"


class RejectionCategory(models.TextChoices):
    """Why a submission is rejected or returned; shown to its annotator."""

    WRONG = "wrong", "The answer is wrong"
    INCOMPLETE = "incomplete", "Something asked for is missing"
    GUIDELINE = "guideline", "The guideline was not followed"
    UNSUPPORTED = "unsupported", "The reasons do not support the answer"
    UNCLEAR = "unclear", "The text cannot be understood"
    COPIED = "copied", "The text is copied"
    OTHER = "other", "Another reason, given in the text"


class ResultSource(models.TextChoices):
    """Where a result's answer came from."""

    MAJORITY = "majority"
    SUBMISSION = "submission"
    ADJUDICATION = "adjudication"


class SkipReason(models.TextChoices):
    """Why an annotator gives a task back; staff read it when a task comes back too often."""

    NOT_MY_FIELD = "field", _("Not my field")
    UNCLEAR = "unclear", _("I do not understand what is asked")
    BROKEN = "broken", _("Something is missing or does not open")
    TOO_LONG = "too_long", _("It takes longer than expected")
    CONFLICT = "conflict", _("I have an interest in it")
    UPSETTING = "upsetting", _("I do not want to work on this content")
    OTHER = "other", _("Another reason")


class OfferState(models.TextChoices):
    """A task offered to an expert. `missed`: accepted, but somebody else had been faster."""

    STANDBY = "standby"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"


OFFER_MOVES = {
    "standby": frozenset({"offered", "withdrawn"}),
    "offered": frozenset({"accepted", "declined", "expired", "missed", "withdrawn"}),
}
# Offers that may still become a claim: one for each task and annotator.
OFFER_LIVE = ("standby", "offered")


class DeclineReason(models.TextChoices):
    """Why an annotator says no to an offer; it counts against nobody."""

    NOT_NOW = "not_now", "Not now"
    NOT_MY_FIELD = "field", "Not my field"
    TOO_LONG = "too_long", "It takes too long"
    PAY = "pay", "The pay is too low"
    CONFLICT = "conflict", "I have an interest in it"
    OTHER = "other", "Another reason"
