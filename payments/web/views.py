"""Earnings by state, the statement, and the way to Stripe's onboarding and back."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import AnnotatorProfile
from accounts.web import again
from accounts.web.actors import annotator_of, request_actor
from accounts.web.once import OnceForm
from marketplace.core.errors import NotFound, Refused
from payments.actions import contests, details, onboarding, payouts
from payments.selectors import rails, statements, taken_back


def own_profile(request: HttpRequest) -> AnnotatorProfile:
    """The annotator who is signed in; 404 for anybody else."""
    row = annotator_of(request)
    if row is None:
        raise NotFound("page")
    return row


@require_GET
@login_required
def earnings(request: HttpRequest) -> HttpResponse:
    """What is pending, payable, on its way and paid, and each item behind the sums."""
    return _earnings(request, own_profile(request))


def _earnings(
    request: HttpRequest,
    annotator: AnnotatorProfile,
    *,
    refused: Mapping[str, object] | None = None,
) -> HttpResponse:
    """The page; an objection that was refused comes back with its text and why (422)."""
    day = settings.PAYOUT_WEEKDAY
    context = {
        "refused": refused,
        "statement": statements.annotator(annotator.pk),
        "payout_form": OnceForm(),
        "rail": rails.of(annotator),
        "weekday": WEEKDAYS.get(day),
        "every": settings.PAYOUT_EVERY_DAYS,
        "taken_back": taken_back.of_annotator(annotator.pk),
    }
    return render(request, "payments/earnings.html", context, status=422 if refused else 200)


@require_GET
@login_required
def statement(request: HttpRequest) -> HttpResponse:
    """Every item as CSV."""
    annotator = own_profile(request)
    return HttpResponse(
        statements.as_csv(statements.rows(annotator.pk)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="earnings.csv"'},
    )


@require_POST
@login_required
def contest(request: HttpRequest, clawback_id: UUID) -> HttpResponse:
    """Object to money that was taken back; what was typed is not lost where that is refused."""
    annotator = own_profile(request)
    text = request.POST.get("text", "")
    try:
        contests.contest(clawback_id=clawback_id, text=text, by=request_actor(request))
    except NotFound:
        raise
    except Refused as refusal:
        why = [refusal.message, *(fault.detail for fault in refusal.faults)]
        refused = {"id": clawback_id, "text": text, "why": why}
        return _earnings(request, annotator, refused=refused)
    messages.success(request, _("Somebody else than who took it back will look into it."))
    return redirect("payments:earnings")


@require_POST
@login_required
def request_payout(request: HttpRequest) -> HttpResponse:
    """Ask for what is payable now; the same button pressed twice asks once."""
    annotator, form = own_profile(request), OnceForm(request.POST)

    def ask() -> str:
        payouts.request(annotator_id=annotator.pk, by=request_actor(request))
        return _("Your payout is on its way.")

    if form.is_valid():
        try:
            messages.success(request, form.do(request, ask))
        except Refused as refusal:
            messages.error(request, refusal.message)
    return redirect("payments:earnings")


@require_GET
@login_required
def setup(request: HttpRequest) -> HttpResponse:
    """How far the payout account is."""
    annotator = own_profile(request)
    return render(request, "payments/setup.html", {"rail": rails.of(annotator)})


@require_POST
@login_required
def setup_start(request: HttpRequest) -> HttpResponse:
    """Off to Stripe's own page, where bank details are given; we never see them.

    Where there may be some already, who signed in must show anew that it is they.
    """
    annotator = own_profile(request)
    if rails.of(annotator).begun:
        asked = again.ask(request, annotator.user)
        if asked is not None:
            return asked
    try:
        url = onboarding.start(
            annotator_id=annotator.pk,
            return_url=settings.SITE_URL + reverse("payments:setup_return"),
            refresh_url=settings.SITE_URL + reverse("payments:setup"),
            by=request_actor(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("payments:setup")
    return redirect(url)


@require_POST
@login_required
def freeze(request: HttpRequest) -> HttpResponse:
    """This change was not me: no new payout until a person has looked."""
    annotator = own_profile(request)
    try:
        details.not_me(annotator_id=annotator.pk, by=request_actor(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("payments:setup")


@require_GET
@login_required
def setup_return(request: HttpRequest) -> HttpResponse:
    """Back from Stripe: read how far it is, and say so."""
    annotator = own_profile(request)
    try:
        onboarding.come_back(annotator_id=annotator.pk, by=request_actor(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("payments:setup")
