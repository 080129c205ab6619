"""Agreements of confidentiality that a client asks its annotators to sign."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import ndas
from accounts.models import Nda
from marketplace.core.api.pagination import Cursor
from marketplace.core.api.serializers import StrictSerializer
from marketplace.core.api.views import ApiView


class NdaIn(StrictSerializer):
    """A new version; `text` is Markdown."""

    title = serializers.CharField(max_length=ndas.TITLE)
    text = serializers.CharField(max_length=ndas.TEXT)


class NdaOut(serializers.ModelSerializer[Nda]):
    """One version; a project names its `id`."""

    class Meta:
        model = Nda
        fields = ["id", "version", "title", "text", "published_at"]
        read_only_fields = fields


class NdasView(ApiView):
    """All versions of the organization's agreement."""

    scopes = {"GET": "projects:read", "POST": "projects:write"}

    @extend_schema(responses=NdaOut(many=True), operation_id="ndas_list")
    def get(self, request: Request) -> Response:
        """Newest first."""
        return Cursor.answer(self, Nda.objects.visible_to(self.actor), NdaOut)

    @extend_schema(request=NdaIn, responses={201: NdaOut}, operation_id="ndas_publish")
    def post(self, request: Request) -> Response:
        """A new version; what was signed stays signed. 409 if the latest one says the same."""
        row = ndas.publish(
            organization_id=self.organization_id, by=self.actor, **NdaIn.read(request)
        )
        return Response(NdaOut(row).data, status=201)
