"""What annotators have written and worked on, and what a project is about: texts to compare."""

import uuid
from collections.abc import Iterator

from django.db import connection

from accounts.models import AnnotatorProfile
from accounts.selectors.domains import within
from accounts.states import AnnotatorState
from tasks.models import Project

MOST_TEXTS = 10_000  # of all annotators together, so that memory stays within some 300 MB
MOST_RECENT = 20  # accepted tasks of one annotator, the last ones
MOST_CHARACTERS = 1_500  # of each text

_TEXTS = """
WITH fitting AS (
    SELECT annotator.id, annotator.bio
      FROM accounts_annotatorprofile annotator
     WHERE annotator.id = ANY (%(annotators)s)
)
SELECT fitting.id,
       left(concat_ws(' ', fitting.bio, (
           SELECT string_agg(credential.title, ' ' ORDER BY credential.id)
             FROM accounts_credential credential
            WHERE credential.annotator_id = fitting.id
              AND credential.state = 'verified'
              AND (credential.expires_on IS NULL
                   OR credential.expires_on >= (core_now() AT TIME ZONE 'UTC')::date)
       )), %(characters)s)
  FROM fitting
UNION ALL
SELECT fitting.id, recent.text
  FROM fitting
 CROSS JOIN LATERAL (
       SELECT (SELECT left(string_agg(part #>> '{}', ' '), %(characters)s)
                 FROM jsonb_path_query(task.payload, 'strict $.**') part
                WHERE jsonb_typeof(part) = 'string') AS text
         FROM tasks_assignment assignment
         JOIN tasks_task task ON task.id = assignment.task_id
        WHERE assignment.annotator_id = fitting.id AND assignment.state = 'accepted'
        ORDER BY assignment.claimed_at DESC, assignment.id DESC
        LIMIT %(recent)s
       ) recent
 ORDER BY 1
"""


def of_project(project: Project) -> str:
    """Its name, its brief and the newest version of its guideline."""
    guideline = project.guidelines.order_by("version").last()
    return "\n".join([project.name, project.brief, guideline.text if guideline else ""])


def in_domain(domain: str) -> Iterator[tuple[uuid.UUID, str]]:
    """Each text of each active annotator who declared the domain or a node below it.

    One text is the bio with the titles of the credentials that count now; the others are the texts
    of tasks whose answer was accepted, the last 20 or as many as `MOST_TEXTS` leaves for each.
    """
    through = AnnotatorProfile.domains.through.objects.filter(within(domain, "domain__path"))
    rows = AnnotatorProfile.objects.filter(
        state=AnnotatorState.ACTIVE, pk__in=through.values("annotatorprofile_id")
    )
    annotators = list(rows.values_list("pk", flat=True))
    recent = min(MOST_RECENT, max(0, MOST_TEXTS // max(1, len(annotators)) - 1))
    with connection.cursor() as cursor:
        cursor.execute(
            _TEXTS, {"annotators": annotators, "characters": MOST_CHARACTERS, "recent": recent}
        )
        for annotator_id, text in cursor:
            if text and text.strip():
                yield annotator_id, text
