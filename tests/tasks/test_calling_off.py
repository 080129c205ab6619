"""What a client calls off under running claims: they end, are paid their kill fee, and read why."""

import pytest
from django.test import Client

from accounts.models import Notice
from accounts.selectors.actors import of_user
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry, OutboxMessage
from marketplace.ops import proof
from payments.models import Earning, Reservation
from payments.selectors import balances
from tasks import jobs
from tasks.actions import assignments, calling_off, claims, heartbeat, weighing
from tasks.models import Assignment, GoldStanding, LateAnswer, Project, Task
from tests.support import factories_accounts as people
from tests.support import factories_gold as golden
from tests.support import factories_tasks as work
from tests.support.api import Api, pointers

pytestmark = pytest.mark.django_db
WHY = "The study was stopped."


def cancel(project, reason=WHY):
    return calling_off.cancel(project_id=project.pk, reason=reason, by=work.BY)


def end(project, **other):
    return calling_off.end_claims(project_id=project.pk, by=work.BY, **other)


def called_off(number=1, **other):
    """A project with claims in hand that is cancelled, and its jobs done."""
    crowd = [work.expert() for _ in range(number)]
    project = work.project(tasks=number, **other)
    rows = [work.claim(who) for who in crowd]
    cancel(project)
    work.run_jobs("tasks.wind_up_project")
    work.run_jobs("tasks.end_called_off")
    for row in rows:
        row.refresh_from_db()
    return project, rows


def test_a_claim_in_hand_is_paid_its_kill_fee_and_the_rest_goes_back():
    """Scenario: a project is cancelled under a running claim."""
    project, (row,) = called_off(fund=600)
    assert (row.state, row.final_at is not None) == ("cancelled", True)
    earning = Earning.objects.get()
    assert (earning.kind, earning.amount_minor, earning.fee_minor) == ("kill_fee", 250, 50)
    assert (earning.annotator, earning.source) == (row.annotator, row.holder)
    pot = balances.pot(project.pot, "usd")
    assert (pot.funds_minor, pot.reserved_minor) == (300, 0)
    task = Task.objects.get()
    assert (task.state, task.open_slots) == ("cancelled", 0)
    project.refresh_from_db()
    assert (project.state, project.cancel_reason) == ("closed", WHY)
    assert proof.run() == []


def test_its_annotator_reads_why_and_how_much_and_loses_nothing():
    who = work.expert()
    project = work.project()
    row = work.claim(who)
    by = of_user(who.user)
    assignments.save_draft(assignment_id=row.pk, fence=row.fence, draft=work.WRONG, by=by)
    cancel(project)
    end(project)
    notice = Notice.objects.get(kind="called_off")
    assert (notice.user, notice.link) == (who.user, f"/history/{row.pk}/")
    assert WHY in notice.text
    assert "$2.50" in notice.text
    row.refresh_from_db()
    assert row.draft == work.WRONG
    http = Client()
    http.force_login(who.user)
    page = http.get(f"/history/{row.pk}/").content.decode()
    assert WHY in page
    assert "$2.50" in page
    assert http.get(f"/work/{row.pk}/").status_code == 302
    assert "the client ended the task" in http.get("/history/").content.decode()


@pytest.mark.parametrize(("price", "paid", "fee"), [(500, 250, 50), (501, 251, 50), (1, 1, 0)])
def test_without_pay_rules_it_is_half_of_the_price_rounded_up(price, paid, fee, settings):
    settings.KILL_BPS = 0  # such a setting there was: it would change what claims were promised
    called_off(price_minor=price)
    earning = Earning.objects.get()
    assert (earning.amount_minor, earning.fee_minor) == (paid, fee)


def test_what_was_frozen_at_the_claim_is_paid():
    who = work.expert()
    project = work.project()
    row = work.claim(who)
    Assignment.objects.update(quote={"kill_minor": 333})
    cancel(project)
    assert end(project) == 1
    earning = Earning.objects.get()
    assert (earning.amount_minor, earning.fee_minor) == (333, 66)
    assert earning.lines == [{"kind": "kill_fee", "amount_minor": 333, "text": earning.label}]
    assert AuditEntry.objects.get(verb="called_off").data == {"kill_minor": 333}
    assert row.holder == earning.source


def test_claims_without_a_kill_fee_give_their_money_back_after_the_others():
    crowd = [work.expert() for _ in range(3)]
    project = work.project(tasks=3)
    free = balances.pot(project.pot, "usd").funds_minor
    rows = [work.claim(who) for who in crowd]
    Assignment.objects.filter(pk=rows[1].pk).update(quote={"kill_minor": 0})
    cancel(project)
    assert end(project) == 2
    assert end(project) == 1
    assert end(project) == 0
    assert Reservation.objects.get(holder=rows[1].holder).state == "released"
    assert not Earning.objects.filter(source=rows[1].holder).exists()
    assert balances.pot(project.pot, "usd").funds_minor == free - 2 * 300
    assert "paid" not in Notice.objects.get(user=crowd[1].user, kind="called_off").text
    assert proof.run() == []


def test_batches_and_a_run_out_of_time_are_promised_anew(monkeypatch):
    monkeypatch.setattr(calling_off, "BATCH", 2)
    crowd = [work.expert() for _ in range(5)]
    project = work.project(tasks=5)
    for who in crowd:
        work.claim(who)
    cancel(project)
    OutboxMessage.objects.all().delete()
    assert end(project, seconds=0) == 2
    assert OutboxMessage.objects.filter(job="tasks.end_called_off").count() == 1
    assert end(project) == 3
    assert OutboxMessage.objects.filter(job="tasks.end_called_off").count() == 1
    assert Earning.objects.filter(kind="kill_fee").count() == 5


def test_the_job_twice_and_on_nothing():
    project, _ = called_off()
    jobs.end_called_off(project_id=str(project.pk))
    jobs.end_called_off(project_id=str(work.new_ids(1)[0]))
    assert Earning.objects.count() == 1


def test_answers_that_wait_are_still_judged_and_paid():
    first, second = work.expert(), work.expert()
    project = work.project(tasks=1, overlap=2)
    waiting, held = work.claim(first), work.claim(second)
    submission = work.submit(waiting)
    cancel(project)
    assert end(project) == 1
    work.review(submission)
    assert sorted(Earning.objects.values_list("kind", "amount_minor")) == [
        ("kill_fee", 250),
        ("work", 500),
    ]
    task = Task.objects.get()
    assert (task.overlap, task.open_slots) == (1, 0)
    assert weighing.weigh(task_id=task.pk, by=work.BY) is not None
    held.refresh_from_db()
    assert held.state == "cancelled"
    assert proof.run() == []


def test_a_correction_in_hand_ends_as_well():
    who = work.expert()
    project = work.project()
    row = work.claim(who)
    work.review(work.submit(row), "return")
    cancel(project)
    assert end(project) == 1
    row.refresh_from_db()
    assert (row.state, row.returns) == ("cancelled", 1)
    assert proof.run() == []


def test_a_claim_whose_time_is_over_has_none():
    who = work.expert()
    project = work.project()
    row = work.claim(who)
    golden.run_out(row)
    cancel(project)
    assert end(project) == 0
    jobs.expire_leases()
    row.refresh_from_db()
    assert row.state == "expired"
    assert not Earning.objects.exists()


def test_gold_in_hand_is_paid_alike():
    who = work.expert()
    project = golden.project(gold=1, gold_first=1, gold_percent=0)
    rows = [work.claim(who) for _ in range(2)]
    assert [golden.kind(row) for row in rows] == ["G", "."]
    cancel(project)
    assert end(project) == 2
    assert set(Earning.objects.values_list("kind", "amount_minor")) == {("kill_fee", 250)}
    texts = [one.text for one in Notice.objects.filter(kind="called_off")]
    assert texts[0] == texts[1]
    assert GoldStanding.objects.get().claimed == 0


def test_what_comes_after_is_kept_and_refused_with_the_reason():
    who = work.expert()
    project = work.project()
    row = work.claim(who)
    cancel(project)
    end(project)
    by = of_user(who.user)
    with pytest.raises(Refused) as refusal:
        work.submit(row)
    assert (refusal.value.code, refusal.value.status) == ("called_off", 409)
    assert LateAnswer.objects.get().answer == work.RIGHT
    for act, code in (
        (lambda: work.release(row), "called_off"),
        (lambda: assignments.extend(assignment_id=row.pk, fence=row.fence, by=by), "called_off"),
        (lambda: heartbeat.beat(assignment_id=row.pk, fence=row.fence, by=by), "too_late"),
        (lambda: claims.reclaim(assignment_id=row.pk, by=by), "wrong_state"),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == code


def test_the_task_page_keeps_what_was_written_and_says_why():
    who = work.expert()
    project = work.project()
    row = work.claim(who)
    cancel(project)
    end(project)
    http = Client()
    http.force_login(who.user)
    page = http.post(
        f"/work/{row.pk}/",
        {"fence": row.fence, "answer-verdict": "correct", "answer-why": work.RIGHT["why"]},
    )
    assert page.status_code == 409
    assert b"The client has called this work off" in page.content
    assert LateAnswer.objects.get().answer == work.RIGHT


def test_a_closed_project_can_still_be_cancelled_and_once():
    who = work.expert()
    project = work.project()
    work.claim(who)
    api_close = calling_off.projects.close
    api_close(project_id=project.pk, by=work.BY)
    cancel(project)
    assert end(project) == 1
    with pytest.raises(Refused) as refusal:
        cancel(project)
    assert refusal.value.code == "wrong_state"


def test_a_draft_is_cancelled_too():
    project = work.project(active=False)
    assert cancel(project).state == "closed"
    assert end(project) == 0


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\x00b"])
def test_without_a_reason_nothing_is_called_off(reason):
    project = work.project()
    with pytest.raises(Refused) as refusal:
        cancel(project, reason)
    assert [fault.pointer for fault in refusal.value.faults] == ["/reason"]
    project.refresh_from_db()
    assert project.state == "active"


def test_the_api_cancels_and_strangers_learn_nothing():
    client = people.organization()
    project, api = work.project(client=client), Api(client)
    path = f"/projects/{project.pk}/cancel"
    assert Api().post(path, {"reason": WHY})[0] == 404
    status, body = api.post(path)
    assert (status, pointers(body)) == (422, ["/reason"])
    status, body = api.post(path, {"reason": WHY})
    assert (status, body["state"], body["cancel_reason"]) == (200, "closed", WHY)
    assert api.post(path, {"reason": WHY})[0] == 409


def withdraw(task, reason=WHY):
    return calling_off.withdraw_task(
        project_id=task.project_id, task_id=task.pk, reason=reason, by=work.BY
    )


def test_a_task_that_nobody_began_is_cancelled():
    project = work.project(tasks=2)
    task = Task.objects.first()
    assert withdraw(task).state == "cancelled"
    assert Task.objects.get(pk=task.pk).cancel_reason == WHY
    assert end(project) == 0
    assert proof.run() == []


def test_a_task_in_hand_pays_its_kill_fee_and_the_others_go_on():
    first, second = work.expert(), work.expert()
    project = work.project(tasks=2, overlap=2)
    row, other = work.claim(first), work.claim(second, project_id=project.pk)
    assert row.task_id == other.task_id
    mine = work.claim(first)
    assert mine.task_id != row.task_id
    submission = work.submit(other)
    withdraw(row.task)
    work.run_jobs("tasks.end_called_off")
    row.refresh_from_db()
    mine.refresh_from_db()
    assert (row.state, mine.state) == ("cancelled", "claimed")
    assert Earning.objects.get().kind == "kill_fee"
    task = Task.objects.get(pk=row.task_id)
    assert (task.state, task.overlap, task.open_slots) == ("filled", 1, 0)
    work.review(submission)
    assert weighing.weigh(task_id=task.pk, by=work.BY) is not None
    assert Project.objects.get().state == "active"
    assert proof.run() == []


def test_a_task_with_a_free_place_is_cut_to_its_answers():
    who = work.expert()
    work.project(tasks=1, overlap=3)
    row = work.claim(who)
    task = withdraw(row.task)
    assert (task.state, task.overlap, task.open_slots) == ("filled", 1, 0)
    work.run_jobs("tasks.end_called_off")
    task.refresh_from_db()
    assert task.state == "cancelled"
    assert proof.run() == []


def test_no_task_is_withdrawn_twice_nor_gold_nor_anothers():
    project = golden.project(tasks=1, gold=1)
    task = Task.objects.get(known=None)
    withdraw(task)
    with pytest.raises(Refused) as refusal:
        withdraw(task)
    assert refusal.value.code == "wrong_state"
    with pytest.raises(Refused) as refusal:
        withdraw(Task.objects.exclude(known=None).get())
    assert refusal.value.code == "is_gold"
    other = work.project()
    with pytest.raises(Refused) as refusal:
        calling_off.withdraw_task(project_id=other.pk, task_id=task.pk, reason=WHY, by=work.BY)
    assert refusal.value.code == "not_found"
    assert project.pk != other.pk


def test_the_api_withdraws_a_task():
    client = people.organization()
    project, api = work.project(client=client), Api(client)
    path = f"/projects/{project.pk}/tasks/{Task.objects.get().pk}/withdraw"
    status, body = api.post(path, {"reason": WHY})
    assert (status, body["state"], body["cancel_reason"]) == (200, "cancelled", WHY)


def member(project, role="owner"):
    http = Client()
    http.force_login(people.member(project.organization, role=role))
    return http


def test_the_client_reads_what_it_costs_and_cancels_on_the_page():
    who = work.expert()
    project = work.project()
    work.claim(who)
    http = member(project)
    path = f"/client/projects/{project.pk}/cancel"
    page = http.get(path).content.decode()
    assert "$3.00" in page
    assert http.post(path, {"reason": ""}).status_code == 422
    assert http.post(path, {"reason": WHY}).status_code == 302
    assert WHY in http.get(f"/client/projects/{project.pk}/").content.decode()
    page = http.post(path, {"reason": WHY})
    assert (page.status_code, b"cancelled already" in page.content) == (422, True)


def test_strangers_do_not_find_the_page():
    project = work.project()
    assert member(work.project()).get(f"/client/projects/{project.pk}/cancel").status_code == 404
