"""The same through the marketplace: the claim action, the claim page, the ledger's `post`."""

import itertools
from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from accounts.models import AnnotatorProfile
from accounts.selectors.actors import of_user
from marketplace.ops.bench.scratch import BY, CURRENCY, PASSWORD
from marketplace.ops.drive import account
from marketplace.ops.drive.account import Identity
from marketplace.ops.drive.annotator import AnnotatorWeb, claim_of
from marketplace.ops.drive.browser import Browser, Surprise
from payments.actions.ledger import Posting, post
from tasks.actions import claims

_number = itertools.count(1)


def claim_by_action(annotator: AnnotatorProfile) -> Callable[[], None]:
    """One claim with everything: rules, slot, audit, reserved money."""
    by = of_user(annotator.user)

    def claim() -> None:
        claims.claim(annotator_id=annotator.pk, by=by)

    return claim


def claim_by_page(web: str, annotator: AnnotatorProfile, address: str) -> Callable[[], None]:
    """One claim by a person at the browser: the button, and the task page that follows."""
    browser = Browser(web, address)
    account.sign_in(browser, Identity(annotator.user.name, annotator.user.email, PASSWORD))
    pages = AnnotatorWeb(browser)
    pages.work_list()

    def claim() -> None:
        page = pages.take_next()
        if claim_of(page) is None:
            raise Surprise(f"No claim was made: {page.said()}")

    return claim


def post_entries(organization_id: UUID, pots: list[str], number: int) -> Callable[[], None]:
    """One transaction with that many entries from a client's prepaid money to project pots."""
    owner = f"org:{organization_id}"

    @transaction.atomic
    def entries() -> None:
        post(
            [
                Posting(
                    f"alloc:bench:{next(_number)}",
                    "allocate",
                    [("client_prepaid", owner, -100), ("project_funds", pots[n % len(pots)], 100)],
                    CURRENCY,
                )
                for n in range(number)
            ],
            by=BY,
        )

    return entries
