"""Deliveries: lots drawn by a seed, judged by samples, mended where they fail, and told of once."""

import hashlib

import pytest

from accounts.models import Notice
from accounts.selectors.actors import of_staff
from marketplace.core.errors import Refused
from marketplace.core.models import AuditEntry
from tasks.actions import deliveries, expiry, lots, reviews
from tasks.models import Delivery, Lot, LotItem, Result, ReviewAssignment, ReviewRequest, Task
from tests.support import deliveries as make
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def states(row):
    return list(row.lots.order_by("number").values_list("state", flat=True))


def test_results_are_parted_into_lots_of_like_size_in_the_order_of_their_conclusion():
    project = make.concluded(105)
    row = deliveries.make(project_id=project.pk, by=work.BY, **make.PLAN)
    assert (row.number, row.state, row.results, len(row.seed)) == (1, "sampling", 105, 32)
    sizes = list(row.lots.order_by("number").values_list("size", "sample", "allowed"))
    assert sizes == [(35, 19, 0)] * 3
    order = list(
        LotItem.objects.filter(delivery=row)
        .order_by("task__result__concluded_at", "task_id")
        .values_list("lot__number", flat=True)
    )
    assert order == [1] * 35 + [2] * 35 + [3] * 35


def test_anybody_who_knows_the_seed_can_draw_again():
    row = make.make(make.concluded(40))
    (lot,) = row.lots.all()
    ids = list(lot.items.order_by("position").values_list("task_id", flat=True))
    assert ids == sorted(ids, key=lambda pk: hashlib.sha256(f"{row.seed}:{pk}".encode()).digest())
    drawn = list(
        lot.items.filter(drawn=True).order_by("position").values_list("task_id", flat=True)
    )
    assert drawn == ids[: lot.sample]


def test_a_sample_is_asked_for_once_and_blind_reviews_are_of_the_task():
    row = make.make(make.concluded(40))
    (lot,) = row.lots.all()
    assert ReviewRequest.objects.count() == lot.sample
    for _ in range(2):
        lots.advance(lot_id=lot.pk, by=work.BY)
        lots.catch_up()
        make.run()
    assert ReviewRequest.objects.count() == lot.sample
    one = ReviewRequest.objects.first()
    assert (one.kind, one.submission_id, one.level) == ("warranty", None, 1)


def test_a_good_lot_is_accepted_by_its_sample_and_the_client_is_told_once():
    project = make.concluded(40)
    row = make.inspect_all(make.make(project))
    (lot,) = row.lots.all()
    assert (lot.state, lot.reviewed, lot.defects) == ("accepted", lot.sample, 0)
    assert (row.state, row.report["delivery"]) == ("ready", 1)
    assert row.ready_at is not None
    for _ in range(2):
        lots.finish(delivery_id=row.pk, by=work.BY)
        lots.catch_up()
        make.run()
    (notice,) = Notice.objects.filter(kind="delivery")
    assert notice.text == f"{project.name}: delivery 1 is ready (40 results)."
    assert notice.link == f"/client/projects/{project.pk}/deliveries/1/"
    assert AuditEntry.objects.filter(verb="delivery_ready").count() == 1


def test_a_fix_becomes_the_result_and_what_it_said_is_kept():
    row = make.make(make.concluded(40))
    item = make.asked(row)[0]
    review = make.inspect(item, "fix", answer=work.WRONG)
    item.refresh_from_db()
    assert (item.defect, item.review) == (True, review)
    result = Result.objects.get(task=item.task_id)
    assert (result.answer, result.source, result.confidence) == (work.WRONG, "review", None)
    (kept,) = result.revisions.all()
    assert (kept.number, kept.answer, kept.source) == (1, work.RIGHT, "majority")
    assert (kept.why, kept.replaced_by) == (make.REASON, of_staff(review.reviewer).key)
    assert Task.objects.get(pk=item.task_id).state == "concluded"


def test_a_rejected_result_is_disputed_and_the_delivery_waits_for_its_adjudication():
    row = make.make(make.concluded(100), lot_size=100)
    wrong = make.asked(row)[0].task_id
    row = make.inspect_all(row, wrong={wrong}, verdict="reject")
    assert (row.state, states(row)) == ("sampling", ["accepted"])
    assert Task.objects.get(pk=wrong).state == "disputed"
    Task.objects.filter(pk=wrong).update(state="concluded")
    assert lots.catch_up() == 1
    make.run()
    row.refresh_from_db()
    assert row.state == "ready"


def test_a_lot_that_fails_is_inspected_whole_and_mended_before_it_is_delivered():
    row = make.make(make.concluded(80), lot_size=40)
    first = row.lots.get(number=1)
    wrong = set(first.items.filter(position__lte=3).values_list("task_id", flat=True))
    wrong.add(first.items.get(position=40).task_id)
    for item in make.asked(row):
        if item.lot_id == first.pk and item.position <= 3:
            make.inspect(item, "fix")
    make.run()
    row.refresh_from_db()
    first.refresh_from_db()
    assert (row.state, first.state, first.defects) == ("rework", "rework", 3)
    assert first.items.filter(request__isnull=False).count() == 40
    assert first.items.filter(drawn=True).count() == first.sample
    row = make.inspect_all(row, wrong=wrong)
    first.refresh_from_db()
    assert (row.state, states(row)) == ("ready", ["reworked", "accepted"])
    assert (first.reviewed, first.defects) == (40, 4)
    assert Result.objects.filter(source="review").count() == 4


def test_a_sequential_lot_asks_for_no_more_than_it_needs():
    row = make.make(make.concluded(200), lot_size=200, method="sprt")
    test = deliveries.sequence(row)
    needed = next(n for n in range(1, 200) if test.decide(n, 0).value == "passed")
    (lot,) = row.lots.all()
    assert (lot.sample, lot.allowed) == (None, None)
    assert len(make.asked(row)) == needed
    row = make.inspect_all(row)
    lot.refresh_from_db()
    assert (row.state, lot.state, lot.reviewed) == ("ready", "accepted", needed)


def test_a_sequential_lot_asks_for_more_after_a_defect_and_fails_after_some():
    row = make.make(make.concluded(200), lot_size=200, method="sprt")
    first = make.asked(row)
    for place, item in enumerate(first):
        make.inspect(item, "fix" if place == 5 else "accept")
    make.run()
    assert 0 < len(make.asked(row)) < len(first)
    for item in make.asked(row):
        make.inspect(item, "fix")
        make.run()
        if states(row) == ["rework"]:
            break
    assert states(row) == ["rework"]
    assert LotItem.objects.filter(request__isnull=False).count() == 200


def test_a_small_sequential_lot_is_inspected_to_its_end():
    row = make.inspect_all(make.make(make.concluded(10), method="sprt"))
    (lot,) = row.lots.all()
    assert (row.state, lot.state, lot.reviewed) == ("ready", "accepted", 10)


def test_a_result_is_in_one_delivery():
    project = make.concluded(10)
    make.make(project)
    with pytest.raises(Refused) as refusal:
        deliveries.make(project_id=project.pk, by=work.BY)
    assert (refusal.value.code, Delivery.objects.count()) == ("nothing_to_deliver", 1)
    make.concluded(3, project=project)
    second = make.make(project)
    assert (second.number, second.results) == (2, 3)


def test_a_cancelled_delivery_gives_its_results_free():
    project = make.concluded(10)
    row = make.make(project)
    make.claim(make.asked(row)[0])
    deliveries.cancel(delivery_id=row.pk, by=of_staff(people.staff()))
    row.refresh_from_db()
    assert (row.state, states(row)) == ("cancelled", ["cancelled"])
    requests = set(ReviewRequest.objects.values_list("state", flat=True))
    assert requests == {"withdrawn", "taken"}
    with pytest.raises(Refused) as refusal:
        deliveries.cancel(delivery_id=row.pk, by=of_staff(people.staff()))
    assert refusal.value.code == "wrong_state"
    again = make.make(project)
    assert (again.number, again.results) == (2, 10)


def test_an_inspection_in_hand_goes_on_for_the_next_delivery():
    project = make.concluded(3)
    first = make.make(project)
    person = people.staff()
    held = work.claim_review(person)
    deliveries.cancel(delivery_id=first.pk, by=of_staff(people.staff()))
    second = make.make(project)
    (item,) = LotItem.objects.filter(request=held.request)
    assert (item.delivery, item.defect) == (second, None)
    reviews.decide(
        review_assignment_id=held.pk, fence=held.fence, verdict="accept", by=of_staff(person)
    )
    item.refresh_from_db()
    assert item.defect is False


@pytest.mark.parametrize("given_back", [True, False])
def test_an_inspection_for_a_cancelled_delivery_waits_for_nobody(given_back):
    project = make.concluded(3)
    first = make.make(project)
    person = people.staff()
    held = work.claim_review(person)
    kept = make.claim(make.asked(first)[0])
    deliveries.cancel(delivery_id=first.pk, by=of_staff(people.staff()))
    if given_back:
        reviews.release(review_assignment_id=held.pk, by=of_staff(person))
    else:
        ReviewAssignment.objects.filter(pk=held.pk).update(leased_until="2020-01-01T00:00Z")
        assert expiry.expire_reviews(by=work.BY) == 1
    states = dict(ReviewRequest.objects.values_list("pk", "state"))
    assert (states[held.request_id], states[kept.request_id]) == ("withdrawn", "taken")
    again = make.make(project)
    assert LotItem.objects.filter(delivery=again, drawn=True).count() == 3


def test_a_withdrawn_inspection_is_asked_for_again():
    row = make.make(make.concluded(10))
    item = make.asked(row)[0]
    ReviewRequest.objects.filter(pk=item.request_id).update(state="withdrawn")
    lots.advance(lot_id=item.lot_id, by=work.BY)
    again = LotItem.objects.get(pk=item.pk)
    assert again.request_id != item.request_id
    assert again.request.state == "waiting"


def test_a_large_sample_is_asked_for_in_batches(monkeypatch):
    monkeypatch.setattr(lots, "BATCH", 5)
    row = make.make(make.concluded(40))
    (lot,) = row.lots.all()
    assert len(make.asked(row)) == lot.sample > 15


def test_the_sweep_finds_what_was_missed():
    project = make.concluded(10)
    row = deliveries.make(project_id=project.pk, by=work.BY, **make.PLAN)
    work.OutboxMessage.objects.all().delete()
    assert lots.catch_up() == 1
    make.run()
    (lot,) = row.lots.all()
    assert len(make.asked(row)) == lot.sample
    assert lots.catch_up() == 0
    for item in make.asked(row):
        make.inspect(item)
    work.OutboxMessage.objects.filter(job__startswith="tasks.").delete()
    assert lots.catch_up() == 1
    work.run_jobs("tasks.advance_lot")
    work.OutboxMessage.objects.filter(job="tasks.finish_delivery").delete()
    assert lots.catch_up() == 1
    make.run()
    row.refresh_from_db()
    assert row.state == "ready"


@pytest.mark.parametrize(
    ("plan", "at"),
    [
        ({"lot_size": 0}, "/lot_size"),
        ({"lot_size": True}, "/lot_size"),
        ({"aql": 0.0}, "/aql"),
        ({"ltpd": 0.7}, "/ltpd"),
        ({"aql": float("nan")}, "/aql"),
        ({"aql": 0.05, "ltpd": 0.05}, "/ltpd"),
        ({"aql": 0.05, "ltpd": 0.06, "method": "sprt"}, "/ltpd"),
        ({"method": "guess"}, "/method"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_place(plan, at):
    project = make.concluded(2)
    with pytest.raises(Refused) as refusal:
        deliveries.make(project_id=project.pk, by=work.BY, **plan)
    assert [fault.pointer for fault in refusal.value.faults] == [at]
    assert Lot.objects.count() == 0


def test_results_know_their_part_of_the_work():
    project = make.concluded(6, parts=("law", " law ", ""), subcategory_field="problem")
    row = make.make(project)
    parts = LotItem.objects.filter(delivery=row).order_by("subcategory")
    assert list(parts.values_list("subcategory", flat=True)) == ["all", "all"] + ["law"] * 4
