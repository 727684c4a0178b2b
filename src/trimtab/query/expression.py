"""A query as frozen values. Nested `and`s and `or`s are flat, so that one meaning has one form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from trimtab.query.field import BY_NAME, Field, Op

Value: TypeAlias = str | Decimal | bool
"""Text, a truth, or a measure in the unit of its field: a plain number, nanoseconds, dollars or bytes."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A field by its name; of a map, one key of it."""

    name: str
    key: str | None = None

    @property
    def field(self) -> Field:
        """The field in the table."""
        return BY_NAME[self.name]


@dataclass(frozen=True, slots=True)
class Compare:
    """The field and the value are so related. What is absent fits no comparison but `!=`."""

    ref: Ref
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field equals one of the values."""

    ref: Ref
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """The span has the field: a text that is not empty, a number that is known."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without parts, always."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class HasSpan:
    """The trace has a span of which this holds."""

    where: "Expression"


@dataclass(frozen=True, slots=True)
class InOrder:
    """The trace has a span of which `later` holds that starts no earlier than one ends of which `earlier` holds."""

    later: "Expression"
    earlier: "Expression"


Expression: TypeAlias = Compare | OneOf | Exists | Not | All | Some | HasSpan | InOrder

EVERYTHING = All(())
"""The query that every span fits: the empty text."""


def all_of(parts: Iterable[Expression]) -> Expression:
    """Return the parts joined with `and`; one part is itself."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,)))
    return flat[0] if len(flat) == 1 else All(flat)


def some_of(parts: Iterable[Expression]) -> Expression:
    """Return the parts, at least one, joined with `or`; one part is itself."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, Some) else (part,)))
    return flat[0] if len(flat) == 1 else Some(flat)


def walk(expression: Expression) -> Iterator[Expression]:
    """Yield the expression and all that it is made of."""
    yield expression
    match expression:
        case All(parts) | Some(parts):
            inner: tuple[Expression, ...] = parts
        case Not(part) | HasSpan(part):
            inner = (part,)
        case InOrder(later, earlier):
            inner = (later, earlier)
        case _:
            inner = ()
    for part in inner:
        yield from walk(part)


def refs(expression: Expression) -> Iterator[Ref]:
    """Yield the fields that the expression asks about, those of other spans of the trace included."""
    for part in walk(expression):
        if isinstance(part, Compare | OneOf | Exists):
            yield part.ref
