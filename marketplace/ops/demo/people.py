"""The people of the demo: experts, reviewers and the client, the same for the same seed."""

import unicodedata
from dataclasses import dataclass
from random import Random

from marketplace.ops.demo.dice import dice
from marketplace.ops.demo.world import (
    COUNTRIES,
    MAIL_DOMAIN,
    OTHER_PROFESSIONS,
    PROFESSIONS,
    Country,
)

LEAST_ABLE, MOST_ABLE = 0.60, 0.98
FASTEST, SLOWEST = 0.5, 2.0
FIRST_ADDRESS, ADDRESSES = 2, 253
"""People sign up from 127.0.0.2 to 127.0.0.254, experts counted from below, others from above: to
rate limits they are different machines."""


@dataclass(frozen=True)
class ClaimedCredential:
    """What an expert claims and staff will verify; `kind` as in `accounts.states`."""

    kind: str
    title: str
    issuer: str
    number: str
    domain: str


@dataclass(frozen=True)
class Person:
    """What every person has. `address` is the loopback address their browser speaks from."""

    name: str
    email: str
    country: str
    time_zone: str
    languages: tuple[str, ...]
    address: str


@dataclass(frozen=True)
class Expert(Person):
    """An annotator of the demo, with what only the simulation knows about them.

    `ability` is the probability of the right answer to a question of known truth; `speed` divides
    the time a task takes (2.0 is twice as fast); `number` counts from 0.
    """

    number: int
    bio: str
    domains: tuple[str, ...]
    credentials: tuple[ClaimedCredential, ...]
    ability: float
    speed: float


@dataclass(frozen=True)
class Reviewer(Person):
    """Staff at the review desk; `strictness` is the probability of rejecting a wrong answer."""

    number: int
    strictness: float


@dataclass(frozen=True)
class Client(Person):
    """Who posts the project and pays, and for which organization."""

    organization: str


def experts(count: int, domain: str, seed: int) -> list[Expert]:
    """`count` experts in `domain`; the first n of a larger count are the same people."""
    return [_expert(number, domain, seed) for number in range(count)]


def reviewers(count: int, seed: int) -> list[Reviewer]:
    """`count` reviewers, none of them an annotator."""
    found = []
    for number in range(count):
        draw = dice(seed, "reviewer", number)
        person = _person(draw, draw.choice(COUNTRIES), f"reviewer{number + 1}", -2 - number)
        found.append(Reviewer(**vars(person), number=number, strictness=draw.uniform(0.4, 0.8)))
    return found


def client(seed: int) -> Client:
    """The one client of the demo."""
    draw = dice(seed, "client")
    person = _person(draw, draw.choice(COUNTRIES), "client", -1)
    return Client(**vars(person), organization=f"{person.name.split()[-1]} Labs")


def _expert(number: int, domain: str, seed: int) -> Expert:
    draw = dice(seed, "expert", number)
    country = COUNTRIES[number % len(COUNTRIES)]  # every rail is used however few the experts
    person = _person(draw, country, f"expert{number + 1}", number)
    choices = PROFESSIONS.get(domain.split(".", maxsplit=1)[0], OTHER_PROFESSIONS)
    kind, title, profession = draw.choice(choices)
    issuer = draw.choice(country.universities)
    years = draw.randint(2, 30)
    identity = f"{country.code}-{draw.randrange(10**6):06d}"
    return Expert(
        **vars(person),
        number=number,
        bio=f"{profession.capitalize()} with {years} years of practice. {title}, {issuer}.",
        domains=(domain,),
        credentials=(ClaimedCredential(kind, title, issuer, identity, domain),),
        ability=round(draw.uniform(LEAST_ABLE, MOST_ABLE), 3),
        speed=round(draw.uniform(FASTEST, SLOWEST), 3),
    )


def _person(draw: Random, country: Country, role: str, number: int) -> Person:
    """A person of that country; the role makes the e-mail address unique."""
    given, family = draw.choice(country.given_names), draw.choice(country.family_names)
    return Person(
        name=f"{given} {family}",
        email=f"{_plain(given)}.{_plain(family)}.{role}@{MAIL_DOMAIN}",
        country=country.code,
        time_zone=draw.choice(country.time_zones),
        languages=country.languages,
        address=f"127.0.0.{FIRST_ADDRESS + number % ADDRESSES}",
    )


def _plain(name: str) -> str:
    """A name in the letters of a mail address: "Étienne" is "etienne"."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return letters.lower()
