"""The fairness report, of the platform and of each project: pages of the desk."""

from uuid import UUID

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from accounts.selectors.actors import of_staff
from marketplace.core.errors import NotFound
from tasks.admin.review import reviewer
from tasks.models import Project
from tasks.selectors import fairness

MOST_PEOPLE = 50
USUAL = 30


class Pages:
    """The pages, for the admin site they are shown in."""

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[URLPattern]:
        """To stand before the project table's own."""
        wrap = self.site.admin_view
        return [
            path("fairness/", wrap(self.platform), name="tasks_fairness"),
            path("<uuid:project_id>/fairness/", wrap(self.project), name="tasks_fairness_one"),
        ]

    def platform(self, request: HttpRequest) -> HttpResponse:
        """All projects together."""
        return self._page(request, None)

    def project(self, request: HttpRequest, project_id: UUID) -> HttpResponse:
        """One project."""
        actor = of_staff(reviewer(request))
        row = Project.objects.visible_to(actor).filter(pk=project_id).first()
        if row is None:
            raise NotFound("project")
        return self._page(request, row)

    def _page(self, request: HttpRequest, project: Project | None) -> HttpResponse:
        days = request.GET.get("days", "")
        chosen = int(days) if days in map(str, fairness.DAYS) else USUAL
        report = fairness.report(project.pk if project else None, chosen)
        context = {
            **self.site.each_context(request),
            "title": _("Fairness of “%s”") % project.name if project else _("Fairness"),
            "project": project,
            "periods": fairness.DAYS,
            "report": report,
            "people": report.people[:MOST_PEOPLE],
            "tables": [(_("Countries"), report.countries), (_("Domains"), report.domains)],
        }
        return TemplateResponse(request, "tasks/desk/fairness.html", context)
