"""Skills and components of collusion: measured elsewhere, put right here with a reason."""

from typing import Any

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.admin import fields
from accounts.admin.base import ActingAdmin, Facts, MakingAdmin
from marketplace.core.actors import Actor
from tasks.actions import collusion, skills
from tasks.models import CollusionMember, Skill


class SkillForm(forms.Form):
    """An estimate, set by hand."""

    annotator = fields.AnnotatorField()
    domain = fields.domain()
    alpha = forms.FloatField(label=_("Alpha"), help_text=_("Right answers, with the prior's."))
    beta = forms.FloatField(label=_("Beta"), help_text=_("Wrong answers, with the prior's."))
    gold_seen = forms.IntegerField(label=_("Gold answers seen"), min_value=0)
    reason = fields.reason(told=False)


@admin.register(Skill)
class SkillAdmin(MakingAdmin):
    """Estimates with their 90 % interval. Administrators may record one."""

    new_form = SkillForm
    new_title = _("Record a skill")
    list_display = ["annotator", "domain", "mean", "lower", "upper", "gold_seen", "updated_at"]
    list_filter = [("domain", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["annotator__user__email", "domain__path"]
    list_select_related = ["annotator__user", "domain"]
    ordering = ["-updated_at", "id"]
    show_full_result_count = False

    @admin.display(description=_("mean"))
    def mean(self, row: Skill) -> str:
        """The mean of the Beta distribution."""
        return f"{row.alpha / (row.alpha + row.beta):.3f}"

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Record it; the action asks for an administrator."""
        annotator = data.pop("annotator")
        skills.record(annotator_id=annotator.pk, by=by, **data)


class ComponentForm(forms.Form):
    """Annotators whose answers go together."""

    annotators = fields.AnnotatorsField(
        label=_("Annotators' e-mail addresses"), help_text=_("One on each line, two at least.")
    )
    reason = fields.reason(told=False)


class ClearForm(forms.Form):
    """Why the suspicion is gone."""

    reason = fields.reason(told=False)


@admin.register(CollusionMember)
class CollusionAdmin(MakingAdmin, ActingAdmin):
    """Who is in which component. Those concerned are not told."""

    new_form = ComponentForm
    new_title = _("New component")
    decide_form = ClearForm
    decide_title = _("Clear")
    list_display = ["annotator", "component", "reason", "since", "decide_link"]
    search_fields = ["annotator__user__email", "component"]
    list_select_related = ["annotator__user"]
    ordering = ["component", "annotator_id"]

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Put them into a new component."""
        ids = [row.pk for row in data["annotators"]]
        collusion.set_component(annotator_ids=ids, reason=data["reason"], by=by)

    def perform(self, row: CollusionMember, data: dict[str, Any], by: Actor) -> None:
        """Take the annotator out."""
        collusion.clear(annotator_id=row.annotator_id, reason=data["reason"], by=by)

    def facts(self, row: CollusionMember, by: Actor) -> Facts:
        """Who, with whom and why."""
        return [
            (str(_("Person")), f"{row.annotator.user.name}, {row.annotator.user.email}"),
            (str(_("Component")), row.component),
            (str(_("Reason")), row.reason),
            (str(_("Since")), row.since),
        ]

    def after(self, row: CollusionMember) -> str:
        """The row is gone: back to the list."""
        return reverse("admin:tasks_collusionmember_changelist")
