"""The taxonomy, for clients who post projects."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors import domains
from marketplace.core.api.permissions import ANY_KEY
from marketplace.core.api.views import ApiView


class DomainOut(serializers.Serializer[object]):
    """A node; it contains every node whose path starts with its own and a dot."""

    path = serializers.CharField()
    name = serializers.CharField()


class DomainList(serializers.Serializer[object]):
    """The whole taxonomy, by path; it has about a hundred nodes and no pages."""

    results = DomainOut(many=True)


class DomainsView(ApiView):
    """Domains of expertise."""

    scopes = {"GET": ANY_KEY}

    @extend_schema(responses=DomainList, operation_id="domains")
    def get(self, request: Request) -> Response:
        """The taxonomy, parents before children."""
        return Response(DomainList({"results": domains.everything()}).data)
