"""The facts that the rules of eligibility ask for, read for one, some or all annotators."""

import uuid
from collections.abc import Iterator

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from accounts.models import AnnotatorProfile, Credential
from accounts.selectors.credentials import valid
from accounts.states import AnnotatorState
from payments.currencies import rail_for
from tasks.matching.rules import AnnotatorFacts, ProjectFacts
from tasks.models import Project

Row = tuple[uuid.UUID, str, list[str], str, list[str], list[str]]


def of_project(project: Project) -> ProjectFacts:
    """A project's requirements."""
    return ProjectFacts(
        domain=project.domain_id,
        credential_required=project.credential_required,
        languages=frozenset(project.languages),
        countries=frozenset(project.countries),
    )


def of_annotators(
    rows: QuerySet[AnnotatorProfile],
) -> Iterator[tuple[uuid.UUID, AnnotatorFacts]]:
    """Each annotator's id and facts, streamed, in one statement for all."""
    for row in _columns(rows).iterator(chunk_size=2000):
        yield row[0], _facts(row)


def of_annotator(annotator_id: uuid.UUID) -> AnnotatorFacts:
    """One annotator's facts, in one statement."""
    return _facts(_columns(AnnotatorProfile.objects.filter(pk=annotator_id)).get())


def _columns(rows: QuerySet[AnnotatorProfile]) -> QuerySet[AnnotatorProfile, Row]:
    domains = AnnotatorProfile.domains.through.objects.filter(annotatorprofile=OuterRef("pk"))
    credentials = Credential.objects.filter(valid(), annotator=OuterRef("pk"))
    return rows.annotate(
        domain_paths=ArraySubquery(domains.values("domain_id")),
        credential_paths=ArraySubquery(credentials.order_by().values("domain_id")),
    ).values_list("pk", "state", "languages", "country", "domain_paths", "credential_paths")


def _facts(row: Row) -> AnnotatorFacts:
    _, state, languages, country, domains, credentials = row
    return AnnotatorFacts(
        active=state == AnnotatorState.ACTIVE,
        domains=frozenset(domains),
        credentials=frozenset(credentials),
        languages=frozenset(languages),
        country=country,
        payable=rail_for(country) is not None,
    )
