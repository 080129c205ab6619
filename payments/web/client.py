"""The client's money page: balances, deposits, refunds, spend limits, billing data."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Organization
from accounts.selectors import permissions
from accounts.web.actors import request_actor
from accounts.web.client import chosen
from accounts.web.forms import show
from marketplace.core.errors import NotFound, Refused
from payments.actions import billing, limits, refunds
from payments.currencies import CURRENCIES
from payments.models import BillingDetails, Deposit, Refund
from payments.selectors import balances, freezes, spending
from payments.states import LimitOf

CODES = [(code, code.upper()) for code in sorted(CURRENCIES)]


class AmountForm(forms.Form):
    """An amount as people write it, in one currency."""

    currency = forms.ChoiceField(choices=CODES, label=gettext_lazy("Currency"))
    amount = forms.DecimalField(
        min_value=0, max_digits=14, decimal_places=2, label=gettext_lazy("Amount")
    )

    def minor(self) -> int:
        """The amount in minor units; a fraction of one is refused."""
        exponent = CURRENCIES[self.cleaned_data["currency"]].exponent
        scaled = self.cleaned_data["amount"].scaleb(exponent)
        if scaled != int(scaled):
            raise Refused("invalid", _("This currency has no such small parts."), status=422)
        return int(scaled)


class RefundForm(AmountForm):
    """How much to send back, and why."""

    reason = forms.CharField(max_length=300, required=False, label=gettext_lazy("Reason"))


class LimitForm(AmountForm):
    """How much somebody may spend in a month; no amount lifts the limit."""

    holder = forms.CharField(max_length=80)
    act = forms.ChoiceField(choices=LimitOf.choices)
    amount = forms.DecimalField(min_value=0, max_digits=14, decimal_places=2, required=False)


class BillingForm(forms.Form):
    """What stands on invoices."""

    legal_name = forms.CharField(max_length=200, label=gettext_lazy("Legal name"))
    line1 = forms.CharField(max_length=200, label=gettext_lazy("Street and number"))
    line2 = forms.CharField(
        max_length=200, required=False, label=gettext_lazy("More of the address")
    )
    postal_code = forms.CharField(max_length=20, required=False, label=gettext_lazy("Postal code"))
    city = forms.CharField(max_length=100, label=gettext_lazy("City"))
    region = forms.CharField(max_length=100, required=False, label=gettext_lazy("State or region"))
    country = forms.CharField(
        max_length=2, label=gettext_lazy("Country"), help_text=gettext_lazy("Two letters, as DE.")
    )
    vat_id = forms.CharField(max_length=40, required=False, label=gettext_lazy("VAT id"))
    purchase_order = forms.CharField(
        max_length=60, required=False, label=gettext_lazy("Purchase order")
    )
    emails = forms.CharField(
        max_length=1400,
        required=False,
        label=gettext_lazy("E-mail addresses for invoices"),
        help_text=gettext_lazy("Up to five, with commas between them."),
    )


def _needed(request: HttpRequest) -> Organization:
    organization = chosen(request)
    if organization is None:
        raise NotFound("organization")
    return organization


def _back(organization: Organization) -> HttpResponse:
    return redirect(f"{reverse('payments:client')}?organization={organization.pk}")


def _faulty(request: HttpRequest, form: forms.Form) -> None:
    """What is wrong with a small form, above the page it came from."""
    for name, errors in form.errors.items():
        field = form.fields.get(name)
        label = field.label if field is not None and field.label else name
        messages.error(request, f"{label}: {' '.join(map(str, errors))}")


@require_safe
@login_required
def client(request: HttpRequest) -> HttpResponse:
    """What an organization has paid in, where it is, what it may spend, and who is billed."""
    organization = _needed(request)
    by = request_actor(request)
    deposits = Deposit.objects.visible_to(by).filter(organization=organization)
    waiting = Refund.objects.visible_to(by).filter(organization=organization)
    money = balances.client(organization.pk)
    usual = max(money, key=lambda one: one.prepaid_minor).currency if money else "usd"
    context = {
        "organization": organization,
        "frozen": freezes.is_frozen(organization.pk),
        "balances": money,
        "usual": usual,
        "deposits": deposits.order_by("-id")[:100],
        "refunds": waiting.order_by("-id")[:50],
        "limits": _named(organization),
        "currencies": CODES,
        "spenders": spending.spenders(organization.pk),
        "acts": LimitOf.choices,
        "billing": BillingDetails.objects.visible_to(by).filter(organization=organization).first(),
        "may": permissions.permitted(by, organization.pk),
        "me": by.key,
        "refund_form": RefundForm(initial={"currency": usual}),
    }
    return render(request, "payments/client.html", context)


def _named(organization: Organization) -> list[tuple[str, spending.LimitLine]]:
    """The limits, each with a name for people."""
    names, found = spending.spenders(organization.pk), spending.limits(organization.pk)
    return [(names.get(line.limit.holder, _("a project")), line) for line in found]


@require_POST
@login_required
def refund(request: HttpRequest) -> HttpResponse:
    """Ask prepaid money back."""
    organization, form = _needed(request), RefundForm(request.POST)
    if not form.is_valid():
        _faulty(request, form)
        return _back(organization)
    try:
        row = refunds.request(
            organization_id=organization.pk,
            currency=form.cleaned_data["currency"],
            amount_minor=form.minor(),
            reason=form.cleaned_data["reason"],
            by=request_actor(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        waits = _("It waits for a second owner or our staff.")
        done = _("The refund is on its way.")
        messages.success(request, waits if row.state == "requested" else done)
    return _back(organization)


def _decide(request: HttpRequest, refund_id: UUID, decision: Any) -> HttpResponse:
    by = request_actor(request)
    row = Refund.objects.visible_to(by).filter(pk=refund_id).first()
    if row is None:
        raise NotFound("refund")
    try:
        decision(refund_id=refund_id, by=by)
    except Refused as refusal:
        messages.error(request, refusal.message)
    return _back(row.organization)


@require_POST
@login_required
def approve(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Let a large refund go, as a second owner."""
    return _decide(request, refund_id, refunds.approve)


@require_POST
@login_required
def decline(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """Keep the money here."""
    return _decide(request, refund_id, refunds.decline)


@require_POST
@login_required
def limit(request: HttpRequest) -> HttpResponse:
    """Set, change or lift the limit of a member or key; a project's is set on its own page."""
    organization, form = _needed(request), LimitForm(request.POST)
    if not form.is_valid():
        _faulty(request, form)
        return _back(organization)
    says = form.cleaned_data
    if says["holder"].startswith("project:"):
        raise NotFound("member or key")
    try:
        limits.set_limit(
            organization_id=organization.pk,
            holder=says["holder"],
            act=says["act"],
            currency=says["currency"],
            most_minor=None if says["amount"] is None else form.minor(),
            by=request_actor(request),
        )
    except Refused as refusal:
        messages.error(request, " ".join([refusal.message, *(f.detail for f in refusal.faults)]))
    else:
        messages.success(request, _("The limit was changed."))
    return _back(organization)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def billing_data(request: HttpRequest) -> HttpResponse:
    """The form of the billing data; what is wrong is said beside its field, nothing is lost."""
    organization, by = _needed(request), request_actor(request)
    row = BillingDetails.objects.visible_to(by).filter(organization=organization).first()
    kept = {name: getattr(row, name) for name in billing.LENGTHS} if row else {}
    first = {**kept, "emails": ", ".join(row.emails) if row else ""}
    form = BillingForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        says = dict(form.cleaned_data)
        emails = says.pop("emails").split(",")
        try:
            billing.keep(organization_id=organization.pk, emails=emails, by=by, **says)
        except Refused as refusal:
            show(form, refusal)
        else:
            messages.success(request, _("The billing data is kept."))
            return _back(organization)
    context = {"organization": organization, "form": form}
    status = 422 if form.errors else 200
    return render(request, "payments/billing.html", context, status=status)
