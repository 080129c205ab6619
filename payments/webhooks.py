"""Stripe's door: raw body, signature, store, answer. The work is a job's."""

from collections.abc import Sequence

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments.actions.events import take_in
from payments.stripe.signatures import Forged, verify

log = structlog.get_logger(__name__)

THIN = "v2.core.event"
# Read by whoever runs the platform, beside the event in Stripe's dashboard.
WRONG_MODE = (
    "The event is of the other mode, live or test. Make the webhook endpoint in the mode of "
    "STRIPE_SECRET_KEY."
)
WRONG_DOOR = (
    "The event belongs to the other endpoint: snapshot events go to /webhooks/stripe/, thin ones "
    "to /webhooks/stripe/thin/."
)


@csrf_exempt
@require_POST
def snapshot(request: HttpRequest) -> HttpResponse:
    """Events that carry their object (v1), of the platform and of connected accounts."""
    return _receive(request, settings.STRIPE_WEBHOOK_SECRETS, thin=False)


@csrf_exempt
@require_POST
def thin(request: HttpRequest) -> HttpResponse:
    """Events that only name their object (v2)."""
    return _receive(request, settings.STRIPE_THIN_WEBHOOK_SECRETS, thin=True)


def _receive(request: HttpRequest, secrets: Sequence[str], *, thin: bool) -> HttpResponse:
    """200 once the event is stored, also where it was known or means nothing to us.

    400, with nothing stored, for what is forged, older than five minutes or from the future, of the
    other mode (live or test), or of the other endpoint's kind.
    """
    try:
        event = verify(request.body, request.headers.get("Stripe-Signature", ""), secrets)
        if event.get("livemode") is not settings.STRIPE_LIVE:
            raise Forged(WRONG_MODE)
        if (event.get("object") == THIN) is not thin:
            raise Forged(WRONG_DOOR)
    except Forged as refusal:
        log.warning("webhook_refused", reason=str(refusal))
        return JsonResponse({"error": str(refusal)}, status=400)
    new = take_in(event, livemode=settings.STRIPE_LIVE)
    return JsonResponse({"received": True, "new": new})


app_name = "payments_webhooks"
urlpatterns = [
    path("", snapshot, name="snapshot"),
    path("thin/", thin, name="thin"),
]
