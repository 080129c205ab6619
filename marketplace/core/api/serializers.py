"""Serializers that take what is documented and nothing else: no unknown field, no coerced type."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

_NOT_AN_OBJECT = {"non_field_errors": ["Must be a JSON object."]}
BIGGEST = 2**63 - 1  # a bigint column
_TYPES: tuple[
    tuple[type[serializers.Field[Any, Any, Any, Any]], type | tuple[type, ...], str], ...
] = (
    (serializers.BooleanField, bool, "Must be true or false."),
    (serializers.IntegerField, int, "Must be a whole number."),
    (serializers.FloatField, (int, float), "Must be a number."),
    (serializers.CharField, str, "Must be a text."),
    (serializers.UUIDField, str, "Must be a text."),
    (serializers.DateTimeField, str, "Must be a text."),
    (serializers.DateField, str, "Must be a text."),
)


def mistyped(field: Any, value: Any) -> Any:
    """What is wrong with the JSON type of `value` for `field`: a list of sentences or a dict by
    index; or None.
    """
    if value is None:
        return None
    if isinstance(field, serializers.ListField):
        return _mistyped_items(field.child, value) if isinstance(value, list) else None
    if isinstance(field, serializers.ChoiceField):
        return _mistyped_choice(field, value)
    for kind, wanted, sentence in _TYPES:
        if isinstance(field, kind):
            return _mistyped_scalar(value, wanted, sentence)
    return None


def _mistyped_scalar(
    value: Any, wanted: type | tuple[type, ...], sentence: str
) -> list[str] | None:
    if isinstance(value, bool) is not (wanted is bool) or not isinstance(value, wanted):
        return [sentence]
    if isinstance(value, int) and abs(value) > BIGGEST:
        return [f"The number is too large: the largest that can be kept is {BIGGEST}."]
    return None


def _mistyped_choice(field: Any, value: Any) -> list[str] | None:
    """A choice that is not among the choices is DRF's to report; a number that looks like one is
    ours.
    """
    if isinstance(field, serializers.MultipleChoiceField) or isinstance(value, dict | list):
        return None
    same = {choice for choice in field.choices if str(choice) == str(value)}
    return ["Must be one of the documented values."] if same and value not in same else None


def _mistyped_items(child: Any, values: list[Any]) -> dict[int, Any] | None:
    found = {i: fault for i, value in enumerate(values) if (fault := mistyped(child, value))}
    return found or None


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields and wrong JSON types with their pointers: "5" is no integer, true is
    not 1.
    """

    def to_internal_value(self, data: Any) -> Any:
        """The checked values; every fault of the input at once."""
        if not isinstance(data, Mapping):
            raise serializers.ValidationError(_NOT_AN_OBJECT)
        strict = self._strict_faults(data)
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            faults = error.detail if isinstance(error.detail, dict) else {}
            raise serializers.ValidationError({**faults, **strict}) from None
        if strict:
            raise serializers.ValidationError(strict)
        return values

    def _strict_faults(self, data: Mapping[Any, Any]) -> dict[str, Any]:
        fields = {name: field for name, field in self.fields.items() if not field.read_only}
        faults: dict[str, Any] = {
            str(name): ["There is no such field."] for name in data if name not in fields
        }
        for name, field in fields.items():
            if name in data and (fault := mistyped(field, data[name])):
                faults[name] = fault
        return faults

    @classmethod
    def read(cls, request: Request, *, partial: bool = False, many: bool = False) -> Any:
        """The checked values of the request's body; refuses with 422 and pointers.

        With `partial`, missing fields are left out; with `many`, the body is a list of objects.
        """
        serializer = cls(data=request.data, partial=partial, many=many)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data
