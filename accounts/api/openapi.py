"""How the API document describes a key; loaded with the URLs, before a document is made."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """`Authorization: Bearer mk_...`."""

    target_class = "accounts.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """The security scheme of OpenAPI."""
        return {"type": "http", "scheme": "bearer", "description": "An organization's API key."}


class WebSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The session of the web, for an annotator's own work."""

    target_class = "accounts.api.sessions.WebSession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """A cookie; with it goes the header X-CSRFToken."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
