"""Turns a query's text into an expression.

    query     = [ some ]
    some      = all { "or" all }
    all       = part { "and" part }
    part      = "not" part | "(" some ")" | "has" span | span ("after" | "before") span | condition
    span      = "span" "(" some ")"
    condition = field operator value | field [ "not" ] "in" "(" value { "," value } ")" | field "exists"
              | truth field | word of a choice | string, which the messages contain | a trace id | a request id

Words of the language are read in any case. A text that cannot be read is refused with the place of the fault.
"""

import re
from collections.abc import Callable
from typing import Final

from trimtab.base.errors import InvalidQuery
from trimtab.query import measure
from trimtab.query.expression import (
    EVERYTHING,
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
)
from trimtab.query.field import (
    BARE,
    BY_NAME,
    MEASURES,
    OPERATORS,
    ORDERED,
    SEARCHING,
    SYNONYMS,
    Field,
    Op,
    Type,
    near,
)
from trimtab.query.scan import Kind, Token, scan

MAX_LENGTH: Final = 4_000
MAX_CONDITIONS: Final = 100
MAX_DEPTH: Final = 20
MAX_SPAN_CONDITIONS: Final = 4
MAX_VALUES: Final = 100
MAX_KEY_LENGTH: Final = 256

KEYWORDS: Final = frozenset({"and", "or", "not", "in", "exists", "contains", "has", "span", "after", "before"})

_TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")
_REQUEST_ID: Final = re.compile(r"req_[0-9a-z]{26}")


def parse(text: str) -> Expression:
    """Return what the text asks for; nothing but space asks for everything.

    Raises:
        InvalidQuery: it cannot be read, or is longer, deeper or asks for more than the stated limits.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidQuery(
            f"a query may have {MAX_LENGTH} characters, found {len(text)}", start=MAX_LENGTH, end=len(text)
        )
    return Parser(scan(text)).query()


def parse_ref(text: str) -> Ref:
    """Return the field that the text names, such as `model` or `attributes["http.route"]`.

    Raises:
        InvalidQuery: there is no such field, or something stands after it.
    """
    return Parser(scan(text[: MAX_LENGTH + 1])).ref()


class Reached(Exception):  # noqa: N818 - no error: how completion learns what the grammar expects at the cursor
    """The parser came to the cursor where it expected `what`; `ref` is the field that it is about."""

    def __init__(self, what: str, ref: Ref | None = None, *, within_span: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.ref = ref
        self.within_span = within_span


class Parser:
    """Reads tokens once, from left to right. It is asked for one query and then thrown away."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._conditions = 0
        self._span_conditions = 0
        self._within_span = False

    def query(self) -> Expression:
        """Return the whole text as an expression."""
        if self._is_at_end():
            return EVERYTHING
        found = self._some()
        if not self._is_at_end():
            raise self._fault(
                self._next, f"expected `and`, `or` or the end, found {_shown(self._next)}", _joining(self._next)
            )
        return found

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def ref(self) -> Ref:
        """Return the whole text as one field."""
        token = self._take()
        field = BY_NAME.get(token.word)
        if field is None:
            raise self._fault(token, f"there is no field {token.text!r}", near(token.word, BY_NAME))
        found = self._ref(token, field)
        if not self._is_at_end():
            raise self._fault(self._next, f"expected one field alone, found {_shown(self._next)}")
        return found

    def _is_at_end(self) -> bool:
        return self._next.kind is Kind.END

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _some(self) -> Expression:
        return some_of(self._joined("or", lambda: all_of(self._joined("and", self._part))))

    def _joined(self, joint: str, part: Callable[[], Expression]) -> list[Expression]:
        parts = [part()]
        while True:
            self._expecting("joint")
            if self._next.word != joint:
                return parts
            self._take()
            parts.append(part())

    def _part(self) -> Expression:
        self._expecting("condition")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fault(self._next, f"a query may be nested {MAX_DEPTH} deep", "Take some parentheses away.")
        found = self._nested()
        self._depth -= 1
        return found

    def _nested(self) -> Expression:
        token = self._next
        if token.word == "not":
            self._take()
            return Not(self._part())
        if token.kind is Kind.MARK and token.text == "(":
            return self._group()
        if token.word == "has":
            self._take()
            self._expecting("span")
            return HasSpan(self._span(token))
        if token.word == "span":
            one = self._span(token)
            self._expecting("order")
            order = self._next
            if order.word not in ("after", "before"):
                raise self._fault(
                    order, f"expected `after` or `before`, found {_shown(order)}", "Or write `has span(…)`."
                )
            self._take()
            self._expecting("span")
            other = self._span(token)
            return InOrder(one, other) if order.word == "after" else InOrder(other, one)
        return self._condition()

    def _group(self) -> Expression:
        opened = self._take()
        found = self._some()
        if self._next.text != ")" or self._next.kind is not Kind.MARK:
            if self._is_at_end():
                raise self._fault(opened, "this parenthesis is not closed", "Add `)`.")
            raise self._fault(
                self._next, f"expected `and`, `or` or `)`, found {_shown(self._next)}", _joining(self._next)
            )
        self._take()
        return found

    def _span(self, about: Token) -> Expression:
        if self._next.word != "span":
            raise self._fault(self._next, f"expected `span(…)`, found {_shown(self._next)}")
        self._take()
        if self._within_span:
            raise self._fault(
                about, "a condition within `span(…)` is about that span alone", "Write the two side by side."
            )
        self._span_conditions += 1
        if self._span_conditions > MAX_SPAN_CONDITIONS:
            raise self._fault(about, f"a query may ask about {MAX_SPAN_CONDITIONS} other spans")
        if self._next.text != "(" or self._next.kind is not Kind.MARK:
            raise self._fault(self._next, f"expected `(`, found {_shown(self._next)}")
        self._within_span = True
        found = self._group()
        self._within_span = False
        return found

    def _condition(self) -> Expression:
        token = self._take()
        self._conditions += 1
        if self._conditions > MAX_CONDITIONS:
            raise self._fault(token, f"a query may have {MAX_CONDITIONS} conditions")
        if token.kind is Kind.STRING:
            return Compare(Ref("message"), Op.CONTAINS, token.text)
        if token.kind in (Kind.WORD, Kind.NUMBER) and _TRACE_ID.fullmatch(token.text):
            return Compare(Ref("trace.id"), Op.EQ, token.text)
        if _REQUEST_ID.fullmatch(token.text):
            return Compare(Ref("request.id"), Op.EQ, token.text)
        field = BY_NAME.get(token.word)
        if field is None:
            return self._bare(token)
        return self._about(self._ref(token, field), token)

    def _bare(self, token: Token) -> Expression:
        word = SYNONYMS.get(token.word, token.word)
        field = BARE.get(word)
        if field is not None and self._next.kind is not Kind.OPERATOR:
            return Compare(Ref(field.name), Op.EQ, word)
        if token.kind is not Kind.WORD or token.word in KEYWORDS:
            raise self._fault(token, f"expected a condition, found {_shown(token)}", "Such as `status = error`.")
        hint = near(token.word, [*BY_NAME, *BARE])
        raise self._fault(
            token,
            f"there is no field {token.text!r}",
            f"{hint} To search the messages, write it within quotes.".strip(),
        )

    def _ref(self, token: Token, field: Field) -> Ref:
        if field.type is not Type.MAP:
            return Ref(field.name)
        self._expecting("opening", Ref(field.name))
        if self._next.text != "[" or self._next.kind is not Kind.MARK:
            raise self._fault(token, f"{field.name} needs a name", f'Such as `{field.name}["name"]`.')
        self._take()
        self._expecting("key", Ref(field.name))
        key = self._take()
        if key.kind is not Kind.STRING or not 0 < len(key.text) <= MAX_KEY_LENGTH:
            raise self._fault(key, f"expected a name within quotes, of at most {MAX_KEY_LENGTH} characters")
        if self._next.text != "]" or self._next.kind is not Kind.MARK:
            raise self._fault(self._next, f"expected `]`, found {_shown(self._next)}")
        self._take()
        return Ref(field.name, key.text)

    def _about(self, ref: Ref, name: Token) -> Expression:
        self._expecting("operator", ref)
        token = self._next
        if token.word == "exists":
            self._take()
            return Exists(ref)
        if token.word == "in":
            self._take()
            return self._one_of(ref, token)
        if token.word == "not":
            self._take()
            self._expecting("in", ref)
            if self._next.word != "in":
                raise self._fault(self._next, f"expected `in`, found {_shown(self._next)}")
            return Not(self._one_of(ref, self._take()))
        if token.kind is Kind.OPERATOR or token.word == "contains":
            self._take()
            op = Op(token.word or token.text)
            if op not in OPERATORS[ref.field.type]:
                raise self._no_operator(ref, token)
            self._expecting("value", ref)
            return Compare(ref, op, self._value(ref, self._take(), op))
        if ref.field.type is Type.TRUTH:
            return Compare(ref, Op.EQ, value=True)
        if ref.name in BARE and (token.kind is Kind.END or token.text == ")" or token.word in KEYWORDS):
            # `model` is a field and a kind of span; without a comparison it is the kind.
            return Compare(Ref(BARE[ref.name].name), Op.EQ, ref.name)
        wanted = ", ".join(f"`{op}`" for op in OPERATORS[ref.field.type])
        raise self._fault(
            token if token.kind is not Kind.END else name,
            f"{name.text} needs a comparison, found {_shown(token)}",
            f"It takes {wanted}, `in (…)` or `exists`.",
        )

    def _one_of(self, ref: Ref, about: Token) -> OneOf:
        if Op.EQ not in OPERATORS[ref.field.type]:
            raise self._no_operator(ref, about)
        if self._next.text != "(" or self._next.kind is not Kind.MARK:
            raise self._fault(self._next, f"expected `(` and values, found {_shown(self._next)}")
        values: list[Value] = []
        while not values or (self._next.text == "," and self._next.kind is Kind.MARK):
            self._take()
            self._expecting("value", ref)
            values.append(self._value(ref, self._take(), Op.EQ))
        self._expecting("more")
        if len(values) > MAX_VALUES:
            raise self._fault(about, f"`in` takes {MAX_VALUES} values, found {len(values)}")
        if self._next.text != ")" or self._next.kind is not Kind.MARK:
            raise self._fault(self._next, f"expected `,` or `)`, found {_shown(self._next)}")
        self._take()
        return OneOf(ref, tuple(dict.fromkeys(values)))

    def _value(self, ref: Ref, token: Token, op: Op) -> Value:
        field = ref.field
        if token.kind not in (Kind.WORD, Kind.STRING, Kind.NUMBER) or token.word in KEYWORDS:
            raise self._fault(token, f"{field.name} needs a value, found {_shown(token)}")
        if field.type is Type.TRUTH:
            if token.text.lower() not in ("true", "false"):
                raise self._fault(token, f"{field.name} is `true` or `false`, found {_shown(token)}")
            return token.text.lower() == "true"
        if field.type is Type.CHOICE:
            word = SYNONYMS.get(token.text.lower(), token.text.lower())
            if word not in field.values:
                known = ", ".join(field.values)
                raise self._fault(
                    token, f"{field.name} is never {token.text!r}", near(word, field.values) or f"It is: {known}."
                )
            return word
        is_number = field.type in MEASURES or (field.type is Type.MAP and token.kind is Kind.NUMBER)
        if op in ORDERED or (is_number and op not in SEARCHING):
            try:
                return measure.read(token.text, field.type)
            except measure.NotAMeasure as error:
                raise self._fault(token, f"{field.name}: {error}") from error
        return token.text

    def _no_operator(self, ref: Ref, token: Token) -> InvalidQuery:
        wanted = ", ".join(f"`{op}`" for op in OPERATORS[ref.field.type])
        return self._fault(token, f"{ref.name} cannot be compared with {_shown(token)}", f"It takes {wanted}.")

    def _expecting(self, what: str, ref: Ref | None = None) -> None:
        if self._next.kind is Kind.CURSOR:
            raise Reached(what, ref, within_span=self._within_span)

    def _fault(self, token: Token, message: str, hint: str = "") -> InvalidQuery:
        return InvalidQuery(message, start=token.start, end=token.end, hint=hint)


def _shown(token: Token) -> str:
    if token.kind is Kind.END:
        return "the end"
    return f"`{token.text}`"


def _joining(token: Token) -> str:
    """Say how two conditions in a row are joined."""
    is_condition = token.kind is Kind.STRING or token.word in BY_NAME or token.word in BARE
    return "Put `and` or `or` between two conditions." if is_condition else ""
