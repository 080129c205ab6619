"""Plots as SVG for a page: colours by class, so that they follow the page's own."""

from html import escape

from django.utils.safestring import SafeString, mark_safe

from tasks.report.charts import Box, Dot, Line, Plot, Shape


def draw(plot: Plot) -> SafeString:
    """The picture, with its title for those who cannot see it."""
    inside = "".join(_shape(one) for one in plot.shapes)
    title = escape(plot.title)
    return mark_safe(  # noqa: S308 - every text in it is escaped
        f'<svg class="plot" viewBox="0 0 100 {plot.height:g}" role="img" '
        f'aria-label="{title}"><title>{title}</title>{inside}</svg>'
    )


def _shape(one: Shape) -> str:
    if isinstance(one, Box):
        return (
            f'<rect class="{one.role}" x="{one.x:.2f}" y="{one.y:.2f}" '
            f'width="{one.width:.2f}" height="{one.height:.2f}"/>'
        )
    if isinstance(one, Line):
        dash = ' stroke-dasharray="1.5 1"' if one.dashed else ""
        return (
            f'<line class="{one.role}" x1="{one.x1:.2f}" y1="{one.y1:.2f}" '
            f'x2="{one.x2:.2f}" y2="{one.y2:.2f}"{dash}/>'
        )
    if isinstance(one, Dot):
        return (
            f'<circle class="{one.role}" cx="{one.x:.2f}" cy="{one.y:.2f}" r="{one.radius:.2f}"/>'
        )
    place = f'x="{one.x:.2f}" y="{one.y:.2f}" text-anchor="{one.anchor}"'
    return f"<text {place}>{escape(one.text)}</text>"
