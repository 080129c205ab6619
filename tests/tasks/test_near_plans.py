"""The look-up of near texts among 20,000 prints of one question: by index, and no more than it keeps."""

import pytest
from django.db import connection

from tasks.actions import near_texts
from tasks.models import TextBand, TextPrint
from tasks.quality import minhash
from tests.support import factories_tasks as work
from tests.support.plans import plans_of_this_connection, rows_read, tables, whole_scans

pytestmark = pytest.mark.django_db
BIG = {"tasks_textprint", "tasks_textband"}
PRINTS, ALIKE = 20_000, 600
TEXT = " ".join(f"word{number}" for number in range(60))

# Each print has 32 bands; those of the last 600 share the first band with the text looked up.
MANY = """
SET LOCAL session_replication_role = replica;
INSERT INTO tasks_textprint (submission_id, question, project_id, annotator_id, signature, bands)
SELECT gen_random_uuid(), 'why', %(project)s, %(annotator)s, %(signature)s,
       CASE WHEN n > %(apart)s THEN ARRAY[%(band)s::bigint] ELSE ARRAY[]::bigint[] END
       || ARRAY(SELECT n * 100 + k FROM generate_series(1, 32) k)
  FROM generate_series(1, %(prints)s) n;
INSERT INTO tasks_textband (project_id, question, band, text_print_id, annotator_id)
SELECT project_id, question, unnest(bands), id, annotator_id FROM tasks_textprint;
SET LOCAL session_replication_role = origin;
ANALYZE tasks_textprint; ANALYZE tasks_textband;
"""


def test_near_texts_are_found_by_index_and_the_latest_of_them():
    one, other = work.expert(), work.expert()
    project = work.project()
    found = work.submit(work.claim(one))
    signature = minhash.signature(TEXT, "")
    values = {
        "project": project.pk,
        "annotator": other.pk,
        "signature": minhash.packed(signature),
        "band": minhash.bands(signature)[0],
        "apart": PRINTS - ALIKE,
        "prints": PRINTS,
    }
    with connection.cursor() as cursor:
        for statement in MANY.strip().split(";\n"):
            cursor.execute(statement.rstrip(";"), values)
    with plans_of_this_connection() as seen:
        near = near_texts.compare(found, {"why": TEXT})
    assert near.answer == 1.0
    assert (
        near.submission_id == TextPrint.objects.filter(annotator=other).latest("pk").submission_id
    )
    assert tables(seen) >= BIG
    assert whole_scans(seen, BIG) == []
    reads = [plan for plan in seen if "wanted (band)" in plan["Query Text"]]
    assert [rows_read(plan, "tasks_textprint") for plan in reads] == [near_texts.MOST_COMPARED]
    # the latest 500 of one band, and the text's own 32
    assert all(rows_read(plan, "tasks_textband") <= near_texts.MOST_COMPARED + 32 for plan in reads)
    assert TextBand.objects.filter(annotator=one).count() == 32
