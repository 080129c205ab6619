"""New prices of a project that runs: for claims made from now on, and announced."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.actions import notices
from marketplace.core import audit, outbox
from marketplace.core.actors import Actor
from marketplace.core.clock import after
from marketplace.core.errors import Fault, Refused, invalid
from payments.currencies import major
from tasks.actions import project_fields
from tasks.actions.access import project_for_change
from tasks.models import Assignment, Project
from tasks.selectors.price_news import VERB
from tasks.states import HELD, ProjectState

FIELDS = ("price_minor", "review_price_minor", "pay")
RUNNING = (ProjectState.ACTIVE, ProjectState.PAUSED)
LATELY = dt.timedelta(days=30)


@transaction.atomic
def reprice(*, project_id: uuid.UUID, fields: Mapping[str, Any], by: Actor) -> Project:
    """Change the price of an answer or a review, or the pay rules, of a project that runs.

    What is claimed keeps its price: the quote is frozen with the claim. Annotators who have a claim
    in hand, or handed one in during the last 30 days, are told; the audit trail keeps what was and
    what is. The same prices again change nothing. Refuses `wrong_state` for a draft (which is
    changed itself) and a closed project, and (422) with a pointer to each fault.
    """
    row = project_for_change(project_id, by)
    if row.state not in RUNNING:
        raise Refused("wrong_state", f"The price of a {row.state} project is not changed here.")
    unknown = [Fault(f"/{name}", "Unknown key.") for name in fields if name not in FIELDS]
    if unknown:
        raise invalid("The price cannot be changed like this.", unknown)
    together = project_fields.with_kept(fields, row)
    project_fields.check(together, organization_id=row.organization_id)
    was = {name: getattr(row, name) for name in FIELDS}
    changed = {name: value for name, value in fields.items() if was[name] != value}
    if not changed:
        return row
    audit.context(VERB, by=by)
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    now = {name: getattr(row, name) for name in FIELDS}
    audit.record(VERB, row, by=by, was=was, now=now)
    outbox.enqueue("tasks.refresh_project", project_id=str(row.pk))
    if changed.keys() & {"price_minor", "pay"}:
        _announce(row, was["price_minor"])
    return row


def _announce(row: Project, was: int) -> None:
    """Whoever works on it now, or did lately, hears it from us."""
    at_work = Assignment.objects.filter(
        Q(state__in=HELD) | Q(submitted_at__gt=after(-LATELY)), project=row
    )
    values = {
        "name": row.name,
        "was": major(was, row.currency),
        "now": major(row.price_minor, row.currency),
    }
    if was == row.price_minor:
        text = _("%(name)s: the pay rules changed. What you have claimed keeps its price.")
    else:
        text = _(
            "%(name)s: the price changed from %(was)s to %(now)s. What you have claimed keeps its "
            "price."
        )
    notices.publish(
        user_ids=at_work.values_list("annotator__user_id", flat=True),
        kind="price_changed",
        text=text % values,
        link="/work/",
    )
