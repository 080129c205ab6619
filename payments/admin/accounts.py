"""Annotators' accounts at Stripe, whose payouts staff let go on, and what Stripe pays to banks."""

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.selectors.actors import of_staff
from marketplace.core.errors import Refused
from payments.actions import details, renewal
from payments.admin import filters, words
from payments.admin.payouts import ReasonForm
from payments.admin.showing import MoneyAdmin
from payments.models import BankPayout, ConnectedAccount, RailWait


class StoppedFilter(admin.EmptyFieldListFilter):
    """Who said stop: somebody must look at them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.title = _("whether the annotator said stop")

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """All, those who did not, those who did."""
        said = (_("All"), _("goes on"), _("stopped"))
        for text, one in zip(said, super().choices(changelist), strict=True):
            yield {**one, "display": text}


@admin.register(ConnectedAccount)
class ConnectedAccountAdmin(MoneyAdmin):
    """Annotators' accounts at Stripe, as last read; `stopped at` needs a person."""

    list_display = [
        "annotator", "payable", "payouts_held_until", "stopped_at", "requirements_due_at",
        "checked_at", "stripe_account",
    ]  # fmt: skip
    list_filter = [filters.TRANSFERS, ("stopped_at", StoppedFilter)]
    search_fields = ["stripe_account"]
    list_select_related = ["annotator__user"]
    show_full_result_count = False
    actions = ["release", "renew"]
    action_form = ReasonForm

    @admin.display(description=_("payouts"), ordering="transfers")
    def payable(self, row: ConnectedAccount) -> str:
        """For people."""
        return words.transfers(row.transfers)

    def has_release_permission(self, request: HttpRequest) -> bool:
        """Seeing an account is one thing, letting its payouts go on another."""
        return request.user.has_perm("payments.change_connectedaccount")

    @admin.action(
        permissions=["release"], description=_("Let payouts go on: the bank details are right")
    )
    def release(self, request: HttpRequest, queryset: QuerySet[ConnectedAccount]) -> None:
        """Each account chosen; the annotator reads the reason."""
        done = self._each(request, queryset, details.release)
        if done:
            text = ngettext("%d annotator is paid again.", "%d annotators are paid again.", done)
            messages.success(request, text % done)

    @admin.action(
        permissions=["release"],
        description=_("Let a new account be opened: this one is closed, and it is they who ask"),
    )
    def renew(self, request: HttpRequest, queryset: QuerySet[ConnectedAccount]) -> None:
        """Each closed account chosen; the annotator reads the reason."""
        done = self._each(request, queryset, renewal.renew)
        if done:
            text = ngettext(
                "%d annotator can open a new account.",
                "%d annotators can open a new account.",
                done,
            )
            messages.success(request, text % done)

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[ConnectedAccount],
        decide: Callable[..., None],
    ) -> int:
        """How many went well; what was refused is said, each with its sentence."""
        by, done = of_staff(request.user), 0
        reason = request.POST.get("reason", "")
        for annotator_id in queryset.values_list("pk", flat=True):
            try:
                decide(annotator_id=annotator_id, reason=reason, by=by)
                done += 1
            except Refused as refusal:
                messages.error(request, f"{annotator_id}: {refusal.message}")
        return done


@admin.register(BankPayout)
class BankPayoutAdmin(MoneyAdmin):
    """From Stripe to annotators' banks: shown to them, not part of our books."""

    list_display = ["made_at", "annotator", "money", "step", "arrives_on", "failure"]
    list_filter = [filters.STATE, filters.CURRENCY]
    search_fields = ["stripe_payout"]
    list_select_related = ["annotator__user"]
    ordering = ["-made_at"]
    show_full_result_count = False


@admin.register(RailWait)
class RailWaitAdmin(MoneyAdmin):
    """Annotators whose country we cannot pay yet; they are told once we can."""

    list_display = ["annotator", "country", "since"]
    list_filter = ["country"]
    list_select_related = ["annotator__user"]
    ordering = ["since"]
    show_full_result_count = False
