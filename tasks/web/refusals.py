"""A claim that got nothing, said to the annotator."""

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import ngettext

from marketplace.core.errors import Refused

MINUTE = 60


def say(request: HttpRequest, refusal: Refused) -> None:
    """The reason, and when it is worth asking again where that is known."""
    text = refusal.message
    if refusal.retry_after:
        minutes = max(round(refusal.retry_after / MINUTE), 1)
        again = ngettext("Ask again in about %d minute.", "Ask again in about %d minutes.", minutes)
        text = f"{text} {again % minutes}"
    messages.info(request, text)
