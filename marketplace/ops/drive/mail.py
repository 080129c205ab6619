"""The mail that a development run writes to a folder, read as its receivers would read it."""

import email
import email.policy
import re
import time
from dataclasses import dataclass
from pathlib import Path

from marketplace.ops.drive.browser import Surprise

PATIENCE = 30.0
LINE_OF_DASHES = re.compile(rb"^-{70,}\n", re.MULTILINE)  # Django's file backend ends a mail so
CODE = re.compile(r"^\s*([A-Z0-9]{3,5}-?[A-Z0-9]{3,5})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: to whom, about what, and its text."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True)
class Mailbox:
    """All mail of a run: the folder of Django's file backend."""

    folder: Path

    def code_for(self, address: str) -> str:
        """The newest code mailed to `address`; a `Surprise` when none comes in half a minute."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for mail in self.mails(address):
                if found := CODE.search(mail.text):
                    return found[1]
            time.sleep(0.05)
        raise Surprise(f"No code was mailed to {address}.")

    def mails(self, address: str) -> list[Mail]:
        """The mail for `address`, newest first."""
        if not self.folder.is_dir():
            return []
        files = sorted(self.folder.iterdir(), key=lambda one: one.stat().st_mtime_ns, reverse=True)
        wanted = f"To: {address}\n".encode()
        found = []
        for file in files:
            content = file.read_bytes()
            if wanted in content:
                parts = reversed(LINE_OF_DASHES.split(content))
                found += [_mail(part) for part in parts if wanted in part]
        return found


def _mail(content: bytes) -> Mail:
    message = email.message_from_bytes(content, policy=email.policy.default)
    body = message.get_body(("plain",))
    return Mail(
        str(message["To"]), str(message["Subject"]), "" if body is None else body.get_content()
    )
