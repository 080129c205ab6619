"""Notices: one sentence to a person, on their pages and by mail. Never task content."""

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Notice
from marketplace.core import outbox
from marketplace.core.actors import Actor
from marketplace.core.clock import Now

_TEXT_LENGTH = 300


def notify(*, user_id: uuid.UUID | str, kind: str, text: str, link: str = "") -> Notice:
    """Tell one person `text`, with a `link` into this site (`/history/…`), and promise the mail.

    It belongs to the act that causes it, so it is called in that act's transaction and has no actor
    of its own. A text longer than a notice holds is cut.
    """
    if link and (not link.startswith("/") or link.startswith("//")):
        raise ValueError("A notice leads into this site.")
    if len(text) > _TEXT_LENGTH:
        text = text[: _TEXT_LENGTH - 1] + "…"
    with transaction.atomic():
        notice = Notice.objects.create(user_id=user_id, kind=kind, text=text, link=link)
        outbox.enqueue("accounts.mail_notice", notice_id=str(notice.pk))
    return notice


def publish(*, user_ids: Iterable[uuid.UUID], kind: str, text: str, link: str = "") -> int:
    """Tell several people the same; returns how many."""
    with transaction.atomic():
        told = [notify(user_id=user, kind=kind, text=text, link=link) for user in set(user_ids)]
    return len(told)


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
