"""Who acts on a page."""

from django.http import HttpRequest

from accounts.models import AnnotatorProfile
from accounts.selectors import actors
from marketplace.core.actors import Actor


def request_actor(request: HttpRequest) -> Actor:
    """The signed-in person of a page; refuses (403) who is not signed in."""
    return actors.of_user(request.user)


def annotator_of(request: HttpRequest) -> AnnotatorProfile | None:
    """The annotator profile of whoever is signed in; None for those who have none."""
    actor = request_actor(request)
    return AnnotatorProfile.objects.visible_to(actor).filter(user_id=actor.id).first()
