"""What an interface looks like to a reader: the fields of a task, and an answer that was given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from marketplace.core.richtext import render_code, render_markdown, render_plain
from tasks.interface.parts import Field, Question
from tasks.interface.spans import pieces
from tasks.interface.spec import Interface

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class RenderedField:
    """One field of a task, ready for a page."""

    name: str
    title: str
    type: str
    html: SafeString
    help: SafeString


@dataclass(frozen=True)
class RenderedAnswer:
    """One question with the answer given; `answered` is false where it was left out."""

    name: str
    title: str
    type: str
    html: SafeString
    answered: bool


def render_fields(interface: Interface, payload: Payload) -> list[RenderedField]:
    """Render the fields that this task carries, in the interface's order."""
    return [
        RenderedField(
            name=field.name,
            title=field.title,
            type=field.type,
            html=FIELDS[field.type](field, payload[field.name]),
            help=render_markdown(field.help) if field.help else SafeString(""),
        )
        for field in interface.fields
        if payload.get(field.name) not in (None, "", [])
    ]


def render_answer(
    interface: Interface, answer: Mapping[str, Any], payload: Payload | None = None
) -> list[RenderedAnswer]:
    """Render the questions that were shown; with the payload, marks are shown in their text."""
    return [
        RenderedAnswer(
            name=question.name,
            title=question.title,
            type=question.type,
            html=_answer_html(question, answer, payload or {}),
            answered=question.name in answer,
        )
        for question in interface.shown(answer)
    ]


def _answer_html(question: Question, answer: Mapping[str, Any], payload: Payload) -> SafeString:
    """Render one answer, or say that there is none."""
    if question.name not in answer:
        return format_html('<span class="muted">{}</span>', _("No answer"))
    return ANSWERS[question.type](question, answer[question.name], payload)


def _chat(_field: Field, messages: Any) -> SafeString:
    """Render a conversation, one block for each message."""
    blocks = format_html_join(
        "",
        '<li class="message message-{}"><span class="role">{}</span>{}</li>',
        ((m["role"], ROLE_NAMES[m["role"]](), render_markdown(m["content"])) for m in messages),
    )
    return format_html('<ol class="chat">{}</ol>', blocks)


def _several(question: Question, value: Any, _payload: Payload) -> SafeString:
    """List the options chosen."""
    items = format_html_join("", "<li>{}</li>", ((question.text_of(item),) for item in value))
    return format_html("<ul>{}</ul>", items)


def _ranking(question: Question, value: Any, _payload: Payload) -> SafeString:
    """List the options, best first."""
    items = format_html_join("", "<li>{}</li>", ((question.text_of(item),) for item in value))
    return format_html("<ol>{}</ol>", items)


def _one(question: Question, value: Any, _payload: Payload) -> SafeString:
    """Show the option's words."""
    return format_html("{}", question.text_of(value))


def _rating(question: Question, value: Any, _payload: Payload) -> SafeString:
    """Show the step and the scale it lies on."""
    scale = _("on a scale of %(min)s to %(max)s") % {
        "min": question.minimum,
        "max": question.maximum,
    }
    return format_html('{} <span class="muted">{}</span>', value, scale)


def _text(question: Question, value: Any, _payload: Payload) -> SafeString:
    """Show a written answer in its format."""
    if question.format == "markdown":
        return render_markdown(value)
    if question.format == "code":
        return render_code(value, question.language)
    return render_plain(value)


def _spans(question: Question, value: Any, payload: Payload) -> SafeString:
    """List the marks and, where the text is at hand, show them in it."""
    colours = {option.value: n % 6 + 1 for n, option in enumerate(question.options)}
    rows = format_html_join(
        "",
        '<li><span class="span-label span-{}">{}</span> <q>{}</q></li>',
        ((colours.get(s["label"], 1), question.text_of(s["label"]), s["text"]) for s in value),
    )
    text = payload.get(question.field, "")
    marked = format_html_join(
        "", "{}", ((_piece(p, ls, colours),) for p, ls in pieces(text, value))
    )
    shown = format_html('<div class="plain marked">{}</div>', marked) if text else SafeString("")
    return format_html('{}<ul class="span-list">{}</ul>', shown, rows)


def _piece(text: str, labels: tuple[str, ...], colours: Mapping[str, int]) -> SafeString:
    """Show one piece of a text; where marks overlap, the first gives the colour."""
    if not labels:
        return format_html("{}", text)
    colour = colours.get(labels[0], 1)
    return format_html(
        '<mark class="span-{}" title="{}">{}</mark>', colour, ", ".join(labels), text
    )


ROLE_NAMES: dict[str, Callable[[], str]] = {
    "system": lambda: _("System"),
    "user": lambda: _("User"),
    "assistant": lambda: _("Assistant"),
    "tool": lambda: _("Tool"),
}
FIELDS: dict[str, Callable[[Field, Any], SafeString]] = {
    "markdown": lambda _field, value: render_markdown(value),
    "text": lambda _field, value: render_plain(value),
    "code": lambda field, value: render_code(value, field.language),
    "chat": _chat,
}
ANSWERS: dict[str, Callable[[Question, Any, Payload], SafeString]] = {
    "choice": _one,
    "multi": _several,
    "rating": _rating,
    "preference": _one,
    "ranking": _ranking,
    "text": _text,
    "spans": _spans,
}
