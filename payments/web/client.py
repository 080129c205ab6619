"""The client's money page: balances, deposits, refunds, spend limits, billing data."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, Sum
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
from accounts.web.once import OnceForm
from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from payments.actions import billing, limits, refunds
from payments.models import BillingDetails, Deposit, Refund
from payments.selectors import balances, freezes, owners, spending
from payments.states import BY_TRANSFER, AtStripe, LimitOf, RefundPartState
from payments.web.deposit_forms import AmountsForm, amount_field


class RefundForm(AmountsForm, OnceForm):
    """How much to send back, and why; sent twice, asked for once."""

    AMOUNTS = {"amount": "amount_minor"}

    amount = amount_field(gettext_lazy("Amount"))
    reason = forms.CharField(max_length=300, required=False, label=gettext_lazy("Reason"))


class LimitForm(AmountsForm):
    """How much somebody may spend in a month; no amount lifts the limit."""

    AMOUNTS = {"amount": "most_minor"}

    holder = forms.ChoiceField(label=gettext_lazy("Member or key"))
    act = forms.ChoiceField(label=gettext_lazy("What"), choices=LimitOf.choices)
    amount = amount_field(gettext_lazy("Amount a month; empty lifts the limit"), required=False)
    field_order = ["holder", "act", "currency", "amount"]

    def __init__(self, *args: Any, spenders: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        holder = self.fields["holder"]
        if isinstance(holder, forms.ChoiceField):
            holder.choices = list(spenders.items())

    def asked(self) -> dict[str, Any]:
        """What the action takes; no amount is no limit."""
        whose = {name: self.cleaned_data[name] for name in ("holder", "act")}
        found = super().asked()
        none = found["most_minor"] == ""
        return {**found, **whose, "most_minor": None if none else found["most_minor"]}


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


@require_safe
@login_required
def client(request: HttpRequest) -> HttpResponse:
    """What an organization has paid in, where it is, what it may spend, and who is billed."""
    return _page(request, _needed(request))


def _page(
    request: HttpRequest,
    organization: Organization,
    *,
    refund_form: RefundForm | None = None,
    limit_form: LimitForm | None = None,
) -> HttpResponse:
    """The page; a form that was refused comes back as it was written (422)."""
    by = request_actor(request)
    deposits = Deposit.objects.visible_to(by).filter(organization=organization)
    waits, unclaimed = _at_stripe()
    asked = Refund.objects.visible_to(by).filter(organization=organization)
    money = balances.client(organization.pk)
    usual = max(money, key=lambda one: one.prepaid_minor).currency if money else "usd"
    first, spenders = {"currency": usual}, spending.spenders(organization.pk)
    context = {
        "organization": organization,
        "frozen": freezes.is_frozen(organization.pk),
        "balances": money,
        "deposits": deposits.order_by("-id")[:100],
        "now": clock.now(),
        "refunds": asked.annotate(waits_minor=waits, unclaimed_minor=unclaimed).order_by("-id")[
            :50
        ],
        "limits": _named(organization),
        "billing": BillingDetails.objects.visible_to(by).filter(organization=organization).first(),
        "may": permissions.permitted(by, organization.pk),
        "me": by.key,
        "refund_form": refund_form or RefundForm(initial=first),
        "limit_form": limit_form or LimitForm(initial=first, spenders=spenders),
    }
    wrong = refund_form or limit_form
    return render(request, "payments/client.html", context, status=422 if wrong else 200)


def _at_stripe() -> tuple[Sum, Sum]:
    """What of a refund waits until the client names a bank account, as Stripe says, and what waited
    in vain. Of refunds that were made before Stripe's word was kept, how they were paid tells it.
    """
    asks = Q(parts__at_stripe=AtStripe.ASKS)
    before = Q(parts__at_stripe="", parts__deposit__method__in=BY_TRANSFER)
    made = Q(parts__state=RefundPartState.SENT)
    vain = made & Q(parts__at_stripe=AtStripe.FAILED)
    minor = "parts__amount_minor"
    return Sum(minor, filter=made & (asks | before)), Sum(minor, filter=vain)


def _named(organization: Organization) -> list[tuple[str, spending.LimitLine]]:
    """The limits, each with a name for people: members, keys and projects."""
    found, names = spending.limits(organization.pk), spending.spenders(organization.pk)
    names |= owners.called([line.limit.holder for line in found if _of_project(line.limit.holder)])
    return [(names.get(line.limit.holder, _("somebody who has left")), line) for line in found]


def _of_project(holder: str) -> bool:
    return holder.startswith("project:")


@require_POST
@login_required
def refund(request: HttpRequest) -> HttpResponse:
    """Ask prepaid money back."""
    organization, form = _needed(request), RefundForm(request.POST)
    if not form.is_valid():
        return _page(request, organization, refund_form=form)

    def ask() -> str:
        row = refunds.request(
            organization_id=organization.pk,
            reason=form.cleaned_data["reason"],
            by=request_actor(request),
            **form.asked(),
        )
        waits = _("It waits for a second owner or our staff.")
        return waits if row.state == "requested" else _("The refund is on its way.")

    try:
        done = form.do(request, ask)
    except Refused as refusal:
        if refusal.status == HTTPStatus.FORBIDDEN:  # they see no form on which it could stand
            messages.error(request, refusal.message)
            return _back(organization)
        form.add_error("amount", " ".join(one.detail for one in refusal.faults) or refusal.message)
        return _page(request, organization, refund_form=form)
    messages.success(request, done)
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
    organization = _needed(request)
    if _of_project(request.POST.get("holder", "")):
        raise NotFound("member or key")
    form = LimitForm(request.POST, spenders=spending.spenders(organization.pk))
    if not form.is_valid():
        return _page(request, organization, limit_form=form)
    try:
        limits.set_limit(organization_id=organization.pk, by=request_actor(request), **form.asked())
    except Refused as refusal:
        if refusal.status == HTTPStatus.FORBIDDEN:
            messages.error(request, refusal.message)
            return _back(organization)
        show(form, refusal)
        return _page(request, organization, limit_form=form)
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
