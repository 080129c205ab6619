"""One way from other people's text to HTML, for every page: Markdown, formulas, code, plain text.

All of it runs on the server, so the annotator, the reviewer and the admin see the same and no
script is needed. What comes out is cleaned against a fixed list of tags; it holds no script, no
style, no id, no form and no image (an image from elsewhere would tell its owner who reads what).
Work is bounded: text beyond a limit is shown as it was written, never refused.
"""

from collections.abc import Callable, MutableMapping, Sequence
from typing import Any

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from latex2mathml.converter import convert as latex_to_mathml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name


def _words(text: str) -> frozenset[str]:
    """Split a list of words."""
    return frozenset(text.split())


# Characters. Measured on hostile texts of exactly these lengths: each stays near one second
# (tests/core/test_richtext.py).
LONGEST_MARKDOWN = 40_000
LONGEST_FORMULA = 1_000
MOST_FORMULA_CHARACTERS = 10_000
DEEPEST_BRACES = 40
# A task page has its title at level 1 and the field's at level 2.
HEADING_SHIFT = 2
# Longest code that is coloured, by language. Pygments' lexers are regular expressions; most take
# quadratic time on some text (20,000 line ends: c 21 s, java 25 s), so most get little.
COLOURED: dict[str, int] = {
    **dict.fromkeys(_words("bash json php py python python3 rb ruby sh sql swift toml"), 20_000),
    **dict.fromkeys(
        _words(
            "c cpp csharp css go html ini java javascript js kotlin markdown md r rust ts "
            "typescript xml yaml yml"
        ),
        2_500,
    ),
}
TEXT_TAGS = _words(
    "a blockquote br code del div em h3 h4 h5 h6 hr li ol p pre s span strong sub sup "
    "table tbody td th thead tr ul"
)
MATH_TAGS = _words(
    "math menclose merror mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mroot mrow "
    "ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover "
    "mprescripts none"
)
MATH_ATTRIBUTES = _words(
    "accent accentunder columnalign columnlines columnspacing depth display displaystyle fence "
    "form height linethickness lspace mathcolor mathsize mathvariant maxsize minsize "
    "movablelimits notation rowlines rowspacing rspace scriptlevel separator stretchy symmetric "
    "voffset width"
)
CLEANER = nh3.Cleaner(
    tags=set(TEXT_TAGS | MATH_TAGS),
    clean_content_tags={"script", "style"},
    attributes={
        "*": set(),
        "a": {"href"},
        "code": {"class"},
        "div": {"class", "tabindex"},
        "ol": {"start"},
        "pre": {"class", "tabindex"},
        "span": {"class", "tabindex"},
        "td": {"class"},
        "th": {"class"},
        **{tag: set(MATH_ATTRIBUTES) for tag in MATH_TAGS},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer nofollow ugc",
    strip_comments=True,
)
FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True, classprefix="tok-")


def render_markdown(text: str) -> SafeString:
    """Render CommonMark with tables, formulas ($..$, \\(..\\)) and code; clean the outcome.

    HTML in the text is shown, not obeyed. Longer than LONGEST_MARKDOWN: shown as plain text.
    """
    if len(text) > LONGEST_MARKDOWN:
        return render_plain(text)
    html = CLEANER.clean(MARKDOWN.render(text, {}))
    return format_html('<div class="rich">{}</div>', mark_safe(html))  # noqa: S308 - cleaned


def render_plain(text: str) -> SafeString:
    """Show text as it was written, spaces and line ends included (the page's CSS keeps them)."""
    return format_html('<div class="plain">{}</div>', text)


def render_code(text: str, language: str = "") -> SafeString:
    """Show code, coloured by CSS classes where the language is known and the text not too long.

    The block takes the keyboard's focus, so that it can be scrolled without a mouse.
    """
    code = _highlighted(text, language)
    return format_html('<pre class="code" tabindex="0"><code>{}</code></pre>', code)


def _highlighted(text: str, language: str) -> SafeString:
    """Colour code, or escape it where colouring is not offered."""
    name = language.strip().lower()
    if name not in COLOURED or len(text) > COLOURED[name]:
        return escape(text)
    lexer = get_lexer_by_name(name, stripnl=False, ensurenl=False)
    coloured: str = highlight(text, lexer, FORMATTER)
    return mark_safe(coloured)  # noqa: S308 - Pygments escapes


class FormulaTooLarge(ValueError):
    """A formula, or all of a text's formulas together, beyond what is typeset."""


def _formula(source: str, env: MutableMapping[str, Any], *, block: bool) -> str:
    """Typeset LaTeX as MathML; what cannot be read is shown as its source."""
    try:
        _spend(source, env)
        return latex_to_mathml(source, display="block" if block else "inline")
    except Exception:  # noqa: BLE001 - a parser fed by strangers; its errors share no base class
        return f'<code class="formula">{escape(source)}</code>'


def _spend(source: str, env: MutableMapping[str, Any]) -> None:
    """Count a formula against its text's budget. Raises FormulaTooLarge."""
    env["formulas"] = env.get("formulas", 0) + len(source)
    deepest = depth = 0
    for character in source:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    if (
        len(source) > LONGEST_FORMULA
        or env["formulas"] > MOST_FORMULA_CHARACTERS
        or deepest > DEEPEST_BRACES
    ):
        raise FormulaTooLarge


Rule = Callable[..., str]


def _math_rule(*, block: bool) -> Rule:
    """Make the rule that renders one kind of formula."""

    def render(
        _renderer: RendererHTML,
        tokens: Sequence[Token],
        index: int,
        _options: OptionsDict,
        env: MutableMapping[str, Any],
    ) -> str:
        html = _formula(tokens[index].content.strip(), env, block=block)
        return f'<span class="formula" tabindex="0">{html}</span>' if block else html

    return render


def _bracketed(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library's signature
    r"""Read a formula between \( and \), or \[ and \], which many models write."""
    closing = {r"\(": r"\)", r"\[": r"\]"}.get(state.src[state.pos : state.pos + 2])
    if closing is None:
        return False
    start = state.pos + 2
    # The window bounds the work: many openings without a closing would be quadratic.
    end = state.src.find(closing, start, start + LONGEST_FORMULA)
    if end <= start:
        return False
    if not silent:
        token = state.push("math_inline" if closing == r"\)" else "math_block", "math", 0)
        token.content = state.src[start:end]
    state.pos = end + 2
    return True


class _Renderer(RendererHTML):
    """The tokens that come out other than in CommonMark: images, code, tables."""

    def image(
        self,
        tokens: Sequence[Token],
        idx: int,
        options: OptionsDict,
        env: MutableMapping[str, Any],
    ) -> str:
        """Put an image's words in its place; nothing is loaded."""
        words = self.renderInlineAsText(tokens[idx].children, options, env)
        return f'<span class="image-left-out">[{escape(words or "image")}]</span>'

    def fence(
        self,
        tokens: Sequence[Token],
        idx: int,
        options: OptionsDict,  # noqa: ARG002 - the library's signature
        env: MutableMapping[str, Any],
    ) -> str:
        """Colour a fenced block in the language it names, as far as the text's budget goes."""
        words = tokens[idx].info.lower().split()
        code = tokens[idx].content
        longest = COLOURED.get(words[0], 0) if words else 0
        spent = env["colour"] = env.get("colour", 0.0) + (len(code) / longest if longest else 0)
        return render_code(code, words[0] if words and spent <= 1 else "")

    def code_block(
        self,
        tokens: Sequence[Token],
        idx: int,
        options: OptionsDict,  # noqa: ARG002 - the library's signature
        env: MutableMapping[str, Any],  # noqa: ARG002 - the library's signature
    ) -> str:
        """Show an indented block as code."""
        return render_code(tokens[idx].content)

    def table_open(self, *_args: Any) -> str:
        """Let a wide table scroll inside the page."""
        return '<div class="table-scroll" tabindex="0"><table>\n'

    def table_close(self, *_args: Any) -> str:
        """Close what `table_open` opened."""
        return "</table></div>\n"


def _reshape(state: Any) -> None:
    """Lower headings under the page's own, and say a cell's alignment by class, not by style."""
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + HEADING_SHIFT, 6)}"
        elif token.type in {"td_open", "th_open"} and "style" in token.attrs:
            token.attrs["class"] = str(token.attrs.pop("style")).removeprefix("text-align:")


def _markdown() -> MarkdownIt:
    """Build the parser once; it keeps no state between texts."""
    markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    markdown.enable(["table", "strikethrough"])
    markdown.inline.ruler.before("escape", "math_bracket", _bracketed)
    dollarmath_plugin(markdown, allow_labels=False, allow_space=False, allow_digits=False)
    markdown.add_render_rule("math_inline", _math_rule(block=False))
    markdown.add_render_rule("math_block", _math_rule(block=True))
    markdown.core.ruler.push("reshape", _reshape)
    return markdown


MARKDOWN = _markdown()
