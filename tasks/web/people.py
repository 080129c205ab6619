"""Who is looking: the annotator behind a page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from accounts.models import AnnotatorProfile
from accounts.web.actors import request_actor

Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, AnnotatorProfile, Rest], HttpResponseBase]


def annotator_page(view: View[Rest]) -> Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]:
    """The view gets the signed-in person's annotator profile; who has none is asked to make one."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        actor = request_actor(request)
        annotator = AnnotatorProfile.objects.visible_to(actor).filter(user_id=actor.id).first()
        if annotator is None:
            return redirect("accounts:profile")
        return view(request, annotator, *args, **kwargs)

    return login_required(inner)


def is_fragment(request: HttpRequest) -> bool:
    """The request came from htmx and wants a piece of a page."""
    return bool(getattr(request, "htmx", False))
