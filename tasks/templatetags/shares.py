"""How facts, parts, bars and spans of time are written on the pages that explain."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()
HOUR = 3600
DAY = 24 * HOUR


@register.filter
def fact(value: object) -> str:
    """A value of a rule's fact: lists with commas, yes and no, a dash for nothing."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value in (None, "") else str(value)


@register.filter
def percent(part: float | None) -> str:
    """0.125 is `12.5 %`, None a dash."""
    return "–" if part is None else f"{part * 100:.1f} %"


@register.filter
def duration(seconds: int | None) -> str:
    """Hours up to two days, then days; None a dash."""
    if seconds is None:
        return "–"
    if seconds < 2 * DAY:
        return _("%.1f hours") % (seconds / HOUR)
    return _("%d days") % (seconds // DAY)


@register.simple_tag
def share(some: int, everything: int) -> str:
    """A part of a whole in percent."""
    return percent(some / everything if everything else None)


@register.simple_tag
def bar(some: int, largest: int) -> SafeString:
    """A bar as long, beside the largest, as `some` is."""
    width = round(100 * some / largest) if largest else 0
    return format_html(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="10"/><rect width="{}" height="10"/></svg>',
        width,
    )
