"""When gold is handed out: training, then gold only, then a share; never twice, never alone."""

import pytest
from django.db import connection

from accounts.selectors.actors import of_user
from marketplace.core.errors import Refused
from tasks.actions import assignments, claims, expiry, skills
from tasks.models import Assignment, Gold, GoldStanding, Project, Task
from tests.support import factories_gold as gold
from tests.support import factories_tasks as work
from tests.support.factories_tasks import BY

pytestmark = pytest.mark.django_db


def kinds(who, number, answer=None):
    """Claim so many and hand each in; G for gold, T for training, a dot for any other task."""
    found = ""
    for _ in range(number):
        row = work.claim(who)
        found += gold.kind(row)
        work.check(work.submit(row, answer))
    return found


GOLD_IN_60 = 14  # of the 60 draws that follow the seed


def seeded(value=0.5):
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [value])


def slots():
    return sum(Task.objects.filter(state="open").values_list("open_slots", flat=True))


def test_gold_only_until_enough_are_right_then_a_share_and_none_twice(settings):
    settings.DAILY_CLAIMS_MAX = settings.DAILY_MINUTES_MAX = 10_000
    gold.project(tasks=100, gold=20, gold_first=3, gold_percent=20)
    who = work.expert()
    seeded()
    found = kinds(who, 63)
    assert found[:3] == "GGG"
    rest = found[3:]
    assert (rest.count("G"), rest.count(".")) == (GOLD_IN_60, 60 - GOLD_IN_60)
    assert Assignment.objects.values("task").distinct().count() == 63
    assert slots() == 100 - (60 - GOLD_IN_60)


def test_whoever_fails_gets_more_gold_and_no_other_task_until_it_is_used_up():
    gold.project(tasks=5, gold=4, gold_first=2, gold_percent=0)
    who = work.expert()
    assert kinds(who, 6, work.WRONG) == "GGGG.."
    standing = GoldStanding.objects.get()
    assert (standing.claimed, standing.answered, standing.right, standing.trained) == (4, 4, 0, 0)


def test_what_is_in_hand_counts_as_right_so_that_nobody_gets_more_than_needed():
    gold.project(tasks=5, gold=5, gold_first=2, gold_percent=0)
    who = work.expert()
    rows = [work.claim(who) for _ in range(3)]
    assert "".join(map(gold.kind, rows)) == "GG."
    work.check(work.submit(rows[0], work.WRONG))
    assert gold.kind(work.claim(who)) == "G"


def test_training_comes_first_and_not_more_than_the_project_says():
    gold.project(tasks=9, gold=3, training=4, training_most=2, gold_first=1, gold_percent=0)
    assert kinds(work.expert(), 5) == "TTG.."
    standing = GoldStanding.objects.get()
    assert (standing.trained, standing.claimed, standing.answered, standing.right) == (2, 1, 1, 1)


@pytest.mark.parametrize(
    ("seen", "alpha", "expected"), [(30, 40, "rare"), (29, 40, "often"), (30, 20, "often")]
)
def test_the_proven_get_the_small_share(settings, seen, alpha, expected):
    """Beta(40, 2) has its 5 % quantile at .888, Beta(20, 5) at .652."""
    settings.OPEN_CLAIMS_MAX = 10
    gold.project(tasks=60, gold=40, gold_first=0, gold_percent=50, gold_rare_percent=0)
    who = work.expert()
    beta = 2 if alpha == 40 else 5
    skills.record(
        annotator_id=who.pk, domain=work.DOMAIN, alpha=alpha, beta=beta, gold_seen=seen, by=BY
    )
    seeded()
    found = "".join(gold.kind(claims.claim(annotator_id=who.pk, by=BY)) for _ in range(6))
    assert ("G" in found) == (expected == "often")


def test_no_claim_where_only_gold_is_left():
    gold.project(tasks=1, gold=3, gold_first=3)
    work.claim(work.expert())
    Task.objects.filter(state="open").update(state="cancelled", open_slots=0)
    with pytest.raises(Refused) as refused:
        work.claim(work.expert())
    assert refused.value.code == "nothing_to_claim"


def test_gold_in_quarantine_or_retired_is_handed_to_nobody():
    gold.project(tasks=4, gold=2, gold_first=3)
    first, second = Gold.objects.order_by("pk")
    Gold.objects.filter(pk=first.pk).update(state="quarantined", quarantined_why="In doubt.")
    Gold.objects.filter(pk=second.pk).update(state="retired")
    assert kinds(work.expert(), 3) == "..."


def test_a_named_task_is_never_gold_to_whoever_was_not_given_it():
    project = gold.project(tasks=2, gold=1, gold_first=1)
    known = Gold.objects.get()
    with pytest.raises(Refused) as refused:
        work.claim(work.expert(), project_id=project.pk, task_id=known.pk)
    assert refused.value.code == "nothing_to_claim"


def test_gold_goes_to_many_at_once_and_takes_no_slot():
    gold.project(tasks=3, gold=1, gold_first=1)
    people = [work.expert() for _ in range(4)]
    assert [gold.kind(work.claim(who)) for who in people] == ["G"] * 4
    assert slots() == 3
    task = Gold.objects.get().task
    assert (task.state, task.open_slots) == ("gold", 0)


@pytest.mark.parametrize("end", ["release", "expire"])
def test_an_end_without_an_answer_gives_no_slot_back_and_the_gold_is_due_again(end):
    gold.project(tasks=5, gold=9, gold_first=2, gold_percent=0)
    who = work.expert()
    seen = []
    for _ in range(4):
        row = work.claim(who)
        seen.append(row.task_id)
        assert gold.kind(row) == "G"
        ended(row, end)
    standing = GoldStanding.objects.get()
    assert (standing.claimed, standing.answered) == (0, 0)
    assert slots() == 5
    assert Task.objects.filter(state="gold", setbacks=0).count() == 9
    # one that ran out comes again, three times; one that was given back never does
    assert len(set(seen)) == (4 if end == "release" else 2)
    assert kinds(who, 4) == "GG.."


def ended(row, end):
    if end == "release":
        work.release(row)
    else:
        gold.run_out(row)
        assert expiry.expire(assignment_id=row.pk, by=BY)


def test_whoever_gives_all_gold_back_learns_nothing_and_still_gets_work():
    """After the gold is used up there is other work, at the same place and price."""
    gold.project(tasks=5, gold=3, gold_first=2, gold_percent=0)
    who = work.expert()
    for _ in range(3):
        work.release(work.claim(who))
    assert kinds(who, 5) == "....."


def test_what_ran_out_can_be_taken_up_again_with_its_draft():
    gold.project(tasks=2, gold=1, gold_first=1)
    who = work.expert()
    row = work.claim(who)
    by = of_user(who.user)
    assignments.save_draft(assignment_id=row.pk, fence=row.fence, draft=work.WRONG, by=by)
    ended(row, "expire")
    again = claims.reclaim(assignment_id=row.pk, by=by)
    assert (again.task_id, again.fence, again.draft) == (row.task_id, 2, work.WRONG)
    work.check(work.submit(again))
    standing = GoldStanding.objects.get()
    assert (standing.claimed, standing.answered, standing.right) == (1, 1, 1)


def test_a_correction_that_ran_out_is_still_counted_as_answered():
    gold.project(tasks=2, gold=1, gold_first=1, gold_percent=0)
    who = work.expert()
    row = work.claim(who)
    submission = work.submit(row, work.WRONG)
    work.check(submission)
    work.review(submission, "return")
    row.refresh_from_db()
    ended(row, "expire")
    again = claims.reclaim(assignment_id=row.pk, by=of_user(who.user))
    work.check(work.submit(again))
    standing = GoldStanding.objects.get()
    assert (standing.claimed, standing.answered, standing.right) == (1, 1, 0)


def test_a_project_without_gold_has_no_standing():
    work.project(tasks=1)
    work.claim(work.expert())
    assert GoldStanding.objects.count() == 0


def test_the_share_of_a_project_and_its_caps_count_gold_as_any_task():
    gold.project(tasks=5, gold=5, gold_first=2, gold_percent=0, most_open=2)
    who = work.expert()
    for _ in range(2):
        work.claim(who)
    with pytest.raises(Refused) as refused:
        work.claim(who, project_id=Project.objects.get().pk)
    assert refused.value.code == "project_open_reached"
