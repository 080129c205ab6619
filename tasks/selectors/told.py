"""What of an explanation is told to whom: experts get sentences, clients counts, staff all.

An expert reads no client's name, no rival's and no other annotator's. Sentences come from the
rules, which name nobody; the one free text among them, staff's reason for a pause, stays on the
page of qualifications, and a client's name inside that of a qualification is taken out. Of walls
they are told nothing, not even that this is one: it would tell them who competes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasks.models import Project
from tasks.selectors.eligibility import Finding, Stopped
from tasks.selectors.explain import WhoCould, WhyNot

# Not a client's business: what an expert did for others, and how they stand with the platform.
_NOT_FOR_CLIENTS = frozenset({"annotator_suspended", "walled_off", "paused"})
# A project that is not for everybody keeps its name from those it is not for.
_SECRET = frozenset({"nda_missing", "not_invited", "not_in_team", "shut_out", "walled_off"})
_HOW_IT_STANDS = frozenset({"task_over", "not_by_name", "task_set_aside", "task_filled"})
NOT_OPEN = "not_open"


@dataclass(frozen=True, slots=True)
class Told:
    """One rule as an expert reads it; `sentence` says why it stops, and is empty where it holds."""

    code: str
    title: str
    holds: bool
    sentence: str
    remedy: str


def expert(why: WhyNot) -> list[Told]:
    """Every rule, in the order in which they are asked.

    Of a task that they hold or have answered nothing is told of how it stands: an open task is
    concluded one day, gold never is.
    """
    mine = any(one.rule.code == "already_on_task" and not one.holds for one in why.of_task)
    findings = [one for one in why.findings if not (mine and one.rule.code in _HOW_IT_STANDS)]
    return rules(findings, why.project)


def rules(findings: Iterable[Finding], project: Project) -> list[Told]:
    """Findings of one project as its experts read them."""
    return [_told(one, project.organization.name) for one in findings]


def _told(finding: Finding, client: str) -> Told:
    rule = finding.rule
    if rule.code == "walled_off":
        return _unsaid(holds=finding.holds)
    if finding.holds:
        return Told(rule.code, rule.title, holds=True, sentence="", remedy="")
    sentence, remedy = finding.sentence, finding.remedy
    if rule.code == "paused":
        sentence = _("New work of this kind is paused for you.")
        remedy = _("The page of qualifications shows why, and until when.")
    return Told(
        rule.code,
        rule.title,
        holds=False,
        sentence=_nameless(sentence, client),
        remedy=_nameless(remedy, client),
    )


def _unsaid(*, holds: bool) -> Told:
    """The rule of walls, which is neither named nor explained, whether it holds or not."""
    return Told(
        NOT_OPEN,
        _("Open to you at present"),
        holds=holds,
        sentence="" if holds else _("Not open to you at present."),
        remedy="" if holds else _("Other work is open to you as before."),
    )


def _nameless(text: str, client: str) -> str:
    return re.sub(re.escape(client), _("the client"), text, flags=re.IGNORECASE)


def name(project: Project, findings: Iterable[Finding]) -> str:
    """A project's name for an expert whom `findings` concern."""
    if any(one.rule.code in _SECRET and not one.holds for one in findings):
        return _("Confidential project")
    return _nameless(project.name, project.organization.name)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a client learns of who could do its project: counts, and no person."""

    everybody: int
    eligible: int
    active: int
    newcomers: int
    rules: Sequence[Stopped]


def client_rules(rules: Iterable[Stopped]) -> list[Stopped]:
    """Without those that are about experts and other clients."""
    return [one for one in rules if one.rule.code not in _NOT_FOR_CLIENTS]


def client(who: WhoCould) -> Numbers:
    """The counts, without the rules that are none of a client's business."""
    return Numbers(
        everybody=who.counts.everybody,
        eligible=who.counts.eligible,
        active=who.matching.active if who.matching else 0,
        newcomers=who.matching.newcomers if who.matching else 0,
        rules=client_rules(who.counts.rules),
    )
