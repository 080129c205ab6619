"""Other people's text becomes harmless HTML, in bounded time."""

import time
from html.parser import HTMLParser

import pytest

from marketplace.core.richtext import (
    COLOURED,
    LONGEST_MARKDOWN,
    MATH_ATTRIBUTES,
    MATH_TAGS,
    TEXT_TAGS,
    render_code,
    render_markdown,
    render_plain,
)

ATTRIBUTES = {"class", "href", "rel", "start", "tabindex"} | MATH_ATTRIBUTES


class Inspector(HTMLParser):
    """Collects what a browser would see as tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")


def inspect(html: str) -> Inspector:
    inspector = Inspector()
    inspector.feed(html)
    return inspector


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><style>*{}</style></svg>",
    "<iframe srcdoc='<script>1</script>'></iframe>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\nscript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](vbscript:x)",
    "<javascript:alert(1)>",
    "![x](https://tracker.example/pixel.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![<script>](x 'onerror=alert(1)')",
    '[a](https://x.example "onclick=alert(1)")',
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "```python onload=alert(1)\n</code></pre><script>1</script>\n```",
    "$\\href{javascript:alert(1)}{x}$",
    "$\\text{<script>alert(1)</script>}$",
    "$\\style{background:url(https://x)}{x}$",
    '$$\\class{"><img src=x onerror=alert(1)>}{y}$$',
    "\\(<img src=x onerror=alert(1)>\\)",
    "\\[\\unicode{<script>}\\]",
    "$</math><script>alert(1)</script>$",
    "$\\color{red;background:url(x)}{x}$",
    "| <b onclick=x> |\n|:-:|\n| <script> |",
    "[x]: javascript:alert(1)\n\n[x]",
    "<math><mtext><table><mglyph><style><img src=x onerror=1></style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_acts_comes_out(text: str) -> None:
    seen = inspect(render_markdown(text))
    assert seen.tags <= TEXT_TAGS | MATH_TAGS
    assert set(seen.attributes) <= ATTRIBUTES
    for address in seen.attributes.get("href", []):
        assert address.split(":")[0] in {"http", "https", "mailto"}


@pytest.mark.parametrize("text", HOSTILE)
def test_plain_text_and_code_are_only_text(text: str) -> None:
    assert inspect(render_plain(text)).tags == {"div"}
    assert inspect(render_code(text)).tags == {"pre", "code"}
    assert inspect(render_code(text, "html")).tags <= {"pre", "code", "span"}


def test_markdown_is_rendered() -> None:
    text = "# A\n\n*b* **c** ~~d~~\n\n1. e\n\n> f\n\n[g](https://x.example/?a=1&b=2)\n\n---"
    assert render_markdown(text) == (
        '<div class="rich"><h3>A</h3>\n<p><em>b</em> <strong>c</strong> <s>d</s></p>\n'
        "<ol>\n<li>e</li>\n</ol>\n<blockquote>\n<p>f</p>\n</blockquote>\n"
        '<p><a href="https://x.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow ugc">g</a>'
        "</p>\n<hr>\n</div>"
    )


def test_tables_scroll_and_align_by_class() -> None:
    html = render_markdown("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<div class="table-scroll" tabindex="0"><table>' in html
    assert '<td>1</td>\n<td class="right">2</td>' in html
    assert "style" not in html


def test_an_image_leaves_its_words() -> None:
    html = render_markdown("see ![a *cat*](https://x.example/cat.png) there")
    assert html == (
        '<div class="rich"><p>see <span class="image-left-out">[a cat]</span> there</p>\n</div>'
    )


@pytest.mark.parametrize(
    "text", ["$x^2$", "\\(x^2\\)", "a $x^2$ b", "$$\nx^2\n$$", "\\[\nx^2\n\\]"]
)
def test_formulas_become_mathml(text: str) -> None:
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in render_markdown(text)


@pytest.mark.parametrize(
    "text", ["It costs $5 and $10.", "\\( never closed", "a \\$x\\$ b", "\\(\\)"]
)
def test_dollars_and_brackets_in_prose_stay(text: str) -> None:
    assert "<math" not in render_markdown(text)


@pytest.mark.parametrize(
    "formula", ["\\frac{1}", "{" * 41 + "}" * 41, "x" * 1_001, "\\begin{matrix}", "\\left("]
)
def test_a_formula_that_cannot_be_read_is_shown_as_written(formula: str) -> None:
    html = render_markdown(f"${formula}$")
    assert "<math" in html or f'<code class="formula">{formula}</code>' in html


def test_a_text_has_a_budget_of_formulas() -> None:
    html = render_markdown("$x+yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy$\n\n" * 400)
    assert 0 < html.count("<math") < 300
    assert html.count('<code class="formula">') == 400 - html.count("<math")


def test_code_is_coloured_by_class() -> None:
    assert render_code("x = '<b>'\n", "python") == (
        '<pre class="code" tabindex="0"><code><span class="tok-n">x</span> '
        '<span class="tok-o">=</span> <span class="tok-s1">\'&lt;b&gt;\'</span>\n'
        "</code></pre>"
    )


@pytest.mark.parametrize("language", ["", "klingon", "../../etc", "python\x00"])
def test_code_in_an_unknown_language_is_plain(language: str) -> None:
    assert render_code("a < b", language) == (
        '<pre class="code" tabindex="0"><code>a &lt; b</code></pre>'
    )


def test_long_code_is_plain() -> None:
    for language, longest in (("python", 20_000), ("java", 2_500)):
        assert "<span" in render_code("a + " * (longest // 4), language)
        assert "<span" not in render_code("a + " * (longest // 4 + 1), language)


def test_many_blocks_share_one_budget() -> None:
    html = render_markdown(("```java\n" + "int a;\n" * 100 + "```\n\n") * 10)
    assert html.count("<pre") == 10
    assert 0 < html.count('<span class="tok-kt">int</span>') <= 300


def test_a_text_beyond_the_limit_is_shown_as_written() -> None:
    text = "*a* " * (LONGEST_MARKDOWN // 4)
    assert "<em>" in render_markdown(text)
    assert render_markdown(text + "b") == render_plain(text + "b")


SLOW_MARKDOWN = {
    "brackets": "[", "images": "![", "links": "[a](", "emphasis": "**a ", "stars": "*a_ ",
    "quotes": ">", "lists": "- ", "dollars": "$a", "openings": "\\(", "displays": "\\[ a",
    "tildes": "~~a ", "angles": "<", "entities": "&amp;", "cells": "|a", "headings": "# a\n",
    "formulas": "$x^{a}_{b}$ ", "definitions": "[a]: b\n", "mixed": "*_`[<$\\(!",
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("piece", SLOW_MARKDOWN.values(), ids=SLOW_MARKDOWN)
def test_hostile_markdown_is_bounded(piece: str) -> None:
    """Seconds measured alone: 1.4 at worst; ten leave room for a busy machine."""
    started = time.process_time()
    render_markdown((piece * LONGEST_MARKDOWN)[:LONGEST_MARKDOWN])
    assert time.process_time() - started < 10


SLOW_CODE = ["\n", "//", "a\n", "a ", '"\\', "a.", "<!--", "&", "{", "?", "a: ", "*", "`"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "language", ["c", "csharp", "java", "php", "python", "ruby", "sql", "typescript", "yaml"]
)
def test_hostile_code_is_bounded(language: str) -> None:
    """Seconds measured alone: 1.3 at worst for one text; quadratic lexers get short texts."""
    for piece in SLOW_CODE:
        started = time.process_time()
        render_code((piece * COLOURED[language])[: COLOURED[language]], language)
        assert time.process_time() - started < 8
