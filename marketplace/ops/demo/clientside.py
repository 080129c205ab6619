"""The client's program: pays in, posts the project and its tasks, watches the money, exports."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from marketplace.ops.demo.cast import ClientAtWork
from marketplace.ops.demo.sources.base import DemoItem, DemoSource, Row
from marketplace.ops.drive.browser import Surprise
from marketplace.ops.drive.client_api import ClientApi
from marketplace.ops.drive.stripe_local import pay
from tasks.interface.spec import Interface
from tasks.interface.voting import votable

BASIS_POINTS = 10_000
FIRST_SHARE = 0.6
"""Of what the plain work costs, given to the project at first: rejected answers hold money until
they are final, so that the program has to give more in mid-work."""
RESERVE = 2.2
WHOLE = 100
MORE_ANSWERS = 2
KNOWN = "The reference for this item was proved by running it."
LANGUAGE = "en"


class ClientProgram:
    """One project through the API. Money is in minor units of the project's currency.

    `more_answers`: how many answers above the overlap a task may get where they differ.
    """

    def __init__(
        self, web: str, who: ClientAtWork, source: DemoSource, more_answers: int = MORE_ANSWERS
    ) -> None:
        self._more = more_answers
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
                **self._more_answers(),
                **terms,
            },
        )
        self.project = made["id"]
        self._fee_bps = int(made["fee_bps"])

    def _more_answers(self) -> Row:
        """Where the first ones differ, if anything can be counted."""
        if not self._more or not votable(Interface.load(self.source.interface)):
            return {}
        return {"max_overlap": self.source.terms.overlap + self._more}

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

    def start(
        self,
        items: Sequence[DemoItem],
        gold: Mapping[str, Row] = MappingProxyType({}),
        *,
        share: float = FIRST_SHARE,
    ) -> dict[str, DemoItem]:
        """Pay, upload the tasks as a stream of lines, activate; returns the items by task id and
        by the handle that annotators read.

        `gold` holds the known answers of some of them, by external id; `share` of the plain cost is
        given to the project at once.
        """
        cost = self.cost_minor(len(items))
        self.deposit(_whole(cost * RESERVE))
        self.fund(_whole(cost * share))
        posted = self.api.post_lines(
            f"/projects/{self.project}/tasks", [_row(item, gold) for item in items]
        )
        if posted["tasks"] != len(items):
            raise Surprise(f"{len(items)} tasks were posted, {posted['tasks']} taken.")
        by_name = {item.external_id: item for item in items}
        found = {
            name: by_name[row["external_id"]]
            for row in self._all(f"/projects/{self.project}/tasks")
            for name in (row["id"], row["handle"])
        }
        # The experts of this world come after its projects.
        self.api.post(f"/projects/{self.project}/activate", {"confirm": True})
        return found

    def _all(self, path: str) -> list[Any]:
        """All rows of a list, page after page."""
        rows: list[Any] = []
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

    def gold(self) -> list[Any]:
        """The tasks with a known answer, and how they are answered."""
        return self._all(f"/projects/{self.project}/gold")

    def result(self, task: str) -> Row:
        """The answer with which a task is delivered."""
        for record in self.export():
            if record["task_id"] == task:
                answer: Row = record["answer"]
                return answer
        raise Surprise(f"The task {task} has no result.")

    def deliver(self) -> int:
        """Have all results inspected in lots; returns the delivery's number."""
        number: int = self.api.post(f"/projects/{self.project}/deliveries", {})["number"]
        return number

    def delivery(self, number: int) -> Any:
        """How far it is, lot by lot."""
        return self.api.get(f"/projects/{self.project}/deliveries/{number}")

    def warranty(self, number: int) -> Any:
        """Its report."""
        return self.api.get(f"/projects/{self.project}/deliveries/{number}/report")

    def warranty_pdf(self, number: int) -> bytes:
        """The same report as one shows it."""
        return self.api.file(f"/projects/{self.project}/deliveries/{number}/report.pdf")

    def export(self) -> list[Any]:
        """The results, one record a task."""
        return self.api.lines(f"/projects/{self.project}/results")


def _row(item: DemoItem, gold: Mapping[str, Row]) -> Row:
    """A line of the upload, with the known answer where there is one."""
    row: Row = {"external_id": item.external_id, "payload": item.payload}
    if item.external_id in gold:
        row["gold"] = {"answer": gold[item.external_id], "explanation": KNOWN}
    return row


def _whole(minor: float) -> int:
    """Rounded up to a hundred."""
    return -(-int(minor) // WHOLE) * WHOLE
