"""A project's instructions as people read them."""

from django.utils.safestring import SafeString

from marketplace.core.richtext import render_markdown
from tasks.models import Guideline, Project


def rendered(project: Project, version: int) -> SafeString:
    """One version as HTML; empty where there is none."""
    row = Guideline.objects.filter(project=project, version=version).first()
    return render_markdown(row.text if row else "")


def latest(project: Project) -> SafeString:
    """The newest version as HTML; empty where there is none yet."""
    row = Guideline.objects.filter(project=project).order_by("-version").first()
    return render_markdown(row.text if row else "")
