"""The way out: nothing is called but what was listed, or what is public."""

import socket

import pytest

from marketplace.core import egress
from marketplace.core.errors import Refused

LISTED = ["https://api.stripe.com", "http://127.0.0.1:12111"]


@pytest.fixture(autouse=True)
def listed(settings):
    settings.EGRESS_ALLOWED_BASES = LISTED


@pytest.mark.parametrize(
    "url",
    [
        "https://api.stripe.com/v1/transfers?limit=1",
        "https://API.stripe.com:443/v1",
        "https://api.stripe.com./v1",
        "http://127.0.0.1:12111/v1/accounts",
    ],
)
def test_listed_bases_pass_whole(url):
    egress.check(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.stripe.com/v1",
        "https://api.stripe.com:8443/v1",
        "https://api.stripe.com.evil.example/v1",
        "https://evil.example/api.stripe.com",
        "https://api.stripe.com@evil.example/",
        "https://evil.example#@api.stripe.com",
        "https://api.stripe.com\\@evil.example/",
        "https://api.stripe.com/\r\nHost: evil",
        "https://api.stripe.com /",
        "http://127.0.0.1:12112/",
        "http://127.1:12111/",
        "http://localhost:12111/",
        "ftp://api.stripe.com/",
        "file:///etc/passwd",
        "//api.stripe.com/",
        "https://",
        "https://[::1",
        "https://api.stripe.com:99999/",
        "https://api.stripe.com:0/",
        "",
    ],
)
def test_everything_else_is_refused(url):
    with pytest.raises(Refused) as refused:
        egress.check(url)
    assert (refused.value.code, refused.value.status) == ("egress_refused", 422)


NOT_PUBLIC = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd12::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


def resolving(monkeypatch, *addresses):
    found = [(0, 0, 0, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_leads_inside_is_refused(address, monkeypatch):
    resolving(monkeypatch, address)
    with pytest.raises(Refused, match="public internet"):
        egress.check_public("https://hooks.example.com/in")


def test_one_inner_address_among_public_ones_is_enough(monkeypatch):
    resolving(monkeypatch, "8.8.8.8", "10.0.0.1")
    with pytest.raises(Refused):
        egress.check_public("https://hooks.example.com/in")


def test_a_public_name_passes_with_the_addresses_to_connect_to(monkeypatch):
    resolving(monkeypatch, "8.8.8.8", "2606:4700:4700::1111")
    found = egress.check_public("https://hooks.example.com/in?a=1")
    assert found == ["8.8.8.8", "2606:4700:4700::1111"]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "https://hooks.example.com:8443/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://localhost/",
        "https://localhost./",
        "https://user@hooks.example.com/",
    ],
)
def test_public_means_https_on_443_and_outside(url):
    with pytest.raises(Refused):
        egress.check_public(url)


def test_a_name_that_leads_nowhere_is_refused(monkeypatch):
    def nowhere(*args, **options):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(Refused):
        egress.check_public("https://nowhere.example/")
