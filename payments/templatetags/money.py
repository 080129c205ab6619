"""`{{ amount_minor|money:currency }}`: an amount for people."""

from django import template

from payments.currencies import major

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """1234 usd becomes `$12.34`."""
    return major(minor, currency)
