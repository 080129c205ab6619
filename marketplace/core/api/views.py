"""The base of every API view."""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.exceptions import NotAcceptable, NotAuthenticated
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.core.actors import Actor
from marketplace.core.api import idempotency
from marketplace.core.api.bodies import check_length, limit_of, spooled
from marketplace.core.api.keys import auth_of


class ApiView(APIView):
    """A view parses, calls one action with `by=self.actor`, and renders.

    `scopes` maps each method to the scope that a key needs for it (`{"POST": "tasks:write"}`);
    `permissions.ANY_KEY` for what every key may do. A method without a scope is refused.
    Idempotency-Key is dealt with here.
    """

    scopes: ClassVar[Mapping[str, str]] = {}
    # True for a view whose action itself knows a key that comes again: no reply is stored for it.
    replays_itself: ClassVar[bool] = False
    http_method_names: ClassVar[list[str]] = [  # type: ignore[misc]
        "get", "post", "put", "patch", "delete", "head", "options",
    ]  # fmt: skip
    metadata_class = None
    rate_limit: Mapping[str, str] = {}

    @property
    def actor(self) -> Actor:
        """Who calls: the API key, on behalf of its organization."""
        auth = auth_of(self.request)
        if auth is None:
            raise NotAuthenticated
        return auth.actor

    @property
    def organization_id(self) -> uuid.UUID:
        """The organization that the key belongs to."""
        return self.actor.tenant

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """DRF's order of things, with the Idempotency-Key around the method."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        response: Any
        try:
            self.initial(self.request, *args, **kwargs)
            response = self._answer()
        except Exception as error:  # noqa: BLE001 - what is no refusal is raised again
            response = self.handle_exception(error)
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        for name, value in self.rate_limit.items():
            self.response[name] = value
        # An answer for programs is no page: nothing in it may run, load or be framed.
        self.response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        self.response._csp_exempt = True  # type: ignore[attr-defined]
        return self.response

    def perform_content_negotiation(
        self,
        request: Request,
        force: bool = False,  # noqa: FBT001, FBT002 - DRF's signature
    ) -> tuple[BaseRenderer, str]:
        """The renderer that suits the Accept header; one that cannot be read suits none (406)."""
        try:
            return super().perform_content_negotiation(request, force)
        except ValueError:
            raise NotAcceptable from None

    def _answer(self) -> Any:
        request = self.request
        name = str(request.method).lower()
        known = name in self.http_method_names
        method = getattr(self, name, None) if known else None
        handler = method or self.http_method_not_allowed
        check_length(request, limit_of(request))

        def call() -> Response:
            response: Response = handler(request, *self.args, **self.kwargs)
            return response

        key = idempotency.key_of(request)
        # The whole body first: an action's transaction never waits for a slow sender.
        with spooled(request) as body:
            if key is None or self.replays_itself:
                return call()
            return idempotency.once(
                scope=self.actor.key,
                key=key,
                mark=idempotency.fingerprint(request, body),
                call=call,
                refuse=self.handle_exception,
                finish=self._finish,
            )

    def _finish(self, response: Response) -> Response:
        return self.finalize_response(self.request, response, *self.args, **self.kwargs)

    def options(self, request: Any, *_: Any, **__: Any) -> Response:
        """Which methods there are; nothing else is told here."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})
