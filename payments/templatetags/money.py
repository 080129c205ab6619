"""`{{ amount_minor|money:currency }}`: an amount for people."""

from django import template

from payments.currencies import major

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """1234 usd is `$12.34`, 500 jpy is `¥500`."""
    return major(minor, currency)
