"""Signed-in browsers without signing in: session rows as a log-in would have left them."""

import datetime as dt
import secrets
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from accounts.models import User
from marketplace.core import clock

BATCH = 5000


def sign_in(user_ids: Iterable[UUID]) -> list[str]:
    """A session for each user; returns the cookies' values.

    The users must share one password field, as those that `crowd` makes do: the hash that ties a
    session to a password is computed once.
    """
    ids = list(user_ids)
    tie = User.objects.get(pk=ids[0]).get_session_auth_hash()
    store = SessionStore()
    until = clock.now() + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    rows = [
        Session(
            session_key=secrets.token_hex(16),
            session_data=store.encode(
                {
                    SESSION_KEY: str(user_id),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                    HASH_SESSION_KEY: tie,
                }
            ),
            expire_date=until,
        )
        for user_id in ids
    ]
    Session.objects.bulk_create(rows, batch_size=BATCH)
    return [row.session_key for row in rows]
