"""Agreements of confidentiality that an annotator may read: signed, or asked of them.

A client's agreement may itself be confidential, so it is shown to those alone who signed it, those
who would be eligible for a project that asks for it, and those whom its client has chosen: on its
allow list or in one of its teams.
"""

import uuid

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import ListEntry, Nda, NdaSignature, TeamMember
from accounts.states import ListKind
from tasks.matching import sql
from tasks.matching.rules import PAIR_RULES

_OTHERS = [rule for rule in PAIR_RULES if rule.code != "nda_missing"]
_WANTED = f"""
SELECT DISTINCT project.nda_id
  FROM accounts_annotatorprofile annotator
 CROSS JOIN tasks_project project
 WHERE annotator.id = %(annotator)s
   AND project.nda_id IS NOT NULL
   AND {sql.HANDED_OUT}
   AND {sql.all_hold(_OTHERS)}"""  # noqa: S608 - our own rules


def signed(annotator_id: uuid.UUID) -> QuerySet[NdaSignature]:
    """What an annotator has signed, latest first."""
    rows = NdaSignature.objects.filter(annotator_id=annotator_id).select_related("nda")
    return rows.order_by("-signed_at", "-id")


def wanted(annotator_id: uuid.UUID) -> list[uuid.UUID]:
    """The agreements of projects for which an annotator is eligible but, maybe, for a signature."""
    with connection.cursor() as cursor:
        cursor.execute(_WANTED, {"annotator": annotator_id})
        return [nda_id for (nda_id,) in cursor.fetchall()]


def asked(annotator_id: uuid.UUID) -> QuerySet[Nda]:
    """What an annotator is asked to sign and has not: what projects want that they could do, and
    the latest version of each client that has chosen them; never of one that shuts them out.
    """
    client = OuterRef("organization_id")
    entries = ListEntry.objects.filter(annotator_id=annotator_id, organization_id=client)
    teams = TeamMember.objects.filter(annotator_id=annotator_id)
    newer = Nda.objects.filter(organization_id=client, version__gt=OuterRef("version"))
    chosen = Exists(entries.filter(kind=ListKind.ALLOW)) | Exists(
        teams.filter(team__organization_id=client)
    )
    rows = Nda.objects.filter(Q(chosen, ~Exists(newer)) | Q(pk__in=wanted(annotator_id)))
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
