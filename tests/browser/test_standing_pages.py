"""Skills, appeals and decisions as their annotator sees them."""

import datetime as dt
import uuid

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from accounts.actions import tiers
from accounts.selectors.actors import of_user
from marketplace.core import clock
from tasks.actions import appeals, learning
from tasks.states import SkillEventKind
from tests.browser.test_pages import MODES, keep
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work
from tests.tasks.test_adjudication import adjudicator, disputed, take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = "The guideline says in section two that this counts as correct, and the function does it."


def lived():
    """Somebody with answers right and wrong, a rejection appealed and one not, and a lower tier."""
    who = work.expert()
    work.project(name="Judge Python functions", tasks=6)
    rows = [work.claim(who) for _ in range(3)]
    for row, verdict in zip(rows, ("accept", "reject", "reject"), strict=True):
        work.review(work.submit(row), verdict)
    for share in (1.0, 1.0, 1.0, 0.0):
        learning.learn(
            annotator_id=who.pk,
            domain=work.DOMAIN,
            kind=SkillEventKind.GOLD,
            key=f"gold:{uuid.uuid4()}",
            share=share,
            weight=1.0,
            submission=rows[0].submissions.get(),
            by=work.BY,
        )
    appeals.against_rejection(assignment_id=rows[1].pk, text=TEXT, by=of_user(who.user))
    tiers.set_tier(annotator_id=who.pk, tier=3, reason="Good.", by=work.BY)
    tiers.set_tier(annotator_id=who.pk, tier=2, reason="Two of three were wrong.", by=work.BY)
    clock.advance(dt.timedelta(days=1))  # the page of skills is that of the last midnight
    return who, rows


@pytest.mark.parametrize("mode", MODES)
def test_how_one_stands(look, mode, request):
    who, rows = lived()
    eyes = look(who.user, **mode)
    event = who.skill_events.filter(share=0).first()
    for name, path in {
        "skills": reverse("tasks:skills"),
        "skill-event": reverse("tasks:skill_event", args=[event.pk]),
        "appeals": reverse("tasks:appeals"),
        "decisions": reverse("tasks:decisions"),
        "rejected": reverse("tasks:history_one", args=[rows[2].pk]),
    }.items():
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])


def dispute():
    """A dispute, and its adjudicator with the claim."""
    task, _crowd = disputed()
    judge = adjudicator()
    take(judge)
    return task, judge


@pytest.mark.parametrize("mode", [MODES[0], MODES[2]])
def test_a_dispute_is_decided(look, mode, request):
    task, judge = dispute()
    person = people.staff()
    TOTP.activate(person, generate_totp_secret())
    for name, who, path in (
        ("adjudicate", judge.user, reverse("tasks:adjudicate")),
        ("adjudications", judge.user, reverse("tasks:adjudications")),
        ("adjudication-desk", person, reverse("admin:tasks_adjudication_one", args=[task.pk])),
    ):
        eyes = look(who, **mode)
        page = eyes.open(path)
        keep(page, name, request)
        assert (name, eyes.complaints) == (name, [])
        assert (name, eyes.barriers(page)) == (name, [])
