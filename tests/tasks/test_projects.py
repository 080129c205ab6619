"""Projects: what is refused with which pointer, and what each state allows."""

import uuid

import pytest

from accounts.selectors.actors import of_key, of_user
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import OutboxMessage
from tasks.actions import intake, projects
from tasks.models import Assignment, Candidate, Project, Result, Task
from tasks.selectors import confidence, preview, progress
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def create(client=None, by=work.BY, **other):
    client = client or people.organization()
    return projects.create(organization_id=client.pk, fields=work.fields(**other), by=by)


def test_a_draft_has_the_platforms_fee_and_its_first_guideline():
    row = create()
    assert (row.state, row.fee_bps, row.activated_at) == ("draft", 2000, None)
    assert [(g.version, g.text) for g in row.guidelines.all()] == [
        (1, "# How to judge\n\nRead the whole function.")
    ]


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("price_minor", 0, "/price_minor"),
        ("price_minor", -5, "/price_minor"),
        ("price_minor", 1.5, "/price_minor"),
        ("price_minor", True, "/price_minor"),
        ("price_minor", 10_000_001, "/price_minor"),
        ("price_minor", "500", "/price_minor"),
        ("review_price_minor", -1, "/review_price_minor"),
        ("currency", "aud", "/currency"),
        ("currency", "USD", "/currency"),
        ("overlap", 0, "/overlap"),
        ("overlap", 26, "/overlap"),
        ("review_percent", 101, "/review_percent"),
        ("domain", "alchemy", "/domain"),
        ("domain", "a\x00", "/domain"),
        ("domain", 7, "/domain"),
        ("languages", ["xx"], "/languages/0"),
        ("languages", ["en", "en"], "/languages/1"),
        ("languages", "en", "/languages"),
        ("countries", ["DE", "ZZ"], "/countries/1"),
        ("countries", ["de"], "/countries/0"),
        ("credential_required", "yes", "/credential_required"),
        ("lease_minutes", 0, "/lease_minutes"),
        ("expected_minutes", 0, "/expected_minutes"),
        ("name", " ", "/name"),
        ("name", "x" * 121, "/name"),
        ("name", "a\ud800", "/name"),
        ("brief", "a\x00", "/brief"),
        ("interface", {**work.INTERFACE, "questions": []}, "/interface/questions"),
        ("interface", [], "/interface"),
        ("surprise", 1, "/surprise"),
    ],
)
def test_a_wrong_field_is_refused_with_its_pointer(field, value, pointer):
    error = refusal(create, **{field: value})
    assert (error.code, error.status) == ("invalid", 422)
    assert [fault.pointer for fault in error.faults] == [pointer]
    assert Project.objects.count() == 0


def test_what_is_missing_is_named():
    client = people.organization()
    error = refusal(projects.create, organization_id=client.pk, fields={"name": "x"}, by=work.BY)
    assert [fault.pointer for fault in error.faults] == [
        "/brief",
        "/interface",
        "/currency",
        "/price_minor",
        "/overlap",
        "/domain",
    ]


def test_only_its_organization_may_change_it():
    client, stranger = people.organization(), people.organization()
    viewer = people.member(client)
    key, _ = people.api_key(client)
    other_key, _ = people.api_key(stranger)
    row = create(client, by=of_key(key))
    for by in (of_key(other_key), of_user(people.user()), Actor(ActorKind.USER, str(uuid.uuid4()))):
        with pytest.raises(NotFound):
            projects.activate(project_id=row.pk, by=by)
    assert refusal(projects.activate, project_id=row.pk, by=of_user(viewer)).status == 403
    with pytest.raises(NotFound):
        projects.pause(project_id=uuid.uuid4(), by=of_key(key))
    row = projects.activate(project_id=row.pk, by=people.owner_of(client), confirm=True)
    assert row.state == "active"


def test_a_draft_changes_with_its_tasks_and_an_active_project_does_not():
    row = work.project(tasks=2, active=False)
    row = projects.update(
        project_id=row.pk, fields={"overlap": 3, "domain": "law", "guideline": "New"}, by=work.BY
    )
    assert (row.overlap, row.domain_id) == (3, "law")
    assert set(Task.objects.values_list("overlap", "open_slots")) == {(3, 3)}
    assert row.guidelines.count() == 2
    error = refusal(projects.update, project_id=row.pk, fields={"overlap": 0}, by=work.BY)
    assert error.faults[0].pointer == "/overlap"
    projects.activate(project_id=row.pk, by=work.BY, confirm=True)
    error = refusal(projects.update, project_id=row.pk, fields={"overlap": 1}, by=work.BY)
    assert error.code == "not_draft"


def test_activation_needs_a_guideline_and_promises_the_matching():
    row = create(guideline="")
    error = refusal(projects.activate, project_id=row.pk, by=work.BY)
    assert (error.code, error.faults[0].pointer) == ("invalid", "/guideline")
    assert (
        refusal(projects.publish_guideline, project_id=row.pk, text=" ", by=work.BY).status == 422
    )
    projects.publish_guideline(project_id=row.pk, text="Read.", by=work.BY)
    row = projects.activate(project_id=row.pk, by=work.BY, confirm=True)
    assert (row.state, row.activated_at is not None) == ("active", True)
    assert OutboxMessage.objects.filter(job="tasks.refresh_project").count() == 1
    assert refusal(projects.activate, project_id=row.pk, by=work.BY).code == "wrong_state"


def test_a_new_guideline_binds_later_claims_only():
    who = work.expert()
    row = work.project(tasks=2)
    first = work.claim(who)
    assert projects.publish_guideline(project_id=row.pk, text="Two", by=work.BY).version == 2
    assert (first.guideline_version, work.claim(who).guideline_version) == (1, 2)


def test_pause_resume_close_follow_the_table():
    row = work.project()
    assert projects.pause(project_id=row.pk, by=work.BY).state == "paused"
    assert refusal(projects.pause, project_id=row.pk, by=work.BY).code == "wrong_state"
    activated = row.activated_at
    row = projects.resume(project_id=row.pk, by=work.BY)
    assert (row.state, row.activated_at) == ("active", activated)
    assert refusal(projects.resume, project_id=row.pk, by=work.BY).code == "wrong_state"
    assert projects.close(project_id=row.pk, by=work.BY).state == "closed"
    for act in (projects.resume, projects.pause, projects.close, projects.activate):
        assert refusal(act, project_id=row.pk, by=work.BY).code == "wrong_state"
    error = refusal(projects.publish_guideline, project_id=row.pk, text="x", by=work.BY)
    assert error.code == "wrong_state"
    error = refusal(intake.post_tasks, project_id=row.pk, rows=work.rows(1, 9), by=work.BY)
    assert error.code == "wrong_state"


def test_winding_up_a_closed_project_cancels_what_nobody_began_and_finishes_the_rest():
    who, other = work.expert(), work.expert()
    row = work.project(tasks=3, overlap=2, review_percent=0)
    accepted = work.submit(work.claim(who))
    work.check(accepted)
    given_up = work.claim(other)
    assert given_up.task_id == accepted.task_id
    projects.close(project_id=row.pk, by=work.BY)
    assert projects.wind_up(project_id=row.pk, by=work.BY) == 2
    assert projects.wind_up(project_id=row.pk, by=work.BY) == 0
    assert list(Task.objects.order_by("id").values_list("state", "overlap", "open_slots")) == [
        ("filled", 2, 0),
        ("cancelled", 2, 0),
        ("cancelled", 2, 0),
    ]
    assert Candidate.objects.count() == 0
    work.release(given_up)
    task = Task.objects.get(pk=accepted.task_id)
    assert (task.state, task.overlap) == ("filled", 1)
    work.run_jobs("tasks.weigh_task")
    assert Result.objects.get().task == task
    assert Assignment.objects.get(pk=given_up.pk).state == "released"


def test_progress_counts_tasks_answers_and_money():
    who = work.expert()
    row = work.project(tasks=3, fund=10_000, review_percent=0)
    work.check(work.submit(work.claim(who)))
    work.claim(who)
    work.run_jobs("tasks.weigh_task")
    seen = progress.project(row.pk)
    assert seen == progress.Progress(
        tasks_total=3,
        tasks_open=1,
        tasks_filled=1,
        tasks_disputed=0,
        tasks_attention=0,
        tasks_concluded=1,
        tasks_cancelled=0,
        tasks_gold=0,
        submissions=1,
        accepted=1,
        timed_out=0,
        rejected=0,
        expired=0,
        currency="usd",
        funds_minor=8800,
        reserved_minor=600,
        spent_minor=600,
        questions=confidence.of_project(row.pk),
    )
    assert [one.question for one in seen.questions] == ["verdict", "fault"]


def test_the_client_sees_tasks_as_annotators_will():
    row = work.project(tasks=2, active=False)
    assert [task.external_id for task in preview.overview(row).tasks] == ["t0", "t1"]
    page = preview.task(row, Task.objects.get(external_id="t1").pk)
    assert [field.html for field in page.fields] == ['<div class="plain">Problem 1</div>']
    with pytest.raises(NotFound):
        preview.task(create(), Task.objects.get(external_id="t1").pk)
