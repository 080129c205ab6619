"""A statement as PDF: headings, sentences and tables; the same content is the same file."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

INK, QUIET, LINE, BAND = (
    HexColor("#1d2733"), HexColor("#556270"), HexColor("#dfe4e9"), HexColor("#f4f6f8"),
)  # fmt: skip
MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN - 12  # a frame keeps 6 points free on each side
FONT, BOLD = "Helvetica", "Helvetica-Bold"
TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=18, leading=23, textColor=INK)
HEAD = ParagraphStyle(
    "head", fontName=BOLD, fontSize=11.5, leading=15, textColor=INK, spaceBefore=12, spaceAfter=4
)
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=9, leading=12.5, textColor=INK)
QUIETLY = ParagraphStyle("quiet", parent=TEXT, textColor=QUIET)
CELL = ParagraphStyle("cell", parent=TEXT, fontSize=8.4, leading=11)
NUMBER = ParagraphStyle("number", parent=CELL, alignment=2)
LABEL = ParagraphStyle("label", parent=CELL, fontName=BOLD, textColor=QUIET)
NUMBER_LABEL = ParagraphStyle("number label", parent=LABEL, alignment=2)


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a sentence, and a table. `widths` are shares; columns in `numbers` go right; the
    last `sums` rows are set off as sums. `leads` says where the cell of a row and a column leads,
    on a page; paper leaves it out.
    """

    title: str = ""
    text: str = ""
    heads: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    widths: Sequence[int] = ()
    numbers: frozenset[int] = field(default_factory=frozenset)
    sums: int = 0
    leads: Mapping[tuple[int, int], str] = field(default_factory=dict)

    @property
    def told(self) -> list[list[tuple[str, str, bool, str]]]:
        """The rows for a page: each cell with its head, whether it is a number, where it leads."""
        return [
            [
                (self.heads[place], text, place in self.numbers, self.leads.get((line, place), ""))
                for place, text in enumerate(row)
            ]
            for line, row in enumerate(self.rows)
        ]


@dataclass(frozen=True, slots=True)
class Paper:
    """A document: `issuer` and `addressee` are the lines of the two parties."""

    title: str
    subtitle: str
    issuer: Sequence[str]
    addressee: Sequence[str]
    blocks: Sequence[Block]
    closing: str = ""


def write(paper: Paper) -> bytes:
    """The pages, A4, each with the title, its number and how many there are at its foot."""
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=20 * mm,
        title=_plain(paper.title),
        author=_plain(paper.issuer[0] if paper.issuer else ""),
        invariant=1,
    )

    document.build(_story(paper), canvasmaker=partial(_Pages, f"{paper.title} · {paper.subtitle}"))
    return out.getvalue()


class _Pages(Canvas):  # type: ignore[misc]  # reportlab has no types
    """Keeps its pages until it is known how many there are, which each foot says."""

    def __init__(self, title: str, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._title, self._pages = title, list[dict[str, Any]]()

    def showPage(self) -> None:  # noqa: N802  # reportlab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(FONT, 7.5)
            self.setFillColor(QUIET)
            self.drawString(MARGIN, 11 * mm, _plain(self._title))
            told = _("Page %(page)d of %(pages)d") % {"page": number, "pages": len(self._pages)}
            self.drawRightString(A4[0] - MARGIN, 11 * mm, _plain(told))
            super().showPage()
        super().save()


def _story(paper: Paper) -> list[Flowable]:
    parties = Table(
        [[_lines(paper.addressee, TEXT), _lines(paper.issuer, QUIETLY)]],
        colWidths=[WIDTH * 0.55, WIDTH * 0.45],
    )
    parties.setStyle(
        TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    )
    story: list[Flowable] = [parties, Spacer(1, 14), _words(paper.title, TITLE)]
    story += [_words(paper.subtitle, QUIETLY), Spacer(1, 8)]
    for block in paper.blocks:
        story += _block(block)
    if paper.closing:
        story += [Spacer(1, 12), _words(paper.closing, QUIETLY)]
    return story


def _block(block: Block) -> list[Flowable]:
    told: list[Flowable] = []
    if block.title:
        told += [CondPageBreak(35 * mm), _words(block.title, HEAD)]  # no head without its rows
    if block.text:
        told.append(_words(block.text, TEXT))
    if block.rows:
        told += [Spacer(1, 3), _table(block)]
    return told


def _table(block: Block) -> Table:
    def cells(row: Sequence[str], plain: ParagraphStyle, number: ParagraphStyle) -> list[Flowable]:
        return [
            _words(text, number if place in block.numbers else plain)
            for place, text in enumerate(row)
        ]

    shares = block.widths or [1] * len(block.heads)
    rows = [cells(block.heads, LABEL, NUMBER_LABEL)]
    rows += [cells(row, CELL, NUMBER) for row in block.rows]
    table = Table(rows, colWidths=[WIDTH * one / sum(shares) for one in shares], repeatRows=1)
    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    if block.sums:
        style.append(("BACKGROUND", (0, -block.sums), (-1, -1), BAND))
    table.setStyle(TableStyle(style))
    return table


def _lines(lines: Sequence[str], style: ParagraphStyle) -> list[Flowable]:
    return [_words(line, style) for line in lines if line]


def _words(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(_plain(text)), style)


def shows(text: str) -> bool:
    """Whether a paper can show this, be it without some marks on its letters."""
    return all(_letter(one) for one in text)


def _plain(text: str) -> str:
    """What the standard fonts of PDF can show (Western European): `Dvořák` is written `Dvorák`;
    what has no Latin letter becomes a question mark.
    """
    return "".join(_letter(one) or "?" for one in text)


def _letter(one: str) -> str:
    """One letter as the fonts have it, without its marks if need be, or nothing."""
    parts = unicodedata.normalize("NFKD", one)
    bare = "".join(part for part in parts if not unicodedata.combining(part))
    for way in (one, LATIN.get(one, ""), bare):
        if way and len(way.encode("cp1252", "ignore")) == len(way):
            return way
    return ""


# Latin letters whose marks Unicode takes for a part of the letter.
LATIN = dict(zip("ŁłĐđıħĦŦŧŊŋ", "LlDdihHTtNn", strict=True))
