"""Money: whole minor units and a currency; never a float, never two currencies in one sum."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_CODE = 3  # letters of an ISO 4217 code
_AMOUNT = re.compile(r"(?P<whole>[0-9]{1,3}(,[0-9]{3})+|[0-9]{1,12})(\.(?P<rest>[0-9]+))?")


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units (cents; yen for jpy) of the ISO 4217 `currency`, in lower case."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse fractions and unknown shapes: a wrong Money is a bug, not bad input."""
        if type(self.minor) is not int:
            raise TypeError("Money is counted in whole minor units.")
        if len(self.currency) != _CODE or self.currency != self.currency.lower():
            raise ValueError("A currency is three lower-case letters.")

    def __add__(self, other: "Money") -> "Money":
        """The sum; refuses another currency."""
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """The difference; refuses another currency."""
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        """The same amount, the other way."""
        return Money(-self.minor, self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"Cannot mix {self.currency} and {other.currency}.")


def read(text: str, exponent: int) -> int | None:
    """What a person wrote, in minor units: `1,234.5` with exponent 2 is 123450; None for no amount.

    A point stands before the decimals, commas between thousands only, and there are no more
    decimals than `exponent`. Other ways to write (`1 234,50`, `1.234`) could mean two amounts.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or len(found["rest"] or "") > exponent:
        return None
    return int(found["whole"].replace(",", "") + (found["rest"] or "").ljust(exponent, "0"))


def write(minor: int, exponent: int) -> str:
    """An amount for people, without its currency: 123450 with exponent 2 is `1,234.50`."""
    whole, rest = divmod(abs(minor), 10**exponent)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:0{exponent}d}" if exponent else "")


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts of one currency; zero for none."""
    result = Money(0, currency)
    for amount in amounts:
        result += amount
    return result


def fee(price_minor: int, bps: int) -> int:
    """The platform's fee on top of a price: floor(price * bps / 10 000), in minor units.

    The fraction lost by the floor stays with the client; the annotator always gets the whole price.
    """
    if price_minor < 0 or bps < 0:
        raise ValueError("Prices and fees are not negative.")
    return price_minor * bps // 10_000


def split(minor: int, weights: Sequence[int]) -> list[int]:
    """Parts of `minor` in proportion to `weights`, by the largest remainder: they sum to the whole.

    Ties go to the earlier part. Refuses negative amounts and weights that sum to zero.
    """
    whole = sum(weights)
    if minor < 0 or whole <= 0 or any(w < 0 for w in weights):
        raise ValueError("A split needs a positive whole and weights.")
    parts = [minor * w // whole for w in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(minor * weights[i] % whole), i))
    for i in order[: minor - sum(parts)]:
        parts[i] += 1
    return parts
