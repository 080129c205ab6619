"""The most that a project may be given: its owner sets, changes and lifts it here."""

from typing import Any
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
from marketplace.core.errors import NotFound, Refused
from payments.currencies import major, minor
from payments.selectors import spending
from tasks.actions import funding
from tasks.models import Project

NOT_AN_AMOUNT = gettext_lazy(
    "Write an amount as 1250, 1250.50 or 1,250.50: a point before the decimals, commas between "
    "thousands only, and no more decimals than the currency has."
)


class CeilingForm(forms.Form):
    """An amount as people write it, in the project's currency; empty lifts the limit."""

    amount = forms.CharField(
        help_text=gettext_lazy("In all, less what is taken back. Empty: no limit."),
        max_length=20,
        required=False,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, currency: str) -> None:
        super().__init__(*args)
        label = _("This project may be given at most, in %(currency)s")
        self.fields["amount"].label = label % {"currency": currency.upper()}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The limit, how far it is used, and the form that changes it."""
    by = request_actor(request)
    row = Project.objects.visible_to(by).filter(pk=project_id).first()
    if row is None:
        raise NotFound("project")
    most = spending.ceiling(row.pot, row.currency)
    form = CeilingForm(request.POST or None, currency=row.currency)
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["amount"]
        wanted = minor(text, row.currency) if text else None
        if text and wanted is None:
            form.add_error("amount", NOT_AN_AMOUNT)
        else:
            try:
                funding.set_ceiling(project_id=row.pk, most_minor=wanted, by=by)
            except Refused as refusal:
                form.add_error(None, " ".join([refusal.message, *_details(refusal)]))
            else:
                messages.success(request, _("The limit was changed."))
                return redirect("tasks:client_project", row.pk)
    context = {
        "project": row,
        "form": form,
        "most": None if most is None else major(most, row.currency),
        "used": major(spending.allocated(row.pot, row.currency), row.currency),
    }
    status = 422 if form.errors else 200
    return render(request, "tasks/client_ceiling.html", context, status=status)


def _details(refusal: Refused) -> list[str]:
    return [fault.detail for fault in refusal.faults]
