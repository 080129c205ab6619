"""What an endpoint takes: a table of checks for each parameter, in Stripe's refusal codes.

A check gets the parameter's full name and its raw value (text from a form, or JSON) and returns the
clean value. What is not in the table is refused: a caller who relies on a parameter that the local
Stripe does not know must hear of it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from payments.devstripe.clock import read_stamp
from payments.devstripe.constants import CURRENCIES, Json
from payments.devstripe.errors import BadParameter

Check = Callable[[str, Any], Any]
INTEGER = re.compile(r"-?[0-9]{1,15}$")
METADATA_KEYS, METADATA_NAME, METADATA_VALUE = 50, 40, 500


@dataclass(frozen=True)
class Field:
    """One parameter: how it is checked and whether it must be there."""

    check: Check
    required: bool = False
    clears: bool = False


Spec = dict[str, Field]


def need(check: Check) -> Field:
    """A parameter that must be there and not be empty."""
    return Field(check, required=True)


def may(check: Check) -> Field:
    """A parameter that may be left out."""
    return Field(check)


def clear(check: Check) -> Field:
    """A parameter that may be left out, and cleared by an empty text."""
    return Field(check, clears=True)


def read(spec: Spec, raw: Json, inside: str = "") -> Json:
    """The clean parameters. Raises BadParameter on the first that is unknown, missing or wrong."""

    def name(key: str) -> str:
        return f"{inside}[{key}]" if inside else key

    for key in raw:
        if key not in spec:
            message = f"Received unknown parameter: {name(key)}"
            raise BadParameter("parameter_unknown", message, name(key))
    clean: Json = {}
    for key, field in spec.items():
        value = raw.get(key)
        if value == "" and field.clears:
            clean[key] = None
            continue
        if value is None or (value == "" and not field.required):
            if field.required:
                message = f"Missing required param: {name(key)}."
                raise BadParameter("parameter_missing", message, name(key))
            continue
        clean[key] = field.check(name(key), value)
    return clean


def text(limit: int = 5000) -> Check:
    """Text of at most `limit` characters, not empty."""

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise BadParameter("parameter_invalid_string", f"Invalid string: {name}", name)
        if not value:
            message = f"You passed an empty string for '{name}'."
            raise BadParameter("parameter_invalid_empty", message, name)
        if len(value) > limit:
            message = f"Invalid {name}: at most {limit} characters."
            raise BadParameter("parameter_invalid", message, name)
        return value

    return check


def one_of(*choices: str) -> Check:
    """One of the named values."""

    def check(name: str, value: Any) -> str:
        if value not in choices:
            message = f"Invalid {name}: must be one of {', '.join(choices)}"
            raise BadParameter("parameter_invalid", message, name)
        return str(value)

    return check


def integer(minimum: int = 1, maximum: int = 10**14) -> Check:
    """A whole number within bounds, as digits or as a JSON number."""

    def check(name: str, value: Any) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole and not (isinstance(value, str) and INTEGER.match(value)):
            raise BadParameter("parameter_invalid_integer", f"Invalid integer: {value}", name)
        number = int(value)
        if number < minimum or number > maximum:
            kind = "positive integer" if minimum == 1 and number < 1 else "integer"
            raise BadParameter("parameter_invalid_integer", f"Invalid {kind}: {value}", name)
        return number

    return check


def flag(name: str, value: Any) -> bool:
    """true or false."""
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise BadParameter("parameter_invalid", f"Invalid boolean: {value}", name)


def currency(name: str, value: Any) -> str:
    """A currency the local Stripe takes, in lower case."""
    code = str(value).lower()
    if code not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        message = f"Invalid currency: {value}. Stripe currently supports these currencies: {known}"
        raise BadParameter("parameter_invalid", message, name)
    return code


def url(name: str, value: Any) -> str:
    """An http or https address."""
    address = str(text(5000)(name, value))
    if not re.match(r"https?://[^\s/?#]+\S*$", address):
        raise BadParameter("url_invalid", "Not a valid URL", name)
    return address


def metadata(name: str, value: Any) -> dict[str, str]:
    """At most 50 pairs, names to 40 and values to 500 characters (docs.stripe.com/api/metadata)."""
    if not isinstance(value, dict) or len(value) > METADATA_KEYS:
        raise BadParameter("parameter_invalid", "Metadata can have up to 50 keys.", name)
    for key, entry in value.items():
        if len(key) > METADATA_NAME or not isinstance(entry, str) or len(entry) > METADATA_VALUE:
            message = "Metadata keys have at most 40 characters, values are text of at most 500."
            raise BadParameter("parameter_invalid", message, f"{name}[{key}]")
    return {key: entry for key, entry in value.items() if entry}


def many(check: Check, limit: int = 100) -> Check:
    """A list, each entry checked."""

    def run(name: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise BadParameter("parameter_invalid", f"Invalid array: {name}", name)
        if not 1 <= len(value) <= limit:
            message = f"{name} takes 1 to {limit} entries."
            raise BadParameter("parameter_invalid", message, name)
        return [check(f"{name}[{at}]", entry) for at, entry in enumerate(value)]

    return run


def group(spec: Spec) -> Check:
    """An object with parameters of its own."""

    def check(name: str, value: Any) -> Json:
        if not isinstance(value, dict):
            raise BadParameter("parameter_invalid", f"Invalid object: {name}", name)
        return read(spec, value, name)

    return check


RANGE: Spec = {key: may(integer(0)) for key in ("gt", "gte", "lt", "lte")}


def moment(name: str, value: Any) -> Json:
    """A point in time, or a range with gt, gte, lt, lte; always returned as a range."""
    if isinstance(value, dict):
        return read(RANGE, value, name)
    at = integer(0)(name, value)
    return {"gte": at, "lte": at}


def stamp(name: str, value: Any) -> int:
    """An RFC 3339 time stamp of the v2 API, returned as seconds since 1970."""
    try:
        return read_stamp(str(value))
    except ValueError as error:
        raise BadParameter("invalid_timestamp", f"{name} is not a time stamp.", name) from error


STAMPS: Spec = {key: may(stamp) for key in ("gt", "gte", "lt", "lte")}
