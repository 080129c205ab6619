"""Plans and their offers, to read. Nothing is changed by hand."""

from django.contrib import admin

from marketplace.core.admin import ReadOnlyAdmin
from tasks.models import Offer, Plan


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    """What each plan of a project came to."""

    list_display = ["project", "tasks", "annotators", "offers", "standby", "solver", "made_at"]
    list_filter = ["solver"]
    search_fields = ["project__name"]
    list_select_related = ["project"]
    ordering = ["-made_at"]
    show_full_result_count = False


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    """Who was asked for which task, and what became of it."""

    list_display = [
        "project",
        "task",
        "annotator",
        "state",
        "rank",
        "chance",
        "offered_at",
        "expires_at",
        "answered_at",
        "declined_why",
    ]
    list_filter = ["state", "declined_why"]
    search_fields = ["project__name", "annotator__pseudonym"]
    list_select_related = ["project", "task", "annotator__user"]
    ordering = ["-pk"]
    show_full_result_count = False
