"""What a difference is about: `payout:<id>`, `transfer:tr_…`, `clearing_charge:usd`, in words."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from payments.admin import words
from payments.selectors import behind


def shown(subject: str) -> SafeString:
    """With a link where it is a row of ours."""
    kind, _colon, rest = subject.partition(":")
    row = behind.of_subject(subject)
    if row is not None:
        meta = row._meta
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
        return format_html('<a href="{}">{}: {}</a>', url, capfirst(str(meta.verbose_name)), row)
    if kind in words.ACCOUNTS:
        return format_html("{} ({})", words.account(kind), rest.upper())
    if kind == "currency":
        return format_html(_("Cash at Stripe ({})"), rest.upper())
    return format_html("{} {}", capfirst(kind.replace("_", " ")), rest)
