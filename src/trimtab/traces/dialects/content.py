"""Reading attributes whatever their form: JSON in text, numbered keys, values of the wrong type. Pure."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from trimtab.traces.otlp.value import Attributes

_NUMBERED: Final = re.compile(r"(\d+)\.(.+)")
_MOST_PLACES: Final = 10_000
_MOST_DOLLARS: Final = Decimal(1_000_000)


def text(value: Any) -> str:  # noqa: ANN401 - any attribute
    """Return text as it is, nothing as empty text, and every other value as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json(value)


def json(value: Any) -> str:  # noqa: ANN401 - any attribute
    """Return a value as JSON; bytes in base64."""
    return msgspec.json.encode(value).decode()


def parsed(value: Any) -> Any:  # noqa: ANN401 - any attribute
    """Return what JSON text says, or None when it is none; a value that was sent in structure is returned as it is."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def as_object(value: Any) -> dict[str, Any]:  # noqa: ANN401 - any attribute
    """Return an object, sent in structure or as JSON text; an empty one when it is something else."""
    found = parsed(value)
    return found if isinstance(found, dict) else {}


def as_list(value: Any) -> list[Any]:  # noqa: ANN401 - any attribute
    """Return a list, sent in structure or as JSON text; an empty one when it is something else."""
    found = parsed(value)
    return found if isinstance(found, list) else []


def first_text(attributes: Attributes, *names: str) -> str:
    """Return the first text that is there under one of the names."""
    for name in names:
        if found := attributes.get(name):
            return found if isinstance(found, str) else text(found)
    return ""


def dollars(value: Any) -> Decimal | None:  # noqa: ANN401 - any attribute
    """Return an amount that a sender reported, by its shortest digits; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found <= _MOST_DOLLARS else None


def numbered(attributes: Attributes, prefix: str) -> list[dict[str, Any]]:
    """Return `prefix.<i>.<rest>` as a list of `{rest: value}`, in the order of the numbers; gaps are closed."""
    found: dict[int, dict[str, Any]] = {}
    start = len(prefix) + 1
    for key, value in attributes.items():
        if key.startswith(prefix) and (match := _NUMBERED.fullmatch(key, start)):
            place = int(match[1]) if len(match[1]) < 6 else _MOST_PLACES  # noqa: PLR2004 - digits of the bound
            if place < _MOST_PLACES:
                found.setdefault(place, {})[match[2]] = value
    return [found[place] for place in sorted(found)]


def keys_under(attributes: Attributes, prefixes: Iterable[str]) -> frozenset[str]:
    """Return the names of the attributes that begin with one of the prefixes."""
    starts = tuple(prefixes)
    return frozenset(key for key in attributes if key.startswith(starts))


def seconds_to_ns(value: Any) -> int | None:  # noqa: ANN401 - any attribute
    """Return seconds as nanoseconds, or None when the value is no time."""
    return _to_ns(value, 1e9)


def milliseconds_to_ns(value: Any) -> int | None:  # noqa: ANN401 - any attribute
    """Return milliseconds as nanoseconds, or None when the value is no time."""
    return _to_ns(value, 1e6)


def _to_ns(value: Any, factor: float) -> int | None:  # noqa: ANN401 - any attribute
    try:
        number = float(value) * factor
    except (TypeError, ValueError):
        return None
    return int(number) if 0 <= number < 2**63 else None
