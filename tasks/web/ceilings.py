"""A project's money: its owner gives it some, takes free money back, and limits it here."""

from collections.abc import Callable
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
from accounts.web.once import OnceForm
from marketplace.core.actors import Actor
from marketplace.core.errors import NotFound, Refused
from payments.currencies import major, minor
from payments.selectors import balances, spending
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


class MoveForm(OnceForm):
    """How much goes to the project, or back from it, in its currency; sent twice, moved once."""

    WAYS = (
        ("give", gettext_lazy("Give it to the project")),
        ("back", gettext_lazy("Take it back from the project")),
    )

    way = forms.ChoiceField(
        label=gettext_lazy("What to do"), choices=WAYS, initial="give", widget=forms.RadioSelect
    )
    sum = forms.CharField(
        max_length=20, widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
    )

    def __init__(self, *args: Any, currency: str) -> None:
        super().__init__(*args)
        self.fields["sum"].label = _("Amount, in %(currency)s") % {"currency": currency.upper()}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """What the project has, the form that moves money, the limit, and the form that changes it."""
    by = request_actor(request)
    row = Project.objects.visible_to(by).filter(pk=project_id).first()
    if row is None:
        raise NotFound("project")
    moving = "way" in request.POST or "sum" in request.POST
    form = CeilingForm(None if moving else request.POST or None, currency=row.currency)
    move = MoveForm(request.POST if moving else None, currency=row.currency)
    if request.method == "POST":
        done = _moved(request, move, row) if moving else _limited(form, row, by)
        if done:
            messages.success(request, done)
            return redirect("tasks:client_project", row.pk)
    context = {"project": row, "form": form, "move": move, **_figures(row)}
    status = 422 if form.errors or move.errors else 200
    return render(request, "tasks/client_ceiling.html", context, status=status)


def _figures(row: Project) -> dict[str, Any]:
    """What the project has, may get and was given, as people read amounts."""
    most, prepaid = spending.ceiling(row.pot, row.currency), balances.client(row.organization_id)
    free = {one.currency: one.prepaid_minor for one in prepaid}.get(row.currency, 0)
    return {
        "most": None if most is None else major(most, row.currency),
        "used": major(spending.allocated(row.pot, row.currency), row.currency),
        "funds": major(balances.pot(row.pot, row.currency).funds_minor, row.currency),
        "prepaid": major(free, row.currency),
    }


def _limited(form: CeilingForm, row: Project, by: Actor) -> str:
    """Set or lift the limit; empty, and the form says why, where it is refused."""
    if not form.is_valid():
        return ""
    text = form.cleaned_data["amount"]
    wanted = minor(text, row.currency) if text else None
    if text and wanted is None:
        form.add_error("amount", NOT_AN_AMOUNT)
        return ""

    def change() -> str:
        funding.set_ceiling(project_id=row.pk, most_minor=wanted, by=by)
        return _("The limit was changed.")

    return _tried(form, change)


def _moved(request: HttpRequest, form: MoveForm, row: Project) -> str:
    """Give or take back; empty, and the form says why, where it is refused."""
    if not form.is_valid():
        return ""
    amount = minor(form.cleaned_data["sum"], row.currency)
    if amount is None:
        form.add_error("sum", NOT_AN_AMOUNT)
        return ""
    back = form.cleaned_data["way"] == "back"
    verb = funding.take_back if back else funding.allocate
    values = {"money": major(amount, row.currency), "project": row.name}
    done = _("%(money)s were taken back.") if back else _("%(money)s were given to %(project)s.")

    def move() -> str:
        verb(project_id=row.pk, amount_minor=amount, by=request_actor(request))
        return done % values

    return _tried(form, lambda: form.do(request, move))


def _tried(form: forms.Form, change: Callable[[], str]) -> str:
    """What `change` says once it is made; a refusal stands at the form instead."""
    try:
        return change()
    except Refused as refusal:
        form.add_error(None, " ".join([refusal.message, *_details(refusal)]))
        return ""


def _details(refusal: Refused) -> list[str]:
    return [fault.detail for fault in refusal.faults]
