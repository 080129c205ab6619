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


@register.filter
def whole_percent(part: float) -> str:
    """0.125 is `12 %`, on one line."""
    return f"{part:.0%}".replace("%", "\N{NO-BREAK SPACE}%")


@register.simple_tag
def estimate(lower: float, mean: float, upper: float) -> SafeString:
    """An estimate with its interval on a line from 0 to 100 %."""
    words = _("Between %(lower)s and %(upper)s, most likely near %(mean)s") % {
        "lower": whole_percent(lower),
        "upper": whole_percent(upper),
        "mean": whole_percent(mean),
    }
    return format_html(
        '<svg class="estimate" viewBox="0 0 200 34" role="img" aria-label="{}">'
        '<path class="scale" d="M5 12h190M5 8v8M52.5 9v6M100 8v8M147.5 9v6M195 8v8"/>'
        '<rect class="span" x="{}" y="7" width="{}" height="10" rx="5"/>'
        '<circle cx="{}" cy="12" r="6"/>'
        '<text x="5" y="31">0</text><text x="100" y="31" text-anchor="middle">50</text>'
        '<text x="195" y="31" text-anchor="end">100 %</text></svg>',
        words,
        round(5 + 190 * lower, 1),
        round(190 * (upper - lower), 1),
        round(5 + 190 * mean, 1),
    )


@register.simple_tag
def bar(some: int, largest: int) -> SafeString:
    """A bar as long, beside the largest, as `some` is."""
    width = round(100 * some / largest) if largest else 0
    return format_html(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="100" height="10"/><rect width="{}" height="10"/></svg>',
        width,
    )


@register.filter
def plain(value: float) -> str:
    """A weight or a count as one writes it: 0.5, 1, 0.1728; at most four digits."""
    return f"{value:.4g}"
