"""What the desks of this app share: rows to read, and one page on which to act upon a row."""

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


class ActingAdmin(ReadOnlyAdmin):
    """Adds `<id>/decide/`: the row's facts, a form, and the action that the form asks for."""

    decide_form: ClassVar[type[forms.Form]]
    decide_title: ClassVar[Any]

    def get_urls(self) -> list[URLPattern]:
        """The decide page before Django's own."""
        name = f"accounts_{self.opts.model_name}_decide"
        view = self.admin_site.admin_view(self.decide)
        return [path("<uuid:object_id>/decide/", view, name=name), *super().get_urls()]

    @admin.display(description=gettext_lazy("what to do"))
    def decide_link(self, row: Model) -> SafeString:
        """A column that leads to the row's decide page."""
        url = reverse(f"admin:accounts_{self.opts.model_name}_decide", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, self.decide_title)

    def decide(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Show the row and do what the form says; a refusal is shown on the form."""
        row = self.get_object(request, str(object_id))
        if row is None:
            raise NotFound(str(self.opts.verbose_name))
        by = of_staff(request.user)
        form = self.decide_form(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                self.perform(row, form.cleaned_data, by)
            except Refused as refused:
                form.add_error(None, refused.message)
                for fault in refused.faults:
                    form.add_error(None, f"{fault.pointer.removeprefix('/')}: {fault.detail}")
            else:
                messages.success(request, _("Done."))
                return redirect(self.after(row))
        context = {
            **self.admin_site.each_context(request),
            "title": str(self.decide_title),
            "opts": self.opts,
            "row": row,
            "facts": self.facts(row, by),
            "form": form,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "accounts/desk/decide.html", context, status=status)

    def perform(self, row: Any, data: dict[str, Any], by: Actor) -> None:
        """Call the one action that the form asks for."""
        raise NotImplementedError

    def facts(self, row: Any, by: Actor) -> Facts:
        """What staff need to see in order to decide, as (label, text or link)."""
        raise NotImplementedError

    def after(self, row: Any) -> str:
        """Where to go once it is done: back to the page."""
        return reverse(f"admin:accounts_{self.opts.model_name}_decide", args=[row.pk])
