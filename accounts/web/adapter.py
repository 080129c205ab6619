"""How allauth's pages behave here."""

import secrets

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.hashers import make_password


class AccountAdapter(DefaultAccountAdapter):
    """Plain allauth: mail goes out through Django's backend, rates are counted in the cache."""

    def send_account_already_exists_mail(self, email: str) -> None:
        """Sign-up with a known address answers as with a new one, in bytes and about in time: it
        hashes a password too.
        """
        make_password(secrets.token_urlsafe())
        super().send_account_already_exists_mail(email)
