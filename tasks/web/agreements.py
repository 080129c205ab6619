"""Agreements of confidentiality: read, and signed by typing one's name."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import ndas
from accounts.web.actors import annotator_of, request_actor
from accounts.web.forms import show
from marketplace.core import richtext
from marketplace.core.errors import NotFound, Refused
from tasks.selectors import agreements


class SignForm(forms.Form):
    """A name, typed."""

    name = forms.CharField(
        label=gettext_lazy("Your full name"),
        max_length=ndas.NAME,
        help_text=gettext_lazy("By typing it you agree to this version."),
        widget=forms.TextInput({"autocomplete": "name"}),
    )


@login_required
@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """What one is asked to sign, and what one has signed."""
    annotator = annotator_of(request)
    if annotator is None:
        return redirect("accounts:profile")
    context = {"asked": agreements.asked(annotator.pk), "signed": agreements.signed(annotator.pk)}
    return render(request, "tasks/agreements.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, nda_id: UUID) -> HttpResponse:
    """One version with its text; a POST signs it. Others' agreements are not found."""
    annotator = annotator_of(request)
    nda = agreements.readable(annotator.pk, nda_id) if annotator else None
    if annotator is None or nda is None:
        raise NotFound("agreement")
    form = SignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ndas.sign(nda_id=nda.pk, name=form.cleaned_data["name"], by=request_actor(request))
        except Refused as refused:
            show(form, refused)
        else:
            messages.success(request, _("You signed the agreement."))
            return redirect("tasks:agreements")
    context = {
        "nda": nda,
        "text": richtext.render_markdown(nda.text),
        "signature": agreements.signature(annotator.pk, nda.pk),
        "form": form,
    }
    return render(request, "tasks/agreement.html", context, status=422 if form.errors else 200)
