"""Notices: one sentence to a person, on their pages and by mail. Never task content."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Notice
from marketplace.core import outbox
from marketplace.core.actors import Actor
from marketplace.core.clock import Now
from marketplace.core.ids import new_id

_TEXT_LENGTH = 300
_MANY = """
INSERT INTO accounts_notice (id, user_id, kind, text, link)
SELECT id, user_id, %(kind)s, text, link
  FROM unnest(%(ids)s::uuid[], %(users)s::uuid[], %(texts)s::text[], %(links)s::text[])
    AS telling (id, user_id, text, link)
"""


@dataclass(frozen=True, slots=True)
class Telling:
    """One sentence for one person, with a `link` into this site (`/history/…`)."""

    user_id: uuid.UUID | str
    text: str
    link: str = ""

    def __post_init__(self) -> None:
        """A link that leads elsewhere is a bug in the caller."""
        if self.link and (not self.link.startswith("/") or self.link.startswith("//")):
            raise ValueError("A notice leads into this site.")

    def cut(self) -> str:
        """The text, cut to what a notice holds."""
        long = len(self.text) > _TEXT_LENGTH
        return self.text[: _TEXT_LENGTH - 1] + "…" if long else self.text


def notify(*, user_id: uuid.UUID | str, kind: str, text: str, link: str = "") -> Notice:
    """Tell one person `text`, and promise the mail.

    It belongs to the act that causes it, so it is called in that act's transaction and has no actor
    of its own. A text longer than a notice holds is cut.
    """
    (pk,) = notify_many(kind=kind, tellings=[Telling(user_id, text, link)])
    return Notice.objects.get(pk=pk)


@transaction.atomic(savepoint=False)
def notify_many(*, kind: str, tellings: Sequence[Telling]) -> list[uuid.UUID]:
    """Tell several people something each, in two statements; returns the notices' ids."""
    ids = [new_id() for _ in tellings]
    values: dict[str, Any] = {
        "ids": ids,
        "users": [str(telling.user_id) for telling in tellings],
        "kind": kind,
        "texts": [telling.cut() for telling in tellings],
        "links": [telling.link for telling in tellings],
    }
    with connection.cursor() as cursor:
        cursor.execute(_MANY, values)
    outbox.enqueue_many("accounts.mail_notice", [{"notice_id": str(pk)} for pk in ids])
    return ids


def publish(*, user_ids: Iterable[uuid.UUID], kind: str, text: str, link: str = "") -> int:
    """Tell several people the same; returns how many."""
    tellings = [Telling(user, text, link) for user in sorted(set(user_ids))]
    return len(notify_many(kind=kind, tellings=tellings))


def mail(*, notice_id: uuid.UUID) -> None:
    """Send a notice's mail, once as a rule: a crash right after sending sends it again.

    Mail is remote: this runs outside a transaction. Nothing is sent to closed accounts.
    """
    notice = Notice.objects.select_related("user").filter(pk=notice_id).first()
    if notice is None or notice.mailed_at is not None or not notice.user.is_active:
        return
    lines = [notice.text]
    if notice.link:
        lines += ["", f"{settings.SITE_URL}{notice.link}"]
    subject = _("News from the Expert Marketplace")
    EmailMessage(subject, "\n".join(lines), to=[notice.user.email]).send()
    Notice.objects.filter(pk=notice.pk).update(mailed_at=Now())


def mark_read(*, by: Actor) -> int:
    """Mark every notice of `by` as read; returns how many were not. No act worth an audit entry."""
    return Notice.objects.visible_to(by).filter(read_at__isnull=True).update(read_at=Now())
