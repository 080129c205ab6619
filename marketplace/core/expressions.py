"""`core_now()` as a default of columns; apart from `core.clock`, which imports models."""

from django.db.models import DateTimeField, Func


class Now(Func):
    """The marketplace's present moment, inside a query or as a column's `db_default`."""

    function = "core_now"
    template = "core_now()"
    output_field = DateTimeField()
