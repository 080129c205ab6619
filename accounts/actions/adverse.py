"""Acts against an annotator are written down with rule, policy version, evidence and text."""

import re
from collections.abc import Sequence

from accounts.models import AdverseAct, AnnotatorProfile
from accounts.states import POLICY_VERSION, RULE_SHAPE, STAFF_RULES, AdverseKind
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.clock import now
from marketplace.core.errors import Fault, invalid

LONGEST_TEXT = 4000
LONGEST_EVIDENCE = 500


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

    `subject` and `evidence` name rows as `kind:id`; evidence may be an address too. Refuses
    (`invalid`) an act without text, whose rule has not the shape of the policy's, or, but for the
    rules of staff, without evidence. So does PostgreSQL, and the act itself without its row.
    """
    text, rule = text.strip(), rule.strip()
    shown = [one.strip() for one in evidence if one.strip()]
    if not re.match(RULE_SHAPE, rule) or not text or len(text) > LONGEST_TEXT:
        fault = Fault("/text", f"Name the rule and say why, in 1 to {LONGEST_TEXT} characters.")
        raise invalid("Nothing is done against anybody without a reason.", [fault])
    if any(len(one) > LONGEST_EVIDENCE for one in shown):
        fault = Fault("/evidence", f"At most {LONGEST_EVIDENCE} characters each.")
        raise invalid("The evidence is too long.", [fault])
    if not shown and rule not in STAFF_RULES:
        raise invalid("An act by this rule needs evidence.", [Fault("/evidence", "Name a row.")])
    row = AdverseAct.objects.create(
        annotator=annotator,
        kind=kind,
        subject=subject,
        rule=rule,
        policy_version=policy_version,
        evidence=shown,
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
