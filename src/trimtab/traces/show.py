"""Rows of the warehouse as the values that are shown. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from trimtab.llm.usage import BUCKETS
from trimtab.storage.warehouse.port import Row
from trimtab.traces import conversation
from trimtab.traces.range import from_ns_since_epoch
from trimtab.traces.views import (
    EventView,
    LedgerRow,
    MessageView,
    PartView,
    PriceLineView,
    PromptOfCall,
    SpanView,
    ToolCallView,
    TraceDetail,
    TraceRow,
    UsageView,
)

NO_REMARKS: Final[Row] = {"tags": [], "comment_count": 0, "is_corrected": False, "scores": []}
"""What a trace has about which nobody has said anything."""


def milliseconds(ns: float | None) -> float | None:
    """Return nanoseconds as milliseconds to the microsecond."""
    return None if ns is None else round(ns / 1e6, 3)


def trace_row(row: Row, span_count: int, said: Row | None = None) -> TraceRow:
    """Return a root span as a line of the list, with what is `said` about its trace."""
    prompt = None
    if row["prompt_name"]:
        prompt = PromptOfCall(
            name=row["prompt_name"], version=row["prompt_version"], release_id=row["release_id"], arm=row["arm"]
        )
    return TraceRow(
        **_same(row, TraceRow) | {"status": "error" if row["status"] == "error" else "ok"},
        started_at=from_ns_since_epoch(row["started_ns"]),
        duration_ms=row["duration_ns"] / 1e6,
        ttft_ms=milliseconds(row["ttft_ns"]),
        prompt=prompt,
        span_count=span_count,
        **said or NO_REMARKS,
    )


def head_of(spans: Sequence[Row]) -> Row:
    """Return a copy of the row that stands for the trace: its root, else its first span.

    A trace that its caller began may hold several calls, each a root; then the first stands for all until the last end.
    """
    roots = [row for row in spans if row["is_root"]] or spans[:1]
    end_ns = max(row["started_ns"] + row["duration_ns"] for row in roots)
    return {**roots[0], "duration_ns": end_ns - roots[0]["started_ns"]}


def trace_detail(
    head: Row, spans: Sequence[Row], ledger: Sequence[Row], *, said: Row | None = None, is_truncated: bool
) -> TraceDetail:
    """Return a trace, for which `head` stands, with what is `said` about it."""
    roots = {row["span_id"]: row for row in spans}
    return TraceDetail(
        trace=trace_row(head, len(spans), said),
        spans=[span(row, roots.get(row["parent_span_id"])) for row in spans],
        is_truncated=is_truncated,
        ledger=[ledger_row(row) for row in ledger],
    )


def span(row: Row, parent: Row | None) -> SpanView:
    """Return a span; `parent` is the span above it, if it is known."""
    is_of_gateway = parent is not None and parent["kind"] == "server" and parent["source"] == "gateway"
    # What an attempt was asked is what its call was asked; it is stored once, on the root.
    said = parent if parent is not None and is_of_gateway and row["kind"] == "client" else row
    has_answer = said is row or row["status"] == "ok"
    return SpanView(
        **_same(row, SpanView),
        started_at=from_ns_since_epoch(row["started_ns"]),
        start_ns=str(row["started_ns"]),
        duration_ms=row["duration_ns"] / 1e6,
        ttft_ms=milliseconds(row["ttft_ns"]),
        usage=_usage(row),
        events=[
            EventView(name=event["name"], at=from_ns_since_epoch(event["at_ns"]), attributes=event["attributes"])
            for event in msgspec.json.decode(row["events"])
        ],
        input_messages=messages(conversation.read_input(said["input_messages"])),
        output_messages=messages(conversation.read_output(said["output_messages"])) if has_answer else [],
        parameters=_object(said["parameters"]),
        variables=_object(said["variables"]),
    )


def ledger_row(row: Row) -> LedgerRow:
    """Return an entry of the ledger with the lines of its price."""
    return LedgerRow(
        **_same(row, LedgerRow),
        at=from_ns_since_epoch(row["at_ns"]),
        usage=_usage(row),
        price_lines=[PriceLineView(**line) for line in msgspec.json.decode(row["price_lines"])],
    )


def _usage(row: Row) -> UsageView:
    return UsageView(**{bucket: row[bucket] for bucket in BUCKETS})


def messages(said: Sequence[conversation.Message]) -> list[MessageView]:
    """Return messages as they are shown."""
    return [
        MessageView(
            role=message.role,
            content=message.content,
            parts=[PartView(**msgspec.structs.asdict(part)) for part in message.parts],
            tool_calls=[
                ToolCallView(id=call.id, name=call.name, arguments=call.arguments) for call in message.tool_calls
            ],
            tool_call_id=message.tool_call_id,
            name=message.name,
            finish_reason=message.finish_reason,
        )
        for message in said
    ]


def _object(raw: str) -> dict[str, object]:
    try:
        value = msgspec.json.decode(raw) if raw else {}
    except msgspec.DecodeError:
        return {"raw": raw}
    return value if isinstance(value, dict) else {"raw": value}


_SHAPED = frozenset({"events", "input_messages", "output_messages", "parameters", "variables", "price_lines"})


def _same(row: Mapping[str, Any], view: type[TraceRow | SpanView | LedgerRow]) -> dict[str, Any]:
    """Return the columns that the view shows as they are."""
    return {name: row[name] for name in view.model_fields if name in row and name not in _SHAPED}
