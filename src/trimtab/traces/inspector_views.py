"""The shapes in which one trace is answered part by part: its summary, a window of its tree, a span, a cost."""

from typing import Annotated, Literal

from pydantic import Field

from trimtab.traces.views import LedgerRow, SpanView, TraceRow, Usd, View


class SumsView(View):
    """What some calls used and cost together; no call counts twice."""

    input_tokens: int
    output_tokens: int
    calls: int
    cost_usd: Annotated[Usd | None, Field(description="None when the price of any of the calls is unknown.")]
    unpriced: Annotated[int, Field(description="How many of the calls have no known price.")]


class TraceSummary(View):
    """What is known of a trace as a whole, and where to look first."""

    trace: TraceRow
    span_count: int
    error_count: int
    levels: Annotated[int, Field(description="How many levels the tree has.")]
    duration_ms: Annotated[float, Field(description="From the first start to the last end.")]
    total: SumsView
    first_error: Annotated[str | None, Field(description="The earliest failure that no failure beneath it explains.")]
    slowest: Annotated[str | None, Field(description="The span that was itself at work for the longest time.")]
    dearest: Annotated[str | None, Field(description="The call that cost most; none when nothing has a cost.")]
    is_truncated: Annotated[bool, Field(description="Whether there are more spans than a tree may have.")]


class TreeRow(View):
    """A span as a line of the tree."""

    span_id: str
    parent_span_id: str
    name: str
    kind: Annotated[str, Field(description="What kind of work it is: `model`, `agent`, `tool`, …")]
    side: str
    source: str
    status: Literal["ok", "error", "unset"]
    outcome: str
    error_code: str
    provider: str
    model: str
    offset_ms: Annotated[float, Field(description="After the start of the trace.")]
    duration_ms: float
    busy_ms: Annotated[float, Field(description="The time in which nothing beneath it was at work.")]
    ttft_ms: float | None
    depth: int
    child_count: int
    span_count: Annotated[int, Field(description="Spans of the subtree, itself among them.")]
    error_count: Annotated[int, Field(description="Spans of the subtree that failed.")]
    is_open: Annotated[bool, Field(description="Whether what lies beneath it is shown.")]
    own: SumsView
    total: Annotated[SumsView, Field(description="Of the subtree, itself among it.")]


class TreeWindow(View):
    """Some lines of the tree, from line `offset` of `visible`."""

    visible: int
    offset: int
    located: Annotated[int | None, Field(description="The line of the span that was asked for.")]
    above: Annotated[list[str], Field(description="The spans above the one that was asked for, the top first.")]
    rows: list[TreeRow]


class Found(View):
    """Spans that hold a text, in the order of the tree."""

    total: int
    span_ids: list[str]


class Ancestor(View):
    """A span above another one."""

    span_id: str
    name: str
    kind: str


class SpanDetail(View):
    """Everything about one span, and where it stands."""

    span: SpanView
    kind: str
    ancestors: Annotated[list[Ancestor], Field(description="The top first.")]
    own: SumsView
    total: SumsView
    speaker: Annotated[
        str | None, Field(description="The last model call beneath a span that carries no messages itself.")
    ]
    attempts: Annotated[list[str], Field(description="The requests to upstreams directly beneath it, by their start.")]


class PriceSum(View):
    """All tokens of one bucket at one price."""

    provider: str
    model: str
    service_tier: str
    bucket: str
    usd_per_million: str
    tokens: int
    cost_usd: Usd


class CostDetail(View):
    """Why a subtree costs what it costs: buckets times prices, and their sum."""

    total: SumsView
    sums: list[PriceSum]
    unexplained_usd: Annotated[Usd, Field(description="Cost of calls whose price has no lines, such as a flat one.")]
    ledger: Annotated[list[LedgerRow], Field(description="Call by call, by their start; the first of them.")]
    is_truncated: Annotated[bool, Field(description="Whether `ledger` leaves out calls. The sums never do.")]
