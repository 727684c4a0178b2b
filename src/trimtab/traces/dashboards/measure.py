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
"""Counts of different things: not additive, but zero of nothing."""


def _parts(source: Source, *names: str, is_additive: bool = True) -> dict[str, Part]:
    return {name: Part(name=name, source=source, is_additive=is_additive) for name in names}


PARTS: Final[dict[str, Part]] = {
    **_parts(Source.CALLS, "calls", "errors", "successes", "generated_tokens", "generating_ns"),
    **_parts(
        Source.CALLS,
        *("users", "sessions", "p50_ns", "p95_ns", "p99_ns", "ttft_p50_ns", "ttft_p95_ns"),
        is_additive=False,
    ),
    **_parts(Source.LEDGER, "priced_usd", "priced", "unpriced_calls", "attempts", "session_usd", "user_usd"),
    **_parts(Source.LEDGER, "input_tokens", "output_tokens", "cache_read_tokens"),
    **_parts(Source.LEDGER, "attempted_calls", "priced_users", "priced_sessions", is_additive=False),
    **_parts(Source.TOOLS, "tool_calls", "tool_errors"),
    **_parts(Source.TOOLS, "tool_p50_ns", "tool_p95_ns", is_additive=False),
    **_parts(Source.AGENTS, "agent_runs", "agent_errors"),
    **_parts(Source.AGENTS, "agent_p50_ns", "agent_p95_ns", is_additive=False),
    **_parts(Source.SCORES, "score_n", "score_values", "score_sum"),
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


def _per_call(parts: Parts) -> Value:
    known = parts["attempted_calls"] - parts["unpriced_calls"]
    return money.usd(Decimal(parts["priced_usd"]) / known) if known else None


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


def _share(name: str, title: str, description: str, top: str, bottom: str) -> Measure:
    return Measure(
        name=name,
        title=title,
        unit=Unit.RATIO,
        description=description,
        parts=(top, bottom),
        compute=_ratio(top, bottom),
        top=(top,),
        bottom=bottom,
    )


def _usd_each(name: str, title: str, description: str, top: str, bottom: str) -> Measure:
    """Return a measure of dollars over a count; without any price it is not known, which is not zero."""
    return Measure(
        name=name,
        title=title,
        unit=Unit.USD,
        description=description,
        parts=(top, bottom, "priced"),
        compute=lambda parts: (
            money.usd(Decimal(parts[top]) / parts[bottom]) if parts["priced"] and parts[bottom] else None
        ),
        top=(top,),
        bottom=bottom,
    )


_CALLS: Final = (
    _count("calls", "Calls", "Requests to models, each counted once"),
    _count("errors", "Errors", "Calls that failed"),
    _share("error_rate", "Error rate", "Failed calls over all calls", "errors", "calls"),
    _count("successes", "Successes", "Calls that fit the panel's `success`: those that went well, unless it says more"),
    _share("success_rate", "Success rate", "Successes over all calls", "successes", "calls"),
    _count("users", "Users", "Different users, exact up to 65,000, beyond that to about one per cent"),
    _count("sessions", "Sessions", "Different sessions, exact up to 65,000, beyond that to about one per cent"),
    _time("p50_duration", "p50_ns", "Median duration", "Half of the calls took no longer"),
    _time("p95_duration", "p95_ns", "p95 duration", "95 % of the calls took no longer"),
    _time("p99_duration", "p99_ns", "p99 duration", "99 % of the calls took no longer"),
    _time("p50_ttft", "ttft_p50_ns", "Median time to first token", "Half of the streamed calls began no later"),
    _time("p95_ttft", "ttft_p95_ns", "p95 time to first token", "95 % of the streamed calls began no later"),
    Measure(
        name="tokens_per_second",
        title="Tokens per second",
        unit=Unit.PER_SECOND,
        description="Tokens that models wrote over the time that the calls took which wrote them",
        parts=("generated_tokens", "generating_ns"),
        compute=lambda parts: (
            parts["generated_tokens"] * 1e9 / parts["generating_ns"] if parts["generating_ns"] else None
        ),
        top=("generated_tokens",),
        bottom="generating_ns",
    ),
)

_LEDGER: Final = (
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
    _usd_each("cost_per_session", "Cost per conversation", "Of calls with a session", "session_usd", "priced_sessions"),
    _usd_each("cost_per_user", "Cost per active user", "Of calls that name a user", "user_usd", "priced_users"),
    _usd_each("cost_per_success", "Cost per success", "All cost over the successes", "priced_usd", "successes"),
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
    _share("cache_share", "Cached share", "Input tokens read from a cache", "cache_read_tokens", "input_tokens"),
    _count("attempts", "Attempts", "Requests to providers, those of retries and fallbacks included"),
    Measure(
        name="retries",
        title="Retries",
        unit=Unit.COUNT,
        description="Attempts beyond the first of each call",
        parts=("attempts", "attempted_calls"),
        compute=lambda parts: parts["attempts"] - parts["attempted_calls"],
        top=("attempts",),
    ),
    _count("unpriced_calls", "Unpriced calls", "Calls whose cost nobody knows"),
)

_OTHERS: Final = (
    _count("tool_calls", "Tool calls", "Spans in which a tool was run"),
    _count("tool_errors", "Failed tool calls", "Tools that failed"),
    _share("tool_error_rate", "Tool error rate", "Failed tool calls over all", "tool_errors", "tool_calls"),
    _time("tool_p50", "tool_p50_ns", "Median tool time", "Half of the tools took no longer"),
    _time("tool_p95", "tool_p95_ns", "p95 tool time", "95 % of the tools took no longer"),
    _count("agent_runs", "Agent runs", "Spans in which an agent worked"),
    _count("agent_errors", "Failed agent runs", "Agents that failed"),
    _share("agent_error_rate", "Agent error rate", "Failed runs over all", "agent_errors", "agent_runs"),
    _time("agent_p50", "agent_p50_ns", "Median run", "Half of the agents' runs took no longer"),
    _time("agent_p95", "agent_p95_ns", "p95 run", "95 % of the agents' runs took no longer"),
    Measure(
        name="score_mean",
        title="Mean score",
        unit=Unit.SCORE,
        description="The mean of scores that are numbers, or yes (1) and no (0), by when they were given",
        parts=("score_sum", "score_values"),
        compute=_ratio("score_sum", "score_values"),
        top=("score_sum",),
        bottom="score_values",
    ),
    _count("score_n", "Scores", "How many scores of every kind were given"),
)

MEASURES: Final[tuple[Measure, ...]] = (*_CALLS, *_LEDGER, *_OTHERS)

BY_NAME: Final = {measure.name: measure for measure in MEASURES}


def empty(names: tuple[str, ...]) -> dict[str, Any]:
    """Return the parts as they are when there are no rows."""
    return {name: PARTS[name].empty for name in names}


def guide_table() -> str:
    """Return the table of all measures as it stands in the guide, in Markdown."""
    lines = ["| measure | unit | what it is |", "|---|---|---|"]
    lines += [f"| `{measure.name}` | {measure.unit.value} | {measure.description} |" for measure in MEASURES]
    return "\n".join(lines) + "\n"
