"""Projects, assignments, submissions and results, to read. Nothing is changed by hand."""

from uuid import UUID

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.selectors.actors import of_staff
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.errors import Refused
from payments.currencies import major
from payments.selectors import earned
from tasks.actions import approvals
from tasks.admin import cancelling, explain, fairness, steering
from tasks.models import Assignment, Project, Result, Submission
from tasks.selectors import pay_words


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    """Projects by state and client, with the pages that explain and steer who does them."""

    change_form_template = "tasks/desk/project_change.html"
    list_display = ["name", "organization", "state", "domain", "pays", "overlap"]
    readonly_fields = ["pay_in_words"]
    list_filter = ["state", "currency", "domain"]
    search_fields = ["name", "organization__name"]
    list_select_related = ["organization", "domain"]
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        """The pages of one project before the table's."""
        pages = [
            *cancelling.Pages(self.admin_site).urls(),
            *explain.Pages(self.admin_site).urls(),
            *fairness.Pages(self.admin_site).urls(),
            *steering.Pages(self.admin_site).urls(),
        ]
        return [*pages, *super().get_urls()]

    @admin.display(description=_("pays"), ordering="price_minor")
    def pays(self, row: Project) -> str:
        """The price, or that of an hour; a plus where its rules may add to it."""
        words = pay_words.of_project(row)
        return f"{words.price} +" if words.parts else words.price

    @admin.display(description=_("pay in words"))
    def pay_in_words(self, row: Project) -> str:
        """All of it."""
        words = pay_words.of_project(row)
        return "; ".join([words.price, *words.parts])


@admin.register(Assignment)
class AssignmentAdmin(ReadOnlyAdmin):
    """Claims and what became of them."""

    list_display = [
        "task",
        "annotator",
        "state",
        "at_most",
        "was_paid",
        "claimed_at",
        "leased_until",
        "active_seconds",
        "skip_reason",
    ]
    list_filter = ["state", "skip_reason"]
    list_select_related = ["task", "annotator__user"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assignment]:
        """With what each has earned, if it has."""
        source = Concat(Value("assignment:"), Cast("pk", TextField()), output_field=TextField())
        rows: QuerySet[Assignment] = super().get_queryset(request)
        return rows.annotate(
            holder_text=source, earned_minor=earned.amount_of(OuterRef("holder_text"))
        )

    @admin.display(description=_("at most"), ordering="price_minor")
    def at_most(self, row: Assignment) -> str:
        """What was promised and reserved, without the fee."""
        return major(row.price_minor, row.currency)

    @admin.display(description=_("was paid"))
    def was_paid(self, row: Assignment) -> str:
        """What it was paid in the end."""
        amount = getattr(row, "earned_minor", None)
        return "–" if amount is None else major(amount, row.currency)


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    """Answers as they were handed in; those that wait may be accepted together."""

    actions = ["approve"]
    list_display = ["task", "annotator", "version", "submitted_at"]
    list_filter = ["assignment__state"]
    list_select_related = ["task", "annotator__user"]
    show_full_result_count = False

    @admin.action(description=_("Accept the chosen answers without a review"))
    def approve(self, request: HttpRequest, rows: QuerySet[Submission]) -> None:
        """One bulk approval for each project; a job accepts what still waits."""
        chosen: dict[UUID, list[UUID]] = {}
        for pk, project_id in rows.order_by().values_list("pk", "assignment__project_id"):
            chosen.setdefault(project_id, []).append(pk)
        for project_id, ids in chosen.items():
            try:
                approvals.ask(project_id=project_id, submission_ids=ids, by=of_staff(request.user))
            except Refused as refusal:
                messages.error(request, refusal.message)
            else:
                text = ngettext(
                    "%d answer is accepted now.", "%d answers are accepted now.", len(ids)
                )
                messages.success(request, text % len(ids))


@admin.register(Result)
class ResultAdmin(ReadOnlyAdmin):
    """What tasks were delivered with."""

    list_display = ["task", "source", "sure", "submissions", "concluded_at"]
    list_filter = ["source", "calibrated"]
    list_select_related = ["task"]
    show_full_result_count = False

    @admin.display(description=_("confidence"), ordering="confidence")
    def sure(self, row: Result) -> str:
        """The confidence, and whether gold stands behind it."""
        if row.confidence is None:
            return "–"
        word = _("calibrated") if row.calibrated else _("uncalibrated")
        return f"{row.confidence} ({word})"
