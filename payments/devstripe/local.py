"""What tests and the control API do to the local Stripe that no client of Stripe's could."""

import copy
import re
from dataclasses import asdict

from payments.devstripe.constants import PLATFORM, Json
from payments.devstripe.delivery import Courier, Delivery, Hook, Options
from payments.devstripe.endpoints import (
    accounts,
    banks,
    charges,
    disputes,
    payouts,
    refunds,
    topups,
    transfers,
)
from payments.devstripe.endpoints.capabilities import STATUSES, set_status
from payments.devstripe.faults import Fault
from payments.devstripe.state import Call, Context, State


class LocalStripe:
    """The local Stripe as its operator sees it: time, faults, capabilities, webhooks, totals."""

    def __init__(self, state: State) -> None:
        self.state = state

    @property
    def courier(self) -> Courier:
        """Who carries the webhooks."""
        return self.state.courier

    @property
    def calls(self) -> list[Call]:
        """The API requests seen, oldest first."""
        with self.state.lock:
            return list(self.state.calls)

    def now(self) -> int:
        """The local Stripe's time, seconds since 1970."""
        return self.state.clock.now()

    def advance(self, seconds: int) -> int:
        """Move the clock forward; what falls due on the way happens in order."""
        with self.state.lock:
            now = self.state.clock.advance(seconds)
            self.state.tick()
        return now

    def add_fault(
        self,
        kind: str,
        *,
        path: str = ".",
        method: str = "POST",
        times: int = 1,
        skip: int = 0,
        seconds: float = 1.0,
    ) -> None:
        """Make the next matching requests go wrong; see `faults.KINDS`. ValueError if unknown."""
        fault = Fault(kind, method, path, times, skip, seconds)
        with self.state.lock:
            self.state.faults.add(fault)

    def clear_faults(self) -> None:
        """Make everything go right again."""
        with self.state.lock:
            self.state.faults.armed.clear()

    def set_transfers(self, account_id: str, status: str) -> None:
        """Flip a connected account's transfers capability, as Stripe's reviewers may at any time.

        Raises ValueError for a status that Stripe does not have, LookupError for an account that
        is unknown or never asked for the capability.
        """
        if status not in STATUSES:
            raise ValueError(f"status is one of {', '.join(STATUSES)}.")
        with self.state.lock:
            row = self.state.store.find(accounts.KIND, account_id)
            if row is None or not row["configuration"]["recipient"]:
                raise LookupError(f"No recipient account {account_id!r}.")
            set_status(Context(self.state), row, status)

    def change_bank(self, account_id: str, number: str, holder: str = "Ada Lovelace") -> None:
        """The owner, or whoever has got in, names another bank account. LookupError if unknown."""
        with self.state.lock:
            row = self.state.store.find(accounts.KIND, account_id)
            if row is None:
                raise LookupError(f"No account {account_id!r}.")
            banks.give(Context(self.state), row, number=number, holder=holder)

    def deauthorize(self, account_id: str) -> None:
        """The account's owner leaves the platform: it is told and reads the account no more."""
        with self.state.lock:
            row = self.state.store.find(accounts.KIND, account_id)
            if row is None:
                raise LookupError(f"No account {account_id!r}.")
            row["closed"] = True
            left = {"id": "ca_local", "object": "application", "name": "Marketplace"}
            Context(self.state, owner=account_id).emit("account.application.deauthorized", left)

    def fail_payout(self, payout_id: str, code: str = "could_not_process") -> None:
        """Let the bank send a payout back, even one already `paid`. LookupError if unknown."""
        with self.state.lock:
            found = self.state.store.newest_first(accounts.KIND)
            for owner in (PLATFORM, *(account["id"] for account in found)):
                row = self.state.store.find(payouts.KIND, payout_id, owner=owner)
                if row is not None and row["status"] != "failed":
                    payouts.fail(Context(self.state, owner=owner), row, code)
                    return
        raise LookupError(f"No payout {payout_id!r} that can fail.")

    def fail_topup(self, topup_id: str, code: str = "insufficient_funds") -> None:
        """Let our bank refuse a top-up that is under way. LookupError if there is none."""
        with self.state.lock:
            row = self.state.store.find(topups.KIND, topup_id)
            if row is None or row["status"] != "pending":
                raise LookupError(f"No top-up {topup_id!r} that can fail.")
            topups.fail(Context(self.state), row, code)

    def fail_refund(self, refund_id: str, reason: str = "declined") -> None:
        """Let the bank send a refund back, however long ago. LookupError if unknown or failed."""
        with self.state.lock:
            row = self.state.store.find(refunds.KIND, refund_id)
            if row is None or row["status"] == "failed":
                raise LookupError(f"No refund {refund_id!r} that can fail.")
            refunds.fail(Context(self.state), row, reason)

    def open_dispute(
        self, charge: str, reason: str = "fraudulent", *, inquiry: bool = False
    ) -> Json:
        """Let a cardholder's bank dispute a charge (its id, or its intent's).

        LookupError if unknown, ValueError if it was not paid or is disputed already.
        """
        with self.state.lock:
            ctx = Context(self.state)
            found = disputes.charge_of(ctx, charge)
            return disputes.make(ctx, found, reason=reason, inquiry=inquiry)

    def move_dispute(self, dispute_id: str, status: str) -> Json:
        """Move a dispute on: `under_review`, `needs_response` (of an inquiry), or its end: `won`,
        `lost`, `warning_closed`. LookupError if unknown, ValueError if it cannot become that.
        """
        with self.state.lock:
            ctx = Context(self.state)
            row = self.state.store.find(disputes.KIND, dispute_id)
            if row is None:
                raise LookupError(f"No dispute {dispute_id!r}.")
            if status in ("won", "lost", "warning_closed"):
                disputes.close(ctx, row, status)
            else:
                disputes.update(ctx, row, status)
            return row

    def add_webhook(
        self, url: str, secret: str, *, thin: bool = False, types: tuple[str, ...] = ()
    ) -> None:
        """Send events to an endpoint from now on. ValueError for a bad address."""
        self.courier.hooks.append(Hook(url, secret, thin, types))

    def webhooks(self, **changes: object) -> Options:
        """Choose how events travel; see `delivery.Options`."""
        return self.courier.configure(**changes)

    def flush_webhooks(self) -> list[Delivery]:
        """Deliver what waits, now and from this thread."""
        return self.courier.flush()

    def reset(self) -> None:
        """Forget everything but the webhook endpoints."""
        self.state.reset()

    def summary(self) -> Json:
        """Totals in minor units: charges, transfers by destination and group, calls, deliveries."""
        state = self.state
        state.tick()
        with state.lock:
            made = state.store.newest_first(transfers.KIND)
            return {
                "now": state.clock.now(),
                "clock_offset": state.clock.offset,
                "balance": copy.deepcopy(state.books.balance(PLATFORM)),
                "charges": charge_totals(state.store.newest_first(charges.KIND)),
                "transfers": {
                    "count": len(made),
                    "total": transfer_totals(made, None),
                    "by_destination": transfer_totals(made, "destination"),
                    "by_transfer_group": transfer_totals(made, "transfer_group"),
                },
                "accounts": account_counts(state),
                "calls": {"total": state.call_counts.total(), "by_path": by_path(state)},
                "faults": state.faults.waiting(),
                "webhooks": {
                    "options": asdict(self.courier.options),
                    "pending": self.courier.pending(),
                    "attempts": len(self.courier.log),
                },
            }


def charge_totals(rows: list[Json]) -> Json:
    """Per currency: how many charges were paid, what they came to, what went back."""
    totals: Json = {}
    for row in rows:
        if row["paid"]:
            seen = totals.setdefault(row["currency"], {"count": 0, "amount": 0, "refunded": 0})
            seen["count"] += 1
            seen["amount"] += row["amount"]
            seen["refunded"] += row["amount_refunded"]
    return totals


def transfer_totals(rows: list[Json], name: str | None) -> Json:
    """Per value of `name`, then per currency: count, amount, reversed. Without a name: in all."""
    totals: Json = {}
    for row in rows:
        node = totals if name is None else totals.setdefault(row[name] or "", {})
        seen = node.setdefault(row["currency"], {"count": 0, "amount": 0, "reversed": 0})
        seen["count"] += 1
        seen["amount"] += row["amount"]
        seen["reversed"] += row["amount_reversed"]
    return totals


def account_counts(state: State) -> Json:
    """How many connected accounts there are, and how many of them are closed."""
    rows = state.store.newest_first(accounts.KIND)
    return {"count": len(rows), "closed": sum(row["closed"] for row in rows)}


ID = re.compile(r"[a-z_]+_[A-Za-z0-9]{24}(?=/|$)")


def by_path(state: State) -> Json:
    """Calls by method and path, ids replaced by `{id}`."""
    totals: Json = {}
    for name, count in state.call_counts.items():
        shown = ID.sub("{id}", name)
        totals[shown] = totals.get(shown, 0) + count
    return totals
