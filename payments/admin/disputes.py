"""Disputed payments: what they cost, until when evidence is due, and who stands still."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.base import Facts
from marketplace.core.actors import Actor
from payments.actions import disputes
from payments.admin import filters, words
from payments.admin.taken_back import MoneyDecisions
from payments.currencies import major
from payments.models import Dispute
from payments.selectors import owners


class ThawForm(forms.Form):
    """Why the client may go on."""

    why = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), max_length=500, label=gettext_lazy("Why")
    )


def evidence_link(row: Dispute) -> SafeString:
    """To Stripe's own page of the dispute, where evidence is handed in."""
    mode = "" if settings.STRIPE_LIVE else "test/"
    url = f"https://dashboard.stripe.com/{mode}disputes/{row.stripe_dispute}"
    return format_html('<a href="{}" rel="noreferrer">{}</a>', url, row.stripe_dispute)


@admin.register(Dispute)
class DisputeAdmin(MoneyDecisions):
    """Disputes and inquiries as last read at Stripe."""

    decide_form = ThawForm
    decide_title = gettext_lazy("Let the client go on")
    list_display = [
        "created_at", "organization", "money", "step", "why", "evidence_due_at", "evidence",
        "still",
    ]  # fmt: skip
    list_filter = [filters.STATE, filters.DISPUTE_REASON, filters.CURRENCY]
    left_out = frozenset({"taken", "made_good", "reason"})
    more = ("why",)
    labels: ClassVar[dict[str, Any]] = {"fee_minor": gettext_lazy("Stripe's fee")}
    search_fields = ["stripe_dispute", "payment_intent", "organization__name"]
    list_select_related = ["organization", "freeze"]
    ordering = ["-created_at"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, row: Dispute) -> str:
        """For people."""
        return words.dispute_reason(row.reason)

    @admin.display(description=gettext_lazy("evidence at Stripe"))
    def evidence(self, row: Dispute) -> SafeString:
        """Where evidence is handed in."""
        return evidence_link(row)

    @admin.display(description=gettext_lazy("client stands still"))
    def still(self, row: Dispute) -> SafeString | str:
        """A link to the page that lets the client go on, or no."""
        if not self.frozen(row):
            return _("no")
        url = reverse("admin:payments_dispute_decide", args=[row.pk])
        return format_html('{}: <a href="{}">{}</a>', _("yes"), url, self.decide_title)

    def called_row(self, row: Dispute) -> str:
        """How much of whose."""
        whose = row.organization or _("an unknown client")
        return _("%(money)s of %(client)s, disputed") % {"money": self.money(row), "client": whose}

    def offered(self, row: Dispute, form: forms.Form) -> bool:
        """Who goes on need not be let go on."""
        return self.frozen(row)

    def frozen(self, row: Dispute) -> bool:
        """Whether this dispute freezes its client."""
        freeze = getattr(row, "freeze", None)
        return freeze is not None and freeze.lifted_at is None

    def perform(self, row: Dispute, data: dict[str, Any], by: Actor) -> None:
        """Let the client go on."""
        disputes.thaw(dispute_id=row.pk, why=data["why"], by=by)

    def facts(self, row: Dispute, by: Actor) -> Facts:
        """What happened, and who bore it."""
        parts = disputes.borne(row)
        called = owners.called([whose for _kind, whose, _minor in parts])
        bearers = "; ".join(
            words.bearer(kind, called[whose], major(int(minor), row.currency))
            for kind, whose, minor in parts
        )
        return [
            (_("State"), capfirst(self.step(row))),
            (_("Reason"), capfirst(self.why(row))),
            (_("Client"), str(row.organization or _("unknown"))),
            (_("Disputed"), major(row.amount_minor, row.currency)),
            (_("Taken by the bank"), major(row.withdrawn_minor, row.currency)),
            (_("Given back"), major(row.reinstated_minor, row.currency)),
            (_("Of our loss made good"), major(row.made_good_minor, row.currency)),
            (_("Stripe's fee"), major(row.fee_minor, row.currency)),
            (_("Borne by"), bearers or _("nobody")),
            (_("Evidence is due"), row.evidence_due_at or _("no date")),
            (_("Evidence at Stripe"), evidence_link(row)),
            (_("Client stands still"), _("yes") if self.frozen(row) else _("no")),
        ]
