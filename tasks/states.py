"""Who may become what in `tasks`, as data."""

import datetime as dt

from django.db import models


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

    `disputed` for an adjudicator.
    """

    OPEN = "open"
    FILLED = "filled"
    DISPUTED = "disputed"
    CONCLUDED = "concluded"
    CANCELLED = "cancelled"


TASK_MOVES = {
    "open": frozenset({"filled", "cancelled"}),
    "filled": frozenset({"open", "disputed", "concluded", "cancelled"}),
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
