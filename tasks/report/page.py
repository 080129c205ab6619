"""The report as sections of a page: sentences, plots, a table."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tasks.report import charts, svg, words
from tasks.report.pdf import agreement_rows, agreement_title, skill_rows


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it; `plots` are (caption, picture)."""

    title: str
    texts: tuple[str, ...] = ()
    plots: tuple[tuple[str, SafeString], ...] = ()
    table: words.Table | None = None


def sections(report: Mapping[str, Any]) -> Iterator[Section]:
    """All sections, in the order of the PDF."""
    if report["warranty"]:
        yield Section(_("The warranty by part of the work"), table=words.parts(report))
    yield Section(_("How the lots were judged"), (words.plan(report),), table=words.lots(report))
    sure = svg.draw(charts.confidences(report))
    yield Section(_("How sure the results are"), (words.confidence(report),), (("", sure),))
    for one in report["calibration"]:
        shown = one["calibrated"] and one["reliability"]
        plots = (("", svg.draw(charts.reliability(one))),) if shown else ()
        title = _("Calibration of “%s”") % one["question"]
        yield Section(title, (words.calibrated(one),), plots)
    if report["agreement"]:
        yield _agreement(report)
    if report["annotators"]:
        yield _people(report)
    for one in words.confusions(report):
        title = _("Confusion on gold: %s") % words.confusion_title(one)
        drawn = svg.draw(charts.confusion(words.classes(one), one["counts"], title))
        yield Section(title, (words.how_to_read(),), (("", drawn),), words.confusion(one))
    if missing := tuple(words.left_out(report)):
        yield Section(_("Left out here"), missing)


def _agreement(report: Mapping[str, Any]) -> Section:
    whole = [one for one in report["agreement"] if one["part"] is None and one["tasks"]]
    plots = tuple(
        (
            agreement_title(one),
            svg.draw(charts.intervals(agreement_rows(one), agreement_title(one), -0.2)),
        )
        for one in whole[: words.MOST_PLOTS]
    )
    return Section(
        _("How far annotators agree"), (words.coefficients(),), plots, words.agreement(report)
    )


def _people(report: Mapping[str, Any]) -> Section:
    known = skill_rows(report)
    title = _("Skill of those who answered")
    plots = (("", svg.draw(charts.intervals(known, title))),) if known else ()
    return Section(_("Who answered"), (words.people(),), plots, words.annotators(report))
