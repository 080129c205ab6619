"""Forms of the account pages."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class SignUpForm(forms.Form):
    """What sign-up asks besides e-mail and password."""

    name = forms.CharField(label=_("Your name"), max_length=120)

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth with the user it made."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
