"""The report as PDF: the same report is the same file, byte for byte."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _
from reportlab.graphics.shapes import Circle, Drawing, Rect, String
from reportlab.graphics.shapes import Line as Stroke
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from tasks.report import charts, words
from tasks.report.charts import Box, Dot, Line, Plot, Shape

INK, QUIET, LINE = HexColor("#1d2733"), HexColor("#556270"), HexColor("#dfe4e9")
MAIN, SOFT, WARN = HexColor("#0b6470"), HexColor("#b9d7da"), HexColor("#a1261d")
COLOURS = {"ink": INK, "line": LINE, "main": MAIN, "soft": SOFT, "warn": WARN}
MARGIN, WIDTH = 18 * mm, A4[0] - 36 * mm - 12  # a frame keeps 6 points free on each side
FONT, BOLD = "Helvetica", "Helvetica-Bold"
TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=20, leading=24, textColor=INK)
HEAD = ParagraphStyle(
    "head", fontName=BOLD, fontSize=12.5, leading=16, textColor=INK, spaceBefore=14, spaceAfter=4
)
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=9.2, leading=13, textColor=INK, spaceAfter=4)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=7.6, leading=10, spaceAfter=0)
LABEL = ParagraphStyle("label", parent=SMALL, fontName=BOLD, textColor=QUIET)
CLAIM = ParagraphStyle("claim", fontName=BOLD, fontSize=13, leading=18, textColor=MAIN)


def write(report: Mapping[str, Any]) -> bytes:
    """The report's pages."""
    out = BytesIO()
    name = report["project"]["name"]
    title = _("Delivery %(number)d of “%(name)s”") % {"number": report["delivery"], "name": name}
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=20 * mm,
        title=_plain(title),
        author="Expert Marketplace",
        invariant=1,
    )

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont(FONT, 7.5)
        canvas.setFillColor(QUIET)
        canvas.drawString(MARGIN, 11 * mm, _plain(title))
        canvas.drawRightString(A4[0] - MARGIN, 11 * mm, str(page.page))

    document.build(_story(report, title), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _story(report: Mapping[str, Any], title: str) -> list[Flowable]:
    story: list[Flowable] = [
        _words(title, TITLE),
        _words(_("Quality report, made %s") % report["made_at"][:10], SMALL),
        Spacer(1, 8),
        _claim(words.headline(report)),
        Spacer(1, 6),
        *(_words(text) for text in words.caveats(report)),
    ]
    heads, rows = words.parts(report)
    if rows:
        story += _section(
            _("The warranty by part of the work"), [_table(heads, rows, (3, 1, 1, 1, 1.3, 1.6))]
        )
    heads, rows = words.lots(report)
    story += _section(_("How the lots were judged"), [_words(words.plan(report))])
    story.append(_table(heads, rows, (0.7, 1, 1, 1, 1, 1.1, 1.2, 3)))
    story += _section(
        _("How sure the results are"),
        [_words(words.confidence(report)), _draw(charts.confidences(report), WIDTH)],
    )
    for one in report["calibration"]:
        told: list[Flowable] = [_words(words.calibrated(one))]
        if one["calibrated"] and one["reliability"]:
            told.append(_draw(charts.reliability(one), WIDTH * 0.8))
        story += _section(_("Calibration of “%s”") % one["question"], told)
    story += _agreement(report) + _people(report)
    for one in words.confusions(report):
        heads, rows = words.confusion(one)
        title = _("Confusion on gold: %s") % words.confusion_title(one)
        drawn = _draw(charts.confusion(words.classes(one), one["counts"], title), WIDTH * 0.6)
        table = _table(heads, rows, (2, *(1 for _one in heads[1:])))
        story += _section(title, [_words(words.how_to_read()), drawn, table])
    if missing := words.left_out(report):
        story += _section(_("Left out here"), [_words(text) for text in missing])
    return story


def _agreement(report: Mapping[str, Any]) -> list[Flowable]:
    heads, rows = words.agreement(report)
    if not rows:
        return []
    whole = [one for one in report["agreement"] if one["part"] is None]
    plots = [
        _draw(charts.intervals(agreement_rows(one), agreement_title(one), -0.2), WIDTH * 0.75)
        for one in whole[: words.MOST_PLOTS]
        if one["tasks"]
    ]
    named = [
        KeepTogether([_words(agreement_title(one), LABEL), plot])
        for one, plot in zip(
            [one for one in whole[: words.MOST_PLOTS] if one["tasks"]], plots, strict=True
        )
    ]
    table = _table(heads, rows, (2, 1, 0.8, 1.6, 1.6, 1.6, 1.6, 1.6))
    return [
        *_section(_("How far annotators agree"), [_words(words.coefficients())]),
        table,
        Spacer(1, 8),
        *named,
    ]


def agreement_rows(
    one: Mapping[str, Any],
) -> list[tuple[str, float | None, float | None, float | None]]:
    """The coefficients of a question as rows of a plot."""
    names = {"raw": _("raw"), "alpha": "alpha", "ac1": "AC1", "fleiss": "kappa (Fleiss)",
             "cohen": "kappa (Cohen)"}  # fmt: skip
    return [
        (text, one[key]["value"], one[key]["lower"], one[key]["upper"])
        for key, text in names.items()
    ]


def agreement_title(one: Mapping[str, Any]) -> str:
    """The question, and the option of a set."""
    title: str = one["title"]
    return title if one["option"] is None else f"{title}: {one['option']}"


def _people(report: Mapping[str, Any]) -> list[Flowable]:
    heads, rows = words.annotators(report)
    if not rows:
        return []
    told: list[Flowable] = [_words(words.people())]
    known = skill_rows(report)
    if known:
        told.append(_draw(charts.intervals(known, _("Skill of those who answered")), WIDTH * 0.75))
    return [*_section(_("Who answered"), told), _table(heads, rows, (1.2, 1, 1, 1.6, 2))]


def skill_rows(
    report: Mapping[str, Any],
) -> list[tuple[str, float | None, float | None, float | None]]:
    """The skill of the twenty who answered most, as rows of a plot."""
    return [
        (one["annotator"][:8], one["skill"]["mean"], one["skill"]["lower"], one["skill"]["upper"])
        for one in report["annotators"]
        if one["skill"]
    ][:20]


def _section(title: str, told: Sequence[Flowable]) -> list[Flowable]:
    return [KeepTogether([_words(title, HEAD), *told])]


def _claim(text: str) -> Table:
    box = Table([[_words(text, CLAIM)]], colWidths=[WIDTH])
    box.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), HexColor("#e3f1f2")),
                ("LINEBEFORE", (0, 0), (0, -1), 3, MAIN),
                ("LEFTPADDING", (0, 0), (-1, -1), 12),
                ("TOPPADDING", (0, 0), (-1, -1), 9),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 10),
            ]
        )
    )
    return box


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]) -> Table:
    cells = [[_words(one, LABEL) for one in heads]]
    cells += [[_words(one, SMALL) for one in row] for row in rows]
    widths = [WIDTH * share / sum(shares) for share in shares]
    table = Table(cells, colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
                ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 2),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _words(text: str, style: ParagraphStyle = TEXT) -> Paragraph:
    return Paragraph(escape(_plain(text)), style)


def _plain(text: str) -> str:
    """What the standard fonts of PDF can write; other signs become question marks."""
    return text.encode("cp1252", "replace").decode("cp1252")


def _draw(plot: Plot, width: float) -> Drawing:
    scale = width / 100
    drawing = Drawing(width, plot.height * scale)
    for one in plot.shapes:
        drawing.add(_shape(one, scale, plot.height))
    return drawing


def _shape(one: Shape, scale: float, height: float) -> Any:
    """PDF measures from below."""
    if isinstance(one, Box):
        return Rect(one.x * scale, (height - one.y - one.height) * scale, one.width * scale,
                    one.height * scale, fillColor=COLOURS[one.role], strokeColor=None)  # fmt: skip
    if isinstance(one, Line):
        return Stroke(
            one.x1 * scale, (height - one.y1) * scale, one.x2 * scale, (height - one.y2) * scale,
            strokeColor=COLOURS[one.role], strokeWidth=1.4 if one.role == "main" else 0.5,
            strokeDashArray=[3, 2] if one.dashed else None,
        )  # fmt: skip
    if isinstance(one, Dot):
        return Circle(one.x * scale, (height - one.y) * scale, one.radius * scale,
                      fillColor=COLOURS[one.role], strokeColor=None)  # fmt: skip
    return String(one.x * scale, (height - one.y) * scale, _plain(one.text), textAnchor=one.anchor,
                  fontName=FONT, fontSize=7.5, fillColor=QUIET)  # fmt: skip
