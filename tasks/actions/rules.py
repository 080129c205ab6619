"""Rules are made, changed, switched off and retired; each change is a new version."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.actions import guards
from marketplace.core import audit
from marketplace.core.actors import Actor
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.expressions import Now
from marketplace.core.states import move
from tasks.actions import rule_fields
from tasks.actions.access import project_for_change
from tasks.models import Project, QualityRule
from tasks.states import RULE_MOVES, ProjectState, RuleState

MOST_RULES = 50


def drafted(*, project: Project | None, fields: Mapping[str, Any], by: Actor) -> QualityRule:
    """A rule as it would be, not saved: for a dry run. Refuses what `create` refuses."""
    if project is None:
        guards.staff_only(by)
    columns = rule_fields.read(fields, project)
    return QualityRule(project=project, made_by=by.key, **columns)


@transaction.atomic
def create(
    *, project_id: uuid.UUID | None, fields: Mapping[str, Any], enabled: bool = True, by: Actor
) -> QualityRule:
    """A rule of a project that `by` may change, or of the platform (None: for staff alone).

    Refuses (`invalid`) what is no rule, a closed project (`wrong_state`), and more than 50 live
    rules of one project.
    """
    project = None if project_id is None else _project(project_id, by)
    row = drafted(project=project, fields=fields, by=by)
    live = QualityRule.objects.exclude(state=RuleState.RETIRED).filter(project=project)
    if live.count() >= MOST_RULES:
        raise Refused("too_many_rules", f"There are {MOST_RULES} rules already: retire one.")
    row.state = RuleState.ENABLED if enabled else RuleState.DISABLED
    row.save(force_insert=True)
    audit.record("rule_made", row, by=by, version=1, rule=said(row))
    return row


@transaction.atomic
def change(*, rule_id: uuid.UUID, fields: Mapping[str, Any], by: Actor) -> QualityRule:
    """Give a rule other words: the whole rule anew, as its next version. Refuses as `create`."""
    row = _locked(rule_id, by)
    if row.state == RuleState.RETIRED:
        raise Refused("wrong_state", "A retired rule does not change any more.")
    columns = rule_fields.read({**said(row), **fields}, row.project)
    for name, value in columns.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at = Now()
    row.save()
    row.refresh_from_db()
    audit.record("rule_changed", row, by=by, version=row.version, rule=said(row))
    return row


@transaction.atomic
def revise(
    *, rule_id: uuid.UUID, fields: Mapping[str, Any], enabled: bool | None = None, by: Actor
) -> QualityRule:
    """Change a rule's words, if any are given, and switch it on or off, if that is said: both or
    neither."""
    row = change(rule_id=rule_id, fields=fields, by=by) if fields else _locked(rule_id, by)
    if enabled is not None:
        to = RuleState.ENABLED if enabled else RuleState.DISABLED
        row = switch(rule_id=rule_id, to=to, by=by)
    return row


@transaction.atomic
def switch(*, rule_id: uuid.UUID, to: str, by: Actor) -> QualityRule:
    """Enable, disable or retire a rule; to the state it is in does nothing."""
    row = _locked(rule_id, by)
    if to not in RuleState.values:
        raise invalid("Unknown state.", [Fault("/state", "enabled, disabled or retired.")])
    if row.state != to:
        move(row, to, RULE_MOVES, changed_at=Now())
        row.refresh_from_db()
        audit.record(f"rule_{to}", row, by=by, version=row.version)
    return row


def said(row: QualityRule) -> dict[str, Any]:
    """A rule as its fields are given."""
    parameters = {name: getattr(row, name) for name in rule_fields.PARAMETERS[row.action]}
    names = (name for name in rule_fields.NAMES if name not in ("parameters", "domain"))
    fields = {name: getattr(row, name) for name in names}
    return {**fields, "parameters": parameters, "domain": row.domain_id or ""}


def _project(project_id: uuid.UUID, by: Actor) -> Project:
    row = project_for_change(project_id, by)
    if row.state == ProjectState.CLOSED:
        raise Refused("wrong_state", "The project is closed: no rule of it would run.")
    return row


def _locked(rule_id: uuid.UUID, by: Actor) -> QualityRule:
    """The rule, under its lock and its project's."""
    found = QualityRule.objects.filter(pk=rule_id).first()
    if found is None:
        raise NotFound("rule")
    if found.project_id is None:
        guards.staff_only(by)
    else:
        project_for_change(found.project_id, by)
    rows = QualityRule.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("project").get(pk=rule_id)
