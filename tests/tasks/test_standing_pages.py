"""The pages on which annotators read how they stand, and appeal."""

import datetime as dt
import hashlib
import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import pauses, tiers
from accounts.models import AdverseAct
from marketplace.core import clock
from tasks.actions import learning, skills
from tasks.models import Appeal, QualityRule, SkillEvent
from tasks.states import SkillEventKind
from tests.support import factories_accounts as people
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db
TEXT = "The guideline says in section two that this counts as correct."


def signed_in(who):
    client = Client()
    client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(who, name, *args):
    answer = signed_in(who).get(reverse(f"tasks:{name}", args=args))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def rejected():
    work.project(name="Judge functions")
    row = work.claim(work.expert())
    work.review(work.submit(row), "reject")
    row.refresh_from_db()
    return row


def taught(row, share=0.0):
    return learning.learn(
        annotator_id=row.annotator_id,
        domain=work.DOMAIN,
        kind=SkillEventKind.GOLD,
        key=f"gold:{uuid.uuid4()}",
        share=share,
        weight=1.0,
        submission=row.submissions.get(),
        by=work.BY,
    )


def test_a_rejection_is_appealed_on_its_page_and_a_short_text_is_kept():
    row = rejected()
    client = signed_in(row.annotator)
    shown = page(row.annotator, "history_one", row.pk)
    assert "Do you think this is wrong?" in shown
    url = reverse("tasks:appeal_rejection", args=[row.pk])
    short = client.post(url, {"text": "It is right."})
    assert short.status_code == 422
    body = short.content.decode()
    assert "Say why it is wrong, in 40 to 4000 characters." in body
    assert ">\nIt is right.</textarea>" in body
    assert client.post(url, {"text": TEXT}).status_code == 302
    assert "Do you think this is wrong?" not in page(row.annotator, "history_one", row.pk)
    again = client.post(url, {"text": TEXT})
    assert again.status_code == 422
    shown = page(row.annotator, "appeals")
    for words in ("Judge functions", "Against a rejection", TEXT, "else won", "mk-countdown"):
        assert words in shown
    assert Appeal.objects.count() == 1


def test_after_its_time_there_is_no_form():
    row = rejected()
    clock.advance(dt.timedelta(days=14))
    assert "Do you think this is wrong?" not in page(row.annotator, "history_one", row.pk)


def test_every_event_of_a_skill_is_listed_with_its_formula_and_its_appeal():
    row = rejected()
    event = taught(row)
    taught(row, share=1.0)
    url = reverse("tasks:skill_event", args=[event.pk])
    clock.advance(dt.timedelta(days=1))
    shown = page(row.annotator, "skills")
    assert "Right by 0 %, weight 1: adds 0 to the right answers, 1 to the wrong ones." in shown
    assert "Right by 100 %, weight 1: adds 1 to the right answers, 0 to the wrong ones." in shown
    assert event.formula not in shown
    assert shown.count(f'href="{url}"') == 1
    assert shown.count("data-event=") == 2
    assert shown.count('role="img"') == 1
    assert "It is worth about 7 answers, of which 2 were to tasks with a known answer." in shown
    client = signed_in(row.annotator)
    assert client.get(url).status_code == 200
    assert client.post(url, {"text": "short"}).status_code == 422
    assert client.post(url, {"text": TEXT}).status_code == 302
    assert Appeal.objects.get().skill_event == event
    assert str(row.pk) not in page(row.annotator, "appeals")  # which task was gold is never told
    assert "else won" in client.get(url).content.decode()
    assert "else won" not in page(row.annotator, "history_one", row.pk)
    assert f'href="{url}" aria-label' not in page(row.annotator, "skills")


def test_today_moves_nothing_and_a_day_tells_neither_answers_nor_their_order():
    row = rejected()
    events = [taught(row, share=share) for share in (0.0, 1.0, 1.0, 0.0, 1.0)]
    url = reverse("tasks:skill_event", args=[events[0].pk])
    shown = page(row.annotator, "skills")
    assert "Nothing is known yet." in shown
    assert "data-event=" not in shown
    client = signed_in(row.annotator)
    assert client.get(url).status_code == client.post(url, {"text": TEXT}).status_code == 404
    clock.advance(dt.timedelta(days=1))
    now = taught(row)
    shown = page(row.annotator, "skills")
    assert shown.count("data-event=") == 5
    assert shown.count("Before that day: 47 % to 99 %. After it: <strong>") == 5
    assert str(row.pk) not in shown
    assert "datetime=" in shown
    assert "T" not in "".join(re.findall(r'<time datetime="([^"]*)"', shown))
    order = sorted(events, key=lambda one: hashlib.md5(str(one.pk).encode()).hexdigest())
    listed = [float(n) / 100 for n in re.findall(r"Right by (\d+) %", shown)]
    assert listed == [one.share for one in order]
    assert "It is worth about 10 answers, of which 5 were to tasks with a known answer." in shown
    assert str(now.pk) not in shown


def test_nobody_reads_anothers_events_acts_or_appeals():
    row = rejected()
    event, act = taught(row), AdverseAct.objects.get()
    clock.advance(dt.timedelta(days=1))
    other = work.expert()
    client = signed_in(other)
    for url in (
        reverse("tasks:skill_event", args=[event.pk]),
        reverse("tasks:decision", args=[act.pk]),
    ):
        assert client.get(url).status_code == 404
    assert client.post(reverse("tasks:appeal_rejection", args=[row.pk])).status_code == 404
    for name in ("skills", "appeals", "decisions"):
        shown = page(other, name)
        assert "Judge functions" not in shown
    nobody = people.user()
    client.force_login(nobody, backend="django.contrib.auth.backends.ModelBackend")
    for name in ("skills", "appeals", "decisions"):
        assert client.get(reverse(f"tasks:{name}")).status_code == 302


def test_decisions_show_rule_evidence_state_and_what_restores():
    row = rejected()
    who = row.annotator
    pause = pauses.pause(
        annotator_id=who.pk,
        reason="Too many errors.",
        by=work.BY,
        rule="rule.7",
        evidence=["rulehit:7"],
    )
    tiers.set_tier(annotator_id=who.pk, tier=2, reason="Good.", by=work.BY)
    tiers.set_tier(annotator_id=who.pk, tier=1, reason="Less good.", by=work.BY)
    shown = page(who, "decisions")
    assert shown.count("data-act=") == 3
    for words in (
        "The answer is wrong",
        "rejection.wrong",
        "version 1 of the policy",
        "A rule of the rules engine",
        "Too many errors.",
        "Less good.",
        "It ends on its date, or when staff lift it",
        reverse("tasks:history_one", args=[row.pk]),
        f"pause:{pause.pk}",
    ):
        assert words in shown
    pauses.lift(pause_id=pause.pk, reason="Enough.", by=work.BY)
    act = AdverseAct.objects.get(kind="pause")
    assert ">Over</span>" in page(who, "decision", act.pk)


def test_a_rule_of_the_engine_is_named_by_its_title():
    made = QualityRule.objects.create(
        title="Gold below 70 %", collector="gold_accuracy", window_days=30, operator="below",
        threshold=0.7, least=10, action="pause", scope="all", days=7, made_by="test",
    )  # fmt: skip
    who = work.expert()
    rule = f"rule.{made.pk}.v1"
    pauses.pause(
        annotator_id=who.pk, reason="Many errors.", by=work.BY, rule=rule, evidence=["x:1"]
    )
    assert f"Rule: Gold below 70 % (<code>{rule}</code>, version 1" in page(who, "decisions")


def test_a_long_history_has_pages():
    who = work.expert()
    for n in range(26):
        skills.record(
            annotator_id=who.pk, domain="law", alpha=1 + n, beta=2, gold_seen=0, by=work.BY
        )
    assert SkillEvent.objects.count() == 26
    clock.advance(dt.timedelta(days=1))
    client = signed_in(who)
    first = client.get(reverse("tasks:skills")).content.decode()
    second = client.get(reverse("tasks:skills"), {"page": 2}).content.decode()
    assert (first.count("data-event="), second.count("data-event=")) == (25, 1)
    assert 'rel="next"' in first
