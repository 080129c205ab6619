"""`manage.py clock`: time goes forward, by a readable span, where it may."""

import datetime as dt
from argparse import ArgumentTypeError

import pytest
from django.core.management import CommandError, call_command

from marketplace.core import clock
from marketplace.ops.management.commands.clock import span

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "delta"),
    [
        ("8d", dt.timedelta(days=8)),
        ("36h", dt.timedelta(hours=36)),
        ("1d12h30m5s", dt.timedelta(days=1, hours=12, minutes=30, seconds=5)),
        ("90m", dt.timedelta(minutes=90)),
    ],
)
def test_spans_are_read(text, delta):
    assert span(text) == delta


@pytest.mark.parametrize("text", ["", "8", "-8d", "8 d", "8w", "1e3d", "9999999d", "d", "8d!"])
def test_other_texts_are_refused_in_words(text):
    with pytest.raises(ArgumentTypeError, match="is no span of time"):
        span(text)


def test_the_clock_goes_forward_and_says_where_it_is(capsys):
    before = clock.now()
    call_command("clock", "--advance", "8d")
    after = clock.now()
    assert dt.timedelta(days=8) <= after - before < dt.timedelta(days=8, minutes=1)
    said = dt.datetime.fromisoformat(capsys.readouterr().out.strip())
    assert abs(said - after) < dt.timedelta(minutes=1)
    call_command("clock")
    assert dt.datetime.fromisoformat(capsys.readouterr().out.strip()) >= said


def test_a_fixed_clock_is_not_moved(settings):
    settings.CLOCK_MOVABLE = False
    with pytest.raises(CommandError, match="This installation's clock cannot be moved"):
        call_command("clock", "--advance", "8d")
