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


class ReviewPlan(models.TextChoices):
    """Whose answers are reviewed: a share of everybody's, or as much as their record asks for."""

    SHARE = "share"
    RECORD = "record"


class TaskState(models.TextChoices):
    """`open` has a free slot, `filled` waits for its answers and verdicts.

    `disputed` for an adjudicator, `attention` for staff: it ran out or was given back too often.
    `gold` has a known answer: it is handed out beside the others, to each annotator once.
    """

    OPEN = "open"
    FILLED = "filled"
    DISPUTED = "disputed"
    ATTENTION = "attention"
    CONCLUDED = "concluded"
    CANCELLED = "cancelled"
    GOLD = "gold"


TASK_MOVES = {
    "open": frozenset({"filled", "attention", "cancelled", "gold"}),
    "filled": frozenset({"open", "attention", "disputed", "concluded", "cancelled"}),
    "attention": frozenset({"open", "filled", "cancelled"}),
    "disputed": frozenset({"open", "concluded"}),
    # A result that was found wrong before its delivery goes to an adjudicator.
    "concluded": frozenset({"disputed"}),
    "gold": frozenset({"open", "cancelled"}),
    # Its only answer had been rejected, and was right after all.
    "cancelled": frozenset({"filled"}),
}


class AssignmentState(models.TextChoices):
    """From the claim to the verdict. `returned` is back for a correction; of what was `cancelled`
    under its annotator the kill fee is paid."""

    CLAIMED = "claimed"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RELEASED = "released"
    CANCELLED = "cancelled"


ASSIGNMENT_MOVES = {
    "claimed": frozenset({"submitted", "expired", "released", "cancelled"}),
    "submitted": frozenset({"accepted", "rejected", "returned"}),
    "returned": frozenset({"submitted", "expired", "released", "cancelled"}),
    # An appeal was won, or an audit found the rejection wrong.
    "rejected": frozenset({"accepted"}),
}
# States in which an annotator occupies a slot or has answered it: one per task and annotator.
LIVE = ("claimed", "submitted", "returned", "accepted", "rejected")
# States that count towards the cap of open claims.
HELD = ("claimed", "returned")
# Ended without an answer.
ENDED = ("expired", "released", "cancelled")
# How long an annotator has for a correction that a reviewer asked for.
CORRECTION = dt.timedelta(hours=72)


class ReviewKind(models.TextChoices):
    """Why somebody is asked to judge an answer; only of an appeal are they told that it is one.

    `first` decides a submission; `second` reads it double-blind, to measure reviewers; `tie` (a
    senior) settles a first and a second that differ; `audit` looks at a rejection again before it
    is final; `appeal` decides an annotator's appeal; `warranty` judges a result in a lot.
    """

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"
    AUDIT = "audit"
    APPEAL = "appeal"
    WARRANTY = "warranty"


# What annotators and clients are told of; the other kinds measure reviewers, or lots.
TOLD_KINDS = ("first", "appeal")


class ReviewLevel(models.IntegerChoices):
    """Who may judge: a qualification of at least this level in the project's domain, or staff."""

    REVIEWER = 1, _("Reviewer")
    SENIOR = 2, _("Senior reviewer")
    ADJUDICATOR = 3, _("Adjudicator")


class ReviewRequestState(models.TextChoices):
    """A judgement that is wanted. `withdrawn`: no longer needed."""

    WAITING = "waiting"
    TAKEN = "taken"
    DONE = "done"
    WITHDRAWN = "withdrawn"


REVIEW_REQUEST_MOVES = {
    "waiting": frozenset({"taken", "withdrawn"}),
    "taken": frozenset({"waiting", "done", "withdrawn"}),
}


class ReviewAssignmentState(models.TextChoices):
    """A reviewer's claim on a request for review."""

    CLAIMED = "claimed"
    DONE = "done"
    EXPIRED = "expired"
    RELEASED = "released"


REVIEW_ASSIGNMENT_MOVES = {"claimed": frozenset({"done", "expired", "released"})}


class Verdict(models.TextChoices):
    """What a reviewer says of an answer. `fix`: right after their own edit."""

    ACCEPT = "accept"
    FIX = "fix"
    RETURN = "return"
    REJECT = "reject"


# An appeal ends with a decision: there is nothing to correct any more.
VERDICTS_OF_APPEAL = (Verdict.ACCEPT, Verdict.FIX, Verdict.REJECT)


class RejectionCategory(models.TextChoices):
    """Why an answer is fixed, returned or rejected; shown to its annotator."""

    WRONG = "wrong", _("The answer is wrong")
    INCOMPLETE = "incomplete", _("Something asked for is missing")
    GUIDELINE = "guideline", _("The guideline was not followed")
    UNSUPPORTED = "unsupported", _("The reasons do not support the answer")
    FACTUAL = "factual", _("A fact in the text is wrong")
    SOURCE = "source", _("A source is missing or does not say this")
    UNSAFE = "unsafe", _("The answer could harm somebody who follows it")
    UNCLEAR = "unclear", _("The text cannot be understood")
    LANGUAGE = "language", _("The language or the spelling is not good enough")
    FORMAT = "format", _("The form that was asked for was not kept")
    OFF_TOPIC = "off_topic", _("The text does not answer what was asked")
    COPIED = "copied", _("The text is copied")
    OTHER = "other", _("Another reason, given in the text")


class CheckSource(models.TextChoices):
    """What later told whether a reviewer had been right; `agreement` of two proves nothing."""

    GOLD = "gold"
    AGREEMENT = "agreement"
    SECOND = "second"
    AUDIT = "audit"
    APPEAL = "appeal"
    ADJUDICATION = "adjudication"


class GoldState(models.TextChoices):
    """`quarantined`: good annotators fail it, so it counts for nobody until somebody has looked."""

    ACTIVE = "active"
    QUARANTINED = "quarantined"
    RETIRED = "retired"


GOLD_MOVES = {
    "active": frozenset({"quarantined", "retired"}),
    "quarantined": frozenset({"active", "retired"}),
}


class SkillEventKind(models.TextChoices):
    """What moved the estimate of an annotator's accuracy."""

    GOLD = "gold", _("An answer to a task with a known answer")
    REVIEW = "review", _("A reviewer's final verdict")
    ADJUDICATION = "adjudication", _("An adjudicator's decision")
    RESULT = "result", _("The result of the task")
    DRIFT = "drift", _("Recent answers differ from earlier ones")
    SET = "set", _("Set by an administrator")
    REVERSAL = "reversal", _("An earlier event was found wrong and is undone")


class AppealState(models.TextChoices):
    """`won` also when nobody decided in time (`lapsed`)."""

    OPEN = "open"
    WON = "won"
    LAPSED = "lapsed"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


APPEAL_MOVES = {"open": frozenset({"won", "lapsed", "lost", "withdrawn"})}


class TruthMethod(models.TextChoices):
    """How answers of several annotators become one (tasks/quality)."""

    MAJORITY = "majority", _("Majority")
    ONE_COIN = "one_coin", _("One coin")
    DAWID_SKENE = "dawid_skene", _("Dawid-Skene")
    POOLED = "pooled_dawid_skene", _("Dawid-Skene, pooled")


class ResultSource(models.TextChoices):
    """Where a result's answer came from."""

    MAJORITY = "majority"
    MODEL = "model"
    SUBMISSION = "submission"
    ADJUDICATION = "adjudication"
    REVIEW = "review"


class DeliveryState(models.TextChoices):
    """`sampling` while its lots are judged, `rework` while one is mended, `ready`, or cancelled."""

    SAMPLING = "sampling", _("Being inspected")
    REWORK = "rework", _("Being mended")
    READY = "ready", _("Ready")
    CANCELLED = "cancelled", _("Cancelled")


DELIVERY_MOVES = {
    "sampling": frozenset({"rework", "ready", "cancelled"}),
    "rework": frozenset({"ready", "cancelled"}),
}


class LotState(models.TextChoices):
    """`accepted` by its sample, or `reworked`: it failed, so all of it was inspected and mended."""

    SAMPLING = "sampling", _("Being inspected")
    ACCEPTED = "accepted", _("Accepted")
    REWORK = "rework", _("Being mended")
    REWORKED = "reworked", _("Failed, then mended")
    CANCELLED = "cancelled", _("Cancelled")


LOT_MOVES = {
    "sampling": frozenset({"accepted", "rework", "cancelled"}),
    "rework": frozenset({"reworked", "cancelled"}),
}
LOT_DECIDED = ("accepted", "reworked")


class LotMethod(models.TextChoices):
    """How a lot is judged: by a sample of fixed size, or one item after another."""

    ACCEPTANCE = "acceptance", _("Sample of fixed size")
    SPRT = "sprt", _("One after another")


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


class RuleState(models.TextChoices):
    """A rule of conduct of work. `retired`: gone from the lists, kept for what it did."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    RETIRED = "retired"


RULE_MOVES = {
    "enabled": frozenset({"disabled", "retired"}),
    "disabled": frozenset({"enabled", "retired"}),
}


class RuleCollector(models.TextChoices):
    """What a rule looks at; `tasks/selectors/collectors.py` says each in words and in SQL."""

    GOLD_ACCURACY = "gold_accuracy", _("Right answers to known tasks")
    AGREEMENT = "agreement", _("Agreement with results")
    SPEED = "speed", _("Speed")
    SKIPS_IN_A_ROW = "skips_in_a_row", _("Tasks given back in a row")
    REJECTION_SHARE = "rejection_share", _("Rejected answers")
    PASTE_SHARE = "paste_share", _("Mostly pasted answers")
    BORROWED_SIGNS = "borrowed_signs", _("Answers with signs of borrowing")
    DAILY_VOLUME = "daily_volume", _("Answers in a day")


class RuleOperator(models.TextChoices):
    """On which side of the threshold a rule hits."""

    BELOW = "below", _("below")
    ABOVE = "above", _("above")


class RuleAction(models.TextChoices):
    """What a rule does. Only a pause is an act against the annotator."""

    PAUSE = "pause", _("Pause: no new work for some days")
    REQUIRE_REVIEW = "require_review", _("Review more of the answers for some days")
    RETRAIN = "retrain", _("Show the training tasks again")
    CHANGE_OVERLAP = "change_overlap", _("Ask one more annotator for tasks they answered")
    NOTIFY = "notify", _("Tell somebody")


class RuleScope(models.TextChoices):
    """How far a pause reaches."""

    PROJECT = "project", _("The project")
    DOMAIN = "domain", _("The domain, and below it")
    ALL = "all", _("All work")


class RuleWhom(models.TextChoices):
    """Whom a rule tells."""

    ANNOTATOR = "annotator", _("The annotator")
    STAFF = "staff", _("The platform's staff")


# Time alone, and signs of where a text came from, are weak evidence (docs/quality.md): what looks
# at them may ask for more reviews or tell somebody, and nothing else. PostgreSQL holds it too.
WEAK_COLLECTORS = ("speed", "paste_share", "borrowed_signs")
MILD_ACTIONS = ("require_review", "notify")


class BorrowedSign(models.TextChoices):
    """What may tell that an answer was not written where it was handed in; none proves it."""

    PASTED = "pasted", _("Most of the text was pasted")
    FEW_KEYS = "few_keys", _("The text has far more characters than keys were pressed")
    NEAR_ANSWER = "near_answer", _("The text is nearly that of another answer")
    NEAR_MODEL = "near_model", _("The text is nearly one that the client had from a model")
