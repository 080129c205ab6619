"""What every page's frame knows: where the viewer may go."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import people

Entry = dict[str, Any]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """`navigation` and `account_navigation`, lists of {url, title, current, count}.

    One query, and only if the page shows them.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"navigation": [], "account_navigation": []}

    @cache
    def parts() -> people.Parts:
        return people.parts(user)

    path = request.path_info
    return {
        "navigation": SimpleLazyObject(lambda: _main(parts(), path)),
        "account_navigation": SimpleLazyObject(lambda: _own(parts(), path)),
    }


def _main(parts: people.Parts, path: str) -> list[Entry]:
    """The parts of the site that are the viewer's."""
    entries = []
    if parts.annotator:
        entries += [
            _entry("tasks:work", _("Work"), path),
            *([_entry("tasks:reviews", _("Reviews"), path)] if parts.reviewer else []),
            _entry("tasks:history", _("History"), path),
            _entry("payments:earnings", _("Earnings"), path),
        ]
    if parts.client:
        entries += [
            _entry("accounts:client", _("Organization"), path),
            _entry("accounts:keys", _("API keys"), path),
        ]
    if parts.staff:
        entries.append(_entry("admin:index", _("Desk"), path))
    return [*entries, _entry("accounts:notices", _("Notices"), path) | {"count": parts.unread}]


def _own(parts: people.Parts, path: str) -> list[Entry]:
    """What is about the viewer."""
    entries = [_entry("accounts:profile", _("Profile"), path)]
    if parts.annotator:
        entries += [
            _entry("accounts:credentials", _("Credentials"), path),
            _entry("accounts:qualifications", _("Qualifications"), path),
            _entry("tasks:agreements", _("Agreements"), path),
            _entry("tasks:skills", _("Skills"), path),
            _entry("tasks:appeals", _("Appeals"), path),
            _entry("tasks:decisions", _("Decisions about you"), path),
        ]
    return entries


def _entry(name: str, title: str, path: str) -> Entry:
    url = reverse(name)
    return {"url": url, "title": title, "current": path == url}
