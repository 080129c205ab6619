"""The paid items of a project as its client sees them: each with its task."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from payments.selectors import items
from payments.selectors.items import Item
from tasks.models import AdjudicationAssignment, Assignment, ReviewAssignment

ANSWERS = "assignment"
HOLDERS: dict[str, type[Model]] = {
    ANSWERS: Assignment, "review": ReviewAssignment, "adjudication": AdjudicationAssignment,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProjectItem:
    """`annotator` is the pseudonym of who answered; who reviewed or adjudicated is not told.

    Of reviews and adjudications nothing is told either that is the same on all items of a person:
    when a payout was sent, the days of a hold, the tier in the price, and the state, which moves
    with all else in the payout. Of answers, days and no moments. `bank_on` is told once the money
    is there; what went wrong at a bank, and why a hold is as long as it is, is the annotator's own
    matter.
    """

    item: Item
    task_id: uuid.UUID | None
    external_id: str
    annotator: uuid.UUID | None
    lines: Sequence[dict[str, Any]]
    state: str | None = None
    hold_until: dt.date | None = None
    hold_reason: str = ""
    payout_sent_on: dt.date | None = None
    bank_on: dt.date | None = None

    @property
    def who(self) -> str:
        """The annotator, short enough to tell two apart; the API gives the pseudonym whole."""
        return str(self.annotator)[:8] if self.annotator else ""

    @property
    def task(self) -> str:
        """The client's name for it, or ours."""
        return self.external_id or str(self.task_id or "")


def told(rows: Iterable[Any]) -> list[ProjectItem]:
    """A page of `items.of_pot`, in as many statements for one as for all."""
    found = items.told(rows)
    tasks = _tasks([one.source for one in found])
    return [_item(one, *tasks.get(one.source, (None, ""))) for one in found]


def _item(one: Item, task_id: uuid.UUID | None, external_id: str) -> ProjectItem:
    if not one.source.startswith(f"{ANSWERS}:"):
        line = {"kind": "base", "amount_minor": one.pay_minor, "text": one.kind_label}
        return ProjectItem(one, task_id, external_id, annotator=None, lines=(line,))
    held = _("Accepted work waits for some days before its expert can be paid.")
    return ProjectItem(
        item=one,
        task_id=task_id,
        external_id=external_id,
        annotator=one.annotator,
        lines=one.lines,
        state=one.state,
        hold_until=_day(one.hold_until),
        hold_reason=held if one.hold_until else "",
        payout_sent_on=_day(one.payout_sent_at),
        bank_on=one.bank_on if one.bank_state == "paid" else None,
    )


def _day(moment: dt.datetime | None) -> dt.date | None:
    """The day in UTC."""
    return moment.astimezone(dt.UTC).date() if moment else None


def _tasks(sources: Sequence[str]) -> dict[str, tuple[uuid.UUID, str]]:
    """(id, the client's name) of the task of each holder of money."""
    found = {}
    for name, model in HOLDERS.items():
        ids = [key for kind, _, key in (one.partition(":") for one in sources) if kind == name]
        rows = model._default_manager.filter(pk__in=[*ids, uuid.UUID(int=0)])
        for pk, task_id, external_id in rows.values_list("pk", "task_id", "task__external_id"):
            found[f"{name}:{pk}"] = (task_id, external_id)
    return found
