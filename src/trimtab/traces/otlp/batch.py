"""A decoded batch: what can be taken, and what was refused with its reason. And the rules that both encodings share."""

from dataclasses import dataclass, field
from typing import Final, Literal

from trimtab.base.errors import InvalidInput
from trimtab.traces.otlp.value import LogRecord, Metrics, Refused, Scope, Span

Signal = Literal["traces", "logs", "metrics"]

TRACE_ID_BYTES: Final = 16
SPAN_ID_BYTES: Final = 8
_NO_TRACE_ID: Final = bytes(TRACE_ID_BYTES)
_NO_SPAN_ID: Final = bytes(SPAN_ID_BYTES)
MOST_EVENTS: Final = 1_000
"""Of one span; what comes after is left out and counted in an attribute."""


@dataclass(slots=True)
class Batch:
    """What one request holds. The order of the items is that of the wire."""

    spans: list[Span] = field(default_factory=list)
    logs: list[LogRecord] = field(default_factory=list)
    metrics: Metrics = field(default_factory=lambda: Metrics(points={}))
    refused: list[Refused] = field(default_factory=list)

    def set_scope(self, scope: Scope) -> None:
        """Say of all items who had sent them."""
        for span in self.spans:
            span.scope = scope
        for record in self.logs:
            record.scope = scope
        for item in self.refused:
            item.scope = scope


def check_ids(trace_id: bytes, span_id: bytes) -> None:
    """Let a span's ids pass.

    Raises:
        InvalidInput: they are not 16 and 8 bytes, or all zero.
    """
    if len(trace_id) != TRACE_ID_BYTES or trace_id == _NO_TRACE_ID:
        raise InvalidInput(f"trace id {trace_id.hex()!r} is not {TRACE_ID_BYTES} bytes that are not all zero")
    if len(span_id) != SPAN_ID_BYTES or span_id == _NO_SPAN_ID:
        raise InvalidInput(f"span id {span_id.hex()!r} is not {SPAN_ID_BYTES} bytes that are not all zero")


def other_signal(found: Signal, wanted: Signal) -> InvalidInput:
    """Return the error for a batch that came to the path of another signal."""
    return InvalidInput(
        f"this is a batch of {found}, sent to the path for {wanted}",
        hint=f"Send it to the same address with /v1/{found} at its end.",
    )
