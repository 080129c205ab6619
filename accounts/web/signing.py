"""Sign-up where two requests for one address meet: the second is answered as for a known one."""

from allauth.account.forms import SignupForm
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

Outcome = tuple[AbstractBaseUser | None, HttpResponse | None]


class MeetingSignUpForm(SignupForm):
    """allauth's form, which looks for the address first and may find it taken a moment later."""

    account_already_exists: bool

    def try_save(self, request: HttpRequest) -> Outcome:
        """The new user, or the answer that a known address gets (its owner is told by mail)."""
        if not self.account_already_exists:
            try:
                with transaction.atomic():
                    made: Outcome = super().try_save(request)
                    return made
            except IntegrityError:
                self.account_already_exists = True
        answered: Outcome = super().try_save(request)
        return answered
