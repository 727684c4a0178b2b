"""A query as it is asked of whole traces, in a list of them. Pure.

A trace is shown by its root, with the cost and the tokens of all its calls and whichever models they used. So a
condition on one of these is about the trace there, and what the list shows is what the filter tests. A condition
within `span(…)` stays about that span alone.
"""

from collections.abc import Iterator
from typing import Final

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
    all_of,
    some_of,
)
from trimtab.query.field import Op

SUMMED: Final = {
    "cost": "trace.cost",
    "tokens.input": "trace.tokens.input",
    "tokens.output": "trace.tokens.output",
    "tokens.total": "trace.tokens",
}
"""What a root has itself when it is a call through the gateway, and otherwise by its calls together."""

OF_CALLS: Final = frozenset({"model", "provider", "provider.kind", "model.response", "prompt"})
"""What any call of the trace may have in place of the root."""

SAID: Final = "message"
"""What any span of the trace may have said."""

_GATEWAY: Final = Compare(Ref("source"), Op.EQ, "gateway")
_IS_INNER_CALL: Final = (Compare(Ref("call"), Op.EQ, value=True), Compare(Ref("root"), Op.EQ, value=False))


def of_trace(expression: Expression) -> Expression:
    """Return what the query means of a root that stands for its trace."""
    match expression:
        case All(parts):
            return all_of(map(of_trace, parts))
        case Some(parts):
            return some_of(map(of_trace, parts))
        case Not(part):
            return Not(of_trace(part))
        case HasSpan() | InOrder():
            return expression
        case Compare(ref, Op.NE, value) if _is_of_trace(ref):
            return Not(_widened(Compare(ref, Op.EQ, value)))
        case _:
            return _widened(expression) if _is_of_trace(expression.ref) else expression


def _is_of_trace(ref: Ref) -> bool:
    return ref.name in SUMMED or ref.name in OF_CALLS or ref.name == SAID


def _widened(condition: Compare | OneOf | Exists) -> Expression:
    name = condition.ref.name
    if name in SUMMED:
        summed = _about(condition, SUMMED[name])
        return some_of([all_of([_GATEWAY, condition]), all_of([Not(_GATEWAY), summed])])
    if name == SAID:
        return HasSpan(condition)
    return some_of(_of_calls(condition))


def _of_calls(condition: Compare | OneOf | Exists) -> Iterator[Expression]:
    """Yield what has to hold in place of the condition: of the root, or of a call beneath it."""
    match condition:
        case Compare(ref, Op.EQ, ""):
            yield all_of([condition, Not(HasSpan(all_of([*_IS_INNER_CALL, Exists(ref)])))])
        case OneOf(ref, values) if "" in values:
            yield from _of_calls(Compare(ref, Op.EQ, ""))
            if others := tuple(value for value in values if value != ""):
                yield from _of_calls(OneOf(ref, others))
        case _:
            yield condition
            yield HasSpan(all_of([*_IS_INNER_CALL, condition]))


def _about(condition: Compare | OneOf | Exists, name: str) -> Compare | OneOf | Exists:
    match condition:
        case Compare(_, op, value):
            return Compare(Ref(name), op, value)
        case OneOf(_, values):
            return OneOf(Ref(name), values)
        case Exists():
            return Exists(Ref(name))
