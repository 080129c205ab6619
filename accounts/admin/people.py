"""Users and annotators: who is staff, who may sign in, who may claim work."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.actions import staff, suspension, tiers
from accounts.admin import fields
from accounts.admin.base import ActingAdmin, Facts
from accounts.models import AnnotatorProfile, User
from marketplace.core.actors import Actor

PLAIN = {
    "appoint": staff.appoint,
    "promote": staff.promote,
    "entrust": staff.entrust,
    "relieve": staff.relieve,
    "dismiss": staff.dismiss,
}


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("Reason"), required=False, max_length=300, widget=forms.Textarea({"rows": 2})
    )


class UserForm(forms.Form):
    """What an administrator may do about a person."""

    verb = forms.ChoiceField(
        label=_("Change"),
        choices=[
            ("appoint", _("Make a member of staff")),
            ("promote", _("Make an administrator")),
            ("entrust", _("May see the books and decide about money")),
            ("relieve", _("No longer see the books")),
            ("dismiss", _("No longer a member of staff")),
            ("close", _("Lock out")),
            ("reopen", _("Let in again")),
        ],
    )
    reason = _reason()


@admin.register(User)
class UserAdmin(ActingAdmin):
    """People who sign in."""

    decide_form = UserForm
    decide_title = _("Change a person's access")
    list_display = [
        "email",
        "name",
        "is_staff",
        "is_superuser",
        "is_active",
        "created_at",
        "decide_link",
    ]
    list_filter = ["is_staff", "is_superuser", "is_active"]
    search_fields = ["email", "name"]
    ordering = ["-created_at", "id"]
    fields = ["email", "name", "time_zone", "is_staff", "is_superuser", "is_active", "created_at"]

    def perform(self, row: User, data: dict[str, Any], by: Actor) -> None:
        """What the form names; the actions ask for an administrator."""
        if data["verb"] in PLAIN:
            PLAIN[data["verb"]](user_id=row.pk, by=by)
        elif data["verb"] == "close":
            staff.close(user_id=row.pk, reason=data["reason"], by=by)
        else:
            staff.reopen(user_id=row.pk, reason=data["reason"], by=by)

    def facts(self, row: User, by: Actor) -> Facts:
        """Who it is."""
        return [
            (str(_("E-mail address")), row.email),
            (str(_("Name")), row.name or "—"),
            (str(_("Staff")), _("yes") if row.is_staff else _("no")),
            (str(_("Administrator")), _("yes") if row.is_superuser else _("no")),
            (
                str(_("The books and money")),
                _("yes") if row.is_superuser or staff.has_money(row) else _("no"),
            ),
            (str(_("May sign in")), _("yes") if row.is_active else _("no")),
        ]


class AnnotatorForm(forms.Form):
    """Suspend, reinstate or move to a tier; the annotator reads the reason."""

    verb = forms.ChoiceField(
        label=_("Change"),
        choices=[
            ("suspend", _("Suspend from claiming")),
            ("reinstate", _("Reinstate")),
            ("tier", _("Move to the tier")),
        ],
    )
    tier = forms.IntegerField(
        label=_("Tier"), required=False, min_value=tiers.LOWEST, max_value=tiers.HIGHEST
    )
    reason = _reason()
    evidence = fields.EvidenceField()


@admin.register(AnnotatorProfile)
class AnnotatorAdmin(ActingAdmin):
    """Experts."""

    decide_form = AnnotatorForm
    decide_title = _("Suspend, reinstate, tier")
    list_display = ["user", "state", "tier", "country", "languages", "created_at", "decide_link"]
    # listed, since a form field would be made for each column that is not
    fields = [
        "user",
        "pseudonym",
        "state",
        "tier",
        "country",
        "languages",
        "domains",
        "bio",
        "links",
        "created_at",
    ]
    list_filter = ["state", "tier", "country"]
    search_fields = ["user__email", "user__name", "pseudonym"]
    list_select_related = ["user"]
    ordering = ["-created_at", "id"]

    def perform(self, row: AnnotatorProfile, data: dict[str, Any], by: Actor) -> None:
        """Suspend, reinstate or move to a tier."""
        if data["verb"] == "tier":
            tiers.set_tier(
                annotator_id=row.pk,
                tier=data["tier"] or 0,
                reason=data["reason"],
                evidence=data["evidence"],
                by=by,
            )
        elif data["verb"] == "suspend":
            suspension.suspend(
                annotator_id=row.pk, reason=data["reason"], evidence=data["evidence"], by=by
            )
        else:
            suspension.reinstate(annotator_id=row.pk, reason=data["reason"], by=by)

    def facts(self, row: AnnotatorProfile, by: Actor) -> Facts:
        """Who it is and what they know."""
        return [
            (str(_("Person")), f"{row.user.name}, {row.user.email}"),
            (str(_("State")), row.get_state_display()),
            (str(_("Tier")), row.tier),
            (str(_("Country")), row.country),
            (str(_("Languages")), ", ".join(row.languages)),
            (str(_("Domains")), ", ".join(str(domain) for domain in row.domains.all())),
            (str(_("About")), row.bio or "—"),
            (str(_("Links")), " ".join(row.links) or "—"),
        ]
