"""A query as SQL: the text is made of our own words alone, whatever a person wrote is bound as a value.

What is asked of other spans of a trace is a subquery, which has its project and its bounds of time as well.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from trimtab.query.evaluate import NUMBER, OF_CALLS
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
from trimtab.query.field import SCORES, SEARCHING, TAG, Op, Type
from trimtab.storage.warehouse.port import Parameter
from trimtab.traces.range import TimeRange

INPUT: Final = "(input_uncached + cache_read + cache_write_5m + cache_write_1h + input_audio + input_image)"
OUTPUT: Final = "(output_text + reasoning + output_audio)"
"""All tokens in and all tokens out, of the buckets that do not overlap."""

COLUMNS: Final[dict[str, str]] = {
    "status": "if(status = 'error', 'error', 'ok')",
    "kind": "role",
    "model": "model",
    "provider": "provider",
    "prompt": "prompt_name",
    "feature": "feature",
    "environment": "environment",
    "user": "user_id",
    "session": "session_id",
    "team": "team",
    "message": "search_text",
    "duration": "duration_ns",
    "ttft": "ttft_ns",
    "cost": "cost_usd",
    "tokens.input": INPUT,
    "tokens.output": OUTPUT,
    "tokens.total": f"({INPUT} + {OUTPUT})",
    "tokens.cached": "cache_read",
    "tokens.reasoning": "reasoning",
    "input.size": "length(input_messages)",
    "output.size": "length(output_messages)",
    "name": "name",
    "operation": "operation",
    "side": "kind",
    "outcome": "outcome",
    "error.code": "error_code",
    "status.message": "status_message",
    "http.status": "nullIf(status_code, 0)",
    "prompt.version": "nullIf(prompt_version, 0)",
    "release": "release_id",
    "arm": "arm",
    "model.requested": "requested_model",
    "model.response": "response_model",
    "provider.kind": "provider_kind",
    "key": "key_id",
    "stream": "stream",
    "sample": "is_sample",
    "call": "is_call",
    "root": "is_root",
    "trace.id": "trace_id",
    "span.id": "span_id",
    "request.id": "request_id",
    "response.id": "response_id",
    "source": "source",
    "dialect": "dialect",
    "scope": "scope",
}
"""What each field of the language is in the table of spans; the keys of the map are bound values."""

OF_TRACES: Final[dict[str, str]] = {
    "trace.spans": "count()",
    "trace.errors": "countIf(status = 'error')",
    # NULL as soon as one of the calls has none.
    **{name: f"if(count() = count({COLUMNS[of]}), sum({COLUMNS[of]}), NULL)" for name, of in OF_CALLS.items()},
}
"""What each field of a whole trace is of the group of its spans, or of its calls alone for sums over these."""

FULL_MODEL: Final = "if(model = '' OR provider = '', toString(model), concat(provider, '/', model))"
"""The model as the product shows it, the other name that `model` goes by."""

_NUMBER: Final = f"^{NUMBER}$".replace(r"\d", "[0-9]").replace(r"\.", "[.]")
_HOUR_NS: Final = 3_600_000_000_000
LIKE_ESCAPES: Final = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})
"""For `str.translate`: what makes a text mean itself in a pattern of LIKE."""
_ASCII_LOWER: Final = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


NEARBY: Final = (
    "started_at >= fromUnixTimestamp64Nano({nearby_from_ns:Int64})"
    " AND started_at < fromUnixTimestamp64Nano({nearby_to_ns:Int64})"
)
"""The bounds of the spans of a range's traces."""


def bounds_nearby(during: TimeRange) -> dict[str, Parameter]:
    """Return the values in these bounds: a trace's spans may start a little before the range, or long after it."""
    return {"nearby_from_ns": during.from_ns - _HOUR_NS, "nearby_to_ns": during.to_ns + 24 * _HOUR_NS}


class Matching:
    """Turns one query into the text of a condition, and gathers the values that are bound in it."""

    def __init__(self, during: TimeRange, *, prefix: str = "q") -> None:
        """Be about the range; `{project:String}` is bound by whoever uses the text. `prefix` begins the other names."""
        self.values: dict[str, Parameter] = {}
        self._during = during
        self._prefix = prefix

    def sql(self, expression: Expression) -> str:
        """Return a text that is 1 for the spans that fit and 0 for all others, never NULL."""
        match expression:
            case All(parts):
                return f"({' AND '.join(map(self.sql, parts))})" if parts else "1"
            case Some(parts):
                return f"({' OR '.join(map(self.sql, parts))})"
            case Not(part):
                return f"(NOT {self.sql(part)})"
            case HasSpan(where):
                spans = f"SELECT trace_id FROM spans FINAL WHERE {self._nearby()} AND {self.sql(where)}"  # noqa: S608 - ours
                return f"trace_id GLOBAL IN ({spans})"
            case InOrder(later, earlier):
                return self._in_order(self.sql(later), self.sql(earlier))
            case _:
                return self._of_trace(expression) if expression.ref.field.is_of_trace else self._condition(expression)

    def column(self, ref: Ref) -> str:
        """Return the text for what a span has in the field; of a whole trace, for what the group of its spans has."""
        if ref.key is None:
            return OF_TRACES[ref.name] if ref.field.is_of_trace else COLUMNS[ref.name]
        return f"attributes[{self._bind(ref.key, 'String')}]"

    def _of_trace(self, condition: Compare | OneOf | Exists) -> str:
        """Return the text for a condition on whole traces, of which each fits or does not."""
        if isinstance(condition, Compare) and condition.op is Op.NE:
            return f"(NOT {self._of_trace(Compare(condition.ref, Op.EQ, condition.value))})"
        counted = " AND is_call" if condition.ref.name in OF_CALLS else ""
        return f"""trace_id GLOBAL IN (
            SELECT trace_id FROM spans FINAL WHERE {self._nearby()}{counted} GROUP BY trace_id
            HAVING {self._condition(condition)})"""  # noqa: S608 - ours

    def _in_order(self, later: str, earlier: str) -> str:
        return f"""trace_id GLOBAL IN (
            SELECT trace_id FROM spans FINAL WHERE {self._nearby()} AND ({later} OR {earlier}) GROUP BY trace_id
            HAVING countIf({later}) > 0 AND countIf({earlier}) > 0
               AND maxIf(toUnixTimestamp64Nano(started_at), {later})
                   >= minIf(toUnixTimestamp64Nano(started_at) + toInt64(duration_ns), {earlier}))"""  # noqa: S608 - ours

    def _nearby(self) -> str:
        self.values |= bounds_nearby(self._during)
        return f"project_id = {{project:String}} AND {NEARBY}"

    def _scored(self, condition: Compare | OneOf | Exists) -> str:
        """Return the text for a condition on a score: of the span, or for the root of a trace, of the whole trace."""
        if isinstance(condition, Compare) and condition.op is Op.NE:
            return f"(NOT {self._scored(Compare(condition.ref, Op.EQ, condition.value))})"
        test = "1"
        if isinstance(condition, OneOf):
            test = " OR ".join(self._score_test(Op.EQ, value) for value in condition.values)
        if isinstance(condition, Compare):
            test = self._score_test(condition.op, condition.value)
        self.values["scored_to_ns"] = self._during.to_ns + 30 * 24 * _HOUR_NS
        self.values["scored_from_ns"] = self._during.from_ns - _HOUR_NS
        rows = f"""FROM scores FINAL WHERE project_id = {{project:String}} AND NOT is_deleted
            AND at >= fromUnixTimestamp64Nano({{scored_from_ns:Int64}})
            AND at < fromUnixTimestamp64Nano({{scored_to_ns:Int64}})
            AND name = {self._bind(condition.ref.key or "", "String")} AND ({test})"""
        of_span = f"SELECT span_id {rows} AND span_id != ''"
        of_trace = f"SELECT trace_id {rows} AND span_id = '' AND trace_id != ''"
        return f"(span_id GLOBAL IN ({of_span}) OR (is_root AND trace_id GLOBAL IN ({of_trace})))"

    def _tagged(self, condition: Compare | OneOf | Exists) -> str:
        """Return the text for a condition on a tag: of the span, or for the root of a trace, of any part of it."""
        match condition:
            case Exists():
                return self._has_tag("1")
            case OneOf(_, values):
                return self._has_one_tag([str(value) for value in values])
            case Compare(ref, Op.NE, value):
                return f"(NOT {self._tagged(Compare(ref, Op.EQ, value))})"
            case Compare(_, Op.EQ, value):
                return self._has_one_tag([str(value)])
            case Compare(_, op, value):
                # Nothing holds the empty text as well as a tag does.
                if not str(value).strip("*" if op is Op.LIKE else ""):
                    return "1"
                return self._has_tag(f"lower(text) LIKE {self._pattern(op, str(value).translate(_ASCII_LOWER))}")

    def _has_one_tag(self, tags: list[str]) -> str:
        test = self._has_tag(f"text IN {self._bind(tags, 'Array(String)')}")
        # The empty text asks for what has no tag.
        return f"({test} OR NOT {self._has_tag('1')})" if "" in tags else test

    def _has_tag(self, test: str) -> str:
        rows = f"""FROM annotations FINAL WHERE {self._nearby().replace("started_at", "at")}
            AND kind = 'tag' AND NOT is_deleted AND {test}"""
        of_span = f"SELECT span_id {rows} AND span_id != ''"
        return f"(span_id GLOBAL IN ({of_span}) OR (is_root AND trace_id GLOBAL IN (SELECT trace_id {rows})))"

    def _score_test(self, op: Op, value: Value) -> str:
        if isinstance(value, Decimal):
            return f"ifNull(value {op.value} toFloat64({self._bind(f'{value:f}', 'String')}), 0)"
        if op is Op.EQ:
            return f"label = {self._bind(value, 'String')}"
        return f"lower(label) LIKE {self._pattern(op, str(value).translate(_ASCII_LOWER))}"

    def _condition(self, condition: Compare | OneOf | Exists) -> str:
        if condition.ref.name == SCORES:
            return self._scored(condition)
        if condition.ref.name == TAG:
            return self._tagged(condition)
        match condition:
            case Exists(ref):
                return self._exists(ref)
            case OneOf(ref, values):
                return self._one_of(ref, values)
            case Compare(ref, Op.NE, value):
                return f"(NOT {self._equals(ref, value)})"
            case Compare(ref, Op.EQ, value):
                return self._equals(ref, value)
            case Compare(ref, op, value):
                if op in SEARCHING:
                    return self._search(ref, op, str(value))
                return f"ifNull({self._number(ref)} {op.value} {self._amount(Decimal(value))}, 0)"

    def _exists(self, ref: Ref) -> str:
        if ref.key is not None:
            return f"mapContains(attributes, {self._bind(ref.key, 'String')})"
        column = self.column(ref)
        is_text = ref.field.type in (Type.TEXT, Type.PROSE, Type.CHOICE)
        return f"({column} != '')" if is_text else f"({column} IS NOT NULL)"

    def _equals(self, ref: Ref, value: Value) -> str:
        if isinstance(value, bool):
            return f"({self.column(ref)} = {self._bind(int(value), 'UInt8')})"
        if isinstance(value, Decimal):
            return f"ifNull({self._number(ref)} = {self._amount(value)}, 0)"
        bound = self._bind(value, "String")
        return self._any_name(ref, lambda column: f"{column} = {bound}")

    def _one_of(self, ref: Ref, values: tuple[Value, ...]) -> str:
        texts = [value for value in values if isinstance(value, str)]
        parts = [self._equals(ref, value) for value in values if not isinstance(value, str)]
        if texts:
            bound = self._bind(texts, "Array(String)")
            parts.append(self._any_name(ref, lambda column: f"{column} IN {bound}"))
        return f"({' OR '.join(parts)})"

    def _search(self, ref: Ref, op: Op, wanted: str) -> str:
        is_prose = ref.field.type is Type.PROSE
        bound = self._pattern(op, wanted.lower() if is_prose else wanted.translate(_ASCII_LOWER))
        # The index of the messages' text serves the bare column alone; it is stored in lower case.
        return self._any_name(ref, lambda column: f"{column if is_prose else f'lower({column})'} LIKE {bound}")

    def _pattern(self, op: Op, wanted: str) -> str:
        needle = wanted.translate(LIKE_ESCAPES)
        return self._bind(f"%{needle.replace('*', '%') if op is Op.LIKE else needle}%", "String")

    def _any_name(self, ref: Ref, test: Callable[[str], str]) -> str:
        if ref.name == "model":
            return f"({test(COLUMNS['model'])} OR {test(FULL_MODEL)})"
        return f"({test(self.column(ref))})"

    def _number(self, ref: Ref) -> str:
        column = self.column(ref)
        if ref.key is None:
            return column
        return f"if(match({column}, {self._bind(_NUMBER, 'String')}), toDecimal128OrNull({column}, 12), NULL)"

    def _amount(self, value: Decimal) -> str:
        if value == value.to_integral_value():
            return self._bind(int(value), "Int64")
        return f"toDecimal128({self._bind(f'{value:f}', 'String')}, 12)"

    def _bind(self, value: Parameter, kind: str) -> str:
        name = f"{self._prefix}{len(self.values)}"
        self.values[name] = value
        return f"{{{name}:{kind}}}"
