"""The drivers' own parts: one-time codes, mail, forms as a browser reads them."""

import base64

import pytest

from marketplace.ops.drive import mail, totp
from marketplace.ops.drive.annotator import Held, claim_of, held_on
from marketplace.ops.drive.browser import Browser, Page, Surprise, values_of
from marketplace.ops.drive.mail import Mailbox

# RFC 6238, appendix B: the secret "12345678901234567890", SHA-1; last six of eight digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("at", "code"), VECTORS)
def test_codes_are_those_of_the_standard(at, code):
    assert totp.code(SECRET, at) == code
    assert totp.code(SECRET.lower(), at) == code


def letter(to, code):
    """A mail as Django's file backend writes it."""
    head = f"Subject: Your code\nFrom: us@example.test\nTo: {to}\nDate: today\n\n"
    return (head + f"Hello,\n\n{code}\n\nBye\n" + "-" * 79 + "\n").encode()


def test_the_newest_code_of_the_right_person_is_read(tmp_path):
    (tmp_path / "1.log").write_bytes(letter("a@example.test", "OLD1-OLD1"))
    (tmp_path / "2.log").write_bytes(
        letter("a@example.test", "NEW1-NEW1")
        + letter("a@example.test", "NEW2-NEW2")
        + letter("aa@example.test", "BAD1-BAD1")
    )
    box = Mailbox(tmp_path)
    assert box.code_for("a@example.test") == "NEW2-NEW2"
    assert [one.subject for one in box.mails("a@example.test")] == ["Your code"] * 3


def test_mail_that_never_comes_is_a_surprise(tmp_path, monkeypatch):
    monkeypatch.setattr(mail, "PATIENCE", 0.1)
    with pytest.raises(Surprise, match=r"No code was mailed to a@example\.test\."):
        Mailbox(tmp_path / "none").code_for("a@example.test")


PAGE = Page(
    200,
    "http://127.0.0.1/here/",
    """<html><head><title>no</title></head><body><p data-task="t&amp;1" data-task-no="x">Hello
    <b>there</b></p><script>var hidden</script>
    <form method="POST" action="/there/">
      <input type="hidden" name="token" value="abc">
      <input type="checkbox" name="scopes" value="read" checked>
      <input type="checkbox" name="scopes" value="write">
      <input type="radio" name="kind" value="one"><input type="radio" name="kind" value="two" checked>
      <select name="country"><option value="US">US</option><option value="DE" selected>DE</option></select>
      <textarea name="text">
  first line
second &lt;</textarea>
      <input type="file" name="evidence"><button name="action" value="save">Save</button>
    </form>
    <form action="/search"><input name="q"></form></body></html>""",
)


def test_a_form_is_sent_as_a_browser_would():
    form = PAGE.form("token", "text")
    assert (form.action, form.method) == ("http://127.0.0.1/there/", "post")
    assert form.filled({}) == [
        ("token", "abc"),
        ("scopes", "read"),
        ("kind", "two"),
        ("country", "DE"),
        ("text", "  first line\nsecond <"),
    ]
    sent = form.filled({"scopes": ["read", "write"], "kind": None, "action": "save", "text": ""})
    assert sent == [
        ("token", "abc"),
        ("country", "DE"),
        ("scopes", "read"),
        ("scopes", "write"),
        ("action", "save"),
        ("text", ""),
    ]


def test_what_a_form_does_not_have_is_a_surprise():
    with pytest.raises(Surprise, match="has no \\['colour'\\]"):
        PAGE.form("token").filled({"colour": "red"})
    with pytest.raises(Surprise, match="has no form with"):
        PAGE.form("token", "q")
    assert PAGE.has_form("q", action="/search")
    assert not PAGE.has_form("q", action="/there")


def test_a_page_says_what_people_see_and_what_scripts_read():
    assert PAGE.words() == "Hello there US DE first line second < Save"
    assert PAGE.data("task") == "t&1"
    with pytest.raises(Surprise, match="has no data-assignment"):
        PAGE.data("assignment")


def test_one_button_sends_the_token_and_nothing_else():
    browser = Browser("http://127.0.0.1:9")
    browser.session.cookies.set("csrftoken", "t0ken")
    form = browser.bare_form("/work/next")
    assert (form.action, form.filled({})) == (
        "http://127.0.0.1:9/work/next",
        [("csrfmiddlewaretoken", "t0ken")],
    )


def test_pairs_become_lists_of_values():
    assert values_of([("a", "1"), ("b", "2"), ("a", "3")]) == {"a": ["1", "3"], "b": ["2"]}


def test_a_task_page_is_a_claim_and_a_list_is_not():
    task = Page(
        200,
        "http://h/work/7/",
        '<form action="/work/7/" method="post" data-assignment="7" data-task="9" data-returns="2">'
        '<input type="hidden" name="fence" value="3"><button name="save"></button></form>',
    )
    claim = claim_of(task)
    assert claim is not None
    assert (claim.assignment, claim.task, claim.returns) == ("7", "9", 2)
    listed = Page(200, "http://h/work/", '<li data-assignment="7" data-state="returned"></li>')
    assert claim_of(listed) is None
    assert held_on(listed) == [Held("7", "returned")]
