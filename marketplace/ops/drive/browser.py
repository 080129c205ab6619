"""A small browser: keeps cookies, reads the forms of a page, fills them in as a person would."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter

TIMEOUT = (5, 30)
OK_BELOW = 400
Fields = list[tuple[str, str]]


def values_of(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Names with all their values, as `Form.filled` takes them, from the pairs a browser sends."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


class Surprise(Exception):
    """A page or an answer was not what the driver expected; the text says where and what."""


class _From(HTTPAdapter):
    """Connects from one loopback address, so that each simulated person has an address."""

    def __init__(self, source: str) -> None:
        self._source = source
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As requests does, with the source address."""
        super().init_poolmanager(*args, **kwargs, source_address=(self._source, 0))


@dataclass
class Form:
    """A form as found on a page: where it goes, and its fields with their first values."""

    action: str
    method: str
    fields: Fields = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def filled(self, values: Mapping[str, Any]) -> Fields:
        """The fields to send: `values` replace what the page held; a list sends a field many times.

        None leaves a field out. A name that the form does not have is a `Surprise`.
        """
        unknown = set(values) - self.names
        if unknown:
            raise Surprise(
                f"The form {self.action} has no {sorted(unknown)}, but {sorted(self.names)}"
            )
        kept = [(name, value) for name, value in self.fields if name not in values]
        for name, value in values.items():
            several = value if isinstance(value, list | tuple) else [value]
            kept += [(name, str(one)) for one in several if one is not None]
        return kept


class _Forms(HTMLParser):
    """Collects the forms of a page; an <output> or button outside counts for nothing."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = url
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select: str | None = None
        self._textarea: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what belongs to a form."""
        a = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urljoin(self.url, a.get("action") or self.url)
            self._open = Form(action, a.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is not None:
            self._control(tag, a, self._open)

    def _control(self, tag: str, a: dict[str, str], form: Form) -> None:
        name = a.get("name", "")
        if tag == "input" and name:
            self._input(a, name, form)
        elif tag == "button" and name:
            form.names.add(name)
        elif tag == "select":
            self._select = name
            form.names.add(name)
        elif tag == "option" and self._select and "selected" in a:
            form.fields.append((self._select, a.get("value", "")))
        elif tag == "textarea" and name:
            self._textarea, self._text = name, ""
            form.names.add(name)

    @staticmethod
    def _input(a: dict[str, str], name: str, form: Form) -> None:
        form.names.add(name)
        kind = a.get("type", "text")
        if kind in ("radio", "checkbox"):
            if "checked" in a:
                form.fields.append((name, a.get("value", "on")))
        elif kind not in ("submit", "file", "image"):
            form.fields.append((name, a.get("value", "")))

    def handle_data(self, data: str) -> None:
        """The text of a textarea is its value."""
        if self._textarea:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        """Close what ends."""
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._textarea and self._open is not None:
            self._open.fields.append((self._textarea, self._text.removeprefix("\n")))
            self._textarea = None


@dataclass(frozen=True)
class Page:
    """An answer: its status, its address after redirects, its text."""

    status: int
    url: str
    text: str

    def forms(self) -> list[Form]:
        """All forms, in the order of the page."""
        parser = _Forms(self.url)
        parser.feed(self.text)
        return parser.forms

    def form(self, *names: str, action: str = "") -> Form:
        """The first form that has all these fields and whose address contains `action`."""
        for one in self.forms():
            if set(names) <= one.names and action in one.action:
                return one
        raise Surprise(
            f"{self.url} ({self.status}) has no form with {names} {action}: {self.said()}"
        )

    def has_form(self, *names: str, action: str = "") -> bool:
        """Whether the page has a form with all these fields, leading to `action`."""
        return any(set(names) <= one.names and action in one.action for one in self.forms())

    def data(self, name: str) -> str:
        """The first `data-NAME` of the page; a page without one is a `Surprise`."""
        for value in self.all_data(name):
            return value
        raise Surprise(f"{self.url} ({self.status}) has no data-{name}: {self.said()}")

    def all_data(self, name: str) -> list[str]:
        """Every `data-NAME` of the page, in its order."""
        found = re.findall(rf'\sdata-{re.escape(name)}="([^"]*)"', self.text)
        return [unescape(value) for value in found]

    def words(self) -> str:
        """The visible text, with single blanks."""
        return " ".join(_Text.of(self.text).split())

    def said(self) -> str:
        """The visible text, cut, for error messages."""
        return self.words()[:600]


class _Text(HTMLParser):
    """The text of a page without its markup, styles and scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    @classmethod
    def of(cls, html: str) -> str:
        """The visible text of `html`."""
        parser = cls()
        parser.feed(html)
        return " ".join(parser.parts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Enter what is not shown."""
        self._hidden += tag in ("script", "style", "head")

    def handle_endtag(self, tag: str) -> None:
        """Leave what is not shown."""
        self._hidden -= tag in ("script", "style", "head")

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        if self._hidden <= 0:
            self.parts.append(data)


class Browser:
    """One person's browser at `base_url`, connecting from the loopback address `source`."""

    def __init__(self, base_url: str, source: str = "127.0.0.1") -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.session.mount("http://", _From(source))

    def get(self, path: str, *, allow: tuple[int, ...] = ()) -> Page:
        """Open a page; an error status that is not in `allow` is a `Surprise`."""
        reply = self.session.get(urljoin(self.base_url, path), timeout=TIMEOUT)
        return self._page(reply, allow)

    def submit(
        self,
        form: Form,
        values: Mapping[str, Any] | None = None,
        *,
        files: dict[str, tuple[str, bytes, str]] | None = None,
        allow: tuple[int, ...] = (),
    ) -> Page:
        """Send a form and follow where it leads."""
        data = form.filled(values or {})
        if form.method == "get":
            reply = self.session.get(form.action, params=data, timeout=TIMEOUT)
        else:
            headers = {"Referer": form.action}
            reply = self.session.post(
                form.action, data=data, files=files, headers=headers, timeout=TIMEOUT
            )
        return self._page(reply, allow)

    def bare_form(self, path: str) -> Form:
        """The form of one button that leads to `path`: it sends nothing but the CSRF token."""
        token = self.session.cookies.get("csrftoken") or ""
        fields = [("csrfmiddlewaretoken", token)]
        return Form(urljoin(self.base_url, path), "post", fields, {"csrfmiddlewaretoken"})

    @staticmethod
    def _page(reply: requests.Response, allow: tuple[int, ...]) -> Page:
        page = Page(reply.status_code, reply.url, reply.text)
        if page.status >= OK_BELOW and page.status not in allow:
            raise Surprise(
                f"{reply.request.method} {page.url} answered {page.status}: {page.said()}"
            )
        return page
