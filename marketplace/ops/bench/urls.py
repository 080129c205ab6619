"""Every door, and a view that does nothing: what the frame around a claim costs by itself.

Only `marketplace.ops.bench.settings` names this page; no installation serves it.
"""

from django.urls import URLPattern, URLResolver, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.urls import handler400, handler403, handler404, handler500
from marketplace.urls import urlpatterns as every_door

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
EMPTY = "/bench/empty"


class Empty(APIView):
    """Answers an empty object to anybody; the middleware has loaded session and user before."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def post(self, request: Request) -> Response:  # noqa: ARG002 - the framework fixes it
        """Nothing."""
        return Response({})


urlpatterns: list[URLPattern | URLResolver] = [path("bench/empty", Empty.as_view()), *every_door]
