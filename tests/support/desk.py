"""The staff's desk through a browser: forms are sent, faults are read."""

from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client

from accounts.models import AnnotatorProfile, Notice, User
from marketplace.core.models import AuditEntry, OutboxMessage
from tests.support import factories_accounts as make


class Desk:
    """A member of staff with a second factor; an administrator if asked for."""

    def __init__(self, person: User | None = None, *, administrator: bool = False) -> None:
        self.person = person or make.staff(is_superuser=administrator)
        TOTP.activate(self.person, "JBSWY3DPEHPK3PXP")
        self.browser = Client()
        self.browser.force_login(self.person)

    def new(self, table: str, **values: object) -> object:
        """Send the form that makes a row of `app/model`."""
        return self.browser.post(f"/admin/{table}/new/", values)

    def decide(self, table: str, row: object, **values: object) -> object:
        """Send the form of a row's decide page."""
        return self.browser.post(f"/admin/{table}/{row.pk}/decide/", values)

    def page(self, table: str, rest: str = "") -> str:
        """The text of a page of `app/model`."""
        answer = self.browser.get(f"/admin/{table}/{rest}")
        assert answer.status_code == 200
        return answer.content.decode()


def faults(answer: object) -> dict[str, list[str]]:
    """The faults on the form of an answer that refused (422)."""
    assert answer.status_code == 422, answer.status_code
    return {field: list(errors) for field, errors in answer.context["form"].errors.items()}


def done(answer: object) -> bool:
    """Whether the form was taken and the browser sent on."""
    return answer.status_code == 302


def told(annotator: AnnotatorProfile) -> list[tuple[str, str]]:
    """The kind and text of all notices to an annotator, in their order."""
    rows = Notice.objects.filter(user=annotator.user_id).order_by("created_at", "id")
    return list(rows.values_list("kind", "text"))


def acts(*verbs: str) -> list[tuple[str, str, str]]:
    """The actor kind, verb and reason of all audit entries of these verbs, in their order."""
    rows = AuditEntry.objects.filter(verb__in=verbs).order_by("id")
    return [(row.actor.split(":")[0], row.verb, row.reason) for row in rows]


def promised(job: str) -> list[dict[str, str]]:
    """The arguments of all promises of a job, in their order."""
    return [row.args for row in OutboxMessage.objects.filter(job=job).order_by("id")]
