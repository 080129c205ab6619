"""A hold that a person made longer: its annotator reads why, and contests it."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.web.actors import request_actor
from accounts.web.forms import show
from marketplace.core.errors import NotFound, Refused
from payments.actions import hold_contests
from payments.selectors import hold_contests as reads
from payments.web.views import own_profile


class ContestForm(forms.Form):
    """Why the hold is wrong."""

    text = forms.CharField(
        label=gettext_lazy("Why is it wrong to hold it for longer?"),
        help_text=gettext_lazy("Up to 2000 characters."),
        # The action counts, so that a text that is too long is not lost in a browser's bubble.
        widget=forms.Textarea({"rows": 5}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def page(request: HttpRequest, act_id: UUID) -> HttpResponse:
    """The hold and what was said against it; a POST contests it. Others' are not found."""
    annotator = own_profile(request)
    act = reads.acts().filter(pk=act_id, annotator=annotator).first()
    if act is None:
        raise NotFound("hold")
    form = ContestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            hold_contests.contest(
                act_id=act.pk, text=form.cleaned_data["text"], by=request_actor(request)
            )
        except Refused as refused:
            show(form, refused)
        else:
            messages.success(
                request, _("Somebody else decides within 72 hours. If nobody does, you win.")
            )
            return redirect("payments:hold", act.pk)
    context = {"hold": reads.shown(act), "form": form}
    return render(request, "payments/hold.html", context, status=422 if form.errors else 200)
