"""Rules of the platform are made, tried on the past and switched; those of clients are read."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin import fields
from accounts.admin.base import ActingAdmin, Facts, MakingAdmin, show
from accounts.selectors.actors import of_staff
from marketplace.core.actors import Actor
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.errors import NotFound, Refused
from tasks.actions import rules
from tasks.admin.review import reviewer
from tasks.models import QualityRule, RuleHit
from tasks.selectors import rule_replay, rule_words
from tasks.selectors.collectors import COLLECTORS
from tasks.states import RuleAction, RuleCollector, RuleOperator, RuleScope, RuleState, RuleWhom

_NONE = [("", "—")]


class RuleForm(forms.Form):
    """A rule of the platform, its fields as the API's."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=120,
        help_text=gettext_lazy("Those whom it hits read it."),
    )
    domain = fields.domain(required=False)
    collector = forms.ChoiceField(label=gettext_lazy("Looks at"), choices=RuleCollector.choices)
    operator = forms.ChoiceField(label=gettext_lazy("Hits"), choices=RuleOperator.choices)
    threshold = forms.FloatField(
        label=gettext_lazy("Threshold"),
        help_text=gettext_lazy("A share is from 0 to 1, and hits by its 90 % interval."),
    )
    least = forms.IntegerField(label=gettext_lazy("Observations at least"), initial=10)
    window_days = forms.IntegerField(label=gettext_lazy("In the last days"), initial=30)
    window_answers = forms.IntegerField(
        label=gettext_lazy("And of those the last"),
        required=False,
        help_text=gettext_lazy("Empty for all."),
    )
    action = forms.ChoiceField(label=gettext_lazy("Action"), choices=RuleAction.choices)
    scope = forms.ChoiceField(
        label=gettext_lazy("How far a pause reaches"),
        required=False,
        choices=[*_NONE, *(one for one in RuleScope.choices if one[0] != RuleScope.PROJECT)],
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days"), required=False, help_text=gettext_lazy("Pause and review.")
    )
    percent = forms.IntegerField(label=gettext_lazy("Percent reviewed"), required=False)
    whom = forms.ChoiceField(
        label=gettext_lazy("Whom to tell"), required=False, choices=[*_NONE, *RuleWhom.choices]
    )

    def said(self) -> dict[str, Any]:
        """The rule as clients send one."""
        data = dict(self.cleaned_data)
        given = {name: data.pop(name) for name in ("scope", "days", "percent", "whom")}
        return {**data, "parameters": {k: v for k, v in given.items() if v not in ("", None)}}


class SwitchForm(forms.Form):
    """On, off, or gone."""

    state = forms.ChoiceField(label=gettext_lazy("State"), choices=RuleState.choices)


@admin.register(QualityRule)
class QualityRuleAdmin(MakingAdmin, ActingAdmin):
    """Rules with what they look at and do, and whom they would have hit last month."""

    change_list_template = "tasks/desk/rule_changelist.html"
    new_form = RuleForm
    new_title = gettext_lazy("New rule")
    decide_form = SwitchForm
    decide_title = gettext_lazy("Switch")
    list_display = ["title", "where", "when", "then", "state", "version", "tried", "decide_link"]
    list_filter = ["state", "collector", "action"]
    list_select_related = ["project", "domain"]
    search_fields = ["title", "project__name"]
    ordering = ["-made_at", "id"]

    def get_urls(self) -> list[URLPattern]:
        """The dry runs before the table's own."""
        wrap = self.admin_site.admin_view
        return [
            path("try/", wrap(self.try_new), name="tasks_rule_try"),
            path("<uuid:rule_id>/try/", wrap(self.try_one), name="tasks_rule_try_one"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("where"))
    def where(self, row: QualityRule) -> str:
        """The project, the domain, or everywhere."""
        return str(row.project or row.domain or _("Everywhere"))

    @admin.display(description=gettext_lazy("when"))
    def when(self, row: QualityRule) -> str:
        """The condition."""
        return rule_words.condition(row)

    @admin.display(description=gettext_lazy("then"))
    def then(self, row: QualityRule) -> str:
        """The action."""
        return rule_words.action(row)

    @admin.display(description=gettext_lazy("dry run"))
    def tried(self, row: QualityRule) -> SafeString:
        """A column that leads to the rule's dry run."""
        url = reverse("admin:tasks_rule_try_one", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Try"))

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Set it up; it runs within ten minutes."""
        form = RuleForm()
        form.cleaned_data = data
        rules.create(project_id=None, fields=form.said(), by=by)

    def perform(self, row: QualityRule, data: dict[str, Any], by: Actor) -> None:
        """Switch it."""
        rules.switch(rule_id=row.pk, to=data["state"], by=by)

    def facts(self, row: QualityRule, by: Actor) -> Facts:
        """What it says."""
        return [
            (_("Where"), self.where(row)),
            (_("When"), self.when(row)),
            (_("What is counted"), COLLECTORS[row.collector].words),
            (_("Then"), self.then(row)),
            (_("State"), row.get_state_display()),
            (_("Version"), row.version),
            (_("Made by"), row.made_by),
        ]

    def try_one(self, request: HttpRequest, rule_id: UUID) -> HttpResponse:
        """Whom a rule would have hit last month."""
        by = of_staff(reviewer(request))
        row = QualityRule.objects.visible_to(by).filter(pk=rule_id).first()
        if row is None:
            raise NotFound("rule")
        return self._tried(request, None, row)

    def try_new(self, request: HttpRequest) -> HttpResponse:
        """Whom the rule in the form would have hit; nothing is kept."""
        by = of_staff(reviewer(request))
        form = RuleForm(request.GET or None)
        row = None
        if form.is_bound and form.is_valid():
            try:
                row = rules.drafted(project=None, fields=form.said(), by=by)
            except Refused as refused:
                show(form, refused)
        return self._tried(request, form, row)

    def _tried(
        self, request: HttpRequest, form: RuleForm | None, row: QualityRule | None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Dry run of “%s”") % row.title if row else _("Dry run of a rule"),
            "opts": self.opts,
            "form": form,
            "rule": row,
            "when": rule_words.condition(row) if row else "",
            "then": rule_words.action(row) if row else "",
            "run": rule_replay.of(row) if row else None,
            "collectors": [(one.code.label, one.words) for one in COLLECTORS.values()],
        }
        status = 422 if form and form.errors else 200
        return TemplateResponse(request, "tasks/desk/rule_try.html", context, status=status)


@admin.register(RuleHit)
class RuleHitAdmin(ReadOnlyAdmin):
    """What rules did, to whom, on what figures."""

    list_display = ["at", "rule", "annotator", "project", "words", "done"]
    list_filter = ["rule__collector", "rule__action"]
    search_fields = ["annotator__user__email", "rule__title"]
    list_select_related = ["rule", "annotator__user", "project"]
    ordering = ["-at", "id"]
    show_full_result_count = False
