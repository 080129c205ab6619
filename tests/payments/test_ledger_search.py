"""The search of the ledger browser: a key, a number of Stripe's, an id or a name."""

import pytest
from django.urls import reverse

from payments.models import LedgerEntry
from payments.selectors import finding
from tests.payments.test_ledger_browser import (
    _second_factor,
    accounts,
    desk,
    entries,
    entry_page,
    link,
    read,
    whole_story,
)  # fmt: skip
from tests.support import factories_accounts as people
from tests.support import factories_tasks as make

__all__ = ["_second_factor", "desk"]
pytestmark = pytest.mark.django_db
LISTS = ("ledgeraccount", "ledgerentry")


def find(browser, text):
    return browser.get(reverse("admin:payments_ledger_find"), {"q": text})


def test_what_is_found_by_a_key_a_number_an_id_or_a_name(desk):
    row, payout, _taken = whole_story()
    client = people.organization(name="Ada Lab")
    lists = {name: reverse(f"admin:payments_{name}_changelist") for name in LISTS}
    who = row.annotator
    key = LedgerEntry.objects.get(key=f"mature:{row.pk}")
    page = reverse("admin:payments_ledgerentry_change", args=[key.pk])
    one = {
        f"  mature:{row.pk} ": page,
        "tr_1": f"{lists['ledgerentry']}?about=payout%3A{payout.pk}",
        str(payout.pk): f"{lists['ledgerentry']}?about=payout%3A{payout.pk}",
        f"payout:{payout.pk}": f"{lists['ledgerentry']}?about=payout%3A{payout.pk}",
        "accept:": f"{lists['ledgerentry']}?key=accept%3A",
        str(client.pk): f"{lists['ledgeraccount']}?owner=org%3A{client.pk}",
        f"org:{client.pk}": f"{lists['ledgeraccount']}?owner=org%3A{client.pk}",
        "ada lab": f"{lists['ledgeraccount']}?owner=org%3A{client.pk}",
        str(who.pk): f"{lists['ledgeraccount']}?owner=annotator%3A{who.pk}",
        who.user.email.upper(): f"{lists['ledgeraccount']}?owner=annotator%3A{who.pk}",
    }
    assert {text: find(desk, text).headers.get("Location") for text in one} == one
    assert "accept:assignment" in read(entries(desk, key="accept:"))
    people.organization(name="Ada Laboratories")
    both = read(find(desk, "Ada La"))
    assert ("Ada Lab " in both, "Ada Laboratories" in both) == (True, True)
    assert "Nothing in the books is called “xyz”." in read(find(desk, "xyz"))
    assert find(desk, "").status_code == 200


def test_a_project_a_task_and_a_claim_are_found_with_their_names(desk):
    project = make.project(name="Heart sounds", price_minor=500)
    claim = make.claim(make.expert())
    lists = {name: reverse(f"admin:payments_{name}_changelist") for name in LISTS}
    for text in ("heart s", str(project.pk), f"project:{project.pk}"):
        assert find(desk, text).headers["Location"] == (
            f"{lists['ledgeraccount']}?owner=project%3A{project.pk}"
        )
    owned = read(accounts(desk, owner=f"project:{project.pk}"))
    assert "Accounts of Heart sounds" in owned
    for text in (str(claim.task_id), str(claim.pk), "t0"):
        where = find(desk, text).headers["Location"]
        assert f"reserve:assignment:{claim.pk}" in read(desk.get(where))
    entry = entry_page(desk, f"reserve:assignment:{claim.pk}")
    assert link(entry, "Claim on a task of Heart sounds") == reverse(
        "admin:tasks_assignment_change", args=[claim.pk]
    )
    assert "Heart sounds" in read(entry)
    answer = make.submit(claim)
    assert finding.keys_about(f"work:{answer.pk}") == finding.keys_about(f"work:{claim.pk}")
