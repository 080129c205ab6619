"""What one piece of work has earned."""

from payments.models import Earning


def of(holder: str) -> Earning | None:
    """The earning of a holder (`assignment:<id>`, `review:<id>`), or none yet."""
    return Earning.objects.filter(source=holder).first()
