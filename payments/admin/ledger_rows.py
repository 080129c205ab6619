"""What the pages of the ledger browser show, in words and links; a fixed number of queries each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.selectors import names
from marketplace.core.models import AuditEntry
from marketplace.core.selectors import acts_on
from payments.admin import words
from payments.currencies import major
from payments.models import LedgerAccount, LedgerEntry, LedgerLeg
from payments.selectors import behind, browsing, owners, work
from payments.selectors.browsing import Balance, Line
from payments.selectors.finding import Hit

AUDITED = 50
ALLOCATED = ("allocated", "took_back")


@dataclass(frozen=True, slots=True)
class Link:
    """A text, and where it leads (empty: nowhere)."""

    text: str
    url: str = ""


def _list(table: str, **query: str) -> str:
    return f"{reverse(f'admin:payments_{table}_changelist')}?{urlencode(query)}"


def account_url(row_id: int) -> str:
    """An account's legs."""
    return reverse("admin:payments_ledgeraccount_change", args=[row_id])


def entry_url(row_id: int) -> str:
    """An entry's page."""
    return reverse("admin:payments_ledgerentry_change", args=[row_id])


def owner_url(owner_key: str) -> str:
    """All accounts of an owner."""
    return _list("ledgeraccount", owner=owner_key)


def address(hit: Hit) -> str:
    """Where a hit of the search leads."""
    if hit.entry is not None:
        return entry_url(hit.entry)
    if hit.owner:
        return owner_url(hit.owner)
    return _list("ledgerentry", **({"about": hit.about} if hit.about else {"key": hit.keys}))


def trial() -> list[tuple[str, list[dict[str, Any]], str]]:
    """For each currency its lines and the sum, which is zero in books that balance."""
    found: dict[str, list[Balance]] = {}
    for one in browsing.trial():
        found.setdefault(one.currency, []).append(one)
    return [
        (code.upper(), [_balance(one) for one in lines], major(sum(b.minor for b in lines), code))
        for code, lines in found.items()
    ]


def _balance(one: Balance) -> dict[str, Any]:
    url = (
        account_url(one.only)
        if one.only
        else _list("ledgeraccount", kind=one.kind, currency=one.currency)
    )
    amount = Link(major(one.minor, one.currency), url)
    return {"what": words.account(one.kind), "kind": one.kind, "n": one.accounts, "amount": amount}


def accounts(found: Sequence[LedgerAccount]) -> list[dict[str, Any]]:
    """Accounts with their owners' names; a balance leads to the legs."""
    called = owners.called([row.owner_key for row in found])
    return [
        {
            "what": words.account(row.kind),
            "owner": Link(called[row.owner_key], owner_url(row.owner_key)),
            "amount": Link(major(browsing.balance(row), row.currency), account_url(row.pk)),
        }
        for row in found
    ]


def account_facts(row: LedgerAccount, name: str, held: int) -> list[tuple[str, Any]]:
    """What an account is and holds."""
    kind, _colon, pk = row.owner_key.partition(":")
    page = {"org": "accounts_organization", "annotator": "accounts_annotatorprofile"}.get(kind)
    owner = Link(name, owner_url(row.owner_key))
    facts: list[tuple[str, Any]] = [
        (_("Balance now"), Link(major(held, row.currency))),
        (_("All accounts of"), owner),
        (_("Kind"), Link(row.kind)),
    ]
    if page or kind == "project":
        facts.append((_("Page of"), Link(name, _page(page or "tasks_project", pk))))
    return facts


def lines(found: Sequence[Line], currency: str) -> list[dict[str, Any]]:
    """Legs with who moved them."""
    called = names.of(_by(line.leg.entry) for line in found)
    return [
        {
            "at": line.leg.entry.created_at,
            "entry": Link(words.entry(line.leg.entry.kind), entry_url(line.leg.entry_id)),
            "key": line.leg.entry.key,
            "by": called.get(_by(line.leg.entry), ""),
            "amount": major(line.leg.amount, currency),
            "balance": "" if line.balance_minor is None else major(line.balance_minor, currency),
        }
        for line in found
    ]


def _by(entry: LedgerEntry) -> str:
    return str(entry.data.get("by", ""))


def entries(found: Sequence[LedgerEntry]) -> list[dict[str, Any]]:
    """Entries with what they moved, from where to where."""
    called = names.of(_by(row) for row in found)
    shown = []
    for row in found:
        legs = list(row.legs.all())
        moved = sum(leg.amount for leg in legs if leg.amount > 0)
        shown.append(
            {
                "at": row.created_at,
                "entry": Link(words.entry(row.kind), entry_url(row.pk)),
                "key": row.key,
                "by": called.get(_by(row), ""),
                "amount": major(moved, legs[0].currency) if legs else "",
                "out": _places(legs, -1),
                "into": _places(legs, 1),
            }
        )
    return shown


def _places(legs: Sequence[LedgerLeg], sign: int) -> list[Link]:
    return [
        Link(words.account(leg.account.kind), account_url(leg.account_id))
        for leg in legs
        if leg.amount * sign > 0
    ]


def entry(row: LedgerEntry) -> dict[str, Any]:
    """All that belongs to one entry."""
    legs = list(row.legs.select_related("account").order_by("id"))
    called = owners.called([leg.account.owner_key for leg in legs])
    things = behind.rows(row)
    held = behind.holder(row.key)
    audited = list(_audited(row, things, held, legs))
    actors = names.of([_by(row), *(one.actor for one in audited)])
    undone_by = browsing.undone_by(row)
    return {
        "facts": [
            (_("Key"), Link(row.key)),
            (_("Booked (UTC)"), row.created_at),
            (_("By"), Link(actors.get(_by(row), ""))),
            *_undoing(_("Undoes"), row.reverses),
            *_undoing(_("Undone by"), undone_by),
            *[(capfirst(name), Link(str(value))) for name, value in _data(row)],
        ],
        "legs": [
            {
                "account": Link(words.account(leg.account.kind), account_url(leg.account_id)),
                "owner": Link(called[leg.account.owner_key], owner_url(leg.account.owner_key)),
                "debit": major(-leg.amount, leg.currency) if leg.amount < 0 else "",
                "credit": major(leg.amount, leg.currency) if leg.amount > 0 else "",
            }
            for leg in legs
        ],
        "things": [*(_thing(one) for one in things), *_holder(held)],
        "audited": [
            {"at": one.at, "who": actors[one.actor], "verb": one.verb.replace("_", " "),
             "subject": one.subject, "reason": one.reason}
            for one in audited
        ],
    }  # fmt: skip


def _undoing(label: str, other: LedgerEntry | None) -> list[tuple[str, Link]]:
    return [(label, Link(other.key, entry_url(other.pk)))] if other else []


def _data(row: LedgerEntry) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in sorted(row.data.items()) if name != "by"]


def _thing(row: Model) -> tuple[str, Link]:
    return capfirst(str(row._meta.verbose_name)), Link(
        str(row), _page(row._meta.label_lower, row.pk)
    )


def _page(table: str, pk: object) -> str:
    """A row's page at the desk, if it has one."""
    try:
        return reverse(f"admin:{table.replace('.', '_')}_change", args=[pk])
    except NoReverseMatch:
        return ""


def _holder(held: str) -> list[tuple[str, Link]]:
    thing = work.things([held] if held else []).get(held)
    return [(_("Work"), Link(thing.text, _page(thing.table, thing.pk)))] if thing else []


def _audited(
    row: LedgerEntry, things: Sequence[Model], held: str, legs: Sequence[LedgerLeg]
) -> Sequence[AuditEntry]:
    """What the audit trail says of the rows behind the entry; of an allocation, the acts on that
    project's money within seconds of it.
    """
    if row.kind in {"allocate", "take_back"}:
        pots = [leg.account.owner_key for leg in legs if leg.account.kind == "project_funds"]
        return acts_on(pots, verbs=ALLOCATED, near=row.created_at, most=AUDITED)
    subjects = [f"{one._meta.model_name}:{one.pk}" for one in things] + [held] * bool(held)
    return acts_on(subjects, most=AUDITED)
