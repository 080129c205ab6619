"""The desks of reviewers as people see them."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from playwright.sync_api import expect

from tasks.models import Assignment, Review, ReviewCheck, Submission
from tests.browser.test_pages import ANSWER, INTERFACE, MODES, PAYLOAD, keep
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.tasks.test_review_queue import judge, take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RUBRIC = [
    {"name": "depth", "title": "Depth of the reasons", "max": 4},
    {"name": "words", "title": "Plain words", "description": "A layperson follows it.", "max": 2},
]
TEXT = "The second line adds the odd numbers, not the even ones: it keeps x where x % 2 is 1."


@pytest.fixture
def reviewed():
    """A reviewer with one verdict behind them, one review in hand and one that waits."""
    author = work.expert()
    row = work.project(
        name="Judge Python functions", interface=INTERFACE, tasks=0, review_rubric=RUBRIC
    )
    rows = [(n, {"payload": PAYLOAD}) for n in range(3)]
    work.intake.post_tasks(project_id=row.pk, rows=rows, by=work.BY)
    for _ in range(3):
        work.check(work.submit(work.claim(author), ANSWER))
    who = judge()
    held = take(who)
    review = work.reviews.decide(
        review_assignment_id=held.pk,
        fence=held.fence,
        verdict="fix",
        category="factual",
        text=TEXT,
        scores={"depth": 2, "words": 2},
        answer={"verdict": "incorrect", "faults": ["logic"], "why": "It keeps the odd numbers."},
        by=work.of_user(who.user),
    )
    ReviewCheck.objects.create(
        review=review, source="second", was_right=False, at="2020-01-01T00:00Z"
    )
    return author, who, take(who)


@pytest.mark.parametrize("mode", MODES)
def test_the_desk_of_qualified_annotators(look, reviewed, mode, request):
    author, who, held = reviewed
    done = Review.objects.get().assignment
    for person, pages in (
        (
            who.user,
            {
                "reviews": reverse("tasks:reviews"),
                "review": reverse("tasks:review", args=[held.pk]),
                "review-done": reverse("tasks:review", args=[done.pk]),
            },
        ),
        (
            author.user,
            {"history-fixed": reverse("tasks:history_one", args=[done.submission.assignment_id])},
        ),
    ):
        eyes = look(person, **mode)
        for name, path in pages.items():
            page = eyes.open(path)
            keep(page, name, request)
            assert (name, eyes.barriers(page)) == (name, [])
            assert (name, eyes.complaints) == (name, [])
            page.close()


@pytest.mark.parametrize("mode", MODES[::2])
def test_a_fix_by_hand(look, reviewed, mode, request):
    _, who, held = reviewed
    eyes = look(who.user, **mode)
    page = eyes.open(reverse("tasks:review", args=[held.pk]))
    edit = page.locator("[data-mk-fix]")
    expect(edit).to_be_hidden()
    page.get_by_label("Fix: accept with your edit").check()
    expect(edit).to_be_visible()
    page.locator("[name=score_depth][value='3']").check()
    page.locator("[name=score_words][value='1']").check()
    page.get_by_label("Category").select_option("factual")
    page.get_by_role("button", name="The guideline asks for").click()
    text = page.get_by_label("What the annotator is told")
    expect(text).to_have_value("The guideline asks for ")
    text.press_sequentially("the reason.")
    why = page.locator("[name='answer-why']")
    expect(why).to_have_value(ANSWER["why"])
    why.fill("It adds what is odd.")
    keep(page, "review-fix", request)
    assert eyes.barriers(page) == []
    page.get_by_role("button", name="Keep the verdict", exact=True).click()
    expect(page.get_by_text("The verdict is kept.")).to_be_visible()
    fixed = Submission.objects.get(assignment=held.submission.assignment_id, version=2)
    assert fixed.answer == {**ANSWER, "why": "It adds what is odd."}
    assert Assignment.objects.get(pk=fixed.assignment_id).state == "accepted"
    assert eyes.complaints == []


@pytest.mark.parametrize("mode", MODES[:3])
def test_the_desk_of_staff(look, reviewed, mode, request):
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    held = work.claim_review(person)
    eyes = look(person, **mode)
    for name, path in {
        "desk-review": reverse("admin:tasks_review_desk"),
        "desk-review-one": reverse("admin:tasks_review_one", args=[held.pk]),
        "desk-reviewers": reverse("admin:tasks_review_reviewers"),
        "desk-reviews": reverse("admin:tasks_review_changelist"),
        "desk-requests": reverse("admin:tasks_reviewrequest_changelist"),
    }.items():
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        if "review-one" in name or name in ("desk-review", "desk-reviewers"):
            assert (name, eyes.barriers(page)) == (name, [])
        page.close()
