"""Shapes of a project's pay rules."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from marketplace.core.api.serializers import StrictSerializer
from payments.pay.terms import (
    FLOORS,
    KILL_BPS,
    MEASURES,
    MINUTES,
    MODELS,
    MULTIPLIERS,
    SHARES,
    TIERS,
    WHOLE,
)

PAY_HELP = (
    "Pay rules beside the price; empty: the price and nothing else. Frozen with each claim "
    "(docs/money.md)."
)


def _whole(bounds: tuple[int, int], description: str) -> dict[str, object]:
    least, most = bounds
    return {"type": "integer", "minimum": least, "maximum": most, "description": description}


def _object(properties: dict[str, object], required: list[str]) -> dict[str, object]:
    shape = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**shape, "required": required} if required else shape


_TIER = _whole(MULTIPLIERS, "Of the price, in basis points.")
_SHAPE = _object(
    {
        "model": {
            "type": "string",
            "enum": list(MODELS),
            "description": (
                "`submission`: `price_minor` for an accepted answer. `hourly`: `price_minor` for "
                "an hour of measured active time."
            ),
        },
        "cap_minutes": _whole(
            MINUTES,
            "The most minutes that count, by the hour or for the floor; by default twice "
            "`expected_minutes`.",
        ),
        "tiers": _object(dict.fromkeys(TIERS, _TIER), []),
        "domains": {
            "type": "object",
            "additionalProperties": _TIER,
            "description": (
                "By domain, for whoever holds a verified credential there or below; of several "
                "the highest."
            ),
        },
        "bonus": _object(
            {
                "measure": {
                    "type": "string",
                    "enum": list(MEASURES),
                    "description": (
                        "`unchanged`: accepted without return or fix. `rubric`: by the reviewer's "
                        "score."
                    ),
                },
                "most_bps": _whole((1, WHOLE), "The full bonus, of the base."),
                "from_percent": _whole((0, 99), "The score at which a rubric's bonus begins."),
            },
            ["measure", "most_bps"],
        ),
        "rush": _object(
            {
                "bps": _whole((1, WHOLE), "Of the base."),
                "until": {
                    "type": "string",
                    "format": "date-time",
                    "description": "For what is claimed and handed in before.",
                },
            },
            ["bps", "until"],
        ),
        "correction_bps": _whole(
            SHARES, "Of the base, for each correction that is handed in; none: unpaid."
        ),
        "kill_bps": _whole(
            SHARES,
            f"Of the expected pay, for a claim that you end; {KILL_BPS} where you name none.",
        ),
        "floor_hourly_minor": _whole(FLOORS, "What an hour of active time brings at least."),
    },
    [],
)


@extend_schema_field(_SHAPE)
class PayField(serializers.JSONField):
    """Pay rules, which the action checks."""


class PriceIn(StrictSerializer):
    """New prices of a project that runs, for claims made from now on; what is left out stays."""

    price_minor = serializers.IntegerField(required=False)
    review_price_minor = serializers.IntegerField(required=False)
    pay = PayField(required=False, help_text=PAY_HELP)
