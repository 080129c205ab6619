"""Which projects changed their price lately, as a sentence for those who may claim of them."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from marketplace.core.clock import after
from marketplace.core.models import AuditEntry
from payments.currencies import major
from tasks.models import Project

NEWS = dt.timedelta(days=7)
VERB = "project_repriced"


def of(projects: Iterable[Project]) -> dict[uuid.UUID, str]:
    """The last change of each project's price or pay rules that is not older than seven days."""
    rows = {f"project:{row.pk}": row for row in projects}
    entries = AuditEntry.objects.filter(subject__in=list(rows), verb=VERB, at__gt=after(-NEWS))
    found = {}
    for entry in entries.order_by("id"):
        row = rows[entry.subject]
        sentence = _sentence(entry, row.currency)
        if sentence:
            found[row.pk] = sentence
    return found


def _sentence(entry: AuditEntry, currency: str) -> str:
    was, now = entry.data["was"], entry.data["now"]
    values: dict[str, Any] = {
        "at": date_format(localtime(entry.at), "DATE_FORMAT"),
        "was": major(was["price_minor"], currency),
        "now": major(now["price_minor"], currency),
    }
    if was["price_minor"] != now["price_minor"]:
        text = _("The price changed on %(at)s from %(was)s to %(now)s.")
    elif was["pay"] != now["pay"]:
        text = _("The pay rules changed on %(at)s.")
    else:
        return ""
    return text % values + " " + _("What you have claimed keeps its price.")
