"""Sign-up and sign-in: by e-mail code, telling nobody who has an account; MFA for staff."""

import re
import threading

import pytest
from allauth.account.forms import SignupForm
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.web import adapter, signing
from marketplace.core.models import AuditEntry
from tests.support import factories_accounts as make

pytestmark = pytest.mark.django_db
SIGN_UP = "/accounts/signup/"
CONFIRM = "/accounts/confirm-email/"
SECRET = "JBSWY3DPEHPK3PXP"


def sign_up(email, name="Ada Lovelace", password="analytical engine 1843", browser=None):
    browser = browser or Client()
    values = {"name": name, "email": email, "password1": password, "password2": password}
    return browser, browser.post(SIGN_UP, values)


def code_in(message):
    return re.search(r"^([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})$", message.body, re.MULTILINE)[1]


def totp_now(secret=SECRET):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def without_token(page):
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"', b"", page.content)


def test_a_person_signs_up_confirms_by_code_and_is_asked_what_they_are():
    browser, answer = sign_up("Ada@Example.test")
    assert (answer.status_code, answer["Location"]) == (302, CONFIRM)
    person = User.objects.get(email="ada@example.test")
    assert person.name == "Ada Lovelace"
    assert AuditEntry.objects.get(subject=f"user:{person.pk}").verb == "introduce"
    assert browser.get("/profile/").status_code == 302
    answer = browser.post(CONFIRM, {"code": code_in(mail.outbox[0])})
    assert answer.status_code == 302
    page = browser.get("/")
    assert page.status_code == 200
    assert "I am an expert" in page.content.decode()
    assert "I am a client" in page.content.decode()


def test_a_wrong_code_opens_nothing():
    browser, _ = sign_up("ada@example.test")
    assert browser.post(CONFIRM, {"code": "AAAAAA"}).status_code == 200
    assert "_auth_user_id" not in browser.session


def test_sign_up_answers_the_same_bytes_for_known_and_unknown_addresses():
    make.user(email="known@example.test")
    known, first = sign_up("known@example.test")
    unknown, second = sign_up("fresh@example.test")
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"])
    assert first.content == second.content
    pages = [without_token(browser.get(CONFIRM)) for browser in (known, unknown)]
    assert pages[0].replace(b"known@", b"fresh@") == pages[1]
    wrong = [without_token(b.post(CONFIRM, {"code": "AAAAAA"})) for b in (known, unknown)]
    assert wrong[0].replace(b"known@", b"fresh@") == wrong[1]
    assert [message.to for message in mail.outbox] == [
        ["known@example.test"],
        ["fresh@example.test"],
    ]
    assert User.objects.count() == 2


def test_a_wrong_password_and_an_unknown_address_look_the_same():
    make.user(email="known@example.test")
    pages = []
    for email in ("known@example.test", "fresh@example.test"):
        answer = Client().post("/accounts/login/", {"login": email, "password": "wrong password"})
        pages.append((answer.status_code, without_token(answer).replace(email.encode(), b"")))
    assert pages[0] == pages[1]


def test_one_address_signs_up_twenty_times_a_minute_and_another_goes_on():
    for number in range(20):
        assert sign_up(f"p{number}@example.test")[1].status_code == 302
    refused = sign_up("p20@example.test")[1]
    assert refused.status_code == 429
    assert "Please wait a moment" in refused.content.decode()
    values = {"name": "P", "email": "p21@example.test", "password1": "analytical engine 1843"}
    values["password2"] = values["password1"]
    assert Client(REMOTE_ADDR="127.0.0.9").post(SIGN_UP, values).status_code == 302


def test_a_short_password_is_refused():
    answer = sign_up("ada@example.test", password="short")[1]
    assert answer.status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize("path", ["/admin/", "/", "/profile/", "/client/", "/accounts/email/"])
def test_staff_without_a_second_factor_are_sent_to_set_one_up(path):
    browser = Client()
    browser.force_login(make.staff())
    answer = browser.get(path)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/")


@pytest.mark.parametrize(
    "path", ["/accounts/2fa/", "/accounts/logout/", "/accounts/reauthenticate/"]
)
def test_the_way_to_a_second_factor_is_open(path):
    browser = Client()
    browser.force_login(make.staff())
    assert browser.get(path).status_code == 200


def test_recovery_codes_alone_are_no_second_factor():
    person = make.staff()
    RecoveryCodes.activate(person)
    browser = Client()
    browser.force_login(person)
    assert browser.get("/admin/")["Location"] == "/accounts/2fa/"


def test_staff_sign_in_with_password_and_code_and_reach_the_desk():
    person = make.staff()
    browser = Client()
    values = {"login": person.email, "password": make.PASSWORD}
    assert browser.post("/accounts/login/", values)["Location"] == "/"
    assert browser.get("/")["Location"] == "/accounts/2fa/"
    page = browser.get("/accounts/2fa/totp/activate/")
    assert page["Location"].startswith("/accounts/reauthenticate/")
    page = browser.post(page["Location"], {"password": make.PASSWORD}, follow=True)
    secret = re.search(r'value="([A-Z2-7]{16,})"', page.content.decode())[1]
    answer = browser.post("/accounts/2fa/totp/activate/", {"code": totp_now(secret)})
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    assert browser.get("/")["Location"] == "/admin/"
    browser.post("/accounts/logout/")
    again = browser.post("/accounts/login/", values)
    assert again["Location"] == "/accounts/2fa/authenticate/"
    assert browser.get("/admin/").status_code == 302
    assert "_auth_user_id" not in browser.session


def test_the_second_factor_is_asked_for_at_sign_in():
    person = make.staff()
    TOTP.activate(person, SECRET)
    browser = Client()
    browser.post("/accounts/login/", {"login": person.email, "password": make.PASSWORD})
    answer = browser.post("/accounts/2fa/authenticate/", {"code": totp_now()})
    assert answer["Location"] == "/"
    assert browser.get("/admin/accounts/user/").status_code == 200


def test_others_need_no_second_factor():
    browser = Client()
    browser.force_login(make.user())
    assert browser.get("/").status_code == 200
    assert browser.get("/admin/").status_code == 302


def test_the_desk_signs_in_through_the_account_pages():
    answer = Client().get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


def test_a_zone_that_this_machine_lacks_shows_utc():
    person = make.user(time_zone="Mars/Olympus")
    browser = Client()
    browser.force_login(person)
    assert browser.get("/notices/").status_code == 200


def test_the_pages_of_a_passkey_hold_no_script_of_their_own():
    browser = Client()
    browser.force_login(make.user())
    for path in ("/accounts/2fa/webauthn/add/", "/accounts/login/", "/accounts/2fa/"):
        page = browser.get(path, follow=True).content.decode()
        inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", page)
        assert inline == []
        assert " style=" not in page


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
@pytest.mark.parametrize("guarded", [True, False])
def test_two_sign_ups_of_one_address_at_once_make_one_account(guarded, monkeypatch):
    """The second is told to wait: an address gets one mail in ten seconds, known or not.

    The control: without the guard it breaks on the unique address.
    """
    meet, outcomes = threading.Barrier(2), []

    def wait(self, request, user):
        meet.wait(5)

    monkeypatch.setattr(adapter.AccountAdapter, "populate_username", wait)
    if not guarded:
        monkeypatch.setattr(signing.MeetingSignUpForm, "try_save", SignupForm.try_save)

    def post():
        browser = Client(raise_request_exception=False)  # it hears of the other thread's too
        answer = sign_up("ada@example.test", browser=browser)[1]
        outcomes.append(answer.status_code)
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ([302, 429] if guarded else [302, 500])
    assert User.objects.count() == 1
