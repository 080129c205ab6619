"""What task pages recorded, to read; and how often each sign turned out wrong."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from marketplace.core.admin import ReadOnlyAdmin
from tasks.models import Signals
from tasks.quality import borrowed
from tasks.selectors import sign_rates


@admin.register(Signals)
class SignalsAdmin(ReadOnlyAdmin):
    """Records of hand-ins, the latest first, and the rates of false flags."""

    change_list_template = "tasks/desk/signals_changelist.html"
    list_display = [
        "submission",
        "recorded",
        "flags",
        "extra_percent",
        "paste_share",
        "keys_per_char",
        "near_share",
    ]
    list_filter = ["recorded"]
    list_select_related = ["submission"]
    exclude = ["edits"]
    ordering = ["-submission_id"]
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """The rates before the table's own."""
        view = self.admin_site.admin_view(self.rates)
        return [path("rates/", view, name="tasks_sign_rates"), *super().get_urls()]

    def rates(self, request: HttpRequest) -> HttpResponse:
        """Each sign: how many answers it marked, and how many of the judged ones were right."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("How often signs of borrowing are wrong"),
            "opts": self.opts,
            "rates": sign_rates.rates(),
            "least": borrowed.LEAST_CHARACTERS,
            "words": borrowed.LEAST_WORDS,
            "pasted": borrowed.MOSTLY_PASTED,
            "keys": borrowed.FEW_KEYS,
            "near_answer": borrowed.NEAR_ANSWER,
            "near_model": borrowed.NEAR_MODEL,
        }
        return TemplateResponse(request, "tasks/desk/sign_rates.html", context)
