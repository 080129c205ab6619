"""The taxonomy: a node goes when nothing uses it, and the refusal says what does."""

import pytest

from accounts.actions import taxonomy
from accounts.models import Domain
from accounts.selectors import actors
from marketplace.core.actors import command
from marketplace.core.errors import NotFound, Refused
from tests.support import factories_accounts as make
from tests.support import factories_tasks as work
from tests.support.desk import Desk, acts

pytestmark = pytest.mark.django_db
BY = command("tests")
LEAF = "engineering.software.web"


def refusal(path, by=BY):
    with pytest.raises(Refused) as refused:
        taxonomy.remove(path=path, by=by)
    return refused.value.code, refused.value.message


def test_a_node_in_use_stays_and_what_uses_it_is_counted():
    name = Domain.objects.get(path=LEAF).name
    first, second = make.annotator(domains=[LEAF]), make.annotator(domains=[LEAF])
    assert refusal(LEAF) == ("domain_in_use", f"“{name}” is in use: annotators (2).")
    second.domains.clear()
    work.project(tasks=0, fund=0, active=False, domain=LEAF)
    credential = make.credential(first, LEAF)
    make.qualification(domain_id=LEAF)
    assert refusal(LEAF) == (
        "domain_in_use",
        f"“{name}” is in use: annotators (1), credentials (1), projects (1), qualifications (1).",
    )
    assert Domain.objects.filter(path=LEAF).exists()
    assert list(first.domains.all()) == [Domain(path=LEAF)]
    credential.refresh_from_db()
    assert credential.domain_id == LEAF
    assert acts("remove_domain") == []


def test_a_node_with_others_below_it_stays():
    below = Domain.objects.filter(path__startswith="engineering.").count()
    assert refusal("engineering") == (
        "domain_in_use",
        f"“Engineering and technology” is in use: domains below it ({below}).",
    )


def test_a_node_that_nothing_uses_goes_and_comes_back_with_the_file():
    taxonomy.remove(path=LEAF, by=BY)
    assert not Domain.objects.filter(path=LEAF).exists()
    assert acts("remove_domain") == [("command", "remove_domain", "")]
    with pytest.raises(NotFound):
        taxonomy.remove(path=LEAF, by=BY)
    assert taxonomy.load(by=BY) == (1, 0)


def test_an_administrator_removes_nodes_from_the_list():
    make.annotator(domains=[LEAF])
    chosen = {"action": "remove", "_selected_action": [LEAF, "engineering.chemical"]}
    assert Domain.objects.filter(path__in=chosen["_selected_action"]).count() == 2
    address = "/admin/accounts/domain/"
    page = Desk(administrator=True).browser.post(address, chosen, follow=True).content.decode()
    assert "is in use: annotators (1)." in page
    assert "Removed: engineering.chemical." in page
    assert Domain.objects.filter(path=LEAF).exists()
    assert not Domain.objects.filter(path="engineering.chemical").exists()


def test_other_staff_remove_nothing():
    for by in (actors.of_staff(make.staff(is_superuser=False)), actors.of_user(make.user())):
        assert refusal("engineering.chemical", by)[0] == "superusers_only"
