"""A few views of the tests' own, to look at the API's base without any app."""

from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.response import Response

from marketplace.core import audit, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.api.pagination import Cursor
from marketplace.core.api.parsers import NdjsonParser, StrictJSONParser
from marketplace.core.api.permissions import ANY_KEY
from marketplace.core.api.serializers import StrictSerializer
from marketplace.core.api.views import ApiView
from marketplace.core.errors import Fault, NotFound, Refused, invalid
from marketplace.core.files import download
from marketplace.core.health import healthz
from marketplace.core.models import AuditEntry


class Price(StrictSerializer):
    amount_minor = serializers.IntegerField(min_value=1)
    currency = serializers.ChoiceField(["eur", "usd"])


class ThingIn(StrictSerializer):
    name = serializers.CharField(max_length=20)
    loud = serializers.BooleanField(default=False)
    owner = serializers.UUIDField(required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=5), required=False)
    price = Price(required=False)
    rows = Price(many=True, required=False)


class EntryOut(serializers.Serializer):
    id = serializers.IntegerField()
    verb = serializers.CharField()


@dataclass(frozen=True)
class Auth:
    actor: Actor
    scopes: frozenset[str]


class NamedKey(BaseAuthentication):
    """`Authorization: Bearer name scope scope`: the tests say who calls and what the key may do."""

    def authenticate(self, request):
        words = request.META.get("HTTP_AUTHORIZATION", "").split()
        if not words:
            return None
        return object(), Auth(Actor(ActorKind.API_KEY, words[1]), frozenset(words[2:]))

    def authenticate_header(self, _request):
        return 'Bearer realm="tests"'


class TestView(ApiView):
    authentication_classes = [NamedKey]


class Things(TestView):
    """GET lists audit entries, POST writes one and says how many there are."""

    scopes = {"GET": "things:read", "POST": "things:write", "DELETE": ANY_KEY}

    def get(self, _request):
        return Cursor.answer(self, AuditEntry.objects.all(), EntryOut)

    def post(self, request):
        values = ThingIn.read(request)
        audit_in_transaction(values["name"], self.actor)
        return Response({"entries": AuditEntry.objects.count(), "said": values}, status=201)

    def delete(self, _request):
        return Response(status=204)

    def patch(self, _request):
        raise AssertionError("a method without a scope is never reached")


def audit_in_transaction(name, by):

    with transaction.atomic():
        audit.record("made", f"thing:{name}", by=by)


class Lines(TestView):
    """POST counts what came, line by line."""

    scopes = {"POST": "things:write"}
    parser_classes = [StrictJSONParser, NdjsonParser]

    def post(self, request):
        if request.content_type == "application/json":
            return Response({"json": request.data})
        lines = [
            {"number": x.number, "value": x.value, "fault": x.fault and x.fault.detail}
            for x in request.data
        ]
        return Response({"lines": lines})


class Trouble(TestView):
    """POST writes, then fails in the way that the path names."""

    scopes = {"GET": ANY_KEY, "POST": ANY_KEY}

    def post(self, _request, kind):
        audit_in_transaction(kind, self.actor)
        raise TROUBLES[kind]

    def get(self, _request, kind):
        raise TROUBLES[kind]


TROUBLES = {
    "refused": Refused("full", "There is no room.", retry_after=7),
    "invalid": invalid("Two things are wrong.", [Fault("/a~1b", "Bad."), Fault("/c/0", "Worse.")]),
    "forbidden": Refused("not_yours", "This is not yours.", status=403),
    "missing": NotFound("thing"),
    "boom": RuntimeError("the password is swordfish"),
}


def page(request: HttpRequest, kind: str) -> HttpResponse:
    """A web page that fails."""
    if kind == "fine":
        return HttpResponse("fine")
    if kind == "promise":
        with transaction.atomic():
            outbox.enqueue("core.echo", word="a")
        return HttpResponse("promised")
    raise TROUBLES[kind]


urlpatterns = [
    path("api/v1/things", Things.as_view()),
    path("api/v1/lines", Lines.as_view()),
    path("api/v1/trouble/<str:kind>", Trouble.as_view()),
    path("page/<str:kind>", page),
    path("files/<str:token>/", download, name="core_file"),
    path("healthz", healthz),
    path("sign-in", page, {"kind": "fine"}, name="account_login"),
]
handler400 = "marketplace.core.pages.bad_request"
handler403 = "marketplace.core.pages.forbidden"
handler404 = "marketplace.core.pages.not_found"
handler500 = "marketplace.core.pages.server_error"
