"""Acts against an annotator, as they read them: the rule, the evidence they may see, the state."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import AdverseAct, AnnotatorProfile, Pause, QualificationGrant
from accounts.states import AdverseKind, AnnotatorState, PolicyRule
from marketplace.core import clock
from payments.selectors import payouts
from tasks.models import Assignment, QualityRule, Review, Submission
from tasks.states import AssignmentState, RejectionCategory

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Evidence:
    """A row that shows it: on the page of `assignment` where it is theirs, else by its name."""

    text: Words
    assignment: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """An act with its rule in words, whether it still holds, and what would end it."""

    act: AdverseAct
    rule: Words
    state: str
    state_words: Words
    restores: Words
    evidence: list[Evidence]


_STATES: dict[str, Words] = {
    "holds": _("Holds"),
    "over": _("Over"),
    "reversed": _("Reversed"),
    "final": _("Final"),
}
_RESTORES: dict[str, Words] = {
    AdverseKind.REJECTION: _("Appeal it on the page of the task, within the time shown there."),
    AdverseKind.PAUSE: _("It ends on its date, or when staff lift it: write to them."),
    AdverseKind.REMOVAL: _("Staff can reinstate the account: write to them."),
    AdverseKind.PAY_WITHHELD: _("A person looks into it. The money stays yours."),
    AdverseKind.PAY_TAKEN: _("Contest it on the page of your earnings, within 14 days."),
    AdverseKind.TIER_LOSS: _("Staff set tiers by what was shown lately: write to them."),
    AdverseKind.QUALIFICATION_LOSS: _("Staff can grant it again: write to them."),
}
_CONTESTED = _(
    "While it lasts it can be contested once: somebody else than who set it decides within 72 "
    "hours, or you win. The money stays yours."
)


def of_annotator(annotator_id: uuid.UUID) -> QuerySet[AdverseAct]:
    """All acts against an annotator, the newest first."""
    return AdverseAct.objects.filter(annotator_id=annotator_id).order_by("-at", "-pk")


def shown(acts: Iterable[AdverseAct]) -> list[Decision]:
    """The acts of one page."""
    return [_shown(act) for act in acts]


def _shown(act: AdverseAct) -> Decision:
    state = "reversed" if act.reversed_at else _state(act)
    return Decision(
        act=act,
        rule=rule_words(act.rule),
        state=state,
        state_words=_STATES[state],
        restores=_restores(act) if state == "holds" else "",
        evidence=[_evidence(name, act) for name in _names(act)],
    )


def _restores(act: AdverseAct) -> Words:
    return _CONTESTED if act.rule == PolicyRule.HOLD else _RESTORES[act.kind]


def rule_words(code: str) -> Words:
    """A rule of the policy in words; one of the rules engine (`rule.<id>.v<version>`) by its title,
    as far as it is still there."""
    family, _dot, name = code.partition(".")
    if family == "rejection" and name in RejectionCategory.values:
        return RejectionCategory(name).label
    if code in PolicyRule.values:
        return PolicyRule(code).label
    return _title(name.partition(".")[0]) or _("A rule of the rules engine")


def _title(rule_id: str) -> str:
    try:
        rows = QualityRule.objects.filter(pk=uuid.UUID(rule_id))
    except ValueError:
        return ""
    return rows.values_list("title", flat=True).first() or ""


def _state(act: AdverseAct) -> str:
    """Whether it still holds, as its subject stands now."""
    pk = act.subject.partition(":")[2]
    if act.kind == AdverseKind.REJECTION:
        rows = Assignment.objects.filter(pk=pk, state=AssignmentState.REJECTED)
        return "final" if rows.filter(final_at__isnull=False).exists() else "holds"
    if act.kind == AdverseKind.PAUSE:
        live = Pause.objects.filter(pk=pk, lifted_at__isnull=True).exclude(until__lte=clock.now())
        return "holds" if live.exists() else "over"
    if act.kind == AdverseKind.REMOVAL:
        gone = AnnotatorProfile.objects.filter(pk=pk, state=AnnotatorState.SUSPENDED)
        return "holds" if gone.exists() else "over"
    if act.kind == AdverseKind.PAY_WITHHELD:
        return "holds" if payouts.is_withheld(act.subject) else "over"
    if act.kind == AdverseKind.QUALIFICATION_LOSS:
        return "over" if _granted_again(act, pk) else "holds"
    return "holds"


def _granted_again(act: AdverseAct, grant_id: str) -> bool:
    kinds = QualificationGrant.objects.filter(pk=grant_id).values("qualification_id")
    return QualificationGrant.objects.filter(
        annotator_id=act.annotator_id, qualification_id__in=kinds, revoked_at__isnull=True
    ).exists()


def _names(act: AdverseAct) -> list[str]:
    """The rows that show it; that it is about the annotator goes without saying."""
    names = list(dict.fromkeys([act.subject, *act.evidence]))
    return [name for name in names if not name.startswith("annotator:")]


def _evidence(name: str, act: AdverseAct) -> Evidence:
    """Their own answers are linked; a review is read on the page of the answer it is about."""
    kind, _colon, pk = name.partition(":")
    mine = Assignment.objects.filter(annotator_id=act.annotator_id)
    if kind == "assignment":
        found = mine.filter(pk=pk)
    elif kind == "submission":
        found = mine.filter(submissions__in=Submission.objects.filter(pk=pk))
    elif kind == "review":
        found = mine.filter(submissions__reviews__in=Review.objects.filter(pk=pk))
    else:
        return Evidence(name)
    row = found.select_related("project").first()
    if row is None:
        return Evidence(name)
    words = {"review": _("The review")}.get(kind, _("The answer"))
    return Evidence(words, row.pk)
