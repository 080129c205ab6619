"""What a bad day does to the background work: the broker forgets everything, the worker dies."""

import os
import signal

import redis

from marketplace.ops.demo.fresh import broker_address
from marketplace.ops.stack import Stack


def strike(stack: Stack) -> None:
    """FLUSHALL, and kill -9 of the worker; the supervisor will find it gone."""
    redis.Redis.from_url(broker_address()).flushall()
    os.kill(stack.group.pid("worker"), signal.SIGKILL)
