"""Writes an expression as text. What is written is read as the same expression, and is the one way to write it."""

from decimal import Decimal

from trimtab.query import measure
from trimtab.query.expression import (
    All,
    Compare,
    Exists,
    Expression,
    HasSpan,
    InOrder,
    Not,
    OneOf,
    Ref,
    Some,
    Value,
)
from trimtab.query.field import Type
from trimtab.query.scan import quote


def render(expression: Expression) -> str:
    """Return the text of the expression; of the one that everything fits, the empty text."""
    match expression:
        case All(parts):
            return " and ".join(f"({render(part)})" if isinstance(part, Some) else render(part) for part in parts)
        case Some(parts):
            return " or ".join(render(part) for part in parts)
        case Not(OneOf(ref, values)):
            return f"{_ref(ref)} not in {_values(ref, values)}"
        case Not(part):
            return f"not ({render(part)})" if isinstance(part, All | Some) else f"not {render(part)}"
        case HasSpan(where):
            return f"has span({render(where)})"
        case InOrder(later, earlier):
            return f"span({render(later)}) after span({render(earlier)})"
        case _:
            return _condition(expression)


def _condition(condition: Compare | OneOf | Exists) -> str:
    match condition:
        case Exists(ref):
            return f"{_ref(ref)} exists"
        case OneOf(ref, values):
            return f"{_ref(ref)} in {_values(ref, values)}"
        case Compare(ref, op, value):
            return f"{_ref(ref)} {op} {_value(ref, value)}"


def _ref(ref: Ref) -> str:
    return ref.name if ref.key is None else f"{ref.name}[{quote(ref.key)}]"


def _values(ref: Ref, values: tuple[Value, ...]) -> str:
    return f"({', '.join(_value(ref, value) for value in values)})"


def _value(ref: Ref, value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return measure.write(value, ref.field.type)
    return value if ref.field.type is Type.CHOICE else quote(value)
