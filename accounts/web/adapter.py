"""How allauth's pages behave here."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Plain allauth: mail goes out through Django's backend, rates are counted in the cache."""
