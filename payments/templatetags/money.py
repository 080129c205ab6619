"""`{{ amount_minor|money:currency }}`: an amount for people; `{{ country|has_rail }}`."""

from django import template

from payments.currencies import major, rail_for

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """1234 usd is `$12.34`, 500 jpy is `¥500`."""
    return major(minor, currency)


@register.filter
def has_rail(country: str) -> bool:
    """Whether annotators in that country (ISO 3166-1 alpha-2) can be paid."""
    return rail_for(country) is not None
