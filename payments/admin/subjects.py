"""What a difference is about: `payout:<id>`, `transfer:tr_…`, `clearing_charge:usd`, in words."""

import uuid

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from payments.admin import words
from payments.models import BankPayout, ConnectedAccount, RefundPart
from payments.selectors import behind


def shown(subject: str) -> SafeString:
    """With a link where it is a row of ours."""
    kind, _colon, rest = subject.partition(":")
    row = _row(kind, rest)
    if row is not None:
        meta = row._meta
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        return format_html('<a href="{}">{}: {}</a>', url, capfirst(str(meta.verbose_name)), row)
    if kind in words.ACCOUNTS:
        return format_html("{} ({})", words.account(kind), rest.upper())
    if kind == "currency":
        return format_html(_("Cash at Stripe ({})"), rest.upper())
    return format_html("{} {}", capfirst(kind.replace("_", " ")), rest)


def _row(kind: str, rest: str) -> Model | None:
    """The row of ours, found by its own id or by its number at Stripe."""
    try:
        key = uuid.UUID(rest)
    except ValueError:
        found = [*behind.at_stripe(rest), *BankPayout.objects.filter(stripe_payout=rest)]
        return found[0] if found else None
    if kind == "refund_part":
        part = RefundPart.objects.select_related("refund").filter(pk=key).first()
        return part.refund if part else None
    account = ConnectedAccount.objects.filter(pk=key).first()
    return account or next(iter(behind.named(key)), None)
