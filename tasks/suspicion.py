"""What becomes of a pair whose answers go together, as data, as in `states.py`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SuspicionState(models.TextChoices):
    """Of two annotators whose answers go together. It waits for a person, and does nothing."""

    WAITING = "waiting", _("Waits for a decision")
    CONFIRMED = "confirmed", _("Confirmed")
    DISMISSED = "dismissed", _("Dismissed")


# A dismissed pair comes back when much more speaks against it.
SUSPICION_MOVES = {
    "waiting": frozenset({"confirmed", "dismissed"}),
    "dismissed": frozenset({"waiting"}),
}
