"""Clients, their members, their keys and the taxonomy, to read; a key can be revoked."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.actions import api_keys, taxonomy
from accounts.models import ApiKey, Domain, Membership, Organization
from accounts.selectors.actors import of_staff
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.errors import Refused


class MembersInline(admin.TabularInline[Membership, Organization]):
    """Who is in it."""

    model = Membership
    fields = ["user", "role", "created_at"]
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """All staff."""
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Members are added by owners."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Looking is not changing."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nor deleting."""
        return False


@admin.register(Organization)
class OrganizationAdmin(ReadOnlyAdmin):
    """Clients."""

    list_display = ["name", "id", "created_at"]
    search_fields = ["name", "id"]
    ordering = ["name", "id"]
    inlines = [MembersInline]


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys by client; neither secret nor digest is shown."""

    list_display = ["name", "prefix", "organization", "scopes", "last_used_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "prefix", "organization__name"]
    list_select_related = ["organization"]
    ordering = ["-created_at", "id"]
    exclude = ["digest"]
    actions = ["revoke"]

    @admin.action(description=_("Revoke the chosen keys"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """End each chosen key at once."""
        by = of_staff(request.user)
        count = len([api_keys.revoke(key_id=key.pk, by=by) for key in queryset])
        text = ngettext("%d key is revoked.", "%d keys are revoked.", count)
        messages.success(request, text % count)


@admin.register(Domain)
class DomainAdmin(ReadOnlyAdmin):
    """The taxonomy, as loaded from its file; a node that nothing uses can be removed."""

    list_display = ["path", "name"]
    search_fields = ["path", "name"]
    actions = ["remove"]

    @admin.action(description=_("Remove the chosen nodes"))
    def remove(self, request: HttpRequest, queryset: QuerySet[Domain]) -> None:
        """Remove each chosen node that nothing uses, the lowest first; say what uses the others."""
        by = of_staff(request.user)
        for path in queryset.order_by("-path").values_list("path", flat=True):
            try:
                taxonomy.remove(path=path, by=by)
            except Refused as refused:
                messages.error(request, refused.message)
            else:
                messages.success(request, _("Removed: %s.") % path)
