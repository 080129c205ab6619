"""An annotator's statements: by month, and by tax year, as PDF and CSV."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from payments.report import paper, sheet
from payments.selectors import movements, papers
from payments.web.views import own_profile

ITEMS = ("booked_at", "what", "currency", "amount_minor", "entry")
TAX = ("year", "month", "currency", "transfers", "amount_minor", "back_minor", "net_minor")


@require_GET
@login_required
def rows(request: HttpRequest) -> HttpResponse:
    """The months and years in which anything moved, newest first."""
    annotator = own_profile(request)
    months = movements.months([f"annotator:{annotator.pk}"])
    context = {
        "months": [dt.date(year, month, 1) for year, month in months],
        "years": sorted({year for year, _month in months}, reverse=True),
    }
    return render(request, "payments/statements.html", context)


@require_GET
@login_required
def month_pdf(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """One month on paper."""
    annotator = own_profile(request)
    movements.asked_month(year, month)
    content = paper.write(papers.annotator_month(annotator, year, month))
    return download(content, "application/pdf", f"earnings-{year}-{month:02d}.pdf")


@require_GET
@login_required
def month_csv(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """Each entry of one month."""
    annotator = own_profile(request)
    found = papers.items([f"annotator:{annotator.pk}"], movements.asked_month(year, month))
    lines = [(one.at, one.what, one.currency, one.amount_minor, one.key) for one in found]
    return download(sheet.write(ITEMS, lines), CSV, f"earnings-{year}-{month:02d}.csv")


@require_GET
@login_required
def year_pdf(request: HttpRequest, year: int) -> HttpResponse:
    """What was transferred in a year, on paper."""
    annotator = own_profile(request)
    movements.asked_month(year, 1)
    content = paper.write(papers.annotator_year(annotator, year))
    return download(content, "application/pdf", f"payments-{year}.pdf")


@require_GET
@login_required
def year_csv(request: HttpRequest, year: int) -> HttpResponse:
    """What was transferred in a year, by month and currency."""
    annotator = own_profile(request)
    movements.asked_month(year, 1)
    paid = movements.paid_in_year(annotator.pk, year)
    lines = [
        (
            *(year, one.month, one.currency, one.payouts),
            *(one.amount_minor, one.back_minor, one.net_minor),
        )
        for one in paid
    ]
    return download(sheet.write(TAX, lines), CSV, f"payments-{year}.csv")


CSV = "text/csv; charset=utf-8"


def download(content: bytes | str, kind: str, name: str) -> HttpResponse:
    """A file to keep."""
    reply = HttpResponse(content, content_type=kind)
    reply["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply
