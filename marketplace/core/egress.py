"""The way out: no call leaves the machine but to an address that this module has passed.

Two kinds of destination. Our own partners (Stripe) are listed in EGRESS_ALLOWED_BASES, as scheme,
host and port; a listed base may be on this machine, since the operator wrote it. Addresses that a
client names go to the open internet only: https on port 443, and every address of the host must be
public. The caller connects to one of the addresses returned (a second look-up could answer
otherwise) and follows no redirect.
"""

import ipaddress
import re
import socket
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from marketplace.core.errors import Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS = {"http": 80, "https": 443}
_CLEAN = re.compile(r"[!-\[\]-~]+")  # printable ASCII without space and backslash
# IPv6 ranges that carry an IPv4 address inside; some Pythons' `is_global` calls some public
_WRAPPED = [
    ipaddress.IPv6Network(net)
    for net in (
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/32",
    )
]
_SITE_LOCAL = ipaddress.IPv6Network("fec0::/10")


def check(url: str) -> None:
    """Pass a call to a listed base; refuses `egress_refused` for anything else."""
    if _base(_parts(url)) not in {_base(_parts(base)) for base in settings.EGRESS_ALLOWED_BASES}:
        raise _refused("it is not among the addresses that this installation may call")


def check_public(url: str) -> list[str]:
    """Pass a call to an address that a client named; returns the addresses it may connect to."""
    parts = _parts(url)
    if _base(parts)[0::2] != ("https", _PORTS["https"]):
        raise _refused("only https on port 443 is called")
    found = _resolve(parts.hostname or "")
    if not found or not all(is_public(address) for address in found):
        raise _refused("it does not lead to the public internet")
    return [str(address) for address in found]


def is_public(address: Address) -> bool:
    """On the open internet: not private, loopback, link-local, multicast, nor an IPv4 address in
    disguise.
    """
    if isinstance(address, ipaddress.IPv6Address) and (
        address in _SITE_LOCAL or any(address in net for net in _WRAPPED)
    ):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        named = parts.hostname and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        raise _refused("it is no address at all") from None
    if not (named and parts.scheme in _PORTS and _CLEAN.fullmatch(url)):
        raise _refused("it is not a plain http or https address")
    return parts


def _base(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, (parts.hostname or "").rstrip("."), parts.port or _PORTS[parts.scheme]


def _resolve(host: str) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, _PORTS["https"], type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]


def _refused(why: str) -> Refused:
    return Refused("egress_refused", f"This address cannot be called: {why}.", status=422)
