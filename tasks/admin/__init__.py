"""The staff's view of the work: projects and tasks to read, reviews and disputes to decide."""

from tasks.admin import (
    adjudication,
    attention,
    deliveries,
    gold,
    offers,
    pauses,
    projects,
    review,
    rules,
    signs,
    skills,
    suspects,
)

__all__ = [
    "adjudication",
    "attention",
    "deliveries",
    "gold",
    "offers",
    "pauses",
    "projects",
    "review",
    "rules",
    "signs",
    "skills",
    "suspects",
]
