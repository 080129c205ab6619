"""Everybody comes in: the administrator, the client, reviewers, experts; staff do their part."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from io import StringIO

from django.core.management import call_command

from marketplace.ops.demo import cast, people
from marketplace.ops.demo.cast import ClientAtWork, Entrance, ExpertAtWork, ReviewerAtWork
from marketplace.ops.demo.crew import all_of
from marketplace.ops.demo.options import INSPECTORS, Options
from marketplace.ops.demo.people import Expert, Reviewer
from marketplace.ops.drive import account
from marketplace.ops.drive.account import Identity
from marketplace.ops.drive.annotator import AnnotatorWeb
from marketplace.ops.drive.browser import Browser, Surprise
from marketplace.ops.drive.desk import DeskWeb
from marketplace.ops.logins import Login

AT_ONCE = 6
ADMINISTRATOR = "administrator@example.test"


@dataclass
class Company:
    """The people of a run, once they are in.

    `inspectors` are reviewers who are kept back until results are inspected: nobody inspects a
    result who has read an answer to its task, nor decides what they inspected.
    """

    experts: list[ExpertAtWork] = field(default_factory=list)
    reviewers: list[ReviewerAtWork] = field(default_factory=list)
    inspectors: list[ReviewerAtWork] = field(default_factory=list)
    administrator: Identity = field(default_factory=lambda: Identity("", "", ""))
    desk: DeskWeb | None = None
    clients: list[ClientAtWork] = field(default_factory=list)

    @property
    def client(self) -> ClientAtWork:
        """The one client."""
        return self.clients[0]

    @property
    def the_desk(self) -> DeskWeb:
        """The administrator's desk; a `Surprise` before they came in."""
        if self.desk is None:
            raise Surprise("The administrator did not come in.")
        return self.desk

    @property
    def head(self) -> ReviewerAtWork:
        """The administrator, who judges as the first of the reviewers does."""
        persona = self.reviewers[0].reviewer
        return ReviewerAtWork(persona, self.the_desk, self.administrator, paid=False)

    def payees(self) -> list[AnnotatorWeb]:
        """Who is paid: experts, and reviewers for their reviews."""
        reviewers = [AnnotatorWeb(one.desk.browser) for one in self.reviewers + self.inspectors]
        return [one.web for one in self.experts] + reviewers

    def logins(self) -> list[Login]:
        """One for each role, for `make up`."""
        admin, reviewer = self.administrator, self.reviewers[0].who
        client, expert = self.client.who, self.experts[0].who
        return [
            Login("admin", admin.email, admin.password, admin.secret, "/admin/"),
            Login("reviewer", reviewer.email, reviewer.password, reviewer.secret, "/admin/"),
            Login("annotator", expert.email, expert.password, page="/work/"),
            Login("client", client.email, client.password, page="/client/"),
        ]


class Gathering:
    """Brings everybody in, several at once; `step` is called once for each who is ready."""

    def __init__(self, entrance: Entrance, step: Callable[[], None]) -> None:
        self.entrance = entrance
        self.step = step
        self.company = Company()
        self._candidates: list[tuple[Reviewer, Browser, Identity]] = []

    def bring(self, options: Options, domain: str, tick: Callable[[], None]) -> Company:
        """All of them; the experts verified, the reviewers appointed."""
        seed, number = options.seed, options.annotators
        judges = people.reviewers(options.reviewers + INSPECTORS, seed)
        works: list[Callable[[], None]] = [
            partial(self._client, people.client(seed)),
            self._administrator,
            *(partial(self._reviewer, one) for one in judges),
            *(partial(self._expert, one) for one in people.experts(number, domain, seed)),
        ]
        all_of(works, AT_ONCE, self.step, tick)
        self.company.experts.sort(key=lambda one: one.expert.number)
        self._candidates.sort(key=lambda one: one[0].number)
        self._staff_work(options.reviewers)
        return self.company

    def _client(self, client: people.Client) -> None:
        self.company.clients.append(cast.bring_client(self.entrance, client))

    def _expert(self, expert: Expert) -> None:
        self.company.experts.append(cast.bring_expert(self.entrance, expert))

    def _reviewer(self, reviewer: Reviewer) -> None:
        browser, who = cast.bring_reviewer(self.entrance, reviewer)
        self._candidates.append((reviewer, browser, who))

    def _administrator(self) -> None:
        """The first account of staff, made on the machine; it signs in and adds a second factor."""
        password = cast.new_password()
        os.environ["BOOTSTRAP_ADMIN_PASSWORD"] = password
        call_command("bootstrap_admin", email=ADMINISTRATOR, stdout=StringIO())
        del os.environ["BOOTSTRAP_ADMIN_PASSWORD"]
        browser = Browser(self.entrance.web)
        who = Identity("Administrator", ADMINISTRATOR, password)
        account.sign_in(browser, who)
        self.company.administrator = account.set_up_totp(browser, who)
        self.company.desk = DeskWeb(browser)

    def _staff_work(self, reviewers: int) -> None:
        """Credentials are verified in the admin; reviewers are appointed, and add their factor.

        The first `reviewers` of them review, the others inspect.
        """
        desk = self.company.the_desk
        verified = desk.verify_credentials()
        claimed = sum(len(one.expert.credentials) for one in self.company.experts)
        if verified != claimed:
            raise Surprise(f"{claimed} credentials were claimed, {verified} verified.")
        for reviewer, browser, who in self._candidates:
            desk.appoint(who.email)
            known = account.set_up_totp(browser, who)
            team = (
                self.company.reviewers if reviewer.number < reviewers else self.company.inspectors
            )
            team.append(ReviewerAtWork(reviewer, DeskWeb(browser), known))
