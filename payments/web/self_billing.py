"""Self-billing: an annotator agrees to it, ends it, and takes the invoices made in their name."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.web.actors import request_actor
from accounts.web.forms import show
from marketplace.core.errors import NotFound, Refused
from payments.actions import self_billing
from payments.models import SelfBilledInvoice, SelfBilledNote, SelfBillingAgreement
from payments.report import paper, sheet
from payments.selectors import self_billed
from payments.web.statements import CSV, download
from payments.web.views import own_profile


class AgreementForm(forms.Form):
    """What stands on the invoices."""

    legal_name = forms.CharField(max_length=200, label=gettext_lazy("Legal name"))
    line1 = forms.CharField(max_length=200, label=gettext_lazy("Street and number"))
    line2 = forms.CharField(
        max_length=200, required=False, label=gettext_lazy("More of the address")
    )
    postal_code = forms.CharField(max_length=20, required=False, label=gettext_lazy("Postal code"))
    city = forms.CharField(max_length=100, label=gettext_lazy("City"))
    country = forms.CharField(
        max_length=2, label=gettext_lazy("Country"), help_text=gettext_lazy("Two letters, as DE.")
    )
    vat_id = forms.CharField(
        max_length=40,
        required=False,
        label=gettext_lazy("VAT id"),
        help_text=gettext_lazy("Only if you have one."),
    )
    accepted = forms.BooleanField(required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def page(request: HttpRequest) -> HttpResponse:
    """The agreement, the form of the data, and the invoices, newest first."""
    annotator, by = own_profile(request), request_actor(request)
    live = SelfBillingAgreement.objects.visible_to(by).filter(ended_at__isnull=True).first()
    kept = {name: getattr(live, name) for name in self_billing.LENGTHS} if live else {}
    first = {"country": annotator.country, **kept}
    form = AgreementForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            self_billing.agree(annotator_id=annotator.pk, by=by, **form.cleaned_data)
        except Refused as refusal:
            show(form, refusal)
        else:
            messages.success(request, _("Invoices are made in your name from now on."))
            return redirect("payments:self_billing")
    context = {
        "live": live,
        "form": form,
        "terms": self_billing.terms(),
        "invoices": self_billed.invoices(by)[:500],
    }
    status = 422 if form.errors else 200
    return render(request, "payments/self_billing.html", context, status=status)


@require_POST
@login_required
def end(request: HttpRequest) -> HttpResponse:
    """No more invoices from now on."""
    annotator = own_profile(request)
    try:
        self_billing.end(annotator_id=annotator.pk, by=request_actor(request))
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("No more invoices are made in your name."))
    return redirect("payments:self_billing")


@require_GET
@login_required
def pdf(request: HttpRequest, invoice_id: UUID) -> HttpResponse:
    """One invoice on paper."""
    own_profile(request)
    rows = SelfBilledInvoice.objects.visible_to(request_actor(request))
    row = rows.select_related("agreement", "payout").filter(pk=invoice_id).first()
    if row is None:
        raise NotFound("invoice")
    return download(paper.write(self_billed.paper(row)), "application/pdf", f"{row}.pdf")


@require_GET
@login_required
def note_pdf(request: HttpRequest, note_id: UUID) -> HttpResponse:
    """One credit note on paper."""
    own_profile(request)
    rows = SelfBilledNote.objects.visible_to(request_actor(request))
    row = rows.select_related("invoice__agreement", "withdraws").filter(pk=note_id).first()
    if row is None:
        raise NotFound("note")
    return download(paper.write(self_billed.note_paper(row)), "application/pdf", f"{row}.pdf")


@require_GET
@login_required
def as_csv(request: HttpRequest) -> HttpResponse:
    """Every invoice and credit note, a line each, the newest first."""
    own_profile(request)
    lines = self_billed.sheet_rows(request_actor(request))
    return download(sheet.write(self_billed.HEADS, lines), CSV, "self-billing.csv")
