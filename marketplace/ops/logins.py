"""The demo's logins, kept for `make up`: one for each role, with its TOTP secret."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "demo/logins.json"


@dataclass(frozen=True, slots=True)
class Login:
    """A simulated person's way in; `totp` is empty where no second factor is asked for."""

    role: str
    email: str
    password: str
    totp: str = ""
    page: str = "/"


def keep(local: Path, logins: list[Login]) -> None:
    """Write them for the next `make up`, readable by the owner alone."""
    path = local / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps([asdict(one) for one in logins], indent=2))


def read(local: Path) -> list[Login]:
    """The logins of the last demo; none before the first."""
    path = local / FILE
    return [Login(**one) for one in json.loads(path.read_text())] if path.exists() else []


def lines(local: Path) -> list[str]:
    """What `make up` prints of them."""
    found = read(local)
    if not found:
        return ["No logins yet: `make demo` fills this world with people and work."]
    return ["Logins of the demo's world:"] + [
        f"  {one.role:10} {one.email:34} {one.password}"
        + (f"   TOTP secret {one.totp}" if one.totp else "")
        for one in found
    ]
