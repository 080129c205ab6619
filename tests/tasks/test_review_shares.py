"""How much of whose work is reviewed, and that nobody foresees which."""

import pytest

from tasks.actions import checks
from tasks.models import ReviewCheck, Skill
from tasks.selectors import reviewer_rates
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


def proofs(wrong, missed, source="gold"):
    """So many wrong answers that reviewers of the domain had, and how many of them they let pass."""
    row = work.project(tasks=wrong)
    for n in range(wrong):
        submission = work.submit(work.claim(work.expert(), project_id=row.pk))
        review = work.review(submission, "accept" if n < missed else "return")
        ReviewCheck.objects.create(review=review, source=source, was_right=False)


def test_what_reviewers_are_measured_to_find_counts_from_30_wrong_answers():
    proofs(29, 9)
    assert share_of(190, 10) == pytest.approx(78.1, abs=0.2)
    proofs(2, 0, source="agreement")
    assert share_of(190, 10) == pytest.approx(78.1, abs=0.2)
    proofs(1, 0)
    # 21 of 30 found: at least 53.5 % of the wrong ones (5 % quantile of Beta(21, 10))
    assert reviewer_rates.of_the_pool(work.DOMAIN) == pytest.approx(0.535, abs=0.001)
    assert share_of(190, 10) == 100
    # 1 - the 5 % quantile of Beta(970, 30) is .0394: (1 - .02 / .0394) / .535
    assert share_of(970, 30) == pytest.approx(92, abs=0.1)


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
