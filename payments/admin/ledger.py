"""The ledger browser: every balance opens the legs that it is made of, every leg its entry, and
every entry what it was about. Read only, for those who have the permission of the books.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.core import clock
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.errors import NotFound
from payments.admin import ledger_rows as rows
from payments.admin import platform_month, words
from payments.chart import CHART
from payments.currencies import CURRENCIES
from payments.models import LedgerAccount, LedgerEntry
from payments.report import paper, sheet
from payments.selectors import browsing, finding, owners, papers
from payments.selectors.browsing import Days

SEE = "payments.view_ledgerentry"
PDF = "application/pdf"
KEPT = ("about", "key", "account", "currency")
"""What a list of entries was opened with, which its form keeps."""


class NarrowForm(forms.Form):
    """Which entries or legs are shown; every field is optional, and a wrong one is told."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What"),
        required=False,
        choices=[("", gettext_lazy("everything")), *words.ENTRIES.items()],
    )
    since = forms.DateField(
        label=gettext_lazy("From day (UTC)"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
    )
    until = forms.DateField(
        label=gettext_lazy("To day (UTC)"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
    )
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """The days in their order."""
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["since"] > data["until"]:
            self.add_error("until", _("This is before the first day."))
        return data

    def asked(self) -> dict[str, Any]:
        """What the selectors take; nothing is narrowed while the form is wrong."""
        if not self.is_valid():
            return {"kind": "", "days": Days(), "before": None}
        data = self.cleaned_data
        days = Days(data["since"], data["until"])
        return {"kind": data["kind"], "days": days, "before": data["before"]}


class BooksAdmin(ReadOnlyAdmin):
    """Read by those who have the permission of the books, changed by nobody."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Other staff see none of it."""
        return self.admin_site.has_permission(request) and request.user.has_perm(SEE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Nor a link to it."""
        return self.has_view_permission(request)

    def page(self, request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
        """One of the browser's pages."""
        frame = self.admin_site.each_context(request)
        template = f"payments/desk/ledger_{name}.html"
        return TemplateResponse(request, template, {**frame, "opts": self.opts, **context})

    def gate(self, request: HttpRequest) -> None:
        """Refuses (403) who may not see the books."""
        if not self.has_view_permission(request):
            raise PermissionDenied


def older(request: HttpRequest, key: object, name: str = "before") -> str:
    """The address of the next page: as this one, from that row on; empty where there is none."""
    if not key:
        return ""
    query = request.GET.copy()
    query[name] = str(key)
    return f"?{query.urlencode()}"


def accounts_asked(request: HttpRequest) -> tuple[str, str] | None:
    """The kind of account and the currency that an address names; what is none narrows nothing."""
    kind, currency = request.GET.get("account", ""), request.GET.get("currency", "")
    return (kind, currency) if kind in CHART and currency in CURRENCIES else None


def newest(request: HttpRequest, name: str = "before") -> str:
    """The address of the first page; empty where this is it."""
    query = request.GET.copy()
    return f"?{query.urlencode()}" if query.pop(name, None) else ""


@admin.register(LedgerAccount)
class LedgerAccountAdmin(BooksAdmin):
    """All balances by kind, the accounts of a kind or an owner, and the legs of one."""

    def get_urls(self) -> list[URLPattern]:
        """The search and the trial balance on paper, before the table's own."""
        wrap = self.admin_site.admin_view
        return [
            path("find/", wrap(self.find), name="payments_ledger_find"),
            path("trial.pdf", wrap(self.trial), name="payments_trial"),
            path("month/<int:year>/<int:month>/", wrap(self.month), name="payments_month"),
            path("month/<int:year>/<int:month>.pdf", wrap(self.pdf), name="payments_month_pdf"),
            path("month/<int:year>/<int:month>.csv", wrap(self.csv), name="payments_month_csv"),
            *super().get_urls(),
        ]

    def trial(self, request: HttpRequest) -> HttpResponse:
        """All books as they are now: what each kind of account holds, debits beside credits."""
        self.gate(request)
        reply = HttpResponse(paper.write(papers.platform(clock.now(), words.account)), PDF)
        reply["Content-Disposition"] = 'attachment; filename="trial-balance.pdf"'
        return reply

    def month(self, request: HttpRequest, year: int, month: int) -> HttpResponse:
        """The platform's month: fees, costs, what it owes and holds, and the trial balance."""
        self.gate(request)
        told = platform_month.statement(year, month)
        before, after = platform_month.around(year, month)
        return self.page(
            request,
            "month",
            title=f"{told.title} · {told.subtitle}",
            paper=told,
            year=year,
            month=month,
            before=before,
            after=after if after <= clock.now().date() else None,
        )

    def pdf(self, request: HttpRequest, year: int, month: int) -> HttpResponse:
        """The month on paper."""
        self.gate(request)
        reply = HttpResponse(paper.write(platform_month.statement(year, month)), PDF)
        reply["Content-Disposition"] = f'attachment; filename="platform-{year}-{month:02d}.pdf"'
        return reply

    def csv(self, request: HttpRequest, year: int, month: int) -> HttpResponse:
        """The month for a spreadsheet: each kind of account and entry."""
        self.gate(request)
        lines = sheet.write(platform_month.HEADS, platform_month.sheet_rows(year, month))
        reply = HttpResponse(lines, "text/csv; charset=utf-8")
        reply["Content-Disposition"] = f'attachment; filename="platform-{year}-{month:02d}.csv"'
        return reply

    def find(self, request: HttpRequest) -> HttpResponse:
        """Straight to the one thing that was meant, or a choice."""
        self.gate(request)
        text = request.GET.get("q", "")[:200]
        hits = [(hit.text, rows.address(hit)) for hit in finding.find(text)]
        if len(hits) == 1:
            return redirect(hits[0][1])
        return self.page(request, "found", title=_("Found in the books"), q=text, hits=hits)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Of an owner, of a kind in a currency, or the balance of every kind."""
        self.gate(request)
        owner, kind = request.GET.get("owner", ""), request.GET.get("kind", "")
        if owner:
            found = browsing.of_owner(owner)
            name = owners.called([owner])[owner]
            title = _("Accounts of %s") % name
            return self.page(request, "accounts", title=title, rows=rows.accounts(found))
        if kind in CHART and request.GET.get("currency", "") in CURRENCIES:
            currency = request.GET["currency"]
            found, after = browsing.of_kind(kind, currency, request.GET.get("after", ""))
            return self.page(
                request,
                "accounts",
                title=f"{words.account(kind)} ({currency.upper()})",
                rows=rows.accounts(found),
                older=older(request, after, "after"),
                newest=newest(request, "after"),
            )
        now = clock.now()
        return self.page(request, "trial", title=_("The books"), books=rows.trial(), now=now)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The legs of one account, newest first, with the balance after each."""
        if request.method == "POST":
            raise PermissionDenied
        self.gate(request)
        row = browsing.account(object_id)
        if row is None:
            raise NotFound("account")
        form = NarrowForm(request.GET)
        held = browsing.balance(row)
        found = browsing.legs(row, **form.asked())
        name = owners.called([row.owner_key])[row.owner_key]
        return self.page(
            request,
            "account",
            title=f"{words.account(row.kind)} · {name}",
            facts=rows.account_facts(row, name, held),
            lines=rows.lines(found.rows, row.currency),
            form=form,
            running=not form.asked()["kind"],
            older=older(request, found.older),
            newest=newest(request),
        )


@admin.register(LedgerEntry)
class LedgerEntryAdmin(BooksAdmin):
    """Entries by kind, day, key or what they were about; one entry with all that belongs to it."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Entries, newest first."""
        self.gate(request)
        about, form = request.GET.get("about", ""), NarrowForm(request.GET)
        keys = finding.keys_about(about) if about else None
        if about and keys is None:
            raise NotFound("row")
        key, on = request.GET.get("key", ""), accounts_asked(request)
        found = browsing.entries(keys=keys, key=key, on=on, **form.asked())
        title = _("Entries about %s") % about if about else _("Entries")
        if on:
            title = f"{title}: {words.account(on[0])} ({on[1].upper()})"
        return self.page(
            request,
            "entries",
            title=title,
            rows=rows.entries(found.rows),
            form=form,
            kept=[(name, request.GET[name]) for name in KEPT if request.GET.get(name)],
            older=older(request, found.older),
            newest=newest(request),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One entry: its legs, what it was about, who did it, what undid it."""
        if request.method == "POST":
            raise PermissionDenied
        self.gate(request)
        row = browsing.entry(object_id)
        if row is None:
            raise NotFound("entry")
        return self.page(request, "entry", title=words.entry(row.kind), **rows.entry(row))
