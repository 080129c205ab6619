"""Text that cannot be stored is refused at the door; refusals become pages."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import RequestFactory

from marketplace.core import pages
from marketplace.core.errors import Fault, Refused, invalid
from marketplace.core.middleware import (
    RefusalMiddleware,
    SafeTextMiddleware,
    address_of,
    refusal,
)
from marketplace.core.wsgi import Application
from tests.core import urls

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def templates(settings, tmp_path):
    """A frame of the tests' own, so that only our part of the page is looked at."""
    (tmp_path / "base.html").write_text(
        "<title>{% block title %}{% endblock %}</title>{% block content %}{% endblock %}"
    )
    engine = settings.TEMPLATES[0]
    options = {**engine["OPTIONS"], "context_processors": []}
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path, *engine["DIRS"]], "OPTIONS": options}]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/page/fine%00", "/page/%00", "/nothing%00here"])
def test_nul_in_a_path(call, path):
    assert call("GET", path).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["a=%00", "%00=a", "a=%ff", "a=%ed%a0%80", "a=b%c3"])
def test_no_text_in_a_query(call, query):
    answer = call("GET", f"/page/fine?{query}")
    assert answer.status_code == 400
    assert b"This request cannot be understood" in answer.content
    answer = call("GET", f"/api/v1/things?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["X-Request-Id"]


@pytest.mark.django_db
def test_an_invalid_path_is_unknown_not_a_fault(call):
    assert call("GET", "/page%ff").status_code == 404
    assert call("GET", "/api/v1/things%ff").json()["code"] == "not_found"


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"a=%00", b"%00=a", b"a=%ff", b"a=b&c=%ed%b0%80"])
def test_no_text_in_a_form(call, body):
    assert call("POST", "/page/fine", body, kind=FORM).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize(
    "form",
    [{"a": "\x00"}, {"\x00": "a"}, {"f": SimpleUploadedFile("x.pdf", b"%PDF-\x00")}],
    ids=["value", "name", "file"],
)
def test_multipart_texts_may_hold_no_nul_but_files_may(call, form):
    answer = call.client.post("/page/fine", form)
    assert answer.status_code == (200 if "f" in form else 400)


def through_wsgi(path, content_type, method="POST", query="a=%41"):
    """Status line and body, from the WSGI application itself: the test client has its own."""
    environ = RequestFactory()._base_environ(
        PATH_INFO=path,
        QUERY_STRING=query,
        REQUEST_METHOD=method,
        CONTENT_TYPE=content_type,
        CONTENT_LENGTH="2",
        HTTP_AUTHORIZATION="Bearer k1 things:write things:read",
    )
    environ["wsgi.input"] = io.BytesIO(b"{}")
    seen = []
    response = Application()(environ, lambda status, _headers: seen.append(status))
    body = b"".join(response)
    response.close()
    return seen[0], body


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["rot13", "zlib_codec", "latin-1", "utf-16", "nonsense"])
def test_another_charset_is_refused(call, charset):
    """Django would decode the query with it, and fail with some."""
    for path in ("/page/fine", "/api/v1/things"):
        for method in ("GET", "POST"):
            status, _ = through_wsgi(path, f"{FORM}; charset={charset}", method)
            assert status == "400 Bad Request"
    assert through_wsgi("/page/fine", f"{FORM}; charset=UTF-8", "GET")[0] == "200 OK"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header", ["application/json; a*=nocodec'en'b", ";;;", 'x/y; a="', "a" * 9000]
)
def test_headers_that_cannot_be_read(call, header):
    status, body = through_wsgi("/api/v1/things", header)
    assert status == "415 Unsupported Media Type"
    assert json.loads(body)["code"] == "unsupported_media_type"
    assert call("GET", "/api/v1/things", Accept=header).status_code in {200, 406}


@pytest.mark.django_db
def test_too_many_fields_are_refused(call):
    query = "&".join("a=1" for _ in range(1001))
    assert through_wsgi("/api/v1/things", "application/json", "GET", query)[0] == "400 Bad Request"


@pytest.mark.django_db
def test_good_text_in_every_script_passes(call):
    assert call("GET", "/page/fine?q=%F0%9F%98%80+%C3%A9&empty=").status_code == 200
    assert call("POST", "/page/fine", b"q=%E4%B8%AD&r=1%25", kind=FORM).status_code == 200


@pytest.mark.django_db
def test_a_session_cookie_with_nul_is_taken_back(call):
    """Python unquotes octal escapes in cookies: the session table would be asked for a NUL."""
    call.client.cookies["sessionid"] = "x"
    call.client.cookies["sessionid"].set("sessionid", "\x00aaaaaaaa", '"\\000aaaaaaaa"')
    answer = call("GET", "/page/fine")
    assert answer.status_code == 400
    assert answer.cookies["sessionid"]["max-age"] == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("refused", 409, "There is no room."),
        ("invalid", 422, "<li>Worse.</li>"),
        ("forbidden", 403, "This is not yours."),
        ("missing", 404, "There is no such thing."),
    ],
)
def test_a_refusal_is_a_page_that_says_why(call, templates, kind, status, text):
    answer = call("GET", f"/page/{kind}")
    assert answer.status_code == status
    assert text in answer.content.decode()
    assert "<h1>This was not possible</h1>" in answer.content.decode()


@pytest.mark.django_db
def test_htmx_gets_a_fragment(call, templates):
    answer = call("POST", "/page/refused", b"", kind=FORM, **{"HX-Request": "true"})
    assert (answer.status_code, answer["Retry-After"]) == (409, "7")
    assert "There is no room." in answer.content.decode()
    assert "<h1>" not in answer.content.decode()


@pytest.mark.django_db
def test_a_message_is_escaped(templates):
    refused = Refused("bad", "<b>&", faults=[Fault("", "<i>")])
    page = refusal(RequestFactory().get("/"), refused).content.decode()
    assert "&lt;b&gt;&amp;" in page
    assert "&lt;i&gt;" in page


@pytest.mark.django_db
def test_a_fault_of_ours_is_a_page_that_tells_nothing(call):
    answer = call("GET", "/page/boom")
    assert answer.status_code == 500
    assert b"Something went wrong here" in answer.content
    assert b"swordfish" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/page/slow", "/api/v1/trouble/slow"])
def test_a_database_that_cannot_now_is_a_503(call, path, monkeypatch):
    monkeypatch.setitem(urls.TROUBLES, "slow", OperationalError("disk full"))
    answer = call("GET", path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"disk" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/page/fine", "/api/v1/things"])
def test_a_database_that_is_gone_before_the_view_is_a_503_too(call, path, monkeypatch):
    """As when the session or the key is looked up: no view's middleware sees that."""

    def gone(self, request):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(SafeTextMiddleware, "__call__", gone)
    answer = call("GET", path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_api_views_answer_for_themselves():
    request = RequestFactory().get("/api/v1/things")
    middleware = RefusalMiddleware(lambda _: None)
    assert middleware.process_exception(request, Refused("a", "b")) is None
    assert middleware.process_exception(RequestFactory().get("/x"), KeyError("a")) is None


@pytest.mark.parametrize(
    ("handler", "status"), [("bad_request", 400), ("forbidden", 403), ("not_found", 404)]
)
def test_error_handlers_speak_to_programs_and_people(handler, status):
    answer = getattr(pages, handler)(RequestFactory().get("/api/x"), invalid("secret"))
    assert answer.status_code in {status, 422}
    page = getattr(pages, handler)(RequestFactory().get("/x"), Exception("secret"))
    assert page.status_code == status
    assert b"<h1>" in page.content
    assert b"secret" not in page.content


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 10.0.0.7", "10.0.0.7"),
        (2, "6.6.6.6, 10.0.0.7, 10.0.0.8", "10.0.0.7"),
        (2, "10.0.0.8", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_a_callers_address_is_the_one_our_own_proxies_say(settings, proxies, forwarded, address):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    assert address_of(request) == address
