"""Durations, sizes and money as people write them."""

import re
from decimal import Decimal
from typing import Final

from trimtab.query.field import Type

DURATIONS: Final = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}
"""Nanoseconds in each unit."""

SIZES: Final = {
    "B": 1,
    "kB": 1000,
    "KiB": 1024,
    "MB": 1000**2,
    "MiB": 1024**2,
    "GB": 1000**3,
    "GiB": 1024**3,
}
"""Bytes in each unit."""

UNITS: Final[dict[Type, dict[str, int]]] = {
    Type.DURATION: DURATIONS,
    Type.SIZE: SIZES,
    Type.MONEY: {"": 1, "usd": 1},
    Type.NUMBER: {"": 1},
    Type.MAP: {"": 1},
}

MAX_PLACES: Final = 12
_LIMIT: Final = {0: Decimal(10) ** 18, MAX_PLACES: Decimal(10) ** 15}
"""By the places that a type has; together they fit the 28 digits of decimal arithmetic."""
_WRITTEN: Final = re.compile(r"(-?)(\$?)(\d{1,40}(?:\.\d{1,40})?)([A-Za-zµ]*)")


class NotAMeasure(ValueError):  # noqa: N818 - says what the text is not
    """The text is not a value of the type; the message says what it should be."""


def read(text: str, kind: Type) -> Decimal:
    """Return what `text` says in the unit of the type.

    Raises:
        NotAMeasure: it cannot be read, has the unit of something else, or is too large or too fine.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None or (match[2] and kind is not Type.MONEY):
        raise NotAMeasure(f"{text!r} is not {_EXPECTED[kind]}")
    units = {unit.lower(): size for unit, size in UNITS[kind].items()}
    size = units.get(match[4].lower().replace("µs", "us"))
    if size is None:
        raise NotAMeasure(f"{text!r} is not {_EXPECTED[kind]}")
    amount = Decimal(match[1] + match[3]) * size
    places = 0 if kind in (Type.DURATION, Type.SIZE) else MAX_PLACES
    if abs(amount) >= _LIMIT[places] or amount != round(amount, places):
        raise NotAMeasure(f"{text!r} is too large or too fine a number")
    return amount.normalize() if amount else Decimal(0)


def write(amount: Decimal, kind: Type) -> str:
    """Return the amount as it is best written, in the largest unit that holds it as a whole."""
    units = UNITS[kind]
    if "" in units:
        return f"{amount:f}"
    whole = int(amount)
    unit = max((unit for unit, size in units.items() if whole % size == 0), key=lambda unit: units[unit])
    if whole == 0:
        unit = "s" if kind is Type.DURATION else "B"
    return f"{whole // units[unit]}{unit}"


_EXPECTED: Final = {
    Type.DURATION: "a duration, such as 250ms, 2s, 1.5m or 1h",
    Type.SIZE: "a size, such as 512B, 10kB or 2MiB",
    Type.MONEY: "an amount of US dollars, such as 0.01 or $0.01",
    Type.NUMBER: "a number, such as 3 or 0.5",
    Type.MAP: "a number, such as 3 or 0.5",
}
