"""Acts against an annotator are written down with rule, policy version, evidence and text."""

from collections.abc import Sequence

from accounts.models import AdverseAct, AnnotatorProfile
from accounts.states import POLICY_VERSION, AdverseKind
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.clock import now
from marketplace.core.errors import Fault, invalid

LONGEST_TEXT = 4000


def record(
    *,
    annotator: AnnotatorProfile,
    kind: AdverseKind,
    subject: str,
    rule: str,
    text: str,
    by: Actor,
    evidence: Sequence[str] = (),
    policy_version: int = POLICY_VERSION,
) -> AdverseAct:
    """Write an act down, in the transaction of the act itself.

    `subject` and `evidence` name rows as `kind:id`. Refuses (`invalid`) an act without rule or
    text; PostgreSQL refuses the act itself without its row.
    """
    text, rule = text.strip(), rule.strip()
    if not rule or not text or len(text) > LONGEST_TEXT:
        fault = Fault("/text", f"Name the rule and say why, in 1 to {LONGEST_TEXT} characters.")
        raise invalid("Nothing is done against anybody without a reason.", [fault])
    row = AdverseAct.objects.create(
        annotator=annotator,
        kind=kind,
        subject=subject,
        rule=rule,
        policy_version=policy_version,
        evidence=list(evidence),
        text=text,
        by=by.key,
    )
    audit.record("adverse_act", row, by=by, kind=kind, subject=subject, rule=rule)
    return row


def page_of(act: AdverseAct) -> str:
    """Where the annotator reads it (a page of `tasks`, which shows the evidence too)."""
    return f"/decisions/{act.pk}/"


def reverse(*, act: AdverseAct, why: str, by: Actor) -> None:
    """Mark an act as found wrong; the caller undoes what it did. Again does nothing."""
    if act.reversed_at is None:
        act.reversed_at, act.reversed_why = now(), why
        act.save(update_fields=["reversed_at", "reversed_why"])
        audit.record("adverse_act_reversed", act, by=by, reason=why)
