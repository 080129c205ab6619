"""Who may change a client's projects."""

import uuid

from accounts.selectors import permissions
from accounts.states import Permission
from marketplace.core.actors import Actor
from marketplace.core.errors import NotFound
from tasks.models import Project


def project_for_change(
    project_id: uuid.UUID, by: Actor, permission: Permission = Permission.PROJECTS
) -> Project:
    """The project, locked against other changes of itself (claims go on all the while).

    A stranger is told that there is none; a member whose role only looks is refused (403).
    """
    row = Project.objects.select_for_update(no_key=True).filter(pk=project_id).first()
    if row is None:
        raise NotFound("project")
    try:
        permissions.require(by, row.organization_id, permission)
    except NotFound:
        raise NotFound("project") from None
    return row
