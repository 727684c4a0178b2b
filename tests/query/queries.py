"""Random expressions, for properties that must hold of all of them."""

import string
from decimal import Decimal

from hypothesis import strategies as st

from trimtab.query.expression import (
    Compare,
    Exists,
    Expression,
    HasSpan,
    InOrder,
    Not,
    OneOf,
    Ref,
    Value,
    all_of,
    some_of,
    walk,
)
from trimtab.query.field import FIELDS, MEASURES, OPERATORS, ORDERED, SEARCHING, Field, Op, Type

WORDS = ("", "a", "gpt-4o", "GPT", "o'neil\\", '"', "50%", "a_b", "x*y", "é\n", "true", "3", "-0.5", "Ünï")
NUMBERS = tuple(map(Decimal, ("0", "1", "-1", "2.5", "0.000000000001", "999999999999999", "1000", "250000000")))

texts = st.sampled_from(WORDS) | st.text(string.printable, max_size=6)


def _refs(field: Field) -> st.SearchStrategy[Ref]:
    if field.type is Type.MAP:
        return st.builds(Ref, st.just(field.name), st.sampled_from(("http.route", "n", 'odd "key"\\')))
    return st.just(Ref(field.name))


def _values(field: Field, op: Op) -> st.SearchStrategy[Value]:
    if field.type is Type.TRUTH:
        return st.booleans()
    if field.type is Type.CHOICE:
        return st.sampled_from(field.values)
    whole = [number for number in NUMBERS if number == int(number)]
    numbers = st.sampled_from(whole if field.type in (Type.DURATION, Type.SIZE) else NUMBERS)
    if field.type in MEASURES or op in ORDERED:
        return numbers
    return texts | numbers if field.type is Type.MAP and op not in SEARCHING else texts


@st.composite
def conditions(draw: st.DrawFn) -> Expression:
    """Draw one condition on one field."""
    field = draw(st.sampled_from(FIELDS))
    ref = draw(_refs(field))
    form = draw(st.sampled_from(("compare", "one of", "exists")))
    if form == "exists":
        return Exists(ref)
    if form == "one of" and Op.EQ in OPERATORS[field.type]:
        return OneOf(ref, tuple(dict.fromkeys(draw(st.lists(_values(field, Op.EQ), min_size=1, max_size=3)))))
    op = draw(st.sampled_from(OPERATORS[field.type]))
    return Compare(ref, op, draw(_values(field, op)))


def _joined(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=3)
    return st.builds(Not, inner) | several.map(all_of) | several.map(some_of)


of_one_span = st.recursive(conditions(), _joined, max_leaves=4)
_of_a_trace = conditions() | st.builds(HasSpan, of_one_span) | st.builds(InOrder, of_one_span, of_one_span)


def _asks_about_few(expression: Expression) -> bool:
    found = list(walk(expression))
    return sum(isinstance(part, HasSpan) + 2 * isinstance(part, InOrder) for part in found) <= 4


expressions = st.recursive(_of_a_trace, _joined, max_leaves=4).filter(_asks_about_few)
"""Whole queries, as `parse` could give them."""
