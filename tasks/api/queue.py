"""An annotator's next task, for pages and programs of their own."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.sessions import WORK, WebSession
from marketplace.core.api import idempotency
from marketplace.core.api.views import ApiView
from marketplace.core.errors import Fault, invalid
from tasks.actions import claims


class NextIn(serializers.Serializer[Any]):
    """What may be asked for."""

    project = serializers.UUIDField(required=False, help_text="The next task of this project.")


class ClaimOut(serializers.Serializer[Any]):
    """A claim. `leased_until` is its deadline, `fence` goes along with the answer."""

    id = serializers.UUIDField()
    project_id = serializers.UUIDField()
    task_id = serializers.UUIDField(
        help_text="The task's handle: the same whenever the task comes, in no order."
    )
    currency = serializers.CharField()
    price_minor = serializers.IntegerField(help_text="The most that it can pay.")
    quote = serializers.JSONField(help_text="What it pays by the pay rules; empty: the price.")
    leased_until = serializers.DateTimeField()
    fence = serializers.IntegerField()
    page = serializers.CharField(help_text="Where the task is answered.")


class NextView(ApiView):
    """The queue."""

    authentication_classes = [WebSession]
    scopes = {"POST": WORK}
    replays_itself = True

    @extend_schema(request=NextIn, responses={201: ClaimOut}, operation_id="queue_next")
    def post(self, request: Request) -> Response:
        """Claim the next task, of any project or of one, at the price that holds now.

        The same Idempotency-Key gives the same claim, at any time; a refusal is not kept under it.
        Refusals say why, in words and as `reasons`, and in `Retry-After` when to ask again.
        """
        row = claims.claim(
            by=self.actor,
            project_id=_project(request.data),
            claim_id=claims.named(by=self.actor, key=idempotency.key_of(request)),
        )
        page = f"/work/{row.pk}/"
        # Written out: a serializer would cost more than the claim.
        answer = {
            "id": row.pk,
            "project_id": row.project_id,
            "task_id": row.task_handle,
            "currency": row.currency,
            "price_minor": row.price_minor,
            "quote": row.quote,
            "leased_until": row.leased_until,
            "fence": row.fence,
            "page": page,
        }
        return Response(answer, status=201, headers={"Location": page})


def _project(body: Any) -> uuid.UUID | None:
    """The project that a body asks for. Refuses anything else in it."""
    if not body:
        return None
    if not isinstance(body, dict):
        raise invalid("Send an object, or nothing.", [Fault("", "Must be of type object.")])
    faults = [Fault(f"/{name}", "Unknown key.") for name in body if name != "project"]
    if not faults and "project" in body:
        try:
            return uuid.UUID(body["project"])
        except (ValueError, AttributeError, TypeError):
            faults = [Fault("/project", "Must be the id of a project.")]
    if faults:
        raise invalid("This cannot be asked for.", faults)
    return None
