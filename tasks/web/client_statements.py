"""A client's statements: the months, and one month as page, PDF and CSV."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.models import Organization
from accounts.web.client import chosen
from marketplace.core.errors import NotFound
from payments.report import paper, sheet
from payments.selectors import client_month, client_papers, movements
from tasks.selectors import pots


def _of(request: HttpRequest) -> Organization:
    organization = chosen(request)
    if organization is None:
        raise NotFound("organization")
    return organization


@require_GET
@login_required
def rows(request: HttpRequest) -> HttpResponse:
    """The months in which anything moved, newest first."""
    organization = _of(request)
    context = {"organization": organization, "months": client_month.months(organization.pk)}
    return render(request, "tasks/client_statements.html", context)


@require_GET
@login_required
def month(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """One month: what was there, came, was spent on what, and is left."""
    organization = _of(request)
    span = movements.asked_month(year, number)
    context = {
        "organization": organization,
        "month": span.since,
        "paper": client_papers.month(organization, span, pots.names(organization.pk)),
    }
    return render(request, "tasks/client_statement.html", context)


@require_GET
@login_required
def pdf(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """The same on paper, with the client's billing data and who the platform is."""
    organization = _of(request)
    span = movements.asked_month(year, number)
    told = client_papers.month(organization, span, pots.names(organization.pk))
    return _file(paper.write(told), "application/pdf", f"statement-{year}-{number:02d}.pdf")


@require_GET
@login_required
def csv(request: HttpRequest, year: int, number: int) -> HttpResponse:
    """Each line for a spreadsheet."""
    organization = _of(request)
    span = movements.asked_month(year, number)
    lines = client_papers.sheet(organization.pk, span, pots.names(organization.pk))
    text = sheet.write(client_papers.SHEET, lines)
    return _file(text, "text/csv; charset=utf-8", f"statement-{year}-{number:02d}.csv")


def _file(content: bytes | str, kind: str, name: str) -> HttpResponse:
    reply = HttpResponse(content, content_type=kind)
    reply["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply
