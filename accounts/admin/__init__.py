"""The staff's view of people and clients. Rows are read here; changes go through the actions."""

from accounts.admin import credentials, organizations, people, roster

__all__ = ["credentials", "organizations", "people", "roster"]
