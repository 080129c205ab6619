"""`{% books_of original user as url %}`: where a row's money is; `{% trail_of original as url %}`:
what was done to it; `row|labelled:headers`: each cell with its column's name, which a phone shows.
"""

import re
from collections.abc import Sequence
from typing import Any

from django import template
from django.db.models import Model
from django.urls import reverse
from django.utils.html import escape, strip_tags
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from accounts.models import User
from marketplace.core.audit import subject_of
from marketplace.core.models import AuditEntry

register = template.Library()

# Rows that own accounts, and rows of the work by whose claims money moved.
OWNERS = {
    "accounts.organization": "org",
    "accounts.annotatorprofile": "annotator",
    "tasks.project": "project",
}
WORK = {"tasks.task", "tasks.assignment", "tasks.submission"}
MONEY = {
    f"payments.{name}"
    for name in (
        "earning", "reservation", "payout", "deposit", "refund", "clawback", "recovery",
        "reversal", "dispute", "goodwillrequest",
    )
}  # fmt: skip
EMPTY = {"-", "–", "—"}
CELL = re.compile(r"<t([dh])\b")
LONG = 18
"""Letters; a longer word may be broken, so that no column is pushed off the screen."""


@register.simple_tag
def books_of(row: Model | None, user: User) -> str:
    """The accounts of an owner or the entries about a row; empty for others, and for whoever may
    not see the books.
    """
    if not isinstance(row, Model) or not user.has_perm("payments.view_ledgerentry"):
        return ""
    label = row._meta.label_lower
    if label in OWNERS:
        query = urlencode({"owner": f"{OWNERS[label]}:{row.pk}"})
        return f"{reverse('admin:payments_ledgeraccount_changelist')}?{query}"
    if label in WORK | MONEY:
        kind = "work" if label in WORK else row._meta.model_name
        query = urlencode({"about": f"{kind}:{row.pk}"})
        return f"{reverse('admin:payments_ledgerentry_changelist')}?{query}"
    return ""


@register.simple_tag
def trail_of(row: Model | None) -> str:
    """What the audit trail says of a row. (Django's own history stays empty: only actions change
    rows here.)
    """
    if not isinstance(row, Model) or isinstance(row, AuditEntry):
        return ""
    query = urlencode({"subject": subject_of(row)})
    return f"{reverse('admin:core_auditentry_changelist')}?{query}"


@register.filter
def labelled(cells: Sequence[str], headers: Sequence[dict[str, Any]]) -> list[SafeString]:
    """The cells of a row of a desk table, each with its column's name, which a phone shows."""
    named = []
    for plain, header in zip(cells, headers, strict=False):
        cell = str(plain)
        label = escape(capfirst(str(header.get("text", ""))))
        text = strip_tags(cell).strip()
        marks = " data-bare" if text in EMPTY else ""
        if any(len(word) > LONG for word in text.split()):
            marks += " data-long"
        # Both parts come from Django's own list, which has escaped them.
        found = CELL.match(cell.lstrip())
        if found:
            cell = f'{found[0]} data-label="{label}"{marks}{cell.lstrip()[found.end() :]}'
        named.append(mark_safe(cell))  # noqa: S308
    return named
