"""A client at the browser: the organization and its API key; the rest is done by a program."""

import re

from marketplace.ops.drive.browser import Browser, Page, Surprise

TOKEN = re.compile(r"\bmk_[A-Za-z0-9_.-]{20,}")


class ClientWeb:
    """The pages of one client's owner."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    def create_organization(self, name: str) -> None:
        """Make the organization of which one becomes the owner."""
        page = self.browser.get("/client/")
        page = self.browser.submit(page.form("name", action="/client/new"), {"name": name})
        if name not in page.said():
            raise Surprise(f"The organization was not made: {page.said()}")

    def issue_key(self, program: str) -> str:
        """Make an API key with every scope; the page shows it this once."""
        page: Page = self.browser.get("/client/keys/")
        form = page.form("name", "scopes")
        scopes = re.findall(r'name="scopes"[^>]*value="([^"]+)"', page.text)
        page = self.browser.submit(form, {"name": program, "scopes": scopes})
        found = TOKEN.search(page.text)
        if found is None:
            raise Surprise(f"No key was shown: {page.said()}")
        return found[0]
