"""Claims: who gets which task, what is refused and in which words."""

import datetime as dt

import pytest

from accounts.actions import staff
from accounts.models import AnnotatorProfile, Qualification
from accounts.selectors.actors import of_staff, of_user
from marketplace.core import clock
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import NotFound, Refused
from marketplace.core.models import AuditEntry
from marketplace.core.money import fee
from payments.models import LedgerAccount, Reservation
from payments.selectors import balances
from tasks.actions import assignments, claims, expiry, funding, matching, projects
from tasks.models import (
    Assignment,
    Candidate,
    Task,
)
from tests.support import factories_accounts as people
from tests.support import factories_payments as money
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def refused(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.code


def test_the_quote_is_frozen_and_the_fee_is_the_platforms_arithmetic():
    who = work.expert()
    work.project(price_minor=333)
    row = work.claim(who)
    assert (row.price_minor, row.fee_minor) == (333, fee(333, 2000)) == (333, 66)
    left = row.leased_until - row.claimed_at
    assert dt.timedelta(minutes=29, seconds=59) < left < dt.timedelta(minutes=30, seconds=1)


def test_tasks_come_by_priority_then_in_the_order_of_the_upload():
    who = work.expert()
    project = work.project(tasks=3)
    last = Task.objects.get(external_id="t2")
    Task.objects.filter(pk=last.pk).update(priority=5)
    assert [work.claim(who).task.external_id for _ in range(3)] == ["t2", "t0", "t1"]
    assert Task.objects.filter(project=project, state="filled").count() == 3


def test_the_narrower_project_comes_first_and_one_project_can_be_asked_for():
    who = work.expert(domains=("engineering.software",))
    broad = work.project(domain="engineering", tasks=2)
    narrow = work.project(domain="engineering.software", tasks=2)
    assert work.claim(who).project_id == narrow.pk
    assert work.claim(who, project_id=broad.pk).project_id == broad.pk


def test_nobody_gets_a_task_twice_and_nothing_to_claim_says_so():
    who = work.expert()
    work.project(tasks=1, overlap=3)
    first = work.claim(who)
    assert refused(work.claim, who) == "nothing_to_claim"
    work.submit(first)
    assert refused(work.claim, who) == "nothing_to_claim"


def test_the_cap_of_open_claims_frees_up_with_a_hand_in():
    who = work.expert()
    work.project(tasks=5)
    rows = [work.claim(who) for _ in range(3)]
    with pytest.raises(Refused) as caught:
        work.claim(who)
    assert caught.value.code == "cap_reached"
    assert caught.value.message.startswith("You have 3 tasks open, and 3 are allowed at once.")
    work.submit(rows[0])
    assert work.claim(who).state == "claimed"


def test_a_profile_is_claimed_for_by_its_owner_only():
    who, other = work.expert(), work.expert()
    work.project()
    with pytest.raises(NotFound):
        claims.claim(annotator_id=who.pk, by=of_user(other.user))
    assert Assignment.objects.count() == 0


def test_a_suspended_annotator_claims_nothing_although_candidates_are_listed():
    who = work.expert()
    work.project()
    people.suspended(who)
    assert Candidate.objects.filter(annotator=who).exists()
    assert refused(work.claim, who) == "annotator_suspended"


def test_a_credential_that_has_expired_since_stops_the_claim():
    who = people.annotator()
    today = clock.now().date()
    people.verified_credential(who, expires_on=today)
    work.project(tasks=2)
    assert work.claim(who).state == "claimed"
    clock.advance(dt.timedelta(days=1))
    assert refused(work.claim, who) == "nothing_to_claim"
    assert Assignment.objects.count() == 1


def test_paused_and_closed_projects_hand_out_nothing():
    who = work.expert()
    project = work.project(tasks=2)
    projects.pause(project_id=project.pk, by=work.BY)
    assert refused(work.claim, who) == "nothing_to_claim"
    projects.resume(project_id=project.pk, by=work.BY)
    assert work.claim(who).project_id == project.pk
    projects.close(project_id=project.pk, by=work.BY)
    assert refused(work.claim, who) == "nothing_to_claim"


def test_short_of_funds_tries_the_next_project_and_tells_the_client():
    who = work.expert()
    short = work.project(fund=599, domain="engineering.software")
    other = work.project(domain="engineering")
    assert work.claim(who).project_id == other.pk
    short.refresh_from_db()
    assert short.funds_short_at is not None
    assert Task.objects.get(project=short).open_slots == 1
    with pytest.raises(Refused) as caught:
        work.claim(who)
    assert caught.value.code == "funds_short"
    owner = short.organization.memberships.get().user
    told = f"{short.name}: the money does not cover another claim. Add funds to go on."
    assert [notice.text for notice in owner.notices.all()] == [told]  # once
    assert Reservation.objects.filter(pot=short.pot).count() == 0


def test_money_that_arrives_is_used_and_the_mark_goes():
    who = work.expert()
    project = work.project(fund=0)
    assert refused(work.claim, who) == "funds_short"
    money.fund(project.pot, 600, organization_id=project.organization_id)
    assert funding.resume_pot(pot=project.pot, by=work.BY) is True
    assert funding.resume_pot(pot=project.pot, by=work.BY) is False
    assert funding.resume_pot(pot="annotator:x", by=work.BY) is False
    project.refresh_from_db()
    assert project.funds_short_at is None
    assert work.claim(who).project_id == project.pk


def test_nothing_is_claimed_unfunded():
    who = work.expert()
    work.project(tasks=3, fund=1200)
    assert [work.claim(who).state for _ in range(2)] == ["claimed", "claimed"]
    assert refused(work.claim, who) == "funds_short"
    (reserve,) = LedgerAccount.objects.filter(kind="project_reserved")
    assert reserve.balance == 1200


def test_release_opens_the_slot_gives_the_money_back_and_is_not_offered_again():
    who, other = work.expert(), work.expert()
    project = work.project()
    row = work.claim(who)
    by = of_user(who.user)
    assert refused(assignments.release, assignment_id=row.pk, fence=9, by=by) == "stale_claim"
    assignments.release(assignment_id=row.pk, fence=1, by=by, reason="Not my field")
    row.refresh_from_db()
    assert (row.state, Task.objects.get().state) == ("released", "open")
    assert balances.pot(project.pot, "usd").reserved_minor == 0
    assert AuditEntry.objects.get(verb="released").reason == "Not my field"
    assert refused(work.claim, who) == "nothing_to_claim"
    assert work.claim(other).task_id == row.task_id


def test_extend_is_bounded_and_needs_the_right_fence():
    who = work.expert()
    work.project()
    row = work.claim(who)
    by = of_user(who.user)
    for n in range(1, 4):
        clock.advance(dt.timedelta(minutes=20))
        row = assignments.extend(assignment_id=row.pk, fence=1, by=by)
        assert row.extensions == n
        assert row.leased_until > clock.now() + dt.timedelta(minutes=29)
    code = refused(assignments.extend, assignment_id=row.pk, fence=1, by=by)
    assert code == "no_more_extensions"
    assert refused(assignments.extend, assignment_id=row.pk, fence=2, by=by) == "stale_claim"
    stranger = of_user(people.user())
    assert refused(assignments.extend, assignment_id=row.pk, fence=1, by=stranger) == "not_found"
    member = of_staff(people.staff())
    assert refused(assignments.extend, assignment_id=row.pk, fence=1, by=member) == "not_found"
    nobody = Actor(ActorKind.API_KEY, "k")
    assert refused(assignments.extend, assignment_id=row.pk, fence=1, by=nobody) == "not_found"


def test_a_draft_is_kept_as_typed_until_the_time_is_over():
    who = work.expert()
    work.project()
    row = work.claim(who)
    by = of_user(who.user)
    half = {"why": "", "verdict": "nonsense"}
    saved = assignments.save_draft(assignment_id=row.pk, fence=1, draft=half, by=by)
    assert saved.draft_saved_at <= clock.now()
    row.refresh_from_db()
    assert row.draft == half
    bad = {"why": "a\x00b"}
    save = assignments.save_draft
    assert refused(save, assignment_id=row.pk, fence=1, draft=bad, by=by) == "invalid"
    assert refused(save, assignment_id=row.pk, fence=1, draft=["x"], by=by) == "invalid"
    clock.advance(dt.timedelta(minutes=31))
    assert refused(save, assignment_id=row.pk, fence=1, draft=half, by=by) == "too_late"


def expired(who, draft=None):
    row = work.claim(who)
    if draft is not None:
        assignments.save_draft(
            assignment_id=row.pk, fence=row.fence, draft=draft, by=of_user(who.user)
        )
    clock.advance(dt.timedelta(minutes=31))
    assert expiry.expire_assignments(by=work.BY) == 1
    assert expiry.expire_assignments(by=work.BY) == 0
    row.refresh_from_db()
    assert row.state == "expired"
    return row


def test_expiry_reopens_the_slot_frees_the_money_and_keeps_the_draft():
    who = work.expert()
    project = work.project()
    row = expired(who, draft={"why": "half"})
    assert row.draft == {"why": "half"}
    assert Task.objects.get().state == "open"
    pot = balances.pot(project.pot, "usd")
    assert (pot.funds_minor, pot.reserved_minor) == (1_000_000, 0)
    assert [n.text for n in who.user.notices.all()] == [
        f"{project.name}: the time for a task is over. What you wrote is kept."
    ]


def test_reclaim_brings_back_what_was_written_reserves_anew_and_raises_the_fence():
    who = work.expert()
    project = work.project()
    old = expired(who, draft={"why": "half"})
    again = claims.reclaim(assignment_id=old.pk, by=of_user(who.user))
    assert (again.task_id, again.fence, again.draft) == (old.task_id, 2, {"why": "half"})
    assert again.pk != old.pk
    assert balances.pot(project.pot, "usd").reserved_minor == 600
    assert refused(work.submit, again, fence=1) == "stale_claim"
    assert work.submit(again).answer == work.RIGHT


def test_a_late_answer_comes_back_before_the_draft():
    who = work.expert()
    work.project()
    old = expired(who, draft={"why": "half"})
    assert refused(work.submit, old) == "too_late"
    again = claims.reclaim(assignment_id=old.pk, by=of_user(who.user))
    assert again.draft == work.RIGHT


@pytest.mark.parametrize("swept", [False, True])
def test_a_draft_saved_after_the_time_is_kept_and_comes_back(swept):
    who = work.expert()
    work.project()
    row = expired(who, draft={"why": "half"}) if swept else work.claim(who)
    clock.advance(dt.timedelta(minutes=31))
    by = of_user(who.user)
    late = {"why": "half a sentence", "verdict": "nonsense"}
    save = assignments.save_draft
    assert refused(save, assignment_id=row.pk, fence=2, draft=late, by=by) == "stale_claim"
    assert refused(save, assignment_id=row.pk, fence=1, draft=late, by=by) == "too_late"
    assert [kept.answer for kept in row.late.all()] == [late]
    assert claims.reclaim(assignment_id=row.pk, by=by).draft == late


def test_reclaim_needs_a_free_slot_and_ones_own_ended_claim():
    who, other = work.expert(), work.expert()
    work.project()
    row = work.claim(who)
    mine = of_user(who.user)
    assert refused(claims.reclaim, assignment_id=row.pk, by=mine) == "wrong_state"
    clock.advance(dt.timedelta(minutes=31))
    theirs = of_user(other.user)
    assert refused(claims.reclaim, assignment_id=row.pk, by=theirs) == "not_found"
    again = claims.reclaim(assignment_id=row.pk, by=mine)  # no sweep has run: it ends it first
    assert again.task_id == row.task_id
    clock.advance(dt.timedelta(minutes=31))
    expiry.expire_assignments(by=work.BY)
    work.claim(other)
    assert refused(claims.reclaim, assignment_id=again.pk, by=mine) == "nothing_to_claim"


def test_a_reviewer_does_not_get_the_task_whose_answer_they_have_seen():
    who, reviewer = work.expert(), work.expert(person=people.staff())
    work.project(tasks=1, overlap=2)
    submission = work.submit(work.claim(who))
    work.claim_review(reviewer.user)
    assert refused(work.claim, reviewer) == "nothing_to_claim"
    assert submission.task.open_slots == 1


def test_candidates_that_went_stale_are_passed_over():
    who = work.expert()
    work.project(languages=["en"])
    other = work.project(languages=["en"], domain="engineering")
    AnnotatorProfile.objects.filter(pk=who.pk).update(languages=["fr"])
    assert refused(work.claim, who) == "nothing_to_claim"
    matching.refresh_annotator(annotator_id=who.pk)
    assert Candidate.objects.count() == 0
    assert other.candidates.count() == 0


def test_asking_for_one_project_names_what_stops():
    who = work.expert()
    law = work.project(domain="law")
    french = work.project(languages=["fr"])
    paused = work.project()
    draft = work.project(active=False)
    projects.pause(project_id=paused.pk, by=work.BY)
    asked = {
        law.pk: "nothing_to_claim",  # not a field of theirs: nothing is told of it
        french.pk: "language_missing",
        paused.pk: "project_not_active",
        draft.pk: "nothing_to_claim",
        who.pk: "nothing_to_claim",
    }
    for project_id, code in asked.items():
        assert refused(work.claim, who, project_id=project_id) == code


def test_what_is_refused_names_no_client_and_tells_no_reason_of_staff():
    who = work.expert()
    wanted = Qualification.objects.create(name="ACME exam")
    row = work.project(client=people.organization(name="Acme"))
    row.qualifications.add(wanted)
    with pytest.raises(Refused) as caught:
        work.claim(who, project_id=row.pk)
    assert (caught.value.code, caught.value.message) == (
        "qualification_missing",
        "This work needs qualifications that you do not hold: the client exam.",
    )
    row.qualifications.clear()
    people.paused(who, "Acme complained of you")
    with pytest.raises(Refused) as caught:
        work.claim(who, project_id=row.pk)
    assert (caught.value.code, caught.value.message) == (
        "paused",
        "New work of this kind is paused for you.",
    )


def test_a_closed_account_is_handed_nothing_by_staff_either():
    who = work.expert()
    work.project()
    staff.close(user_id=who.user_id, reason="Left.", by=of_staff(people.staff()))
    assert Candidate.objects.filter(annotator=who).exists()  # the rows lag behind
    by = of_staff(people.staff())
    assert refused(claims.claim, annotator_id=who.pk, by=by) == "annotator_suspended"
    work.run_jobs("tasks.refresh_annotator")
    assert not Candidate.objects.filter(annotator=who).exists()
    staff.reopen(user_id=who.user_id, reason="Back.", by=by)
    work.run_jobs("tasks.refresh_annotator")
    assert claims.claim(annotator_id=who.pk, by=by).annotator_id == who.pk


def test_staff_hand_tasks_to_others_only():
    who, other = work.expert(person=people.staff()), work.expert()
    work.project(tasks=2)
    by = of_staff(who.user)
    assert claims.claim(annotator_id=other.pk, by=by).annotator_id == other.pk
    assert refused(claims.claim, annotator_id=who.pk, by=by) == "own_profile"
