"""Reviews by rubric: each criterion has a score of its own, within its bounds."""

import pytest

from marketplace.core.errors import Refused
from tasks.models import Review
from tests.support import factories_accounts as people
from tests.tasks.test_second_readings import posted, say, take

pytestmark = pytest.mark.django_db
RUBRIC = [
    {"name": "depth", "title": "Depth", "max": 4},
    {"name": "style", "title": "Style", "description": "Plain words", "max": 2},
]


def test_a_review_by_rubric_keeps_a_score_for_each_criterion():
    posted(review_rubric=RUBRIC)
    held = take(people.staff(), "first")
    review = say(held, "accept", scores={"depth": 4, "style": 0})
    assert Review.objects.get().scores == {"depth": 4, "style": 0}
    assert say(held, "accept", scores={"style": 0, "depth": 4}) == review
    with pytest.raises(Refused) as caught:
        say(held, "accept", scores={"depth": 3, "style": 0})
    assert caught.value.code == "already_decided"


@pytest.mark.parametrize(
    ("scores", "pointers"),
    [
        (None, ["/scores/depth", "/scores/style"]),
        ({"depth": 5, "style": 2}, ["/scores/depth"]),
        ({"depth": -1, "style": 2}, ["/scores/depth"]),
        ({"depth": 4, "style": True}, ["/scores/style"]),
        ({"depth": 4, "style": 1.5}, ["/scores/style"]),
        ({"depth": 4, "style": 1, "charm": 1}, ["/scores/charm"]),
    ],
)
def test_scores_are_whole_and_within_the_rubric(scores, pointers):
    posted(review_rubric=RUBRIC)
    with pytest.raises(Refused) as caught:
        say(take(people.staff(), "first"), "accept", scores=scores)
    assert [f.pointer for f in caught.value.faults] == pointers


def test_without_a_rubric_nothing_is_scored():
    posted()
    with pytest.raises(Refused) as caught:
        say(take(people.staff(), "first"), "accept", scores={"depth": 1})
    assert [f.pointer for f in caught.value.faults] == ["/scores/depth"]
