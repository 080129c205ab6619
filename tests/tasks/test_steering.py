"""What a project says of its matching: fields, presets, what may change while experts work."""

import datetime as dt
import math
import uuid

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Nda, Qualification, Team
from accounts.selectors.actors import of_key, of_staff
from accounts.states import Scope
from marketplace.core import clock
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from tasks.actions import intake, projects, steering
from tasks.matching.score import PRESETS
from tasks.models import Candidate, Matching, Project, Task
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers

pytestmark = pytest.mark.django_db
EVEN = dict.fromkeys(PRESETS["balanced"], 1)


@pytest.mark.parametrize("number", [math.nan, math.inf, -1, 100.5])
@pytest.mark.parametrize(
    "name", [*(f"weight_{part}" for part in PRESETS["balanced"]), "share_factor"]
)
def test_the_database_keeps_out_what_is_no_weight(name, number):
    row = work.project(active=False)
    constraint = "tasks_project_limits" if name == "share_factor" else "tasks_project_weights"
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Project.objects.filter(pk=row.pk).update(**{name: number})
    highest = 3 if name == "share_factor" else 100
    assert Project.objects.filter(pk=row.pk).update(**{name: highest}) == 1


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def path(api):
    status, body = api.post("/projects", work.fields())
    assert status == 201
    return f"/projects/{body['id']}"


def patch(api, path, **body):
    return api.send("PATCH", path, body)


def promised(job):
    return OutboxMessage.objects.filter(job=job).count()


def test_a_project_that_says_nothing_is_balanced_with_the_platforms_caps(api, path):
    row = api.get(path)[1]
    assert (row["preset"], row["weights"]) == ("balanced", PRESETS["balanced"])
    assert {name: row[name] for name in ("most_open", "most_each", "most_daily", "deadline")} == {
        "most_open": None,
        "most_each": None,
        "most_daily": None,
        "deadline": None,
    }
    assert (row["share_factor"], row["newcomer_percent"], row["push"]) == (3.0, 10, False)
    assert (row["qualifications"], row["min_tier"], row["invited_only"]) == ([], 1, False)


def test_everything_said_of_the_matching_is_kept(api):
    ours = api.organization
    kinds = [
        Qualification.objects.create(name="ECG"),
        Qualification.objects.create(name="Ours", organization=ours),
    ]
    nda = Nda.objects.create(organization=ours, version=1, title="Secrecy", text="Be silent.")
    team = Team.objects.create(name="Everybody's")
    said = {
        "preset": "careful",
        "value_minor": 4_000,
        "most_open": 2,
        "most_each": 50,
        "most_daily": 10,
        "share_factor": 2.5,
        "newcomer_percent": 20,
        "setbacks_allowed": 4,
        "most_unreviewed": 100,
        "deadline": (clock.now() + dt.timedelta(days=9)).replace(microsecond=0).isoformat(),
        "push": True,
        "offer_minutes": 90,
        "qualifications": sorted(str(kind.pk) for kind in kinds),
        "min_tier": 3,
        "nda": str(nda.pk),
        "team": str(team.pk),
        "invited_only": True,
    }
    status, row = api.post("/projects", work.fields(**said))
    assert status == 201
    row["qualifications"].sort()
    said["deadline"] = said["deadline"].replace("+00:00", "Z")
    assert {name: row[name] for name in said} == said
    assert row["weights"] == PRESETS["careful"]
    status, row = patch(
        api, f"/projects/{row['id']}", weights=EVEN, qualifications=[], nda=None, most_each=None
    )
    assert (status, row["preset"], row["weights"]) == (200, None, EVEN)
    assert (row["qualifications"], row["nda"], row["most_each"]) == ([], None, None)
    assert (row["min_tier"], row["most_daily"]) == (3, 10)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"preset": "best"}, "/preset"),
        ({"preset": None}, "/preset"),
        ({"preset": "fastest", "weights": EVEN}, "/weights"),
        ({"weights": {**EVEN, "fit": -0.1}}, "/weights/fit"),
        ({"weights": {**EVEN, "fit": 100.1}}, "/weights/fit"),
        ({"weights": {**EVEN, "fit": "1"}}, "/weights/fit"),
        ({"weights": {**EVEN, "fit": True}}, "/weights/fit"),
        ({"weights": {"quality": 1}}, "/weights/fit"),
        ({"weights": {**EVEN, "beauty": 1}}, "/weights/beauty"),
        ({"weights": dict.fromkeys(EVEN, 0)}, "/weights"),
        ({"weights": []}, "/weights"),
        ({"value_minor": 0}, "/value_minor"),
        ({"most_open": 0}, "/most_open"),
        ({"most_open": 1_001}, "/most_open"),
        ({"most_each": 1_000_001}, "/most_each"),
        ({"most_daily": 10_001}, "/most_daily"),
        ({"share_factor": 0.9}, "/share_factor"),
        ({"share_factor": 3.1}, "/share_factor"),
        ({"newcomer_percent": 9}, "/newcomer_percent"),
        ({"newcomer_percent": 101}, "/newcomer_percent"),
        ({"setbacks_allowed": 0}, "/setbacks_allowed"),
        ({"most_unreviewed": 0}, "/most_unreviewed"),
        ({"deadline": "2001-01-01T00:00:00Z"}, "/deadline"),
        ({"deadline": "2999-01-01T00:00:00Z"}, "/deadline"),
        ({"deadline": "tomorrow"}, "/deadline"),
        ({"push": 1}, "/push"),
        ({"offer_minutes": 4}, "/offer_minutes"),
        ({"offer_minutes": 10_081}, "/offer_minutes"),
        ({"qualifications": ["x"]}, "/qualifications/0"),
        ({"qualifications": [str(uuid.uuid4())]}, "/qualifications/0"),
        ({"min_tier": 0}, "/min_tier"),
        ({"min_tier": 5}, "/min_tier"),
        ({"nda": str(uuid.uuid4())}, "/nda"),
        ({"team": str(uuid.uuid4())}, "/team"),
        ({"invited_only": None}, "/invited_only"),
    ],
)
def test_a_wrong_word_on_matching_is_refused_with_its_pointer(api, change, pointer):
    status, problem = api.post("/projects", work.fields(**change))
    assert status == 422
    assert pointer in pointers(problem)
    assert Project.objects.count() == 0


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -1, True, "1", None])
def test_a_weight_that_is_no_weight_is_refused_behind_every_door(weight):
    fields = work.fields(weights={**EVEN, "price": weight})
    with pytest.raises(Refused) as caught:
        projects.create(organization_id=people.organization().pk, fields=fields, by=work.BY)
    assert [fault.pointer for fault in caught.value.faults] == ["/weights/price"]


def test_rows_of_another_client_cannot_be_named(api, path):
    other = people.organization()
    kind = Qualification.objects.create(name="Theirs", organization=other)
    nda = Nda.objects.create(organization=other, version=1, title="Theirs", text="Hush.")
    team = Team.objects.create(name="Theirs", organization=other)
    status, problem = patch(
        api, path, qualifications=[str(kind.pk)], nda=str(nda.pk), team=str(team.pk)
    )
    assert (status, pointers(problem)) == (422, ["/nda", "/qualifications/0", "/team"])
    assert problem["errors"][0]["detail"] == "The organization has no such agreement."


def test_a_qualification_is_named_once(api, path):
    kind = str(Qualification.objects.create(name="ECG").pk)
    status, problem = patch(api, path, qualifications=[kind, kind])
    assert (status, pointers(problem)) == (422, ["/qualifications/1"])


def test_an_active_project_is_steered_and_matched_anew(api):
    who = work.expert()
    row = work.project(client=api.organization)
    OutboxMessage.objects.all().delete()
    path = f"/projects/{row.pk}/matching"
    was = Candidate.objects.get(annotator=who).score
    status, seen = patch(api, path, preset="careful", most_each=7, push=True)
    assert (status, seen["state"], seen["preset"]) == (200, "active", "careful")
    assert (seen["most_each"], seen["push"], seen["price_minor"]) == (7, True, 500)
    assert promised("tasks.refresh_project") == 1
    work.run_jobs("tasks.refresh_project")
    part = Candidate.objects.get(annotator=who)
    # 2 quality + .5 fit + .2 fairness against 1 quality + .3 fit - .2 cost + .3 fairness + .2 expl.
    assert part.score == pytest.approx(2 * part.quality + 0.5 * part.fit + 0.2 * part.fairness)
    assert part.score != pytest.approx(was)
    entry = AuditEntry.objects.get(verb="project_steered")
    assert entry.data["fields"] == sorted(
        ["most_each", "push", *(f"weight_{name}" for name in EVEN)]
    )


@pytest.mark.parametrize(
    "field", [{"price_minor": 1}, {"min_tier": 2}, {"overlap": 2}, {"domain": "law"}, {"rank": 9}]
)
def test_what_was_promised_is_not_steered(api, field):
    row = work.project(client=api.organization)
    status, problem = patch(api, f"/projects/{row.pk}/matching", preset="careful", **field)
    assert (status, pointers(problem)) == (422, [f"/{next(iter(field))}"])
    assert Project.objects.get().weight_quality == 1


def test_the_verb_itself_keeps_promises():
    row = work.project()
    for fields, sentence in (
        ({"min_tier": 2, "price_minor": 9}, "Can be changed in a draft only."),
        ({"surprise": 1}, "Unknown key."),
    ):
        with pytest.raises(Refused) as caught:
            steering.steer(project_id=row.pk, fields=fields, by=work.BY)
        assert {fault.detail for fault in caught.value.faults} == {sentence}
    projects.close(project_id=row.pk, by=work.BY)
    with pytest.raises(Refused) as caught:
        steering.steer(project_id=row.pk, fields={"push": True}, by=work.BY)
    assert caught.value.code == "wrong_state"


def test_steering_needs_the_scope_and_the_own_project(api):
    row = work.project(client=api.organization)
    path = f"/projects/{row.pk}/matching"
    reader = Api(api.organization, name="reader", scopes=[Scope.PROJECTS_READ])
    assert patch(reader, path, push=True)[0] == 403
    assert patch(Api(), path, push=True)[0] == 404
    assert Project.objects.get().push is False


def test_only_staff_rank_projects():
    row, person = work.project(), people.staff()
    by = of_staff(person)
    assert steering.set_rank(project_id=row.pk, rank=10, reason="A pilot.", by=by).rank == 10
    entry = AuditEntry.objects.get(verb="project_ranked")
    assert (entry.reason, entry.data) == ("A pilot.", {"was": 0, "rank": 10})
    for rank, reason, pointer in ((11, "x", "/rank"), (-11, "x", "/rank"), (1, " ", "/reason")):
        with pytest.raises(Refused) as caught:
            steering.set_rank(project_id=row.pk, rank=rank, reason=reason, by=by)
        assert [fault.pointer for fault in caught.value.faults] == [pointer]
    key, _ = people.api_key(row.organization)
    with pytest.raises(Refused) as caught:
        steering.set_rank(project_id=row.pk, rank=1, reason="x", by=of_key(key))
    assert caught.value.status == 403
    assert Project.objects.get().rank == 10


def starters():
    """The places of starter tasks in the order of posting."""
    marks = Task.objects.order_by("pk").values_list("starter", flat=True)
    return [place for place, mark in enumerate(marks) if mark]


def test_a_tenth_of_the_tasks_are_starters_whatever_the_size_of_batches():
    row = work.project(tasks=0, active=False)
    for start, size in ((0, 4), (4, 5), (9, 1), (10, 25), (35, 5)):
        intake.post_tasks(project_id=row.pk, rows=work.rows(size, start), by=work.BY)
    assert starters() == [9, 19, 29, 39]


def test_a_quarter_and_two_thirds_are_spread_evenly():
    work.project(tasks=12, active=False, newcomer_percent=25)
    assert starters() == [3, 7, 11]
    Task.objects.all().delete()
    work.project(tasks=10, active=False, newcomer_percent=66)
    assert starters() == [1, 3, 4, 6, 7, 9]


def test_the_marks_follow_the_percent_of_open_tasks(api):
    who = work.expert()
    row = work.project(client=api.organization, tasks=20)
    taken = work.claim(who)
    assert starters() == [9, 19]
    assert Task.objects.get(pk=taken.task_id).starter is True
    patch(api, f"/projects/{row.pk}/matching", newcomer_percent=20)
    work.run_jobs("tasks.mark_starters")
    assert starters() == [4, 9, 14, 19]
    assert steering.mark_starters(project_id=row.pk) == 0
    patch(api, f"/projects/{row.pk}/matching", newcomer_percent=100)
    assert steering.mark_starters(project_id=row.pk) == 16
    assert promised("tasks.mark_starters") == 1


def test_many_marks_are_made_in_parts(monkeypatch):
    monkeypatch.setattr(steering, "CHUNK", 3)
    row = work.project(tasks=10, active=False)
    projects.update(project_id=row.pk, fields={"newcomer_percent": 50}, by=work.BY)
    for left in (1, 0):
        work.run_jobs("tasks.mark_starters")
        assert promised("tasks.mark_starters") == left
    assert starters() == [1, 3, 5, 7, 9]


def test_tasks_for_an_active_project_have_its_shares_reckoned_anew():
    work.expert()
    row = work.project(tasks=20)
    OutboxMessage.objects.all().delete()
    assert Matching.objects.get().slots == 20
    intake.post_tasks(project_id=row.pk, rows=work.rows(2, 20), by=work.BY)
    assert promised("tasks.refresh_project") == 0
    intake.post_tasks(project_id=row.pk, rows=work.rows(1, 22), by=work.BY)
    assert promised("tasks.refresh_project") == 1
    work.run_jobs("tasks.refresh_project")
    assert (Matching.objects.get().slots, Matching.objects.get().share_cap) == (23, 69)
    draft = work.project(tasks=5, active=False)
    assert promised("tasks.refresh_project") == 0
    assert draft.state == "draft"
