"""The credentials desk: what was claimed, the evidence for it, and the decision."""

from typing import Any

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.actions import credentials
from accounts.admin.base import ActingAdmin, Facts
from accounts.models import Credential
from accounts.selectors import credentials as reads
from marketplace.core import files
from marketplace.core.actors import Actor


class DecisionForm(forms.Form):
    """Verified or refused; the annotator reads the reason."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("verify", _("Verified")), ("refuse", _("Refused"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Required for a refusal."),
    )
    expires_on = forms.DateField(
        label=_("Valid until"),
        required=False,
        help_text=_("YYYY-MM-DD, the last day (UTC); empty to keep what was claimed."),
    )


@admin.register(Credential)
class CredentialAdmin(ActingAdmin):
    """Claims, oldest first; filter by state to see those that wait."""

    decide_form = DecisionForm
    decide_title = _("Decide about a credential")
    list_display = [
        "title",
        "annotator",
        "kind",
        "issuer",
        "domain",
        "state",
        "created_at",
        "decide_link",
    ]
    list_filter = ["state", "kind"]
    search_fields = ["title", "issuer", "number", "annotator__user__email"]
    list_select_related = ["annotator__user", "domain"]
    ordering = ["created_at", "id"]

    def perform(self, row: Credential, data: dict[str, Any], by: Actor) -> None:
        """Verify or refuse."""
        if data["decision"] == "verify":
            credentials.verify(
                credential_id=row.pk, reason=data["reason"], expires_on=data["expires_on"], by=by
            )
        else:
            credentials.refuse(credential_id=row.pk, reason=data["reason"], by=by)

    def facts(self, row: Credential, by: Actor) -> Facts:
        """The claim beside who makes it."""
        annotator = row.annotator
        evidence: Any = "—"
        if row.evidence is not None:
            link = files.link(row.evidence, reader=by)
            evidence = format_html('<a href="{}">{}</a>', link, row.evidence.name)
        return [
            (str(_("Person")), f"{annotator.user.name}, {annotator.user.email}"),
            (str(_("Country")), annotator.country),
            (str(_("State")), row.get_state_display()),
            (str(_("Kind")), row.get_kind_display()),
            (str(_("Title")), row.title),
            (str(_("Issued by")), row.issuer),
            (str(_("Domain")), row.domain.name),
            (str(_("Number")), row.number or "—"),
            (str(_("Issued on")), row.issued_on or "—"),
            (str(_("Valid until")), row.expires_on or "—"),
            (str(_("Evidence")), evidence),
            (str(_("About")), annotator.bio or "—"),
            (str(_("Links")), " ".join(annotator.links) or "—"),
            (str(_("Reason")), row.reason or "—"),
        ]

    def after(self, row: Credential) -> str:
        """The next one that waits, else the list."""
        following = reads.waiting().first()
        if following is None:
            return reverse("admin:accounts_credential_changelist")
        return reverse("admin:accounts_credential_decide", args=[following.pk])
