"""What may come next where somebody is typing. The grammar itself is asked, so that it cannot offer what it refuses."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from trimtab.base.errors import InvalidQuery
from trimtab.query.expression import Ref
from trimtab.query.field import BARE, BY_NAME, FIELDS, OPERATORS, Op, Type
from trimtab.query.measure import UNITS
from trimtab.query.parse import Parser, Reached
from trimtab.query.scan import Kind, Token, quote, scan

MOST_OPTIONS: Final = 100

_WORD: Final = re.compile(r"[\w.\-/:@$]*$")
_OPEN_STRING: Final = re.compile(r"\"(?:[^\"\\]|\\.)*$|'(?:[^'\\]|\\.)*$", re.DOTALL)
_STRINGS: Final = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.DOTALL)

_OPERATOR_WORDS: Final = {
    Op.EQ: "is",
    Op.NE: "is not",
    Op.LT: "less than",
    Op.LE: "at most",
    Op.GT: "more than",
    Op.GE: "at least",
    Op.LIKE: "holds, with * for anything",
    Op.CONTAINS: "holds the text",
}
_EXAMPLES: Final = {
    Type.DURATION: ("500ms", "2s", "30s", "1m"),
    Type.MONEY: ("0.001", "0.01", "0.1", "1"),
    Type.SIZE: ("1kB", "10kB", "1MB"),
    Type.NUMBER: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A text that may stand where the cursor is."""

    text: str
    kind: Literal["field", "operator", "value", "joint", "key"]
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """The options for the piece of text from `start` up to the cursor."""

    start: int
    options: tuple[Option, ...] = ()
    values_of: Ref | None = None
    """The field whose values in use, or the map whose keys, would be options as well; a store knows them."""
    typed: str = ""
    """What stands there already, without its opening quote."""


def complete(text: str, cursor: int) -> Completion:
    """Return what may come at the cursor; nothing when the text before it cannot be read."""
    before = text[:cursor]
    # Complete strings are taken out of sight, so that a quote which is left opens the string that is being typed.
    opened = _OPEN_STRING.search(_STRINGS.sub(lambda match: "_" * len(match[0]), before))
    partial = opened or _WORD.search(before)
    start = partial.start() if partial else len(before)
    typed = before[start:]
    try:
        tokens = scan(before[:start])
        tokens[-1] = Token(Kind.CURSOR, typed, start, cursor)
        Parser([*tokens, Token(Kind.END, "", cursor, cursor)]).query()
    except Reached as reached:
        word = typed[1:] if opened else typed
        found = _options(reached)
        if opened:
            found = [option for option in found if option.kind in ("value", "key")]
        fitting = tuple(
            sorted((option for option in found if _fits(option.text, word)), key=lambda option: _rank(option, word))
        )
        wanted = reached.ref if reached.what in ("value", "key") else None
        return Completion(start=start, options=fitting[:MOST_OPTIONS], values_of=wanted, typed=word)
    except InvalidQuery:
        pass
    return Completion(start=start)


def value_option(ref: Ref, value: str, *, about: str = "") -> Option:
    """Return a value in use, or a key of a map, as an option."""
    if ref.field.type is Type.MAP and ref.key is None:
        return Option(text=f"{quote(value)}]", kind="key", about=about)
    return Option(text=quote(value), kind="value", about=about)


def _rank(option: Option, typed: str) -> bool:
    """Return what puts the options that begin with the text first, each half in its own order."""
    return not option.text.lower().startswith(typed.lower())


def _fits(option: str, typed: str) -> bool:
    return typed.lower() in option.lower()


def _options(reached: Reached) -> list[Option]:
    match reached.what:
        case "condition":
            return _conditions(within_span=reached.within_span)
        case "joint":
            return [Option(text="and", kind="joint"), Option(text="or", kind="joint")]
        case "operator" if reached.ref is not None:
            return _operators(reached.ref)
        case "value" if reached.ref is not None:
            return _values(reached.ref)
        case "order":
            return [
                Option(text="after span(", kind="joint", about="the first starts when the second has ended"),
                Option(text="before span(", kind="joint", about="the first has ended when the second starts"),
            ]
        case "span":
            return [Option(text="span(", kind="joint")]
        case "in":
            return [Option(text="in (", kind="operator")]
        case _:
            return []


def _conditions(*, within_span: bool) -> list[Option]:
    fields = [
        Option(text=f"{field.name}[" if field.type is Type.MAP else field.name, kind="field", about=field.about)
        for field in FIELDS
    ]
    bare = [
        Option(text=word, kind="value", about=f"{field.name} = {word}")
        for word, field in BARE.items()
        if word not in BY_NAME
    ]
    nested = [
        Option(text="has span(", kind="joint", about="another span of the trace fits"),
        Option(text="span(", kind="joint", about="a span after or before another"),
    ]
    return [
        *fields,
        *bare,
        Option(text="not", kind="joint", about="what follows does not hold"),
        *([] if within_span else nested),
    ]


def _operators(ref: Ref) -> list[Option]:
    offered = [Option(text=op.value, kind="operator", about=_OPERATOR_WORDS[op]) for op in OPERATORS[ref.field.type]]
    if Op.EQ in OPERATORS[ref.field.type] and ref.field.type is not Type.TRUTH:
        offered.append(Option(text="in (", kind="operator", about="is one of"))
        offered.append(Option(text="not in (", kind="operator", about="is none of"))
    return [*offered, Option(text="exists", kind="operator", about="is there at all")]


def _values(ref: Ref) -> list[Option]:
    field = BY_NAME[ref.name]
    if field.type is Type.TRUTH:
        return [Option(text="true", kind="value"), Option(text="false", kind="value")]
    if field.type is Type.CHOICE:
        return [Option(text=value, kind="value") for value in field.values]
    units = ", ".join(unit for unit in UNITS.get(field.type, {}) if unit)
    return [
        Option(text=text, kind="value", about=f"units: {units}" if units else "")
        for text in _EXAMPLES.get(field.type, ())
    ]
