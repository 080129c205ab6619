"""The web desk of qualified annotators, and the desk of staff: pages, blind and paid."""

import datetime as dt
import re

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from marketplace.core import clock
from payments.models import Earning
from tasks.models import Assignment, Review, ReviewAssignment, ReviewCheck, Submission
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.tasks.test_review_queue import judge, take
from tests.tasks.test_rubric_reviews import RUBRIC

pytestmark = pytest.mark.django_db


def signed_in(who):
    client = Client()
    client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def posted(**project):
    work.project(tasks=1, **project)
    submission = work.submit(work.claim(work.expert(person=people.user(email="bob@ann.test"))))
    work.check(submission)
    return submission


def fields(held, verdict, **other):
    return {"fence": held.fence, "verdict": verdict, "category": "", "text": "", **other}


EDIT = {"answer-verdict": "incorrect", "answer-fault": "logic", "answer-why": "It loops for ever."}


def test_a_reviewer_takes_the_next_answer_and_accepts_it():
    submission = posted()
    who = judge()
    client = signed_in(who)
    page = client.get(reverse("tasks:reviews")).content.decode()
    assert "1 answer waits for a reviewer like you." in page
    reply = client.post(reverse("tasks:review_next"))
    held = ReviewAssignment.objects.get()
    assert reply["Location"] == reverse("tasks:review", args=[held.pk])
    reply = client.post(reply["Location"], fields(held, "accept"))
    assert reply["Location"] == reverse("tasks:reviews")
    assert Assignment.objects.get().state == "accepted"
    assert [e.amount_minor for e in Earning.objects.filter(annotator=who)] == [100]
    assert Review.objects.get().submission == submission


def test_the_page_names_nobody_and_does_not_say_why_it_is_asked():
    submission = posted(second_percent=100)
    who, other = judge(), judge()
    first, second = take(who), take(other)
    pages = []
    for one, held in ((who, first), (other, second)):
        page = signed_in(one).get(reverse("tasks:review", args=[held.pk])).content.decode()
        for word in ("bob@ann.test", str(submission.annotator_id), str(submission.pk)):
            assert word not in page
        assert str(submission.annotator.pseudonym) not in page
        main = page[page.index("<main") : page.index("</main>")]
        main = re.sub(r'value="[^"]{64}"', "", main).replace(str(held.pk), "ID")
        pages.append(re.sub(r"\d\d:\d\d(:\d\d)?(\.\d+)?|\d+:\d+ [ap]\.m\.", "", main))
    assert {first.request.kind, second.request.kind} == {"first", "second"}
    assert pages[0] == pages[1]


def test_a_fix_through_the_form_of_the_task():
    posted()
    who = judge()
    held = take(who)
    client, url = signed_in(who), reverse("tasks:review", args=[held.pk])
    assert 'name="answer-why"' in client.get(url).content.decode()
    wrong = {**fields(held, "fix", category="wrong", text="It loops."), **EDIT, "answer-why": ""}
    assert client.post(url, wrong).status_code == 422
    same = {**wrong, "answer-verdict": "correct", "answer-why": work.RIGHT["why"]}
    reply = client.post(url, same)
    assert reply.status_code == 422
    assert "Nothing is changed: accept it, or change what is wrong." in reply.content.decode()
    assert client.post(url, {**wrong, **EDIT}).status_code == 302
    fixed = Submission.objects.get(version=2)
    assert fixed.answer == {"verdict": "incorrect", "fault": "logic", "why": "It loops for ever."}
    mine = client.get(url).content.decode()
    assert "<del>does what it says</del><ins>loops for ever</ins>" in mine
    annotator = Assignment.objects.get().annotator
    row = Assignment.objects.get()
    theirs = signed_in(annotator).get(reverse("tasks:history_one", args=[row.pk]))
    assert "<del>does what it says</del><ins>loops for ever</ins>" in theirs.content.decode()
    assert "Edited by a reviewer" in theirs.content.decode()


def test_scores_are_asked_for_and_shown_to_the_annotator():
    posted(review_rubric=RUBRIC)
    who = judge()
    held = take(who)
    client, url = signed_in(who), reverse("tasks:review", args=[held.pk])
    reply = client.post(url, fields(held, "accept", score_depth="3"))
    assert reply.status_code == 422
    assert (
        client.post(url, fields(held, "accept", score_depth="3", score_style="2")).status_code
        == 302
    )
    assert Review.objects.get().scores == {"depth": 3, "style": 2}
    row = Assignment.objects.get()
    page = signed_in(row.annotator).get(reverse("tasks:history_one", args=[row.pk]))
    assert re.search(r"Depth: <strong>3 of 4</strong>", page.content.decode())


def test_a_refused_verdict_loses_nothing():
    posted()
    who = judge()
    held = take(who)
    url = reverse("tasks:review", args=[held.pk])
    reply = signed_in(who).post(url, fields(held, "reject", category="wrong", text="Too short."))
    assert reply.status_code == 422
    page = reply.content.decode()
    assert "Say what is wrong, in at least 40 characters." in page
    assert "Too short." in page
    assert Review.objects.count() == 0


def test_time_left_more_time_and_giving_back():
    posted()
    who = judge()
    held = take(who)
    client = signed_in(who)
    beat = reverse("tasks:review_heartbeat", args=[held.pk])
    left = client.post(beat, {"fence": held.fence}).json()["seconds_left"]
    assert 1790 < left <= 1800
    assert client.post(beat, {"fence": 99}).json()["code"] == "stale_claim"
    client.post(reverse("tasks:review_extend", args=[held.pk]), {"fence": held.fence})
    held.refresh_from_db()
    assert held.extensions == 1
    client.post(reverse("tasks:review_release", args=[held.pk]))
    held.refresh_from_db()
    assert held.state == "released"
    reply = client.post(beat, {"fence": held.fence})
    assert (reply.status_code, reply.json()["code"]) == (409, "too_late")


def test_anothers_review_is_nobodys_page():
    posted()
    held = take(judge())
    client = signed_in(judge())
    for name in ("review", "review_heartbeat", "review_extend", "review_release"):
        url = reverse(f"tasks:{name}", args=[held.pk])
        assert client.post(url, fields(held, "accept")).status_code == 404
    assert client.get(reverse("tasks:review", args=[held.pk])).status_code == 404
    held.refresh_from_db()
    assert (held.state, held.extensions) == ("claimed", 0)


def test_without_the_qualification_the_page_says_so_and_gives_nothing():
    posted()
    client = signed_in(work.expert())
    page = client.get(reverse("tasks:reviews")).content.decode()
    assert "Reviews are done by holders of a qualification as reviewer" in page
    assert reverse("tasks:review_next") not in page
    reply = client.post(reverse("tasks:review_next"))
    assert [str(m) for m in get_messages(reply.wsgi_request)] == [
        "A review is claimed by a reviewer, in person."
    ]
    assert ReviewAssignment.objects.count() == 0


def test_own_rates_are_shown_with_their_intervals():
    posted()
    who = judge()
    client = signed_in(who)
    held = take(who)
    client.post(reverse("tasks:review", args=[held.pk]), fields(held, "accept"))
    page = client.get(reverse("tasks:reviews")).content.decode()
    assert "of wrong answers found: nothing is known yet" in page
    ReviewCheck.objects.create(review=Review.objects.get(), source="gold", was_right=True)
    page = client.get(reverse("tasks:reviews")).content.decode()
    assert "of right answers let pass: nothing is known yet" in page  # it would tell the gold
    clock.advance(dt.timedelta(days=7))
    page = client.get(reverse("tasks:reviews")).content.decode()
    assert "<strong>100.0 %</strong>" in page.replace("\u00a0", " ")
    assert "of 1 right answer let pass; the true share is 5.0 % to 100.0 %" in page.replace(
        "\u00a0", " "
    )


def test_only_reviewers_have_the_entry_in_the_frame():
    link = f'href="{reverse("tasks:reviews")}"'
    assert link in signed_in(judge()).get(reverse("accounts:notices")).content.decode()
    assert link not in signed_in(work.expert()).get(reverse("accounts:notices")).content.decode()


def test_the_list_is_a_fixed_number_of_statements(django_assert_num_queries):
    who = judge()
    client = signed_in(who)
    work.project(tasks=4)
    author = work.expert()
    for _ in range(4):
        work.check(work.submit(work.claim(author)))
    held = take(who)
    client.post(reverse("tasks:review", args=[held.pk]), fields(held, "accept"))
    take(who)
    with django_assert_num_queries(13):
        client.get(reverse("tasks:reviews"))
    take(who)
    with django_assert_num_queries(13):
        client.get(reverse("tasks:reviews"))
