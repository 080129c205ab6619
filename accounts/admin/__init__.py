"""The staff's view of people and clients. Rows are read here; changes go through the actions."""

from accounts.admin import (
    credentials,
    exams,
    ndas,
    organizations,
    people,
    qualifications,
    roster,
    teams,
    walls,
)

__all__ = [
    "credentials",
    "exams",
    "ndas",
    "organizations",
    "people",
    "qualifications",
    "roster",
    "teams",
    "walls",
]
