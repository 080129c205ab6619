"""The frame of every page, and the few pieces that pages are made of. All text is escaped here."""

from html import escape
from pathlib import Path
from typing import Final

from payments.devstripe.exchange import Reply

STYLE: Final = (Path(__file__).parent / "style.css").read_bytes()
HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
SEE_OTHER: Final = 303
NEXT: Final = "What next"
"""The head of a column of buttons, which stays in sight while its table is scrolled."""

FEW: Final = 3
"""Columns that a phone has room for, if their texts may be broken."""


def page(title: str, body: str, *, status: int = 200) -> Reply:
    """A page; `body` is HTML whose texts were escaped by whoever made it."""
    html = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} - local Stripe</title>\n"
        '<link rel="stylesheet" href="/style.css">\n</head>\n<body>\n'
        '<header class="banner">Local Stripe for development and tests. '
        "No real money moves.</header>\n"
        f"<main>\n<h1>{escape(title)}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )
    return Reply(status, html.encode(), dict(HEADERS))


def redirect(url: str) -> Reply:
    """Send the browser on with a GET."""
    return Reply(SEE_OTHER, b"", {"Location": url, "Cache-Control": "no-store"})


def error_box(message: str | None) -> str:
    """What went wrong, announced to screen readers; nothing where nothing did."""
    if not message:
        return ""
    return f'<p class="error" role="alert" id="problem">{escape(message)}</p>'


def field(name: str, label: str, value: str = "", *, hint: str = "", wrong: bool = False) -> str:
    """A labelled text input with its hint; `wrong` points it at the error box."""
    notes = [f"{name}-hint"] if hint else []
    notes += ["problem"] if wrong else []
    described = f' aria-describedby="{" ".join(notes)}"' if notes else ""
    invalid = ' aria-invalid="true"' if wrong else ""
    below = f'<small id="{name}-hint">{escape(hint)}</small>' if hint else ""
    return (
        f'<label for="{name}">{escape(label)}</label>\n'
        f'<input id="{name}" name="{name}" value="{escape(value)}" autocomplete="off"'
        f"{described}{invalid}>\n{below}"
    )


class Html(str):
    """Text that is HTML already, made here and escaped by whoever made it."""

    __slots__ = ()


def buttons(object_id: str, *actions: tuple[str, str]) -> Html:
    """A form of small buttons that say what to do with one object: (action, text)."""
    shown = "\n".join(
        f'<button class="quiet" name="action" value="{escape(action)}">{escape(text)}</button>'
        for action, text in actions
    )
    held = f'<input type="hidden" name="id" value="{escape(object_id)}">'
    return Html(f'<form method="post" action="/" class="deeds">{held}{shown}</form>')


def cell(value: object) -> str:
    """What stands in a cell, escaped unless it is HTML already."""
    return value if isinstance(value, Html) else escape(str(value))


def table(caption: str, heads: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A table with a caption, scrollable by keyboard on narrow screens."""
    if not rows:
        return f"<h2>{escape(caption)}</h2>\n<p>None yet.</p>"
    deeds = ' class="acts"' if heads[-1] == NEXT else ""
    if len(heads) <= FEW:
        deeds = ' class="few"'
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    lines = "\n".join(
        "<tr>" + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>" for row in rows
    )
    return (
        f'<h2>{escape(caption)}</h2>\n<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(caption)}">\n<table{deeds}>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{lines}\n</tbody>\n</table>\n</div>"
    )


def link(url: str, text: str) -> str:
    """A link to an address that was checked to be http or https."""
    return f'<a href="{escape(url)}">{escape(text)}</a>'
