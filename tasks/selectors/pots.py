"""The names of projects by the pots that hold their money."""

import uuid

from payments.chart import pot
from tasks.models import Project


def names(organization_id: uuid.UUID) -> dict[str, str]:
    """Each project of a client by its pot, `project:<id>`."""
    rows = Project.objects.filter(organization=organization_id).values_list("pk", "name")
    return {pot("project", pk): name for pk, name in rows}
