"""What a prompt's variables are, and what values they accept.

Values come from code, from JSON, or from the `metadata` of an OpenAI call, where everything is a string. So a string is
read as the declared type where that has one meaning: "3" is an integer, "true" a boolean, "[1]" an array. Nothing is
ever guessed beyond that.
"""

import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, Protocol, cast

import msgspec

from trimtab.base.errors import InvalidTemplate

MAX_VARIABLES: Final = 200
MAX_VALUE_CHARS: Final = 2_000_000
"""Characters of text in one value."""
MAX_VALUE_NODES: Final = 50_000
"""Elements and entries in all arrays and objects of one value together."""
MAX_DEFAULT_BYTES: Final = 400_000
"""Of all defaults of one version together."""
MAX_DEPTH: Final = 32

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_RESERVED = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "for", "true", "false", "none", "True", "False", "None"}
    | {"loop", "range", "self", "super", "set", "recursive"}
)
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_BOUND = 2**63


class VariableType(StrEnum):
    """The types of JSON."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ARRAY = "array"
    OBJECT = "object"


class Declared(Protocol):
    """A variable as a version of a prompt declares it, wherever that is kept."""

    @property
    def name(self) -> str:
        """What the template calls it."""
        ...

    @property
    def type(self) -> str:
        """One of `VariableType`."""
        ...

    @property
    def required(self) -> bool:
        """Whether a call must send it; one with a default need not."""
        ...

    @property
    def default(self) -> bytes | None:
        """The default as JSON text, or None when there is none."""
        ...


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """One variable of a version. The `default` is JSON text; None means that there is none."""

    name: str
    type: str = VariableType.STRING
    required: bool = True
    default: bytes | None = None
    description: str = ""


class Binder:
    """Turns the values of a call into those that a template is rendered with."""

    def __init__(self, variables: Sequence[Declared]) -> None:
        """Check the declarations.

        Raises:
            InvalidTemplate: a name, a type or a default cannot be used, or a name comes twice.
        """
        if len(variables) > MAX_VARIABLES:
            raise InvalidTemplate(f"there are {len(variables)} variables; at most {MAX_VARIABLES} are allowed")
        size = sum(len(variable.default or b"") for variable in variables)
        if size > MAX_DEFAULT_BYTES:
            raise InvalidTemplate(f"the defaults have {size} bytes; at most {MAX_DEFAULT_BYTES} are allowed")
        self._types: dict[str, VariableType] = {}
        self._fallbacks: dict[str, object] = {}
        self._required: list[str] = []
        for variable in variables:
            self._declare(variable)
        self.names = frozenset(self._types)

    def _declare(self, variable: Declared) -> None:
        name = variable.name
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise InvalidTemplate(
                f"{name!r} cannot name a variable",
                hint="Use up to 64 letters, digits and _, not starting with a digit, and no word of the language.",
            )
        if name in self._types:
            raise InvalidTemplate(f"variable {name!r} is declared twice", hint="Remove one of the two.")
        try:
            kind = VariableType(variable.type)
        except ValueError:
            known = ", ".join(VariableType)
            raise InvalidTemplate(f"variable {name!r} has the type {variable.type!r}; known types: {known}") from None
        self._types[name] = kind
        if variable.default is not None:
            self._fallbacks[name] = coerce(name, kind, _parse_default(name, variable.default))
        elif variable.required:
            self._required.append(name)
        else:
            self._fallbacks[name] = None

    def bind(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return a value for every declared variable; an optional one without a value or a default is None.

        Raises:
            InvalidTemplate: a value is missing, unknown, of the wrong type or too large.
        """
        self._refuse_unknown(values)
        bound = self._fallbacks.copy()
        for name, value in values.items():
            bound[name] = coerce(name, self._types[name], value)
        if any(name not in bound for name in self._required):
            raise self._missing(bound)
        return bound

    def _refuse_unknown(self, values: Mapping[str, object]) -> None:
        if values.keys() <= self.names:
            return
        name = next(name for name in values if name not in self.names)
        raise InvalidTemplate(
            f"there is no variable {str(name)!r}; declared: {listed(self.names)}",
            hint=did_you_mean(str(name), self.names) or "Remove the value, or declare the variable.",
            code="unknown_variable",
        )

    def _missing(self, bound: Mapping[str, object]) -> InvalidTemplate:
        missing = [name for name in self._required if name not in bound]
        noun = "variable" if len(missing) == 1 else "variables"
        return InvalidTemplate(
            f"no value for the required {noun} {listed(missing)}",
            hint="Send a value for each, or declare a default.",
            code="missing_variable",
        )


def coerce(name: str, kind: VariableType, value: object) -> object:
    """Return the value as the declared type; see the top of the file for what a string may stand for.

    Raises:
        InvalidTemplate: the value is of another type, or larger than allowed.
    """
    if type(value) is str and kind is VariableType.STRING and value.isascii() and len(value) <= MAX_VALUE_CHARS:
        return value
    if isinstance(value, str) and kind is not VariableType.STRING:
        value = _read(name, kind, value)
    if not _fits(kind, value):
        raise _wrong_type(name, kind, value)
    _measure(name, value)
    return value


def _fits(kind: VariableType, value: object) -> bool:
    match kind:
        case VariableType.STRING:
            return isinstance(value, str)
        case VariableType.BOOLEAN:
            return isinstance(value, bool)
        case VariableType.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool) and -_BOUND <= value < _BOUND
        case VariableType.NUMBER:
            return _is_number(value)
        case VariableType.ARRAY:
            return isinstance(value, list | tuple)
        case VariableType.OBJECT:
            return isinstance(value, dict)


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -_BOUND <= value < _BOUND if isinstance(value, int) else math.isfinite(value)


def _read(name: str, kind: VariableType, text: str) -> object:
    """Read a string as the declared type."""
    stripped = text.strip()
    if kind is VariableType.INTEGER:
        if _INTEGER.fullmatch(stripped):
            return int(stripped)
        raise _wrong_type(name, kind, text)
    if kind is VariableType.BOOLEAN:
        if stripped.lower() in {"true", "false"}:
            return stripped.lower() == "true"
        raise _wrong_type(name, kind, text)
    if len(text) > MAX_VALUE_CHARS:
        raise InvalidTemplate(
            f"the value of {name!r} has {len(text)} characters; at most {MAX_VALUE_CHARS} are allowed"
        )
    try:
        return cast("object", json.loads(stripped))
    except (ValueError, RecursionError):
        raise _wrong_type(name, kind, text) from None


def _measure(name: str, value: object) -> None:
    """Walk the value without recursion; refuse what JSON has not, and what is too large or too deep."""
    chars = nodes = 0
    todo: list[tuple[object, int]] = [(value, 0)]
    while todo:
        item, depth = todo.pop()
        if isinstance(item, str):
            chars += len(item)
            _check_text(name, item)
        elif isinstance(item, list | tuple):
            nodes += len(item)
            todo.extend((child, depth + 1) for child in item[: MAX_VALUE_NODES + 1])
        elif isinstance(item, dict):
            nodes += len(item)
            todo.extend((child, depth + 1) for child in _entries(name, item))
        elif not (item is None or isinstance(item, bool) or _is_number(item)):
            raise InvalidTemplate(f"the value of {name!r} holds a {type(item).__name__}, which is not a JSON value")
        if chars > MAX_VALUE_CHARS or nodes > MAX_VALUE_NODES or depth > MAX_DEPTH:
            raise InvalidTemplate(
                f"the value of {name!r} is too large",
                hint=f"At most {MAX_VALUE_CHARS} characters, {MAX_VALUE_NODES} elements and {MAX_DEPTH} levels.",
            )


def _check_text(name: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidTemplate(
            f"the value of {name!r} holds half of a surrogate pair, which is not text",
            hint="Send whole characters: the text was cut inside one, or decoded with 'surrogateescape'.",
        ) from None


def _entries(name: str, item: dict[object, object]) -> Iterable[object]:
    for key, child in item.items():
        if not isinstance(key, str):
            raise InvalidTemplate(f"the value of {name!r} has the key {key!r}; keys of an object are strings")
        yield key
        yield child


def _parse_default(name: str, default: bytes) -> object:
    try:
        return cast("object", json.loads(default))
    except (ValueError, RecursionError):
        raise InvalidTemplate(
            f"the default of {name!r} is not JSON: {shown(default.decode(errors='replace'))}"
        ) from None


def _wrong_type(name: str, kind: VariableType, value: object) -> InvalidTemplate:
    article = "an" if kind in {VariableType.INTEGER, VariableType.ARRAY, VariableType.OBJECT} else "a"
    return InvalidTemplate(
        f"variable {name!r} takes {article} {kind.value}, found {type(value).__name__} {shown(value)}",
        hint="Send the value as the declared type, or as a string that spells it.",
        code="wrong_variable_type",
    )


def shown(value: object) -> str:
    """Return the value as short text for a message."""
    if isinstance(value, str):
        text = repr(value[:60])
    elif isinstance(value, bool | int | float | None):
        text = str(value) if not isinstance(value, int) or abs(value) < _BOUND else "beyond 64 bits"
    else:
        return ""
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 - the length of the line above


def listed(names: Iterable[str]) -> str:
    """Return the names for a message, at most twenty of them."""
    ordered = sorted(names)
    return ", ".join(ordered[:20]) + (", ..." if len(ordered) > 20 else "") if ordered else "none"  # noqa: PLR2004


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a hint that names what the caller may have meant, or an empty string."""
    near = difflib.get_close_matches(name[:64], sorted(names), n=3)
    return f"Did you mean {' or '.join(repr(each) for each in near)}?" if near else ""
