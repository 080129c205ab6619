"""What every page's frame knows."""

from typing import Any

from django.http import HttpRequest


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Which parts of the site the viewer may enter."""
    return {}
