"""How much of whose work is reviewed, and that nobody foresees which."""

import pytest

from tasks.actions import checks
from tasks.models import Skill
from tests.support import factories_tasks as work

pytestmark = pytest.mark.django_db


def share_of(alpha, beta, **project):
    row = work.project(tasks=1, review_plan="record", **project)
    who = work.expert()
    if alpha:
        Skill.objects.create(
            annotator=who, domain_id=work.DOMAIN, alpha=alpha, beta=beta, lower=0, upper=1
        )
    return checks.review_shares.percent(row, who.pk)


def test_by_record_a_newcomer_is_reviewed_fully_and_the_best_as_little_as_audits_allow():
    assert share_of(None, None) == 100
    assert share_of(2000, 2) == 5
    assert share_of(2000, 2, audit_percent=20) == 20
    # 1 - the 5 % quantile of Beta(190, 10) is .0774: (1 - .02 / .0774) / .95
    assert share_of(190, 10) == pytest.approx(78.1, abs=0.2)


def test_by_share_everybody_is_reviewed_alike():
    who = work.expert()
    row = work.project(tasks=0, review_plan="share", review_percent=30)
    assert checks.review_shares.percent(row, who.pk) == 30


def test_the_draw_cannot_be_foreseen_from_the_id(settings):
    ids = work.new_ids(400)
    plain = [checks.drawn(i, 50, "review") for i in ids]
    assert plain == [checks.drawn(i, 50, "review") for i in ids]
    assert plain != [checks.drawn(i, 50, "second") for i in ids]
    settings.SECRET_KEY = "another instance"
    other = [checks.drawn(i, 50, "review") for i in ids]
    assert 140 < sum(a == b for a, b in zip(plain, other, strict=True)) < 260
