"""Exceptions of the API's own: what DRF has no word for."""

from rest_framework import exceptions, status


class MalformedBody(exceptions.ParseError):
    """The body cannot be read at all: 400."""

    default_code = "malformed"


class TooLarge(exceptions.APIException):
    """The body is larger than the door takes: 413."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit} bytes.")


class LengthRequired(exceptions.APIException):
    """A body of undeclared length would be taken for an empty one: 411."""

    status_code = status.HTTP_411_LENGTH_REQUIRED
    default_code = "length_required"
    default_detail = "Send a Content-Length: bodies of unknown length are not taken."


class BadQuery(exceptions.APIException):
    """A query parameter that cannot be understood: 400."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "bad_query"
