"""Says whether a span fits a query, from plain values.

What a store finds with SQL, this finds too: a test holds them together.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, Decimal
from operator import eq, ge, gt, le, lt
from typing import Any, Final

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
from trimtab.query.field import SCORES, SEARCHING, Op, Type

NUMBER: Final = r"-?\d{1,15}(\.\d{1,40})?"
"""What text of a map must look like as a whole to be read as a number; it is cut to twelve places."""

OF_CALLS: Final = {
    "trace.cost": "cost",
    "trace.tokens": "tokens.total",
    "trace.tokens.input": "tokens.input",
    "trace.tokens.output": "tokens.output",
}
"""The fields of a trace that are sums over its calls, by the field of a call that is summed."""

_NUMBER: Final = re.compile(NUMBER, re.ASCII)
_PLACES: Final = Decimal("1e-12")
_LOWER: Final = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})
_ORDER: Final[dict[Op, Callable[[Any, Any], bool]]] = {Op.LT: lt, Op.LE: le, Op.GT: gt, Op.GE: ge}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A judgement: a value, or a label, or both."""

    value: float | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A span as a query sees it: its values by the name of the field."""

    values: Mapping[str, Value | tuple[str, ...]]
    """A tuple holds several names of one thing: it fits what one of them fits. What is absent is left out."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, Sequence[Score]] = field(default_factory=dict)
    """By name, those of the span; the root of a trace has those of the trace too."""
    started_ns: int
    ended_ns: int

    def read(self, ref: Ref) -> tuple[Value, ...]:
        """Return what the span has in the field: nothing, a value, or several names of one thing."""
        found = self.values.get(ref.name) if ref.key is None else self.attributes.get(ref.key)
        if found is None:
            return ()
        return found if isinstance(found, tuple) else (found,)


def fits(expression: Expression, span: Subject, trace: Sequence[Subject] = ()) -> bool:
    """Say whether the span fits; `trace` holds all spans of its trace, itself among them."""
    match expression:
        case All(parts):
            return all(fits(part, span, trace) for part in parts)
        case Some(parts):
            return any(fits(part, span, trace) for part in parts)
        case Not(part):
            return not fits(part, span, trace)
        case HasSpan(where):
            return any(fits(where, other, trace) for other in trace)
        case InOrder(later, earlier):
            ends = [other.ended_ns for other in trace if fits(earlier, other, trace)]
            return bool(ends) and any(fits(later, other, trace) and other.started_ns >= min(ends) for other in trace)
        case _:
            if expression.ref.field.is_of_trace:
                span = replace(span, values=_sums(trace))
            return _fits_alone(expression, span)


def _sums(trace: Sequence[Subject]) -> dict[str, Decimal]:
    """Return what a trace has as a whole: sums over its calls, and counts of its spans."""
    if not trace:
        return {}
    failed = sum(span.values.get("status") == "error" for span in trace)
    sums = {"trace.spans": Decimal(len(trace)), "trace.errors": Decimal(failed)}
    calls = [span.values for span in trace if span.values.get("call")]
    for name, column in OF_CALLS.items():
        amounts = [amount for call in calls if isinstance(amount := call.get(column), Decimal)]
        if calls and len(amounts) == len(calls):
            sums[name] = sum(amounts, Decimal(0))
    return sums


def _fits_alone(condition: Compare | OneOf | Exists, span: Subject) -> bool:
    if condition.ref.name == SCORES:
        return _is_scored(condition, span.scores.get(condition.ref.key or "", ()))
    match condition:
        case Exists(ref):
            return any(value != "" for value in span.read(ref)) if ref.key is None else bool(span.read(ref))
        case OneOf(ref, values):
            return any(_equals(ref, span, value) for value in values)
        case Compare(ref, Op.NE, value):
            return not _equals(ref, span, value)
        case Compare(ref, Op.EQ, value):
            return _equals(ref, span, value)
        case Compare(ref, op, value):
            if op in SEARCHING:
                return any(_holds(ref, str(held), op, str(value)) for held in span.read(ref) or ("",))
            return any(number is not None and _ORDER[op](number, value) for number in _numbers(ref, span))


def _is_scored(condition: Compare | OneOf | Exists, scores: Sequence[Score]) -> bool:
    match condition:
        case Exists():
            return bool(scores)
        case OneOf(_, values):
            return any(_score_fits(score, Op.EQ, value) for score in scores for value in values)
        case Compare(_, Op.NE, value):
            return not any(_score_fits(score, Op.EQ, value) for score in scores)
        case Compare(_, op, value):
            return any(_score_fits(score, op, value) for score in scores)


def _score_fits(score: Score, op: Op, value: Value) -> bool:
    if isinstance(value, Decimal):
        compare = eq if op is Op.EQ else _ORDER[op]
        return score.value is not None and compare(score.value, float(value))
    if op is Op.EQ:
        return score.label == value
    return _holds(Ref(SCORES), score.label, op, str(value))


def _equals(ref: Ref, span: Subject, value: Value) -> bool:
    if isinstance(value, Decimal):
        return any(number == value for number in _numbers(ref, span))
    held = span.read(ref)
    # Text that is absent and text that is empty are the same.
    return value in held if held or value != "" else True


def _numbers(ref: Ref, span: Subject) -> list[Decimal | None]:
    return [number_of(held) if isinstance(held, str) else Decimal(held) for held in span.read(ref)]


def number_of(text: str) -> Decimal | None:
    """Return the number that an attribute's text says, cut to twelve places; None when it says none."""
    return Decimal(text).quantize(_PLACES, ROUND_DOWN) if _NUMBER.fullmatch(text) else None


def _holds(ref: Ref, held: str, op: Op, wanted: str) -> bool:
    # The text of messages is kept in lower case by the rules of Unicode; other text is compared by those of ASCII.
    is_prose = ref.field.type is Type.PROSE
    text = held.lower() if is_prose else held.translate(_LOWER)
    needle = wanted.lower() if is_prose else wanted.translate(_LOWER)
    at = 0
    for piece in needle.split("*") if op is Op.LIKE else [needle]:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True
