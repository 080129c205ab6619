"""Annotators' pages, through the door: find, claim, save, hand in, look back."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tasks.actions import expiry
from tasks.models import Assignment, Submission
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


@pytest.fixture
def expert():
    return work.expert()


@pytest.fixture
def page(expert):
    return signed_in(expert)


def signed_in(annotator):
    client = Client()
    client.force_login(annotator.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def answer(fence, **other):
    return {
        "fence": fence,
        "answer-verdict": "correct",
        "answer-why": "It does what it says.",
        **other,
    }


def take(page):
    reply = page.post(reverse("tasks:next"))
    assert reply.status_code == 302
    return Assignment.objects.get(pk=re.search(r"/work/([0-9a-f-]{36})/", reply.url).group(1))


def test_the_list_says_what_a_task_pays_before_it_is_claimed(page):
    row = work.project(name="Judge functions")
    html = page.get(reverse("tasks:work")).content.decode()
    assert "Judge functions" in html
    assert "$5.00" in html
    assert "30 minutes" in html
    assert reverse("tasks:next_of_project", args=[row.pk]) in html
    outsider = signed_in(work.expert(domains=("law",)))
    assert "Judge functions" not in outsider.get(reverse("tasks:work")).content.decode()


@pytest.fixture
def claim(page):
    work.project(tasks=2)
    return take(page)


def test_a_claim_leads_to_its_task_and_back_when_there_is_none(page, claim):
    html = page.get(reverse("tasks:task", args=[claim.pk])).content.decode()
    assert "Problem 0" in html
    assert 'name="answer-verdict"' in html
    take(page)
    reply = page.post(reverse("tasks:next"), follow=True)
    assert reply.redirect_chain == [(reverse("tasks:work"), 302)]
    assert Assignment.objects.count() == 2


def test_an_answer_is_handed_in_once(page, claim):
    url = reverse("tasks:task", args=[claim.pk])
    assert page.post(url, answer(claim.fence)).status_code == 302
    assert page.post(url, answer(claim.fence)).status_code == 302
    assert Submission.objects.get().answer == {
        "verdict": "correct",
        "why": "It does what it says.",
    }


def test_a_wrong_answer_comes_back_with_its_fault_and_its_text(page, claim):
    url = reverse("tasks:task", args=[claim.pk])
    reply = page.post(url, answer(claim.fence, **{"answer-verdict": "", "answer-why": "abc"}))
    assert reply.status_code == 422
    html = reply.content.decode()
    assert "abc" in html
    assert html.count("errorlist") >= 2
    assert not Submission.objects.exists()


def test_a_draft_is_kept_and_shown_again(page, claim):
    url = reverse("tasks:draft", args=[claim.pk])
    reply = page.post(
        url, {"fence": claim.fence, "answer-why": "half a th"}, headers={"HX-Request": "true"}
    )
    assert "Draft saved" in reply.content.decode()
    html = page.get(reverse("tasks:task", args=[claim.pk])).content.decode()
    assert "half a th" in html


def test_a_late_answer_is_kept_and_the_task_can_be_claimed_again(page, claim):
    Assignment.objects.filter(pk=claim.pk).update(leased_until="2020-01-01T00:00Z")
    reply = page.post(reverse("tasks:task", args=[claim.pk]), answer(claim.fence))
    assert reply.status_code == 409
    assert "It does what it says." in reply.content.decode()
    assert claim.late.get().answer["verdict"] == "correct"
    assert not Submission.objects.exists()


def over(claim):
    Assignment.objects.filter(pk=claim.pk).update(leased_until="2020-01-01T00:00Z")


def after_claiming_again(page, claim):
    reply = page.post(reverse("tasks:reclaim", args=[claim.pk]), follow=True)
    return reply.content.decode()


@pytest.mark.parametrize(("name", "more"), [("task", {}), ("draft", {"save": "1"})])
def test_a_late_half_answer_is_kept_shown_and_brought_back(page, claim, name, more):
    over(claim)
    half = {"fence": claim.fence, "answer-why": "a th", **more}
    reply = page.post(reverse(f"tasks:{name}", args=[claim.pk]), half)
    assert reply.status_code == 409
    html = reply.content.decode()
    assert "a th</textarea>" in html
    assert reverse("tasks:reclaim", args=[claim.pk]) in html
    assert claim.late.get().answer == {"why": "a th"}
    assert "a th</textarea>" in after_claiming_again(page, claim)


def test_an_autosave_after_the_time_is_kept_and_says_where_to_go_on(page, claim):
    over(claim)
    half = {"fence": claim.fence, "answer-why": "half a th"}
    reply = page.post(reverse("tasks:draft", args=[claim.pk]), half, headers={"HX-Request": "true"})
    assert reply.status_code == 409
    html = reply.content.decode()
    assert "What you wrote is kept." in html
    assert reverse("tasks:task", args=[claim.pk]) in html
    assert "half a th</textarea>" in after_claiming_again(page, claim)


def test_a_claim_that_is_over_and_taken_says_only_that(page, claim):
    over(claim)
    expiry.expire_assignments(by=work.BY)
    work.claim(work.expert(), project_id=claim.project_id)
    html = page.get(reverse("tasks:task", args=[claim.pk])).content.decode()
    assert "This task cannot be claimed again just now." in html
    assert "Somebody else" not in html


def test_an_offer_without_funds_says_so_and_has_no_button(page):
    row = work.project(fund=0)
    page.post(reverse("tasks:next"))
    html = page.get(reverse("tasks:work")).content.decode()
    assert row.name in html
    assert "Waits for the client's funds" in html
    assert reverse("tasks:next_of_project", args=[row.pk]) not in html


def test_a_hand_in_leads_to_the_next_task_in_one_step(page, claim):
    url = reverse("tasks:task", args=[claim.pk])
    reply = page.post(url, answer(claim.fence, next="1"), follow=True)
    following = Assignment.objects.get(state="claimed")
    assert reply.redirect_chain == [(reverse("tasks:task", args=[following.pk]), 302)]
    assert "Problem 1" in reply.content.decode()


def test_giving_back_takes_a_reason(page, claim):
    url = reverse("tasks:release", args=[claim.pk])
    reply = page.post(url, {"fence": claim.fence, "reason": "ill"}, follow=True)
    assert "Say why you give it back." in reply.content.decode()
    claim.refresh_from_db()
    assert claim.state == "claimed"


def test_an_old_page_cannot_hand_in(page, claim):
    reply = page.post(reverse("tasks:task", args=[claim.pk]), answer(claim.fence + 1))
    assert reply.status_code == 409
    assert not Submission.objects.exists()


def test_more_time_and_giving_back(page, claim):
    page.post(reverse("tasks:extend", args=[claim.pk]), {"fence": claim.fence})
    claim.refresh_from_db()
    assert claim.extensions == 1
    page.post(
        reverse("tasks:release", args=[claim.pk]),
        {"fence": claim.fence, "skip_reason": "other", "reason": "ill"},
    )
    claim.refresh_from_db()
    assert claim.state == "released"


@pytest.mark.parametrize(
    "name", ["task", "draft", "heartbeat", "extend", "release", "reclaim", "history_one"]
)
def test_another_persons_task_does_not_exist(claim, name):
    stranger = signed_in(work.expert())
    url = reverse(f"tasks:{name}", args=[claim.pk])
    reply = stranger.get(url) if name in ("task", "history_one") else stranger.post(url)
    assert reply.status_code == 404


def test_history_shows_the_verdict_and_its_reason(page, claim):
    page.post(reverse("tasks:task", args=[claim.pk]), answer(claim.fence))
    work.review(Submission.objects.get(), "reject", text=work.REASON)
    html = page.get(reverse("tasks:history")).content.decode()
    assert "The answer is wrong" in html
    html = page.get(reverse("tasks:history_one", args=[claim.pk])).content.decode()
    assert work.REASON.split(":")[0] in html


def test_without_a_profile_one_is_asked_for():
    client = Client()
    client.force_login(people.user(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("tasks:work")).url == reverse("accounts:profile")


def test_a_client_previews_a_draft_as_an_annotator_sees_it():
    row = work.project(active=False, fund=0)
    owner = row.organization.memberships.get().user
    client = Client()
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    overview = client.get(reverse("tasks:client_project", args=[row.pk])).content.decode()
    task = row.tasks.get()
    assert reverse("tasks:preview", args=[row.pk, task.pk]) in overview
    html = client.get(reverse("tasks:preview", args=[row.pk, task.pk])).content.decode()
    assert "Problem 0" in html
    assert 'name="answer-verdict"' in html
    stranger = signed_in(work.expert())
    assert stranger.get(reverse("tasks:client_project", args=[row.pk])).status_code == 404


def test_a_second_click_is_the_same_claim_and_a_page_kept_by_the_browser_a_new_one(expert, page):
    work.project(tasks=3)
    key = re.search(r'name="key" value="([^"]+)"', page.get("/work/").content.decode())[1]
    first, second = (page.post("/work/next", {"key": key})["Location"] for _ in range(2))
    assert first == second
    work.submit(Assignment.objects.get())
    assert page.post("/work/next", {"key": key})["Location"] != first
    assert Assignment.objects.count() == 2


def test_a_country_without_a_rail_is_told_before_the_first_claim():
    """Nobody works who cannot be paid: the lists say so, and no claim goes through."""
    work.project()
    who = work.expert(country="IN")
    page = signed_in(who)
    for name in ("work", "offers"):
        text = page.get(reverse(f"tasks:{name}")).content.decode()
        assert "We cannot pay to your country yet, so you cannot claim paid tasks" in text
        assert "You can be paid once your payout account is set up." not in text
    assert page.post(reverse("tasks:next")).url == reverse("tasks:work")
    assert not Assignment.objects.exists()
    control = signed_in(work.expert(country="US"))
    control.post(reverse("tasks:next"))
    assert Assignment.objects.count() == 1
