"""What was moved by hand at Stripe and booked; and what the page that books it says."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.actors import by_name
from accounts.admin.base import Facts
from payments.actions import by_hand, refunds
from payments.admin import filters
from payments.admin.showing import MoneyAdmin
from payments.currencies import major
from payments.models import HandBooking
from payments.stripe.refunds import Returned


class BookForm(forms.Form):
    """Why it was moved by hand."""

    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=by_hand.LONGEST,
        label=gettext_lazy("What happened"),
        help_text=gettext_lazy(
            "It is kept, and whose money it is may read it: why somebody moved it at Stripe."
        ),
    )


def seen_facts(found: by_hand.Found) -> Facts:
    """What Stripe has, whose it is, and what booking it does."""
    seen = found.seen
    amount = major(seen.amount_minor, seen.currency)
    if isinstance(seen, Returned):
        what: Facts = [
            (_("At Stripe"), _("A refund of %(amount)s") % {"amount": amount}),
            (_("Of the payment"), seen.payment_intent),
            (_("Client"), str(found.whose)),
        ]
        free = refunds.free_minor(found.whose.pk, seen.currency)
        lost = max(seen.amount_minor - free, 0)
        what.append((_("Prepaid now"), major(free, seen.currency)))
        what.append((_("The platform's loss"), major(lost, seen.currency)))
        does = _(
            "The client's prepaid money falls by this amount. What it does not hold any more is "
            "the platform's loss, for good: what is free in projects is not taken. Let the client "
            "take it back from there first."
        )
    else:
        what = [
            (_("At Stripe"), _("A transfer of %(amount)s") % {"amount": amount}),
            (_("Made"), seen.made_at),
            (_("Annotator"), str(found.whose)),
        ]
        does = _(
            "It counts as a payout: payable earnings are paid by it, the oldest first. What it "
            "brought beyond that is a debt, and kept from later payouts."
        )
    if found.asked is not None:
        what.append((_("Asked for"), _("by one person already, with: %s") % found.asked.reason))
    return [*what, (_("Stripe's number"), seen.id), (_("What booking it does"), does)]


@admin.register(HandBooking)
class HandBookingAdmin(MoneyAdmin):
    """Each with its reason, who asked, who booked, and the refund or payout that it became."""

    list_display = ["created_at", "stripe_id", "money", "reason", "asked", "decided", "booked_at"]
    list_filter = [filters.CURRENCY]
    search_fields = ["stripe_id"]
    list_select_related = ["organization", "annotator__user"]
    ordering = ["-created_at"]
    show_full_result_count = False
    actor_fields = ("asked_by", "decided_by")
    asked = by_name("asked_by", gettext_lazy("asked for by"))
    decided = by_name("decided_by", gettext_lazy("second person"))
