"""How people come in: sign-up with a mailed code, sign-in, and a second factor."""

import re
from dataclasses import dataclass, replace

from marketplace.ops.drive import totp
from marketplace.ops.drive.browser import Browser, Page, Surprise
from marketplace.ops.drive.mail import Mailbox

SIGN_UP = "/accounts/signup/"
SIGN_IN = "/accounts/login/"
TOTP = "/accounts/2fa/totp/activate/"
SECRET = re.compile(r"\b([A-Z2-7]{32})\b")  # 20 random bytes in base32


@dataclass(frozen=True, slots=True)
class Identity:
    """What a person types to come in; `secret` is that of their authenticator app, if they have
    one.
    """

    name: str
    email: str
    password: str
    secret: str = ""


def sign_up(browser: Browser, mailbox: Mailbox, who: Identity) -> Page:
    """Make an account and type in the code that was mailed; returns the first page inside."""
    page = browser.get(SIGN_UP)
    form = page.form("email", "password1", "password2", "name")
    page = browser.submit(
        form,
        {
            "name": who.name,
            "email": who.email,
            "password1": who.password,
            "password2": who.password,
        },
    )
    if not page.has_form("code"):
        raise Surprise(f"Signing up as {who.email} did not lead to the code: {page.said()}")
    return _inside(browser.submit(page.form("code"), {"code": mailbox.code_for(who.email)}))


def sign_in(browser: Browser, who: Identity) -> Page:
    """Come in with the password, and with the app's code where the account has one."""
    form = browser.get(SIGN_IN).form("login", "password")
    page = browser.submit(form, {"login": who.email, "password": who.password})
    if who.secret:
        page = _type_code(browser, page, who.secret)
    return _inside(page)


def set_up_totp(browser: Browser, who: Identity) -> Identity:
    """Say the password again, and take the secret that the page shows into an authenticator app."""
    page = browser.get(TOTP)
    if page.has_form("password"):
        page = browser.submit(page.form("password"), {"password": who.password})
    found = SECRET.search(page.text)
    if found is None:
        raise Surprise(f"{page.url} shows no secret: {page.said()}")
    page = _type_code(browser, page, found[1])
    if page.url.endswith(TOTP):
        raise Surprise(f"The second factor was not taken: {page.said()}")
    return replace(who, secret=found[1])


def _type_code(browser: Browser, page: Page, secret: str) -> Page:
    """Type the app's code; once more where half a minute ended between reading and typing it."""
    shown = totp.code(secret)
    page = browser.submit(page.form("code"), {"code": shown})
    if page.has_form("code") and totp.code(secret) != shown:
        page = browser.submit(page.form("code"), {"code": totp.code(secret)})
    return page


def _inside(page: Page) -> Page:
    """Refuse a page of the entrance: it asks again because something was wrong."""
    if page.has_form("password") or page.has_form("password1") or page.has_form("code"):
        raise Surprise(f"Still outside, at {page.url}: {page.said()}")
    return page
