"""The look-up of near texts among 20,000 prints of one question: by index, and no more than it keeps."""

import pytest
from django.db import connection

from tasks.actions import near_texts
from tasks.models import TextBand, TextPrint
from tasks.quality import minhash
from tests.support import factories_tasks as work
from tests.support.plans import (
    entries_read,
    plans_of_this_connection,
    rows_read,
    tables,
    whole_scans,
)

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


def many_prints(target):
    """An answer to compare, among the prints of another, with statistics of this fineness."""
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
        cursor.execute("SET LOCAL default_statistics_target = %s", [target])
        for statement in MANY.strip().split(";\n"):
            cursor.execute(statement.rstrip(";"), values)
    return found, other


def compared(found):
    """What is near, the plans seen, and the entries of the bands' index that were read."""
    with entries_read("tasks_text_band_once") as entries, plans_of_this_connection() as seen:
        near = near_texts.compare(found, {"why": TEXT})
    assert near.answer == 1.0
    assert tables(seen) >= BIG
    return near, seen, entries[0]


# From a sample so coarse that it sees next to nothing to one that sees all.
@pytest.mark.parametrize("target", [1, 100, 1000])
def test_near_texts_are_found_by_index_and_the_latest_of_them(target):
    found, other = many_prints(target)
    near, seen, entries = compared(found)
    assert (
        near.submission_id == TextPrint.objects.filter(annotator=other).latest("pk").submission_id
    )
    assert whole_scans(seen, BIG) == []
    reads = [plan for plan in seen if "wanted (band)" in plan["Query Text"]]
    assert [rows_read(plan, "tasks_textprint") for plan in reads] == [near_texts.MOST_COMPARED]
    # the latest 500 of one band, and the text's own 32
    assert entries == near_texts.MOST_COMPARED + 32
    assert TextBand.objects.filter(annotator=found.annotator_id).count() == 32


def test_control_with_the_latest_print_first_in_no_index_all_of_a_band_are_read():
    found, _other = many_prints(100)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX tasks_text_band_once")
        cursor.execute(
            "CREATE UNIQUE INDEX tasks_text_band_once"
            " ON tasks_textband (project_id, question, band, abs(text_print_id), text_print_id)"
        )
    near, _seen, entries = compared(found)
    assert near.answer == 1.0
    assert entries == ALIKE + 32
