"""Staff's view of the kernel: promised jobs, of which the dead ones can be revived;
read-only.
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.core import outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.models import OutboxMessage


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Rows are looked at here by every member of staff and changed by nobody."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The site has let staff in, and nobody else."""
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """All staff."""
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list under the name of what is in it."""
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})


@admin.register(OutboxMessage)
class OutboxAdmin(ReadOnlyAdmin):
    """Jobs that were promised and are not done; the dead ones need a person."""

    list_display = ["id", "job", "args", "state", "attempts", "due_at", "created_at"]
    list_filter = ["state", "job"]
    search_fields = ["args", "request_id", "last_error"]
    ordering = ["-id"]
    actions = ["revive"]

    def has_revive_permission(self, request: HttpRequest) -> bool:
        """Seeing a dead job is one thing, running it again another."""
        return request.user.has_perm("core.change_outboxmessage")

    @admin.action(permissions=["revive"], description=_("Try the dead ones again"))
    def revive(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        """Eight new attempts for each dead job chosen; others are left alone."""
        by = Actor(ActorKind.STAFF, str(request.user.pk))
        count = sum(outbox.revive(pk, by=by) for pk in queryset.values_list("pk", flat=True))
        text = ngettext("%d job will be tried again.", "%d jobs will be tried again.", count)
        messages.success(request, text % count)
