"""The client's program: pays in, posts the project and its tasks, watches the money, exports."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from marketplace.ops.demo.cast import ClientAtWork
from marketplace.ops.demo.sources.base import DemoItem, DemoSource, Row
from marketplace.ops.drive.browser import Surprise
from marketplace.ops.drive.client_api import ClientApi
from marketplace.ops.drive.stripe_local import pay

BASIS_POINTS = 10_000
FIRST_SHARE = 0.6
"""Of what the plain work costs, given to the project at first: rejected answers hold money until
they are final, so that the program has to give more in mid-work."""
RESERVE = 2.2
WHOLE = 100
LANGUAGE = "en"


class ClientProgram:
    """One project through the API. Money is in minor units of the project's currency."""

    def __init__(self, web: str, who: ClientAtWork, source: DemoSource) -> None:
        self.api = ClientApi(web, who.key)
        self.who = who
        self.source = source
        self.project = ""
        self.deposits_minor = 0
        self._prepaid_minor = 0

    def post_project(self) -> None:
        """A draft with everything that annotators will see."""
        source, terms = self.source, asdict(self.source.terms)
        made = self.api.post(
            "/projects",
            {
                "name": source.title[:120],
                "brief": source.brief,
                "guideline": source.guideline,
                "interface": source.interface,
                "domain": source.domain,
                "credential_required": True,
                "languages": [LANGUAGE],
                **terms,
            },
        )
        self.project = made["id"]
        self._fee_bps = int(made["fee_bps"])

    def cost_minor(self, tasks: int) -> int:
        """What the tasks cost with every answer and review taken once, fee included."""
        terms = self.source.terms
        price = terms.price_minor + terms.review_price_minor * terms.review_percent // 100
        plain = tasks * terms.overlap * price
        return plain + plain * self._fee_bps // BASIS_POINTS

    def deposit(self, amount_minor: int) -> None:
        """Pay in through the Checkout page, and wait until it is booked."""
        body = {"currency": self.source.terms.currency, "amount_minor": amount_minor}
        made = self.api.post("/deposits", body)
        path = f"/deposits/{made['id']}"
        opened = self.api.wait(path, lambda row: row["checkout_url"] or row["state"] == "failed")
        pay(self.who.browser, opened["checkout_url"])
        self.api.wait(path, lambda row: row["state"] == "paid")
        self.deposits_minor += amount_minor
        self._prepaid_minor += amount_minor

    def fund(self, amount_minor: int) -> None:
        """Give prepaid money to the project."""
        self.api.post(f"/projects/{self.project}/funds", {"amount_minor": amount_minor})
        self._prepaid_minor -= amount_minor

    def start(self, items: Sequence[DemoItem]) -> dict[str, DemoItem]:
        """Pay, upload the tasks as a stream of lines, activate; returns the items by task id and
        by the handle that annotators read.
        """
        cost = self.cost_minor(len(items))
        self.deposit(_whole(cost * RESERVE))
        self.fund(_whole(cost * FIRST_SHARE))
        rows: list[Row] = [{"external_id": i.external_id, "payload": i.payload} for i in items]
        posted = self.api.post_lines(f"/projects/{self.project}/tasks", rows)
        if posted["tasks"] != len(items):
            raise Surprise(f"{len(items)} tasks were posted, {posted['tasks']} taken.")
        by_name = {item.external_id: item for item in items}
        found = {
            name: by_name[row["external_id"]]
            for row in self._tasks()
            for name in (row["id"], row["handle"])
        }
        # The experts of this world come after its projects.
        self.api.post(f"/projects/{self.project}/activate", {"confirm": True})
        return found

    def _tasks(self) -> list[Any]:
        """All tasks of the project, page after page."""
        rows: list[Any] = []
        path = f"/projects/{self.project}/tasks"
        while path:
            page = self.api.get(path)
            rows += page["results"]
            path = (page["next"] or "").partition("/api/v1")[2]
        return rows

    def keep_funded(self) -> None:
        """Give the project more where it has become short; pay in more where nothing is left."""
        if self.api.get(f"/projects/{self.project}")["funds_short_at"] is None:
            return
        if self._prepaid_minor < WHOLE:
            self.deposit(_whole(self.deposits_minor / 2))
        self.fund(max(WHOLE, self._prepaid_minor // 2))

    def progress(self) -> Any:
        """How far the project is."""
        return self.api.get(f"/projects/{self.project}/progress")

    def export(self) -> list[Any]:
        """The results, one record a task."""
        return self.api.lines(f"/projects/{self.project}/results")


def _whole(minor: float) -> int:
    """Rounded up to a hundred."""
    return -(-int(minor) // WHOLE) * WHOLE
