"""Pauses: made at the desk in one scope, read by the annotator, ended by staff or by time."""

import datetime as dt
import uuid

import pytest
from django.test import Client

from accounts.actions import pauses
from accounts.models import Pause
from accounts.selectors import actors
from accounts.selectors import pauses as reads
from marketplace.core import clock
from marketplace.core.actors import command
from marketplace.core.errors import NotFound, Refused
from marketplace.core.registry import SWEEPS
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.desk import Desk, acts, done, faults, promised, told

pytestmark = pytest.mark.django_db
TABLE = "accounts/pause"
BY = command("tests")


def page_of(annotator):
    browser = Client()
    browser.force_login(annotator.user)
    return " ".join(browser.get("/qualifications/").content.decode().split())


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ("domain", "in Medicine and health"),
        ("organization", "of one client"),
        ("project", "of one project"),
        ("", "of any kind"),
    ],
)
def test_an_annotator_is_paused_in_one_scope_and_reads_why(scope, words):
    who, desk = people.annotator(), Desk()
    project = work.project(tasks=0, fund=0, active=False)
    value = {"domain": "medicine", "organization": project.organization_id, "project": project.pk}
    where = {scope: value[scope]} if scope else {}
    assert done(desk.new(TABLE, annotator=who.user.email, reason="Two answers copied.", **where))
    (row,) = reads.of(who.pk)
    assert [row.domain_id, row.organization_id, row.project_id] == [
        value[one] if one == scope else None for one in ("domain", "organization", "project")
    ]
    assert (row.reason, row.until, row.made_by) == (
        "Two answers copied.",
        None,
        f"staff:{desk.person.pk}",
    )
    assert told(who) == [
        (
            "pause_annotator",
            f"You get no new work {words} for a while. Reason: Two answers copied.",
        )
    ]
    assert promised("tasks.refresh_annotator")[-1] == {"annotator_id": str(who.pk)}
    page = page_of(who)
    assert f"No new work {words} · until staff lift it" in page
    assert "Staff wrote: Two answers copied." in page
    assert project.name not in page
    assert project.organization.name not in page
    if scope == "project":
        assert project.name in desk.page(TABLE, f"{row.pk}/decide/")


def test_a_pause_has_one_scope_that_is_there_and_an_end_to_come():
    who, desk = people.annotator(), Desk()
    project = work.project(tasks=0, fund=0, active=False)
    base = {"annotator": who.user.email, "reason": "x"}
    for values, fault in [
        (
            {"domain": "medicine", "project": project.pk},
            {"domain": ["Name a domain, a client or a project, or none of them."]},
        ),
        ({"project": uuid.uuid4()}, {"project": ["There is no such project."]}),
        ({"project": "x"}, {"project": ["Enter a valid UUID."]}),
        ({"until": "2001-01-01 00:00"}, {"until": ["This is past."]}),
        ({"until": "soon"}, {"until": ["Enter a valid date/time."]}),
        ({"reason": ""}, {"reason": ["This field is required."]}),
    ]:
        assert faults(desk.new(TABLE, **{**base, **values})) == fault
    for values in ({"domain": "alchemy"}, {"organization_id": uuid.uuid4()}):
        with pytest.raises(Refused):
            pauses.pause(annotator_id=who.pk, reason="x", by=BY, **values)
    assert not Pause.objects.exists()


def test_staff_lift_a_pause_once():
    who, desk = people.annotator(), Desk()
    row = pauses.pause(annotator_id=who.pk, reason="x", by=BY)
    assert done(desk.decide(TABLE, row, reason="It was a mistake."))
    assert list(reads.of(who.pk)) == []
    assert faults(desk.decide(TABLE, row, reason="Again")) == {
        "__all__": ["This pause has ended already."]
    }
    assert told(who)[-1] == (
        "lift_pause",
        "You can get new work of any kind again. Reason: It was a mistake.",
    )
    assert acts("pause_annotator", "lift_pause") == [
        ("command", "pause_annotator", "x"),
        ("staff", "lift_pause", "It was a mistake."),
    ]
    assert "No new work" not in page_of(who)


def test_a_pause_ends_with_its_time_and_the_sweep_tells():
    who, desk = people.annotator(), Desk()
    end = clock.now() + dt.timedelta(days=3)
    values = {"annotator": who.user.email, "reason": "x", "domain": "law"}
    assert done(desk.new(TABLE, **values, until=f"{end:%Y-%m-%d %H:%M}"))
    lasting = pauses.pause(annotator_id=who.pk, reason="x", by=BY)
    assert reads.of(who.pk).count() == 2
    clock.advance(dt.timedelta(days=2))
    SWEEPS["accounts.lift_pauses"].run()
    assert reads.of(who.pk).count() == 2
    clock.advance(dt.timedelta(days=1))
    assert list(reads.of(who.pk)) == [lasting]
    for _ in range(2):
        SWEEPS["accounts.lift_pauses"].run()
    assert told(who)[2:] == [("lift_pause", "You can get new work in Law again.")]
    assert len(promised("tasks.refresh_annotator")) == 3
    assert acts("lift_pause") == [("job", "lift_pause", "")]
    lasting.refresh_from_db()
    assert lasting.lifted_at is None


def test_only_staff_pause_and_nobody_themselves():
    person = people.staff()
    own = people.annotator(person)
    row = pauses.pause(annotator_id=own.pk, reason="x", by=BY)
    for by, code in [
        (actors.of_user(person), "staff_only"),
        (actors.of_staff(person), "not_oneself"),
    ]:
        with pytest.raises(Refused) as refused:
            pauses.pause(annotator_id=own.pk, reason="x", by=by)
        assert refused.value.code == code
        with pytest.raises(Refused) as refused:
            pauses.lift(pause_id=row.pk, reason="x", by=by)
        assert refused.value.code == code
    with pytest.raises(NotFound):
        pauses.lift(pause_id=uuid.uuid4(), reason="x", by=BY)
