"""The fields that a query can ask about, in one table: parser, completion, evaluator, stores and the guide read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final


class Type(StrEnum):
    """What a field holds, and so what it can be compared with."""

    TEXT = "text"
    PROSE = "prose"
    """Long text, in which one searches."""
    CHOICE = "choice"
    NUMBER = "number"
    DURATION = "duration"
    """Nanoseconds; written `250ms`, `2s`, `1.5m`."""
    MONEY = "money"
    """US dollars; written `0.01` or `$0.01`."""
    SIZE = "size"
    """Bytes; written `512B`, `10kB`, `2MiB`."""
    TRUTH = "truth"
    MAP = "map"
    """Values by key, written `attributes["http.route"]`; each is text that may be read as a number."""


class Op(StrEnum):
    """How a field is compared with one value."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    LIKE = "~"
    """Holds the text somewhere, whatever the case of A to Z; `*` stands for anything."""
    CONTAINS = "contains"
    """Holds the text somewhere, whatever the case of A to Z."""


ORDERED: Final = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})
SEARCHING: Final = frozenset({Op.LIKE, Op.CONTAINS})
_EQUAL: Final = (Op.EQ, Op.NE)
_MEASURED: Final = (*_EQUAL, Op.LT, Op.LE, Op.GT, Op.GE)

OPERATORS: Final[dict[Type, tuple[Op, ...]]] = {
    Type.TEXT: (*_EQUAL, Op.LIKE, Op.CONTAINS),
    Type.PROSE: (Op.CONTAINS, Op.LIKE),
    Type.CHOICE: _EQUAL,
    Type.NUMBER: _MEASURED,
    Type.DURATION: _MEASURED,
    Type.MONEY: _MEASURED,
    Type.SIZE: _MEASURED,
    Type.TRUTH: _EQUAL,
    Type.MAP: tuple(Op),
}
"""The operators of each type, in the order in which they are offered."""

MEASURES: Final = frozenset({Type.NUMBER, Type.DURATION, Type.MONEY, Type.SIZE})
"""The types whose values are numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that a span has."""

    name: str
    type: Type
    about: str
    values: tuple[str, ...] = ()
    """All that a choice can be."""
    is_bare: bool = False
    """Whether a value alone is a condition: `error` for `status = error`."""
    is_of_trace: bool = False
    """Whether it is a sum over all spans of the trace, the same whichever of them is asked."""


def _field(name: str, kind: Type, about: str, *values: str, is_bare: bool = False) -> Field:
    return Field(name=name, type=kind, about=about, values=values, is_bare=is_bare)


def _of_trace(name: str, kind: Type, about: str) -> Field:
    return Field(name=name, type=kind, about=about, is_of_trace=True)


_KINDS = ("model", "embedding", "agent", "tool", "retriever", "other")

FIELDS: Final[tuple[Field, ...]] = (
    _field(
        "status",
        Type.CHOICE,
        "Whether it did what it was for; `ok` unless it said otherwise",
        "ok",
        "error",
        is_bare=True,
    ),
    _field("kind", Type.CHOICE, "What kind of work the span is", *_KINDS, is_bare=True),
    _field("model", Type.TEXT, "The model that was asked: `gpt-4o` or `openai/gpt-4o`"),
    _field("provider", Type.TEXT, "The name of the provider, as the project calls it"),
    _field("prompt", Type.TEXT, "The prompt's name"),
    _field("feature", Type.TEXT, "The feature of the application"),
    _field("environment", Type.TEXT, "The environment"),
    _field("user", Type.TEXT, "The end user's id"),
    _field("session", Type.TEXT, "The session, or conversation"),
    _field("team", Type.TEXT, "The team"),
    _field("message", Type.PROSE, "The text of the messages, in and out"),
    _field("duration", Type.DURATION, "How long it took"),
    _field("ttft", Type.DURATION, "The time to the first token; streamed calls have it"),
    _field("cost", Type.MONEY, "The price in US dollars; absent when it is not known"),
    _field("tokens.input", Type.NUMBER, "All tokens that the model read"),
    _field("tokens.output", Type.NUMBER, "All tokens that the model wrote, reasoning included"),
    _field("tokens.total", Type.NUMBER, "Input and output tokens together"),
    _field("tokens.cached", Type.NUMBER, "Input tokens read from a cache"),
    _field("tokens.reasoning", Type.NUMBER, "Output tokens that were thoughts"),
    _field("input.size", Type.SIZE, "Bytes of the input messages"),
    _field("output.size", Type.SIZE, "Bytes of the output messages"),
    _field("name", Type.TEXT, "The name of the span"),
    _field("operation", Type.TEXT, "The operation, such as `chat` or `execute_tool`"),
    _field("side", Type.CHOICE, "Which side of a request", "server", "client", "internal", "producer", "consumer"),
    _field("outcome", Type.TEXT, "How the call ended: `ok`, `timeout`, `refused`, …"),
    _field("error.code", Type.TEXT, "The code of the error"),
    _field("status.message", Type.TEXT, "What the error said"),
    _field("http.status", Type.NUMBER, "The HTTP status of the answer"),
    _field("prompt.version", Type.NUMBER, "The version of the prompt"),
    _field("release", Type.TEXT, "The id of the release"),
    _field("arm", Type.TEXT, "The arm of the release's split"),
    _field("model.requested", Type.TEXT, "What the caller wrote as model"),
    _field("model.response", Type.TEXT, "The model that the provider says has answered"),
    _field("provider.kind", Type.TEXT, "The kind of the provider, such as `openai`"),
    _field("key", Type.TEXT, "The id of the API key"),
    _field("stream", Type.TRUTH, "Whether the answer was streamed"),
    _field("sample", Type.TRUTH, "Whether it is a sample call of the first start"),
    _field("call", Type.TRUTH, "Whether it counts as a request to a model"),
    _field("root", Type.TRUTH, "Whether it stands for its trace in lists"),
    _of_trace("trace.cost", Type.MONEY, "The price of all calls of the trace; absent when one is not known"),
    _of_trace("trace.tokens", Type.NUMBER, "Input and output tokens of all calls of the trace"),
    _of_trace("trace.tokens.input", Type.NUMBER, "Input tokens of all calls of the trace"),
    _of_trace("trace.tokens.output", Type.NUMBER, "Output tokens of all calls of the trace"),
    _of_trace("trace.spans", Type.NUMBER, "How many spans the trace has"),
    _of_trace("trace.errors", Type.NUMBER, "How many spans of the trace failed"),
    _field("trace.id", Type.TEXT, "The trace"),
    _field("span.id", Type.TEXT, "The span"),
    _field("request.id", Type.TEXT, "The request, as in the header `x-request-id`"),
    _field("response.id", Type.TEXT, "The answer, as the provider calls it"),
    _field("source", Type.TEXT, "Who reported it: `gateway` or `otlp`"),
    _field("dialect", Type.TEXT, "The vocabulary in which it was reported"),
    _field("scope", Type.TEXT, "The library that reported it"),
    _field("tag", Type.TEXT, "A tag that somebody has put on it; a trace has those of all its spans"),
    _field("attributes", Type.MAP, 'Any attribute by its name: `attributes["http.route"]`'),
    _field("scores", Type.MAP, 'A judgement by its name, its value or its label: `scores["faithfulness"] < 0.3`'),
)

BY_NAME: Final = {field.name: field for field in FIELDS}

TAG: Final = "tag"
"""The field whose values are rows of their own, as many as people have put on."""

SCORES: Final = "scores"
"""The map whose entries are rows of their own, not part of a span."""

BARE: Final = {value: field for field in FIELDS if field.is_bare for value in field.values}
"""Words that are a condition on their own, and the field that they speak of."""

SYNONYMS: Final = {"retrieval": "retriever", "llm": "model", "failed": "error"}
"""Other words for a value, as people write them."""


def near(word: str, known: Iterable[str]) -> str:
    """Return words of `known` that are written much like `word`, ready for a hint; empty when none is."""
    found = get_close_matches(word.lower(), sorted(set(known)), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(found)}?" if found else ""


def guide_table() -> str:
    """Return the table of all fields as it stands in the guide, in Markdown."""
    lines = ["| field | type | what it is |", "|---|---|---|"]
    for field in FIELDS:
        kind = ", ".join(f"`{value}`" for value in field.values) or field.type.value
        lines.append(f"| `{field.name}` | {kind} | {field.about} |")
    return "\n".join(lines) + "\n"
