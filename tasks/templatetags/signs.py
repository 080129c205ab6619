"""What was recorded of an answer, drawn where a page includes it."""

from typing import Any

from django import template

from tasks.models import Submission
from tasks.selectors import signs

register = template.Library()


@register.inclusion_tag("tasks/_replay.html", takes_context=True)
def replay(context: dict[str, Any], submission: Submission | None) -> dict[str, Any]:
    """For the reviewer: signs in neutral words, counts, and how the texts came to be; nothing for a
    result, which is nobody's submission."""
    record = signs.of(submission) if submission else None
    return {"request": context.get("request"), "record": record}


@register.inclusion_tag("tasks/_signs.html")
def own_signs(submission: Submission) -> dict[str, Any]:
    """For the annotator: what was recorded of their own answer, and what it did."""
    return {"record": signs.of(submission)}
