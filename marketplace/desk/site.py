"""The staff's site; sign-in goes through the accounts pages, so MFA and rate limits hold there."""

from collections.abc import Iterable
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite, ModelAdmin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from marketplace.desk import waiting

OUR_APPS = {"core", "accounts", "payments", "tasks"}


class DeskSite(AdminSite):
    """Django admin under our name, with what waits on its home."""

    site_header = _("Expert Marketplace desk")
    site_title = _("Desk")
    index_title = _("What waits for you")
    index_template = "desk/index.html"
    enable_nav_sidebar = False  # wide tables need its room, and the home has the same links

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send whoever is not signed in to the accounts pages."""
        answer: HttpResponse = secure_admin_login(super().login)(request, extra_context)
        return answer

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[ModelAdmin[Any]] | None = None,
        **options: Any,
    ) -> None:
        """Take our own tables only: those that libraries bring would let staff read second factors
        and change rows without a trace.
        """
        found = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        ours = [model for model in found if model._meta.app_label in OUR_APPS]
        super().register(ours, admin_class, **options)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The home: the counts first, the tables below."""
        user = request.user
        questions = waiting.questions(user) if isinstance(user, User) else []
        more = {"waiting": waiting.everything(), "questions": questions}
        return super().index(request, {**(extra_context or {}), **more})
