"""Published schemas: what a task interface may look like."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.core.api.views import ApiView
from tasks.interface.spec import INTERFACE_SCHEMA


class InterfaceSchemaView(ApiView):
    """JSON Schema 2020-12 of a task interface, version 1."""

    scopes = {"GET": "projects:read"}

    @extend_schema(responses=OpenApiTypes.OBJECT, operation_id="schema_interface")
    def get(self, request: Request) -> Response:
        """The schema document."""
        return Response(INTERFACE_SCHEMA)
