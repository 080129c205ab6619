"""Simulated people: the same for the same seed, distinct, and fit for the doors."""

import zoneinfo

from accounts.states import CredentialKind
from marketplace.ops.demo.people import client, experts, reviewers


def test_the_same_seed_gives_the_same_people():
    assert experts(24, "medicine", 7) == experts(24, "medicine", 7)
    assert experts(24, "medicine", 7) != experts(24, "medicine", 8)
    assert experts(24, "medicine", 7)[:5] == experts(5, "medicine", 7)
    assert reviewers(3, 7) == reviewers(3, 7)
    assert client(7) == client(7) != client(8)


def test_everybody_can_be_told_apart():
    people = [*experts(300, "medicine", 1), *reviewers(5, 1), client(1)]
    emails = {person.email for person in people}
    assert len(emails) == 306
    assert all(email.isascii() and email.endswith("@example.test") for email in emails)


def test_experts_have_what_a_profile_asks_for():
    found = experts(24, "engineering.software", 1)
    assert {one.country for one in found} == {"US", "GB", "DE", "FR", "CA", "CH"}
    assert {one.address for one in found} == {f"127.0.0.{last}" for last in range(2, 26)}
    for one in found:
        assert 0.6 <= one.ability <= 0.98
        assert 0.5 <= one.speed <= 2.0
        assert one.time_zone in zoneinfo.available_timezones()
        assert "en" in one.languages
        assert one.domains == ("engineering.software",)
        [credential] = one.credentials
        assert credential.kind in CredentialKind.values
        assert credential.domain == "engineering.software"
        assert credential.issuer in one.bio


def test_addresses_stay_on_the_loopback_network():
    addresses = {one.address for one in experts(600, "law", 1)}
    assert addresses == {f"127.0.0.{last}" for last in range(2, 255)}
