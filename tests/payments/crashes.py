"""Killing a worker at a chosen point: before or after a commit, before or after a call to Stripe."""

import stripe
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper


class Crash(BaseException):
    """The process is gone: nothing may catch it, nothing after it happens."""


class Killer:
    """Counts the points that a worker passes and kills it at one of them.

    Once dead it stays dead: its connection to PostgreSQL is cut, so that the server rolls back, and
    every further point kills again. `restart` is a new process.
    """

    def __init__(self, monkeypatch):
        self.at, self.seen, self.dead = 0, [], False
        commit, request = DatabaseWrapper._commit, stripe.RequestsClient.request
        killer = self

        def killing_commit(wrapper):
            killer.point("before commit")
            commit(wrapper)
            killer.point("after commit")

        def killing_request(client, method, url, *more):
            where = f"{method} {url.split('/', 3)[3].split('?')[0]}"
            killer.point(f"before {where}")
            answer = request(client, method, url, *more)
            killer.point(f"after {where}")
            return answer

        monkeypatch.setattr(DatabaseWrapper, "_commit", killing_commit)
        monkeypatch.setattr(stripe.RequestsClient, "request", killing_request)

    def point(self, name):
        if self.at == 0:  # not armed
            return
        self.seen.append(name)
        if self.dead or len(self.seen) == self.at:
            self.dead = True
            if connection.connection is not None:
                connection.connection.close()
            raise Crash(name)

    def run(self, at, work):
        """Do `work`, killed at the point number `at`; the name of that point, or None if unharmed."""
        self.at, self.seen, self.dead = at, [], False
        try:
            work()
        except BaseException:
            if not self.dead:
                raise
        finally:
            self.at = 0
            connection.close()
        return self.seen[at - 1] if self.dead else None
