"""Agreements of confidentiality that an annotator may read: signed, or asked of them.

A client's agreement may itself be confidential, so it is shown to those alone who signed it and
those whom its client has chosen: on its allow list, in one of its teams, or in the team of a
project that asks for it.
"""

import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import ListEntry, Nda, NdaSignature, TeamMember
from accounts.states import ListKind
from tasks.models import Project
from tasks.states import ProjectState

_WANTED = (ProjectState.ACTIVE, ProjectState.PAUSED)


def signed(annotator_id: uuid.UUID) -> QuerySet[NdaSignature]:
    """What an annotator has signed, latest first."""
    rows = NdaSignature.objects.filter(annotator_id=annotator_id).select_related("nda")
    return rows.order_by("-signed_at", "-id")


def asked(annotator_id: uuid.UUID) -> QuerySet[Nda]:
    """What an annotator is asked to sign and has not: the latest version of each client that has
    chosen them, and what the projects of their teams name. Never of a client that shuts them out.
    """
    client = OuterRef("organization_id")
    entries = ListEntry.objects.filter(annotator_id=annotator_id, organization_id=client)
    teams = TeamMember.objects.filter(annotator_id=annotator_id)
    newer = Nda.objects.filter(organization_id=client, version__gt=OuterRef("version"))
    chosen = Exists(entries.filter(kind=ListKind.ALLOW)) | Exists(
        teams.filter(team__organization_id=client)
    )
    named = Project.objects.filter(
        nda_id=OuterRef("pk"), state__in=_WANTED, team__in=teams.values("team_id")
    )
    rows = Nda.objects.filter(Q(chosen, ~Exists(newer)) | Q(Exists(named)))
    shut_out = Exists(entries.filter(kind=ListKind.DENY))
    mine = NdaSignature.objects.filter(annotator_id=annotator_id)
    rows = rows.exclude(shut_out).exclude(pk__in=mine.values("nda_id"))
    return rows.order_by("-published_at", "-id")


def readable(annotator_id: uuid.UUID, nda_id: uuid.UUID) -> Nda | None:
    """The agreement, if the annotator signed it or is asked to; None otherwise."""
    mine = Nda.objects.filter(signatures__annotator_id=annotator_id, pk=nda_id).first()
    return mine or asked(annotator_id).filter(pk=nda_id).first()


def signature(annotator_id: uuid.UUID, nda_id: uuid.UUID) -> NdaSignature | None:
    """An annotator's signature under one version."""
    return NdaSignature.objects.filter(annotator_id=annotator_id, nda_id=nda_id).first()
