"""Country and language codes with their English names, and time zones.

`accounts/iso.json`: ISO 3166-1 alpha-2 as in the IANA time zone database (iso3166.tab, public
domain) and ISO 639-1. Zones are those of the running Python's `zoneinfo`.
"""

import json
import zoneinfo
from functools import cache
from pathlib import Path

_CODES = json.loads((Path(__file__).resolve().parent.parent / "iso.json").read_text("utf-8"))
COUNTRIES: dict[str, str] = _CODES["countries"]
LANGUAGES: dict[str, str] = _CODES["languages"]


@cache
def zones() -> tuple[str, ...]:
    """Names such as `Europe/Berlin`, sorted; without links kept for old systems."""
    names = zoneinfo.available_timezones()
    return ("UTC", *sorted(n for n in names if "/" in n and not n.startswith(("Etc/", "SystemV/"))))


def is_zone(name: str) -> bool:
    """Whether `zoneinfo` knows the name; never opens a path that it does not list."""
    return name in zoneinfo.available_timezones()
