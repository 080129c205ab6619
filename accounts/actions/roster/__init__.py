"""Staff bring in a list of experts: a CSV, previewed row by row, then applied."""

from accounts.actions.roster.applying import apply, discard
from accounts.actions.roster.previewing import preview

__all__ = ["apply", "discard", "preview"]
