"""The shapes in which the traces room answers, as they stand in the API document."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from trimtab.base import money

Usd = Annotated[Decimal, PlainSerializer(money.text, return_type=str)]
"""Dollars, exact, as text."""


class View(BaseModel):
    """A value that is shown and never changed."""

    model_config = ConfigDict(frozen=True)


class PromptOfCall(View):
    """Which release of which prompt a call came from."""

    name: str
    version: int
    release_id: str
    arm: str


class ScoreOfTrace(View):
    """The newest score of its name that a trace, or a part of it, was given."""

    name: str
    value: float | None
    label: str


class TraceRow(View):
    """One call to the gateway, as a line of a list."""

    trace_id: str
    span_id: str
    request_id: str
    started_at: datetime
    name: str
    status: Literal["ok", "error"]
    outcome: str
    error_code: str
    duration_ms: float
    ttft_ms: Annotated[float | None, Field(description="Time to the first token; none for plain calls.")]
    model: str
    provider: str
    prompt: PromptOfCall | None
    environment: str
    feature: str
    user_id: str
    session_id: str
    team: str
    stream: bool
    input_tokens: int
    output_tokens: int
    cost_usd: Usd | None
    cost_source: str
    is_sample: bool
    input_preview: str
    output_preview: str
    span_count: int
    tags: Annotated[list[str], Field(description="Those of any part of the trace.")]
    comment_count: int
    is_corrected: bool
    scores: list[ScoreOfTrace]


class TracePage(View):
    """Some calls, newest first."""

    items: list[TraceRow]
    next: str | None


class FacetValue(View):
    """A value that a filter can take, and how many calls have it."""

    value: str
    count: int


class Facet(View):
    """The values of one filter, most frequent first."""

    field: str
    values: list[FacetValue]


class Facets(View):
    """The values of all filters in a range of time."""

    facets: list[Facet]


class UsageView(View):
    """Tokens in buckets that do not overlap."""

    input_uncached: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    input_audio: int
    input_image: int
    output_text: int
    reasoning: int
    output_audio: int


class ToolCallView(View):
    """A call that the model asked for."""

    id: str
    name: str
    arguments: str


class PartView(View):
    """A piece of a message that is not plain text."""

    type: Annotated[str, Field(description="`image`, `audio`, `reasoning`, …")]
    label: str
    url: Annotated[str, Field(description="Where it lies, if that is elsewhere.")]
    media_id: Annotated[str, Field(description="By which it is asked for, if it lies here.")]
    mime_type: str
    text: Annotated[str, Field(description="What a thought says.")]


class MessageView(View):
    """One message of the conversation."""

    role: str
    content: str
    parts: list[PartView]
    tool_calls: list[ToolCallView]
    tool_call_id: str
    name: str
    finish_reason: str


class EventView(View):
    """Something that happened within a span."""

    name: str
    at: datetime
    attributes: dict[str, str]


class SpanView(View):
    """One span of a trace, with everything that is known of it."""

    span_id: str
    parent_span_id: str
    name: str
    kind: str
    operation: str
    started_at: datetime
    start_ns: Annotated[str, Field(description="Nanoseconds since the Unix epoch, as text because of their size.")]
    duration_ms: float
    ttft_ms: float | None
    status: Literal["ok", "error", "unset"]
    status_message: str
    outcome: str
    error_code: str
    provider: str
    model: str
    response_model: str
    usage: UsageView
    usage_source: str
    cost_usd: Usd | None
    cost_source: str
    attributes: dict[str, str]
    events: list[EventView]
    input_messages: list[MessageView]
    output_messages: list[MessageView]
    parameters: dict[str, object]
    variables: dict[str, object]


class PriceLineView(View):
    """One bucket's part of a price."""

    bucket: str
    tokens: int
    usd_per_million: str
    cost_usd: str


class LedgerRow(View):
    """What one request to an upstream used and cost, and why."""

    span_id: str
    at: datetime
    provider: str
    provider_kind: str
    model: str
    response_model: str
    service_tier: str
    outcome: str
    status_code: int
    usage: UsageView
    usage_source: str
    cost_usd: Usd | None
    price_source: str
    price_version: str
    price_lines: list[PriceLineView]
    formula: str


class TraceDetail(View):
    """Everything about one trace."""

    trace: TraceRow
    spans: list[SpanView]
    is_truncated: Annotated[bool, Field(description="Whether there are more spans than are shown.")]
    ledger: list[LedgerRow]


class Totals(View):
    """Numbers of a range. Money is the sum of what is priced; `unpriced_requests` says how many calls it leaves out."""

    requests: int
    errors: int
    error_rate: float
    p50_ms: float | None
    p95_ms: float | None
    ttft_p50_ms: float | None
    ttft_p95_ms: float | None
    input_tokens: int
    output_tokens: int
    cost_usd: Annotated[Usd | None, Field(description="None when there were calls and none of them has a price.")]
    unpriced_requests: int


class SeriesPoint(View):
    """The numbers of one step of the range."""

    at: datetime
    requests: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    ttft_p50_ms: float | None
    tokens: int
    cost_usd: Usd | None


class BreakdownRow(View):
    """The numbers of one prompt, model, feature or environment; an empty key stands for calls without one."""

    key: str
    requests: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    ttft_p50_ms: float | None
    input_tokens: int
    output_tokens: int
    cost_usd: Usd | None
    unpriced_requests: int


class Overview(View):
    """The state of a project over a range, beside the range of equal length before it."""

    totals: Totals
    previous: Totals
    step_s: int
    series: list[SeriesPoint]
    breakdown: list[BreakdownRow]
