"""What the desk's home shows: what waits for staff, counted, and the pages that explain."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import credentials
from marketplace.core.selectors import dead_jobs
from payments.selectors import differences, hold_contests, payouts, runs, taken_back
from tasks.selectors import attention, disputes, gold, review_queue, second_looks, suspects


@dataclass(frozen=True, slots=True)
class Waiting:
    """A number, what it counts, and the page that shows the rows."""

    label: str
    count: int
    url: str


def everything() -> list[Waiting]:
    """The counts: of people and work, of money, of the machines."""
    return [*_of_work(), *_of_money(), *_of_machines()]


def _of_work() -> list[Waiting]:
    return [
        Waiting(
            _("Credentials to verify"),
            credentials.waiting_count(),
            reverse("admin:accounts_credential_changelist") + "?state__exact=claimed",
        ),
        Waiting(
            _("Submissions to review"),
            review_queue.waiting_count(),
            reverse("admin:tasks_review_desk"),
        ),
        Waiting(
            _("Second looks by a senior, past their date"),
            second_looks.overdue_count(),
            reverse("admin:tasks_review_desk"),
        ),
        Waiting(
            _("Disputed tasks"), disputes.waiting_count(), reverse("admin:tasks_adjudication_desk")
        ),
        Waiting(
            _("Tasks that need attention"),
            attention.waiting_count(),
            reverse("admin:tasks_attention_desk"),
        ),
        Waiting(
            _("Gold in quarantine"),
            gold.quarantined_count(),
            reverse("admin:tasks_gold_changelist") + "?state__exact=quarantined",
        ),
        Waiting(
            _("Pairs whose answers go together"),
            suspects.waiting_count(),
            reverse("admin:tasks_suspectpair_changelist") + "?state__exact=waiting",
        ),
    ]


def _of_money() -> list[Waiting]:
    return [
        Waiting(
            _("Payout runs to approve"),
            runs.waiting_count(),
            reverse("admin:payments_payoutrun_changelist") + "?state__exact=waiting",
        ),
        Waiting(
            _("Differences of the books"),
            differences.open_count(),
            reverse("admin:payments_difference_changelist") + "?state__exact=open",
        ),
        Waiting(
            _("Payouts that need a person"),
            payouts.frozen_count(),
            reverse("admin:payments_payout_changelist") + "?state__exact=frozen",
        ),
        Waiting(
            _("Money taken back: to approve, or contested"),
            taken_back.waiting_count(),
            reverse("admin:payments_clawback_changelist"),
        ),
        Waiting(
            _("Holds that annotators contest"),
            hold_contests.open_count(),
            reverse("admin:payments_holdcontest_changelist") + "?state__exact=open",
        ),
        Waiting(
            _("Payments disputed with the bank"),
            taken_back.dispute_count(),
            reverse("admin:payments_dispute_changelist"),
        ),
    ]


def _of_machines() -> list[Waiting]:
    return [
        Waiting(
            _("Jobs that gave up"),
            dead_jobs(),
            reverse("admin:core_outboxmessage_changelist") + "?state__exact=dead",
        ),
    ]


def questions(user: User) -> list[tuple[str, str]]:
    """Pages that explain, as (label, address); the books only for whoever may see them."""
    books = reverse("admin:payments_ledgeraccount_changelist")
    pages = [
        (_("Why (not)? One annotator, one project or task"), reverse("admin:tasks_why")),
        (_("Fairness: how the work is shared"), reverse("admin:tasks_fairness")),
        (_("Proofs: when our books last agreed with Stripe"), reverse("admin:payments_proofs")),
    ]
    if user.has_perm("payments.view_ledgerentry"):
        pages.append((_("The books: every balance, and what it is made of"), books))
    return pages
