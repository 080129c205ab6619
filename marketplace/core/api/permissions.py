"""Scopes: what a key may do is written on each view."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from marketplace.core.api.keys import auth_of

ANY_KEY = "*"  # a view's scope for what every key of an organization may read


class Scoped(BasePermission):
    """The key's scopes hold the one that the view names for this method; a method without one is
    refused.
    """

    code = "scope_missing"

    def has_permission(self, request: Request, view: Any) -> bool:
        """Fails closed: no key, no scope, no entry."""
        auth = auth_of(request)
        if auth is None:
            return False
        method = "GET" if request.method in ("HEAD", "OPTIONS") else str(request.method)
        needed = getattr(view, "scopes", {}).get(method)
        if needed is None:
            self.message = "No key may do this."
            return method.lower() not in view.http_method_names or not hasattr(view, method.lower())
        self.message = f"This key lacks the scope {needed}."
        return needed == ANY_KEY or needed in auth.scopes
