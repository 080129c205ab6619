"""Staff: the first is made on the machine, every other by a superuser at the desk."""

import uuid

from django.contrib.auth.models import Permission
from django.db import transaction

from accounts.actions import addresses
from accounts.actions.guards import administrators_only
from accounts.models import AnnotatorProfile, User
from marketplace.core import audit, outbox
from marketplace.core.actors import Actor, ActorKind
from marketplace.core.errors import Fault, NotFound, Refused, invalid

MONEY = "payments"  # the app whose permissions are given together


def bootstrap(*, email: str, password: str, by: Actor) -> User:
    """The first staff account, a superuser. Refuses once there is one, and anybody but an operator.

    The caller has checked the password's strength; the second factor is set up at first sign-in.
    """
    if by.kind is not ActorKind.COMMAND:
        raise Refused("operators_only", "This is done on the machine.", status=403)
    with transaction.atomic():
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            raise Refused("already_done", "There is an administrator: sign in at /admin/.")
        if User.objects.filter(email=email.strip().lower()).exists():
            raise invalid("This address has an account.", [Fault("/email", "Choose another.")])
        user = User.objects.create_user(email, password, is_staff=True, is_superuser=True)
        addresses.add_verified(user=user)
        audit.record("bootstrap_admin", user, by=by)
    return user


def appoint(*, user_id: uuid.UUID, by: Actor) -> User:
    """A superuser makes somebody a member of staff; they set up a second factor before anything."""
    return _set(user_id, by, is_staff=True)


def promote(*, user_id: uuid.UUID, by: Actor) -> User:
    """A superuser makes somebody another superuser, so that no one person is the only key."""
    return _set(user_id, by, is_staff=True, is_superuser=True)


def dismiss(*, user_id: uuid.UUID, by: Actor) -> User:
    """A superuser ends somebody's work as staff; refuses to do so to oneself."""
    if by.id == str(user_id):
        raise Refused("not_oneself", "Another administrator has to do this.", status=403)
    return _set(user_id, by, is_staff=False)


def close(*, user_id: uuid.UUID, reason: str, by: Actor) -> User:
    """A superuser locks somebody out; rows and money stay. Sessions end at their next request."""
    if by.id == str(user_id):
        raise Refused("not_oneself", "Another administrator has to do this.", status=403)
    if not reason.strip():
        raise invalid("Say why.", [Fault("/reason", "A reason is required.")])
    return _set(user_id, by, reason=reason, is_active=False)


def reopen(*, user_id: uuid.UUID, reason: str, by: Actor) -> User:
    """A superuser lets somebody in again."""
    return _set(user_id, by, reason=reason, is_active=True)


def entrust(*, user_id: uuid.UUID, by: Actor) -> User:
    """A superuser lets a member of staff see the books and decide about money (`not_staff`: refused
    for whoever is none). What needs two people still needs two.
    """
    with transaction.atomic():
        user = _held(user_id, by)
        if not user.is_staff:
            raise Refused("not_staff", "Make this person a member of staff first.")
        _money(user, by, given=True)
    return user


def relieve(*, user_id: uuid.UUID, by: Actor) -> User:
    """A superuser ends that."""
    with transaction.atomic():
        user = _held(user_id, by)
        _money(user, by, given=False)
    return user


def has_money(user: User) -> bool:
    """Whether the books were given to them by name; a superuser has them anyway."""
    return user.user_permissions.filter(content_type__app_label=MONEY).exists()


def _money(user: User, by: Actor, *, given: bool) -> None:
    """All permissions of money, or none: also those made since somebody was entrusted."""
    rights = Permission.objects.filter(content_type__app_label=MONEY)
    held = rights.filter(user=user)
    changed = list(rights.difference(held) if given else held)
    if not changed:
        return
    change = user.user_permissions.add if given else user.user_permissions.remove
    change(*changed)
    audit.record("entrusted_money" if given else "relieved_of_money", user, by=by)


def _tell_matching(user: User) -> None:
    """Whoever is locked out gets no work, and whoever is let in again may."""
    profiles = AnnotatorProfile.objects.filter(user=user).values_list("pk", flat=True)
    for pk in profiles:
        outbox.emit("accounts.annotator_changed", annotator_id=str(pk))


def _held(user_id: uuid.UUID, by: Actor) -> User:
    """The user under its lock, for a superuser."""
    administrators_only(by)
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise NotFound("person")
    return user


def _set(user_id: uuid.UUID, by: Actor, reason: str = "", **flags: bool) -> User:
    """Change one flag of one user; asking for what is so already changes nothing."""
    with transaction.atomic():
        user = _held(user_id, by)
        changed = {name: value for name, value in flags.items() if getattr(user, name) != value}
        for name, value in changed.items():
            setattr(user, name, value)
        if changed.get("is_staff") is False:
            user.is_superuser = False
            _money(user, by, given=False)
        if changed:
            user.save(update_fields={"is_superuser", *changed})
            audit.record("change_user", user, by=by, reason=reason.strip(), **changed)
        if "is_active" in changed:
            _tell_matching(user)
    return user
