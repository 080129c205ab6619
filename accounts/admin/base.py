"""What the desks share: rows to read, a page on which to act upon a row, a page that makes one."""

from abc import ABCMeta, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.selectors.actors import of_staff
from marketplace.core.actors import Actor
from marketplace.core.admin import ReadOnlyAdmin
from marketplace.core.errors import NotFound, Refused

Facts = list[tuple[str, Any]]


def show(form: forms.Form, refused: Refused, **fields: str) -> None:
    """Put a refusal where its faults are, or on top of the form; `fields`: where the form calls
    what the action names otherwise.
    """
    if not refused.faults:
        form.add_error(None, refused.message)
    for fault in refused.faults:
        name = fault.pointer.removeprefix("/")
        field = fields.get(name, name)
        if field in form.fields:
            form.add_error(field, fault.detail)
        else:
            form.add_error(None, f"{field}: {fault.detail}")


class Unfinished(ABCMeta, forms.MediaDefiningClass):
    """Django's admin classes with abstract methods: one that lacks some cannot be registered."""


class PageAdmin(ReadOnlyAdmin, metaclass=Unfinished):
    """A page with a form that asks for one action; a refusal is shown on the form.

    `renamed`: what the form calls otherwise than the action does.
    """

    renamed: ClassVar[Mapping[str, str]] = {}

    def page_name(self, page: str) -> str:
        """The name of one of this table's own URLs, without the site's `admin:`."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def form_page(self, request: HttpRequest, form: forms.Form, **context: Any) -> TemplateResponse:
        """The form with what stands beside it."""
        frame = self.admin_site.each_context(request)
        button = context.get("title", _("Save"))
        whole = {**frame, "opts": self.opts, "form": form, "button": button, **context}
        status = 422 if form.errors else 200
        return TemplateResponse(request, "accounts/desk/decide.html", whole, status=status)


class ActingAdmin(PageAdmin):
    """Adds `<id>/decide/`: the row's facts, a form, and the action that the form asks for."""

    decide_form: ClassVar[type[forms.Form]]
    decide_title: ClassVar[Any]
    decide_button: ClassVar[Any] = None
    """What the button says; where nothing is set, the title."""

    def get_urls(self) -> list[URLPattern]:
        """The decide page before Django's own."""
        view = self.admin_site.admin_view(self.decide)
        name = self.page_name("decide")
        return [path("<uuid:object_id>/decide/", view, name=name), *super().get_urls()]

    @admin.display(description=gettext_lazy("what to do"))
    def decide_link(self, row: Model) -> SafeString:
        """A column that leads to the row's decide page."""
        url = reverse(f"admin:{self.page_name('decide')}", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, self.decide_title)

    def decide(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Show the row and do what the form says; a refusal is shown on the form."""
        row = self.get_object(request, str(object_id))
        if row is None:
            raise NotFound(str(self.opts.verbose_name))
        by = of_staff(request.user)
        form = self.decide_form(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                self.perform(row, form.cleaned_data, by)
            except Refused as refused:
                show(form, refused, **self.renamed)
            else:
                messages.success(request, _("Done."))
                return redirect(self.after(row))
        title = str(self.decide_title)
        return self.form_page(
            request,
            form,
            title=title,
            button=str(self.decide_button or title),
            row=row,
            called=self.called_row(row),
            facts=self.facts(row, by),
            over=not self.offered(row, form),
        )

    def called_row(self, row: Any) -> str:
        """The row's name on its page."""
        return str(row)

    def offered(self, row: Any, form: forms.Form) -> bool:
        """Whether there is anything to decide about the row; may leave out of the form what does
        not fit it. The action refuses what is asked for all the same.
        """
        return True

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The row, with a link to its decide page."""
        try:
            url = reverse(f"admin:{self.page_name('decide')}", args=[UUID(object_id)])
        except ValueError:  # no row has it, as Django will say
            url = ""
        links = {"act_url": url, "act_title": self.decide_title}
        return super().change_view(request, object_id, form_url, {**links, **(extra_context or {})})

    @abstractmethod
    def perform(self, row: Any, data: dict[str, Any], by: Actor) -> None:
        """Call the one action that the form asks for."""

    @abstractmethod
    def facts(self, row: Any, by: Actor) -> Facts:
        """What staff need to see in order to decide, as (label, text or link)."""

    def after(self, row: Any) -> str:
        """Where to go once it is done: back to the page."""
        return reverse(f"admin:{self.page_name('decide')}", args=[row.pk])


class MakingAdmin(PageAdmin):
    """Adds `new/`, which the list links to: a form, and the action that makes a row from it."""

    change_list_template = "accounts/desk/making_changelist.html"
    new_form: ClassVar[type[forms.Form]]
    new_title: ClassVar[Any]

    def get_urls(self) -> list[URLPattern]:
        """The new page before Django's own."""
        view = self.admin_site.admin_view(self.new)
        return [path("new/", view, name=self.page_name("new")), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list with a link to the new page."""
        url = reverse(f"admin:{self.page_name('new')}")
        links = {"new_url": url, "new_title": self.new_title}
        return super().changelist_view(request, {**(extra_context or {}), **links})

    def new(self, request: HttpRequest) -> HttpResponse:
        """Show the form and make what it says; a refusal is shown on the form."""
        by = of_staff(request.user)
        form = self.new_form(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                self.make(form.cleaned_data, by)
            except Refused as refused:
                show(form, refused, **self.renamed)
            else:
                messages.success(request, _("Done."))
                return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        title = str(self.new_title)
        return self.form_page(request, form, title=title, row=title, facts=[])

    @abstractmethod
    def make(self, data: dict[str, Any], by: Actor) -> None:
        """Call the one action that makes the row."""
