"""The measures that a panel can show, in one table. Pure.

A measure is computed from *parts*: sums and counts that a store can make of rows, each from one source. A ratio is made
of sums at the end, never of other ratios, so that a group, a step and a total are right by the same rule. What is
unknown is None, which is not zero: an average of no calls, a cost of calls without a price.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from trimtab.base import money

Value: TypeAlias = int | float | Decimal | None
Parts: TypeAlias = Mapping[str, Any]
"""By the name of the part; counts and sums are there even when nothing was counted, percentiles may be None."""


class Unit(StrEnum):
    """What a value is, so that it can be written."""

    USD = "usd"
    MS = "ms"
    TOKENS = "tokens"
    COUNT = "count"
    RATIO = "ratio"
    PER_SECOND = "per_second"
    SCORE = "score"


class Source(StrEnum):
    """The rows that a part is made of."""

    CALLS = "calls"
    """One row for each call."""
    LEDGER = "ledger"
    """One row for each request to a provider: tokens and money."""
    TOOLS = "tools"
    AGENTS = "agents"
    SCORES = "scores"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A number that a store can make of rows."""

    name: str
    source: Source
    is_additive: bool = True
    """Whether the parts of two groups add up to the part of both; percentiles and counts of different users do not."""

    @property
    def empty(self) -> int | None:
        """What it is when there are no rows."""
        return 0 if self.is_additive or self.name in _DISTINCT else None


_DISTINCT: Final = frozenset({"users", "sessions", "priced_users", "priced_sessions", "attempted_calls"})


def _parts(source: Source, *names: str, is_additive: bool = True) -> dict[str, Part]:
    return {name: Part(name=name, source=source, is_additive=is_additive) for name in names}


PARTS: Final[dict[str, Part]] = {
    **_parts(Source.CALLS, "calls", "errors", "successes", "streamed_tokens", "streaming_ns"),
    **_parts(
        Source.CALLS,
        *("users", "sessions", "p50_ns", "p95_ns", "p99_ns", "ttft_p50_ns", "ttft_p95_ns"),
        is_additive=False,
    ),
    **_parts(Source.LEDGER, "priced_usd", "priced", "unpriced_calls", "attempts", "session_usd", "user_usd"),
    **_parts(Source.LEDGER, "input_tokens", "output_tokens", "cache_read_tokens"),
    **_parts(Source.LEDGER, "attempted_calls", "priced_users", "priced_sessions", is_additive=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Something that can be drawn over time or stand in a table."""

    name: str
    title: str
    unit: Unit
    description: str
    parts: tuple[str, ...]
    compute: Callable[[Parts], Value]
    top: tuple[str, ...]
    """Groups are ordered by the sum of these parts,"""
    bottom: str = ""
    """over this one, if there is one."""

    @property
    def sources(self) -> frozenset[Source]:
        """The rows that it is made of."""
        return frozenset(PARTS[name].source for name in self.parts)


def _cost(parts: Parts) -> Decimal | None:
    """Return the sum of what is priced: zero when there was nothing to price, None when nothing had a price."""
    if parts["priced"]:
        return money.usd(parts["priced_usd"])
    return None if parts["unpriced_calls"] else money.ZERO


def _plain(name: str) -> Callable[[Parts], Value]:
    return lambda parts: parts[name]


def _ms(name: str) -> Callable[[Parts], Value]:
    return lambda parts: None if parts[name] is None else parts[name] / 1e6


def _ratio(top: str, bottom: str) -> Callable[[Parts], Value]:
    return lambda parts: parts[top] / parts[bottom] if parts[bottom] else None


def _each(top: str, bottom: str) -> Callable[[Parts], Value]:
    """Return the rule for dollars over a count; only what has a price is among the dollars."""
    return lambda parts: money.usd(Decimal(parts[top]) / parts[bottom]) if parts["priced"] and parts[bottom] else None


def _per_call(parts: Parts) -> Value:
    known = None if parts["attempted_calls"] is None else parts["attempted_calls"] - parts["unpriced_calls"]
    return money.usd(Decimal(parts["priced_usd"]) / known) if known else None


def _retries(parts: Parts) -> Value:
    calls = parts["attempted_calls"]
    return None if calls is None else parts["attempts"] - calls


def _count(name: str, title: str, description: str, unit: Unit = Unit.COUNT) -> Measure:
    return Measure(
        name=name,
        title=title,
        unit=unit,
        description=description,
        parts=(name,),
        compute=_plain(name),
        top=(name,),
    )


def _time(name: str, part: str, title: str, description: str) -> Measure:
    return Measure(
        name=name,
        title=title,
        unit=Unit.MS,
        description=description,
        parts=(part,),
        compute=_ms(part),
        top=(part,),
    )


MEASURES: Final[tuple[Measure, ...]] = (
    _count("calls", "Calls", "Requests to models, each counted once"),
    _count("errors", "Errors", "Calls that failed"),
    Measure(
        name="error_rate",
        title="Error rate",
        unit=Unit.RATIO,
        description="Failed calls over all calls",
        parts=("errors", "calls"),
        compute=_ratio("errors", "calls"),
        top=("errors",),
        bottom="calls",
    ),
    Measure(
        name="cost",
        title="Cost",
        unit=Unit.USD,
        description="What calls cost, from the ledger; calls without a price are not in it, and are counted beside it",
        parts=("priced_usd", "priced", "unpriced_calls"),
        compute=_cost,
        top=("priced_usd",),
    ),
    Measure(
        name="cost_per_call",
        title="Cost per call",
        unit=Unit.USD,
        description="Cost over the calls that reached a provider and have a price",
        parts=("priced_usd", "attempted_calls", "unpriced_calls"),
        compute=_per_call,
        top=("priced_usd",),
        bottom="attempted_calls",
    ),
    Measure(
        name="tokens",
        title="Tokens",
        unit=Unit.TOKENS,
        description="Tokens read and written",
        parts=("input_tokens", "output_tokens"),
        compute=lambda parts: parts["input_tokens"] + parts["output_tokens"],
        top=("input_tokens", "output_tokens"),
    ),
    _count("input_tokens", "Input tokens", "Tokens that models read", Unit.TOKENS),
    _count("output_tokens", "Output tokens", "Tokens that models wrote, reasoning included", Unit.TOKENS),
    _time("p50_duration", "p50_ns", "Median duration", "Half of the calls took no longer"),
    _time("p95_duration", "p95_ns", "p95 duration", "95 % of the calls took no longer"),
    _time("p99_duration", "p99_ns", "p99 duration", "99 % of the calls took no longer"),
)

BY_NAME: Final = {measure.name: measure for measure in MEASURES}


def empty(names: tuple[str, ...]) -> dict[str, Any]:
    """Return the parts as they are when there are no rows."""
    return {name: PARTS[name].empty for name in names}
