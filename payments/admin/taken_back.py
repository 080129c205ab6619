"""Money taken back, by two people above a limit; what the annotator contests; reversals."""

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.actors import by_name
from accounts.admin.base import ActingAdmin, Facts, show
from accounts.selectors.actors import of_staff
from marketplace.core.actors import Actor
from marketplace.core.errors import NotFound, Refused
from payments.actions import clawbacks, comings_back, contests, debts, reversals
from payments.admin import filters, words
from payments.admin.showing import MoneyAdmin, named
from payments.admin.words import NOT_AN_AMOUNT
from payments.currencies import major, minor
from payments.models import Clawback, Earning, Recovery, Reversal
from payments.states import ClawbackState


class AskForm(forms.Form):
    """How much, and why."""

    amount = forms.CharField(
        max_length=20,
        label=gettext_lazy("Amount"),
        help_text=gettext_lazy("In the earning's currency, as 25 or 1,250.00."),
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=clawbacks.LONGEST,
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("At least 40 characters. The annotator reads it."),
    )

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.currency = currency

    def clean_amount(self) -> int:
        """Minor units."""
        found = minor(self.cleaned_data["amount"], self.currency)
        if not found:
            raise forms.ValidationError(NOT_AN_AMOUNT)
        return found


class DecideForm(forms.Form):
    """What to do with a clawback."""

    what = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[
            ("approve", gettext_lazy("Approve it (somebody else than who asked)")),
            ("refuse", gettext_lazy("Do not take it back after all")),
            ("uphold", gettext_lazy("What the annotator contests stands")),
            ("reverse", gettext_lazy("It was wrong: give everything back")),
            ("stripe", gettext_lazy("Take the debt from their account at Stripe")),
            ("write_off", gettext_lazy("Let go of the debt: the platform bears it")),
        ],
    )
    why = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=clawbacks.LONGEST,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("Needed for all but an approval."),
    )


class MoneyDecisions(MoneyAdmin, ActingAdmin):
    """A decide page for those who may change the table."""

    def decide(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """As every decide page; seeing the money is one thing, moving it another."""
        allowed(request, self.opts.app_label, str(self.opts.model_name))
        return super().decide(request, object_id)


def allowed(request: HttpRequest, app: str, model: str) -> None:
    """Refuses (403) who may not change this table."""
    if not request.user.has_perm(f"{app}.change_{model}"):
        raise PermissionDenied


@admin.register(Clawback)
class ClawbackAdmin(MoneyDecisions):
    """What was asked for and taken back; asking begins at an earning."""

    decide_form = DecideForm
    decide_title = gettext_lazy("Decide")
    list_display = [
        "created_at", "annotator", "money", "step", "place", "left", "asked", "contested_at",
        "decide_link",
    ]  # fmt: skip
    list_filter = [filters.STATE, filters.CURRENCY]
    list_select_related = ["annotator__user"]
    ordering = ["-created_at"]
    show_full_result_count = False
    labels: ClassVar[dict[str, Any]] = {"fee_minor": gettext_lazy("platform's fee given back")}
    actor_fields = ("asked_by",)
    asked = by_name("asked_by", gettext_lazy("asked for by"))
    approved = by_name("approved_by", gettext_lazy("approved by"))

    def get_urls(self) -> list[URLPattern]:
        """The page that asks, before the table's own."""
        view = self.admin_site.admin_view(self.ask)
        return [
            path("of/<uuid:earning_id>/", view, name=self.page_name("ask")),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("taken from"), ordering="taken_from")
    def place(self, row: Clawback) -> str:
        """For people."""
        return words.place(row.taken_from)

    @admin.display(description=gettext_lazy("still owed"))
    def left(self, row: Clawback) -> str:
        """For people; empty where nothing is."""
        return major(row.unpaid_minor, row.currency) if row.unpaid_minor else ""

    def offered(self, row: Clawback, form: forms.Form) -> bool:
        """Only what fits its state; what has ended is over."""
        fits = _fits(row)
        field = form.fields["what"]
        field.widget.choices = [one for one in field.choices if one[0] in fits]  # type: ignore[attr-defined]
        return bool(fits)

    def ask(self, request: HttpRequest, earning_id: UUID) -> HttpResponse:
        """Ask to take back all or part of an earning."""
        allowed(request, "payments", "clawback")
        rows = Earning.objects.visible_to(of_staff(request.user)).filter(pk=earning_id)
        earning = rows.select_related("annotator__user").first()
        if earning is None:
            raise NotFound("earning")
        form = AskForm(
            request.POST if request.method == "POST" else None, currency=earning.currency
        )
        if request.method == "POST" and form.is_valid():
            by = of_staff(request.user)
            try:
                row = clawbacks.ask(
                    earning_id=earning.pk,
                    amount_minor=form.cleaned_data["amount"],
                    reason=form.cleaned_data["reason"],
                    by=by,
                )
            except Refused as refused:
                show(form, refused, amount_minor="amount")
            else:
                messages.success(request, _("Done: %s.") % row.get_state_display())
                return redirect(self.after(row))
        title = _("Take back earned money")
        facts = earned(earning)
        return self.form_page(request, form, title=title, row=earning, facts=facts)

    def perform(self, row: Clawback, data: dict[str, Any], by: Actor) -> None:
        """The one action that was chosen."""
        why = data["why"]
        match data["what"]:
            case "approve":
                clawbacks.approve(clawback_id=row.pk, by=by)
            case "refuse":
                clawbacks.refuse(clawback_id=row.pk, why=why, by=by)
            case "uphold":
                contests.uphold(clawback_id=row.pk, why=why, by=by)
            case "reverse":
                contests.reverse(clawback_id=row.pk, why=why, by=by)
            case "stripe":
                reversals.ask(clawback_id=row.pk, reason=why, by=by)
            case _other:
                debts.write_off(clawback_id=row.pk, why=why, by=by)

    def facts(self, row: Clawback, by: Actor) -> Facts:
        """The whole story."""
        settled = row.recoveries.filter(undone_at__isnull=True).order_by("created_at")
        return [
            (_("State"), capfirst(self.step(row))),
            (_("Amount"), major(row.amount_minor, row.currency)),
            (_("Platform's fee given back"), major(row.fee_minor, row.currency)),
            (_("Reason"), row.reason),
            (_("Asked for by"), self.asked(row)),
            (_("Approved by"), self.approved(row) if row.approved_by else _approval(row)),
            (_("Taken from"), self.place(row)),
            (_("Settled"), parts(list(settled))),
            (_("Still owed"), major(row.unpaid_minor, row.currency)),
            (_("Contested"), row.contest or _("no")),
            (_("Decision"), row.decision or _("none")),
            *earned(row.earning),
        ]


def _fits(row: Clawback) -> set[str]:
    """The decisions that fit the state of a clawback."""
    if row.state == ClawbackState.ASKED:
        return {"approve", "refuse"}
    if row.state != ClawbackState.BOOKED:
        return set()
    fits = {"reverse"}
    if row.contested_at and not row.decided_by:
        fits.add("uphold")
    return fits | ({"stripe", "write_off"} if row.unpaid_minor else set())


def _approval(row: Clawback) -> str:
    return _("nobody yet: a second person is needed") if row.second_needed else _("not needed")


def earned(row: Earning) -> Facts:
    """What an earning is."""
    return [
        (_("Earning"), row.label),
        (_("For"), named([row.source])[row.source]),
        (_("Annotator"), str(row.annotator)),
        (_("Earned"), major(row.amount_minor, row.currency)),
        (_("Earning's state"), row.get_state_display()),
    ]


def parts(rows: list[Recovery]) -> str:
    """How a debt was settled, part by part."""
    shown = [
        f"{major(one.amount_minor, one.clawback.currency)} {words.way(one.way)}" for one in rows
    ]
    return "; ".join(shown) or _("nothing")


class GiveBackForm(forms.Form):
    """Why the annotator gets it."""

    why = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=clawbacks.LONGEST,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("The annotator reads it on the new item."),
    )


@admin.register(Reversal)
class ReversalAdmin(MoneyDecisions):
    """Money of transfers that came back; what met no debt can be given back."""

    decide_form = GiveBackForm
    decide_title = gettext_lazy("Give back what met no debt")
    list_display = ["created_at", "payout", "money", "step", "waiting", "last_error", "link"]
    list_filter = [filters.STATE, filters.CURRENCY]
    list_select_related = ["payout__annotator__user"]
    search_fields = ["stripe_reversal"]
    ordering = ["-created_at"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("waits for a decision"))
    def waiting(self, row: Reversal) -> str:
        """For people; empty where nothing does."""
        return major(row.returned_minor, row.currency) if row.returned_minor else ""

    @admin.display(description=gettext_lazy("what to do"))
    def link(self, row: Reversal) -> SafeString | str:
        """To the decide page, where there is something to decide."""
        return self.decide_link(row) if row.returned_minor else ""

    def perform(self, row: Reversal, data: dict[str, Any], by: Actor) -> None:
        """Give it back."""
        comings_back.give_back(reversal_id=row.pk, why=data["why"], by=by)

    def called_row(self, row: Reversal) -> str:
        """How much of which payout."""
        return _("%(money)s of %(payout)s") % {"money": self.money(row), "payout": row.payout}

    def offered(self, row: Reversal, form: forms.Form) -> bool:
        """Where some met no debt."""
        return bool(row.returned_minor)

    def facts(self, row: Reversal, by: Actor) -> Facts:
        """What came back, and what waits."""
        return [
            (_("Came back"), major(row.amount_minor, row.currency)),
            (_("Waits for a decision"), major(row.returned_minor, row.currency)),
            (_("Payout"), str(row.payout)),
            (_("Annotator"), str(row.payout.annotator)),
            (_("Stripe's number"), row.stripe_reversal or ""),
        ]


@admin.register(Recovery)
class RecoveryAdmin(MoneyAdmin):
    """How debts grew smaller."""

    list_display = ["created_at", "clawback", "how", "money", "payout", "undone_at"]
    list_filter = [filters.WAY]
    list_select_related = ["clawback", "payout"]
    ordering = ["-created_at"]
    show_full_result_count = False

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def money(self, row: Recovery) -> str:
        """For people."""
        return major(row.amount_minor, row.clawback.currency)

    @admin.display(description=gettext_lazy("how"), ordering="way")
    def how(self, row: Recovery) -> str:
        """For people."""
        return words.way(row.way)
