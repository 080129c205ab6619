"""What was recorded of an answer, in neutral words: for its annotator and for its reviewer."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks.interface.spec import Interface
from tasks.models import Signals, Submission
from tasks.quality import borrowed
from tasks.selectors.rule_words import percent
from tasks.states import BorrowedSign


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was recorded."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the page told of one answer. `script` is what the replay plays, None if there is
    nothing; `texts` are the questions it plays, by name and title. `tools` are those the client
    allows.
    """

    recorded: bool
    facts: Sequence[Fact]
    flags: Sequence[str]
    extra_percent: int
    cut: bool
    script: Mapping[str, Any] | None
    texts: Sequence[tuple[str, str]]
    tools: str


def of(submission: Submission) -> Recorded:
    """The record of a submission that its reader was allowed to see."""
    row = Signals.objects.filter(submission=submission).first() or Signals()
    return Recorded(
        recorded=row.recorded,
        facts=_facts(row) if row.recorded else [],
        flags=[_said(flag, row) for flag in row.flags],
        extra_percent=row.extra_percent,
        cut=row.cut,
        script=_script(row),
        texts=_texts(submission, row),
        tools=submission.task.project.tools_allowed,
    )


def _facts(row: Signals) -> list[Fact]:
    away = dt.timedelta(seconds=row.away_seconds)
    times = ngettext("%d time", "%d times", row.away_times) % row.away_times
    facts = [
        Fact(_("Characters handed in"), str(row.answer_chars)),
        Fact(_("Keys pressed"), str(row.keystrokes)),
        Fact(_("Characters typed"), str(row.typed_chars)),
        Fact(_("Pasted from elsewhere"), str(row.pasted_chars)),
        Fact(_("Quoted from the task"), str(row.quoted_chars)),
        Fact(_("Left the page"), f"{times}, {away}"),
    ]
    if row.paste_share is not None:
        facts.append(Fact(_("Share of pasted characters"), percent(row.paste_share)))
    if row.keys_per_char is not None:
        facts.append(Fact(_("Keys for each character"), f"{row.keys_per_char:.2f}"))
    return facts


def _said(flag: str, row: Signals) -> str:
    label = str(BorrowedSign(flag).label)
    near = flag in (BorrowedSign.NEAR_ANSWER, BorrowedSign.NEAR_MODEL)
    if near and row.near_share is not None:
        return _("%(sign)s (%(share)s of its runs of three words)") % {
            "sign": label,
            "share": percent(row.near_share),
        }
    return label


def _script(row: Signals) -> Mapping[str, Any] | None:
    if not row.edits:
        return None
    kinds = {
        "t": _("typed"),
        "p": _("pasted"),
        "q": _("quoted from the task"),
        "o": _("changed by other means"),
        "d": _("from the kept draft"),
    }
    return {**row.edits, "kinds": kinds}


def _texts(submission: Submission, row: Signals) -> list[tuple[str, str]]:
    if not row.edits:
        return []
    interface = Interface.load(submission.task.project.interface)
    return [(one.name, one.title) for one in interface.questions if one.type == "text"]


def told() -> Sequence[tuple[str, int]]:
    """Each sign in words, and what it adds to the chance of a review, for the page that explains
    them."""
    return [(str(BorrowedSign(sign).label), points) for sign, points in borrowed.EXTRA.items()]
