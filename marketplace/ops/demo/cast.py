"""The people of the demo come in, each with a browser and an address of their own."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from marketplace.ops.demo.evidence import certificate
from marketplace.ops.demo.people import ClaimedCredential, Client, Expert, Person, Reviewer
from marketplace.ops.drive import account
from marketplace.ops.drive.account import Identity
from marketplace.ops.drive.annotator import AnnotatorWeb
from marketplace.ops.drive.browser import Browser
from marketplace.ops.drive.client_web import ClientWeb
from marketplace.ops.drive.desk import DeskWeb
from marketplace.ops.drive.mail import Mailbox

BACKGROUND = "general"


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where people come in, and where their mail lands."""

    web: str
    mail: Path

    def sign_up(self, person: Person) -> tuple[Browser, Identity]:
        """A new account for a person, from their address."""
        browser = Browser(self.web, person.address)
        who = Identity(person.name, person.email, new_password())
        account.sign_up(browser, Mailbox(self.mail), who)
        return browser, who


def new_password() -> str:
    """Sixteen random letters and digits: these accounts live on in `make up`."""
    return secrets.token_urlsafe(12)


@dataclass(frozen=True, slots=True)
class ExpertAtWork:
    """An expert with their browser."""

    expert: Expert
    web: AnnotatorWeb
    who: Identity


@dataclass(frozen=True, slots=True)
class ReviewerAtWork:
    """A reviewer at the desk; staff without an annotator's profile are not paid by review."""

    reviewer: Reviewer
    desk: DeskWeb
    who: Identity
    paid: bool = True


@dataclass(frozen=True, slots=True)
class ClientAtWork:
    """The client's owner, and the key of its program."""

    client: Client
    browser: Browser
    who: Identity
    key: str


def bring_expert(entrance: Entrance, expert: Expert) -> ExpertAtWork:
    """Sign up, tell who one is, claim the credentials, set up payouts at Stripe."""
    browser, who = entrance.sign_up(expert)
    web = AnnotatorWeb(browser)
    _profile(web, expert, expert.domains, expert.bio)
    for credential in expert.credentials:
        claim_credential(web, expert, credential)
    web.set_up_payouts(expert.name)
    return ExpertAtWork(expert, web, who)


def claim_credential(web: AnnotatorWeb, expert: Expert, credential: ClaimedCredential) -> None:
    """Fill in the form and add a scan of the certificate."""
    values = {
        "kind": credential.kind,
        "title": credential.title,
        "issuer": credential.issuer,
        "number": credential.number,
        "domain": credential.domain,
    }
    web.claim_credential(values, certificate(expert.name, credential))


def bring_reviewer(entrance: Entrance, reviewer: Reviewer) -> tuple[Browser, Identity]:
    """Sign up as somebody who will be paid for reviews; an administrator appoints them next."""
    browser, who = entrance.sign_up(reviewer)
    web = AnnotatorWeb(browser)
    _profile(web, reviewer, (BACKGROUND,), "Reviews the work of others.")
    web.set_up_payouts(reviewer.name)
    return browser, who


def _profile(web: AnnotatorWeb, person: Person, domains: Sequence[str], bio: str) -> None:
    web.save_profile(
        {
            "name": person.name,
            "country": person.country,
            "languages": list(person.languages),
            "time_zone": person.time_zone,
            "domains": list(domains),
            "bio": bio,
        }
    )


def bring_client(entrance: Entrance, client: Client) -> ClientAtWork:
    """Sign up, make the organization, make the key of its program."""
    browser, who = entrance.sign_up(client)
    web = ClientWeb(browser)
    web.create_organization(client.organization)
    return ClientAtWork(client, browser, who, web.issue_key("labelling pipeline"))
