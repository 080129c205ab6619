"""Where the figures of the platform's month lead: the legs or the entries that they are made of."""

import datetime as dt
from collections.abc import Mapping

from django.urls import reverse
from django.utils.http import urlencode

from payments.selectors import browsing
from payments.selectors.movements import Span


class Leads:
    """Addresses in the ledger browser, for one month.

    A pot of the platform's own is one account: its page shows the legs. Of clients, projects and
    annotators there are many: their entries are shown.
    """

    def __init__(self, span: Span) -> None:
        self.first = span.since.date()
        self.last = span.until.date() - dt.timedelta(days=1)
        self.pots: Mapping[tuple[str, str], int] = browsing.pots()

    def opening(self, account: str, currency: str) -> str:
        """To all before the month."""
        return self._to(account, currency, until=self.first - dt.timedelta(days=1))

    def moved(self, account: str, currency: str, entry: str = "") -> str:
        """To what moved in the month, by entries of a kind or all."""
        return self._to(account, currency, kind=entry, since=self.first, until=self.last)

    def closing(self, account: str, currency: str) -> str:
        """To all until the month's end."""
        return self._to(account, currency, until=self.last)

    def _to(self, account: str, currency: str, **narrowed: dt.date | str) -> str:
        asked = {name: str(value) for name, value in narrowed.items() if value}
        pot = self.pots.get((account, currency))
        if pot is not None:
            where = reverse("admin:payments_ledgeraccount_change", args=[pot])
        else:
            where = reverse("admin:payments_ledgerentry_changelist")
            asked = {"account": account, "currency": currency, **asked}
        return f"{where}?{urlencode(asked)}"
