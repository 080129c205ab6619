"""Agreements of confidentiality: published for a client, and who has signed which version."""

from typing import Any

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.actions import ndas
from accounts.admin import fields
from accounts.admin.base import MakingAdmin
from accounts.models import Nda, NdaSignature
from marketplace.core.actors import Actor
from marketplace.core.admin import ReadOnlyAdmin


class NdaForm(forms.Form):
    """A new version."""

    organization = fields.client()
    title = forms.CharField(label=_("Title"), max_length=ndas.TITLE)
    text = forms.CharField(
        label=_("Text"),
        max_length=ndas.TEXT,
        widget=forms.Textarea({"rows": 20}),
        help_text=_("Markdown. A text is never changed: a new text is a new version."),
    )


@admin.register(Nda)
class NdaAdmin(MakingAdmin):
    """Versions by client, the latest first."""

    new_form = NdaForm
    new_title = _("Publish a version")
    list_display = ["title", "organization", "version", "published_at", "signed"]
    search_fields = ["title", "organization__name"]
    list_select_related = ["organization"]
    ordering = ["-published_at", "id"]

    @admin.display(description=_("who signed"))
    def signed(self, row: Nda) -> SafeString:
        """A link to the signatures under this version."""
        url = reverse("admin:accounts_ndasignature_changelist")
        return format_html('<a href="{}?nda__id__exact={}">{}</a>', url, row.pk, _("Signatures"))

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Publish it."""
        ndas.publish(
            organization_id=data["organization"].pk, title=data["title"], text=data["text"], by=by
        )


@admin.register(NdaSignature)
class SignatureAdmin(ReadOnlyAdmin):
    """Who signed, under which name."""

    list_display = ["nda", "organization", "annotator", "name", "signed_at"]
    list_filter = [("nda", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "annotator__user__email", "nda__title", "nda__organization__name"]
    list_select_related = ["nda__organization", "annotator__user"]
    ordering = ["-signed_at", "id"]
    show_full_result_count = False

    @admin.display(description=_("client"))
    def organization(self, row: NdaSignature) -> str:
        """Whose agreement it is."""
        return str(row.nda.organization)
