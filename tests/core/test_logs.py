"""Logs are one JSON object a line, with the request's id, whoever writes them."""

import json
import logging
import logging.config

import pytest
import structlog

from marketplace.core.logs import structured_logging


@pytest.fixture
def formatter():
    """The formatter of the settings' own handler, on nobody's stream."""
    described = structured_logging("INFO")["formatters"]["json"]
    options = {name: value for name, value in described.items() if name != "()"}
    return described["()"](**options)


def line(formatter, **options):
    values = {
        "level": logging.WARNING,
        "pathname": "x.py",
        "lineno": 1,
        "exc_info": None,
        **options,
    }
    return json.loads(formatter.format(logging.LogRecord(**values)))


def test_a_library_s_line_is_json_with_the_bound_id(formatter):
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        found = line(formatter, name="django.request", msg="bad %s", args=("thing\nforged",))
    assert (found["event"], found["request_id"]) == ("bad thing\nforged", "r-1")
    assert (found["level"], found["logger"]) == ("warning", "django.request")
    assert found["timestamp"].endswith("Z")


def test_a_fault_is_one_line_too(formatter):
    try:
        raise KeyError("gone")
    except KeyError as error:
        raised = (KeyError, error, error.__traceback__)
    record = {"name": "a", "msg": "failed", "args": (), "exc_info": raised}
    assert "KeyError: 'gone'" in line(formatter, **record)["exception"]


def test_celery_writes_the_same_lines(settings):
    assert settings.LOGGING["loggers"]["celery"] == {
        "handlers": ["lines"],
        "level": settings.LOGGING["root"]["level"],
        "propagate": False,
    }
