"""Clients' money on its way back. Staff decide about a large refund and let a frozen part go."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin.actors import by_name
from accounts.selectors.actors import of_staff
from marketplace.core.actors import Actor
from marketplace.core.errors import Refused
from payments.actions import refund_outcomes, refunds
from payments.admin import filters, words
from payments.admin.payouts import ReasonForm
from payments.admin.showing import MoneyAdmin, amount
from payments.models import Refund, RefundPart
from payments.states import RefundPartState


class PartState(filters.StateFilter):
    """Beside the refund's own state, under a name of its own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.title = _("state of a part")


@admin.register(Refund)
class RefundAdmin(MoneyAdmin):
    """Refunds by state; `requested` waits for a second person, a frozen part for staff."""

    list_display = ["created_at", "organization", "money", "step", "asked", "decided"]
    list_filter = [filters.STATE, ("parts__state", PartState), filters.CURRENCY]
    search_fields = ["organization__name", "parts__stripe_refund", "parts__payment_intent"]
    list_select_related = ["organization"]
    ordering = ["-created_at"]
    more = ("parts",)
    show_full_result_count = False
    actions = ["approve", "decline", "unfreeze"]
    action_form = ReasonForm
    actor_fields = ("asked_by", "decided_by")
    asked = by_name("asked_by", _("asked for by"))
    decided = by_name("decided_by", _("decided by"))

    @admin.display(description=_("from which payments"))
    def parts(self, row: Refund) -> SafeString:
        """One a line: how much of which payment, and how far it is."""
        lines = (
            (amount(part, part.amount_minor), part.payment_intent, _part(part))
            for part in row.parts.order_by("pk")
        )
        return format_html_join(SafeString("<br>"), "{} ({}): {}", lines)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Seeing a refund is one thing, deciding about it another."""
        return request.user.has_perm("payments.change_refund")

    @admin.action(permissions=["decide"], description=_("Approve: the money goes back"))
    def approve(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        """Each large refund chosen that waits for a second person."""
        _each(request, queryset.values_list("pk", flat=True), _approve)

    @admin.action(permissions=["decide"], description=_("Decline: the money stays paid in"))
    def decline(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        """Each large refund chosen that waits for a second person."""
        _each(request, queryset.values_list("pk", flat=True), _decline)

    @admin.action(
        permissions=["decide"], description=_("Try frozen parts again, looking at Stripe first")
    )
    def unfreeze(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        """Each frozen part of the refunds chosen."""
        frozen = queryset.filter(parts__state=RefundPartState.FROZEN)
        _each(request, frozen.values_list("parts__pk", flat=True), _unfreeze)


def _part(row: RefundPart) -> str:
    told = (words.state("refundpart", row.state), row.stripe_refund, row.last_error)
    return ", ".join(text for text in told if text)


Decision = Callable[[UUID, str, Actor], object]


def _approve(row: UUID, reason: str, by: Actor) -> object:
    return refunds.approve(refund_id=row, reason=reason, by=by)


def _decline(row: UUID, reason: str, by: Actor) -> object:
    return refunds.decline(refund_id=row, reason=reason, by=by)


def _unfreeze(row: UUID, reason: str, by: Actor) -> object:
    return refund_outcomes.unfreeze(part_id=row, reason=reason, by=by)


def _each(request: HttpRequest, rows: Iterable[UUID], decision: Decision) -> None:
    """Decide about each row by itself; a reason must be given, and each refusal is shown."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.error(request, _("Say why: the reason is kept in the audit trail."))
        return
    by, done = of_staff(request.user), 0
    for pk in rows:
        try:
            decision(pk, reason, by)
            done += 1
        except Refused as refusal:
            messages.error(request, f"{pk}: {refusal.message}")
    text = ngettext("%d decision was carried out.", "%d decisions were carried out.", done)
    messages.success(request, text % done)
