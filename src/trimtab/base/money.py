"""Money is exact: US dollars as `Decimal`, with at most twelve places, and never a float.

Twelve places hold a price per token of a millionth of a cent per thousand without loss. An unknown amount is `None`,
which is not zero: it spreads through sums on purpose, so that nothing unpriced hides in a total.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

PLACES = 12
_QUANTUM = Decimal(1).scaleb(-PLACES)

ZERO = Decimal(0)


def usd(amount: Decimal | int | str) -> Decimal:
    """Return `amount` in dollars, rounded half to even at twelve places.

    Raises:
        TypeError: the amount is a float, whose digits are not what was written.
    """
    if isinstance(amount, float):
        raise TypeError(f"money is never a float, found {amount!r}; pass a Decimal, an int or a string")
    return Decimal(amount).quantize(_QUANTUM, rounding=ROUND_HALF_EVEN)


def to_pico(amount: Decimal) -> int:
    """Return dollars as whole picodollars, the form in which SQLite keeps money."""
    return int(usd(amount).scaleb(PLACES))


def from_pico(pico: int) -> Decimal:
    """Return whole picodollars as dollars."""
    return Decimal(pico).scaleb(-PLACES)


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum, or `None` when any amount is unknown."""
    result = ZERO
    for amount in amounts:
        if amount is None:
            return None
        result += amount
    return result


def text(amount: Decimal | None) -> str | None:
    """Return the amount as plain digits without an exponent or trailing zeros, as the API shows it."""
    if amount is None:
        return None
    digits = f"{amount:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
