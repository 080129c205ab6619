"""The qualifications desk: kinds are made, granted to annotators, and revoked."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actions import qualifications
from accounts.admin import fields
from accounts.admin.base import ActingAdmin, Facts, MakingAdmin
from accounts.models import Qualification, QualificationGrant
from accounts.models.qualification import EXAM_CURRENCIES, EXAM_ZERO_DECIMAL
from accounts.selectors import qualifications as reads
from marketplace.core import money
from marketplace.core.actors import Actor


def exponent(currency: str) -> int:
    """How many decimals a currency has."""
    return 0 if currency in EXAM_ZERO_DECIMAL else 2


def pay(minor: int, currency: str) -> str:
    """An exam's pay, for people."""
    return f"{currency.upper()} {money.write(minor, exponent(currency))}" if minor else "—"


class QualificationForm(forms.Form):
    """A new kind of qualification."""

    name = forms.CharField(label=_("Name"), max_length=120)
    domain = fields.domain(required=False)
    organization = fields.client(label=_("Client whose own it is"), required=False)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
    )
    review_level = forms.TypedChoiceField(
        label=_("Makes its holders"),
        required=False,
        coerce=int,
        initial=0,
        choices=[
            (0, _("no reviewers")),
            (1, _("reviewers in the domain")),
            (2, _("senior reviewers in the domain")),
            (3, _("adjudicators in the domain")),
        ],
    )

    exam_pay = forms.CharField(
        label=_("Pay for its exam"),
        required=False,
        max_length=20,
        help_text=_("As 25 or 1,250.00 in the currency below; empty where it is not paid."),
    )
    exam_currency = forms.ChoiceField(
        label=_("Currency of that pay"),
        required=False,
        choices=[("", "—"), *((code, code.upper()) for code in EXAM_CURRENCIES)],
    )

    def clean(self) -> dict[str, Any]:
        """The pay in minor units, as `exam_pay_minor`; nothing where nothing is said."""
        data = super().clean() or {}
        text, currency = data.pop("exam_pay", "").strip(), data.get("exam_currency", "")
        found = money.read(text or "0", exponent(currency))
        if found is None:
            self.add_error("exam_pay", _("Write an amount such as 25 or 1,250.00."))
        elif found and not currency:
            self.add_error("exam_currency", _("Say in which currency."))
        return {**data, "exam_pay_minor": found or 0}

    def clean_review_level(self) -> int:
        """None where nothing is chosen."""
        return int(self.cleaned_data["review_level"] or 0)


class GrantForm(forms.Form):
    """Who gets it, and until when."""

    annotator = fields.AnnotatorField()
    expires_on = fields.last_day()
    reason = fields.reason(required=False)


@admin.register(Qualification)
class QualificationAdmin(MakingAdmin, ActingAdmin):
    """Kinds of qualification, with how many hold each now."""

    new_form = QualificationForm
    new_title = _("New qualification")
    decide_form = GrantForm
    decide_title = _("Grant")
    list_display = [
        "name",
        "domain",
        "review_level",
        "organization",
        "exam_pays",
        "holders",
        "created_at",
        "decide_link",
    ]
    list_filter = [("domain", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "organization__name"]
    list_select_related = ["domain", "organization"]
    ordering = ["name", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Qualification]:
        """With the number of holders."""
        return reads.with_holders(super().get_queryset(request))

    @admin.display(description=_("its exam pays"), ordering="exam_pay_minor")
    def exam_pays(self, row: Qualification) -> str:
        """For people."""
        return pay(row.exam_pay_minor, row.exam_currency)

    @admin.display(description=_("holders"))
    def holders(self, row: Any) -> int:
        """How many annotators have it now."""
        return int(row.holders)

    def make(self, data: dict[str, Any], by: Actor) -> None:
        """A new kind."""
        client = data.pop("organization")
        qualifications.create(organization_id=client.pk if client else None, by=by, **data)

    def perform(self, row: Qualification, data: dict[str, Any], by: Actor) -> None:
        """Grant it."""
        qualifications.grant(
            qualification_id=row.pk,
            annotator_id=data["annotator"].pk,
            expires_on=data["expires_on"],
            reason=data["reason"],
            by=by,
        )

    def facts(self, row: Qualification, by: Actor) -> Facts:
        """What it is, and who has it."""
        held = reads.holders(row.pk)[: fields.MOST_SHOWN]
        return [
            (str(_("Domain")), row.domain or "—"),
            (str(_("Client")), row.organization or "—"),
            (str(_("Description")), row.description or "—"),
            (str(_("Its exam pays")), pay(row.exam_pay_minor, row.exam_currency)),
            (str(_("Holders")), ", ".join(one.annotator.user.email for one in held) or "—"),
        ]


class RevokeForm(forms.Form):
    """Why it is taken back, and what shows it."""

    reason = fields.reason()
    evidence = fields.EvidenceField()


@admin.register(QualificationGrant)
class GrantAdmin(ActingAdmin):
    """Who was granted what, and how it ended."""

    decide_form = RevokeForm
    decide_title = _("Revoke")
    list_display = [
        "qualification",
        "annotator",
        "granted_at",
        "expires_on",
        "revoked_at",
        "revoked_why",
        "decide_link",
    ]
    list_filter = [
        ("qualification", admin.RelatedOnlyFieldListFilter),
        ("revoked_at", admin.EmptyFieldListFilter),
    ]
    search_fields = ["qualification__name", "annotator__user__email"]
    list_select_related = ["qualification", "annotator__user"]
    ordering = ["-granted_at", "id"]

    def perform(self, row: QualificationGrant, data: dict[str, Any], by: Actor) -> None:
        """Revoke it."""
        qualifications.revoke(
            grant_id=row.pk, reason=data["reason"], evidence=data["evidence"], by=by
        )

    def facts(self, row: QualificationGrant, by: Actor) -> Facts:
        """What was granted, and why."""
        return [
            (str(_("Qualification")), row.qualification.name),
            (str(_("Person")), f"{row.annotator.user.name}, {row.annotator.user.email}"),
            (str(_("Granted by")), row.granted_by),
            (str(_("Granted at")), row.granted_at),
            (str(_("Reason")), row.reason or "—"),
            (str(_("Valid until")), row.expires_on or "—"),
            (str(_("Ended")), row.revoked_at or "—"),
            (str(_("Why it ended")), row.revoked_why or "—"),
        ]
