"""A client's deposits: asked for by card or bank transfer, saved cards, automatic top-ups."""

import uuid
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Organization
from accounts.selectors import permissions
from accounts.web.actors import request_actor
from accounts.web.client import chosen
from accounts.web.forms import show
from marketplace.core import clock
from marketplace.core.errors import NotFound, Refused
from payments.actions import cards, deposits, topups
from payments.models import Deposit, SavedCard, TopUpRule
from payments.selectors import balances
from payments.web.deposit_forms import DepositForm, TopUpForm

SHOWN = 50


def _needed(request: HttpRequest) -> Organization:
    organization = chosen(request)
    if organization is None:
        raise NotFound("organization")
    return organization


def _back(organization: Organization) -> HttpResponse:
    return redirect(_address(organization))


def _address(organization: Organization, **more: str) -> str:
    query = urlencode({"organization": str(organization.pk), **more})
    return f"{reverse('payments:deposits')}?{query}"


def _page(
    request: HttpRequest,
    organization: Organization,
    form: DepositForm | None = None,
    top_up_form: TopUpForm | None = None,
) -> HttpResponse:
    by = request_actor(request)
    saved = list(
        SavedCard.objects.visible_to(by)
        .filter(organization=organization, removed_at__isnull=True)
        .order_by("-id")
    )
    rows = Deposit.objects.visible_to(by).filter(organization=organization)
    rules = TopUpRule.objects.visible_to(by).filter(organization=organization)
    wrong = bool((form and form.errors) or (top_up_form and top_up_form.errors))
    context = {
        "organization": organization,
        "balances": balances.client(organization.pk),
        "deposits": rows.order_by("-id")[:SHOWN],
        "now": clock.now(),
        "cards": saved,
        "rules": rules.select_related("card").order_by("currency"),
        "may": permissions.permitted(by, organization.pk),
        "form": form or DepositForm(),
        "top_up_form": top_up_form or TopUpForm(cards=saved),
    }
    return render(request, "payments/deposits.html", context, status=422 if wrong else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """What was asked for and what came of it; a form asks for more.

    Back from Stripe's page on which a card is saved, the cards are read again.
    """
    organization = _needed(request)
    if request.method == "POST":
        return _ask(request, organization)
    if "card" in request.GET:
        try:
            cards.come_back(organization_id=organization.pk, by=request_actor(request))
        except Refused as refusal:
            messages.error(request, refusal.message)
        return _back(organization)
    return _page(request, organization)


def _ask(request: HttpRequest, organization: Organization) -> HttpResponse:
    form = DepositForm(request.POST)

    def ask() -> str:
        deposits.request_deposit(
            organization_id=organization.pk, by=request_actor(request), **form.asked()
        )
        return _("It is being prepared: the link appears in a moment.")

    if form.is_valid():
        try:
            done = form.do(request, ask)
        except Refused as refusal:
            if refusal.status == HTTPStatus.FORBIDDEN:  # they see no form on which it could stand
                messages.error(request, refusal.message)
                return _back(organization)
            show(form, refusal)
        else:
            messages.success(request, done)
            return _back(organization)
    return _page(request, organization, form=form)


@require_POST
@login_required
def save_card(request: HttpRequest) -> HttpResponse:
    """Off to Stripe's own page, where the card's number is given; we never see it."""
    organization = _needed(request)
    try:
        url = cards.start(
            organization_id=organization.pk,
            return_url=settings.SITE_URL + _address(organization, card="saved"),
            by=request_actor(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _back(organization)
    return redirect(url)


@require_POST
@login_required
def remove_card(request: HttpRequest, card_id: uuid.UUID) -> HttpResponse:
    """Take a card off."""
    organization = _needed(request)
    try:
        cards.remove(organization_id=organization.pk, card_id=card_id, by=request_actor(request))
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The card is removed."))
    return _back(organization)


@require_POST
@login_required
def set_top_up(request: HttpRequest) -> HttpResponse:
    """Set or change the automatic top-up of a currency, and switch it on."""
    organization = _needed(request)
    by = request_actor(request)
    saved = SavedCard.objects.visible_to(by).filter(
        organization=organization, removed_at__isnull=True
    )
    form = TopUpForm(request.POST, cards=list(saved.order_by("-id")))
    if form.is_valid():
        try:
            topups.set_rule(organization_id=organization.pk, by=by, **form.asked())
        except Refused as refusal:
            if refusal.status == HTTPStatus.FORBIDDEN:  # they see no form on which it could stand
                messages.error(request, refusal.message)
                return _back(organization)
            show(form, refusal)
        else:
            messages.success(request, _("The automatic top-up is on."))
            return _back(organization)
    return _page(request, organization, top_up_form=form)


@require_POST
@login_required
def top_up_off(request: HttpRequest, currency: str) -> HttpResponse:
    """Switch an automatic top-up off."""
    organization = _needed(request)
    topups.switch_off(organization_id=organization.pk, currency=currency, by=request_actor(request))
    messages.success(request, _("The automatic top-up is off."))
    return _back(organization)
