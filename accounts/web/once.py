"""Forms that must not do their work twice when they are sent twice: a double click, or "Back"."""

import hashlib
from collections.abc import Callable

from django import forms
from django.http import HttpRequest

from accounts.web.actors import request_actor
from marketplace.core import once
from marketplace.core.errors import Refused
from marketplace.core.ids import new_id

LEFT_OUT = ("csrfmiddlewaretoken", "once")


def new_key() -> str:
    """A key for one showing of a form."""
    return str(new_id())


class OnceForm(forms.Form):
    """A form with a key of its own, hidden in the page."""

    once = forms.CharField(
        widget=forms.HiddenInput({"id": False}), required=False, max_length=64, initial=new_key
    )

    def do(self, request: HttpRequest, call: Callable[[], str]) -> str:
        """What `call` says, done once for this showing of the form, which is valid.

        A program that sends no key is not guarded. Refuses what `call` refuses, and a form that was
        sent already with other entries (`form_sent`); that one gets a new key.
        """
        key = self.cleaned_data["once"]
        if not key:
            return call()
        try:
            return once.once(
                scope=f"form:{request_actor(request).key}", key=key, mark=_mark(request), call=call
            )
        except Refused as refusal:
            if refusal.code == "form_sent":
                anew = request.POST.copy()
                anew["once"] = new_key()
                self.data = anew
            raise


def _mark(request: HttpRequest) -> str:
    """SHA-256 over where the form was sent to, and what stood in it."""
    entries = sorted((name, found) for name, found in request.POST.lists() if name not in LEFT_OUT)
    return hashlib.sha256(f"{request.get_full_path()}\n{entries}".encode()).hexdigest()
