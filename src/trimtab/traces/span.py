"""The native schema as values: a span of a call, and the ledger's entry for one request to an upstream.

A span's attributes carry OpenTelemetry's `gen_ai.*` names; what the product cuts its numbers by stands beside them as
fields of its own, the same on spans and on the ledger.

None of these values can be part of a circle: `gc=False` spares the search for circles to look at the many there are.
"""

from decimal import Decimal
from enum import StrEnum

import msgspec

from trimtab.llm.usage import Usage


class SpanKind(StrEnum):
    """Which side of a request a span describes, in OpenTelemetry's words."""

    SERVER = "server"
    """A request that came in: the root of what the gateway did."""
    CLIENT = "client"
    """A request that went out to an upstream."""
    INTERNAL = "internal"
    PRODUCER = "producer"
    """A message that was handed on, to be worked on later."""
    CONSUMER = "consumer"
    """The work on such a message."""


class Status(StrEnum):
    """Whether a span did what it was for."""

    OK = "ok"
    ERROR = "error"
    UNSET = "unset"
    """Nobody said; by OpenTelemetry's rules nothing went wrong."""


class Dimensions(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What every number can be cut by. Empty text, and version 0, mean "none"."""

    environment: str = ""
    key_id: str = ""
    feature: str = ""
    user_id: str = ""
    session_id: str = ""
    team: str = ""
    prompt_name: str = ""
    prompt_version: int = 0
    release_id: str = ""
    arm: str = ""
    provider: str = ""
    provider_kind: str = ""
    model: str = ""
    response_model: str = ""
    outcome: str = ""
    status_code: int = 0
    is_sample: bool = False


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened within a span, at nanoseconds since the Unix epoch."""

    name: str
    at_ns: int
    attributes: dict[str, str] = {}


class Span(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One span. Times are nanoseconds; the raw fields hold JSON text as it went over the wire."""

    project_id: str
    trace_id: str
    span_id: str
    parent_span_id: str
    request_id: str
    started_ns: int
    duration_ns: int
    ttft_ns: int | None
    name: str
    kind: SpanKind
    operation: str
    status: Status
    status_message: str
    error_code: str
    requested_model: str
    stream: bool
    dimensions: Dimensions
    usage: Usage
    usage_source: str
    cost_usd: Decimal | None
    cost_source: str
    attributes: dict[str, str]
    events: list[Event] = []
    input_messages: str = ""
    output_messages: str = ""
    parameters: str = ""
    variables: str = ""
    input_preview: str = ""
    output_preview: str = ""
    search_text: str = ""
    """Lower-case text of the messages, what a search looks through."""
    source: str = "gateway"
    """Who reported it: `gateway`, or `otlp` for what applications send."""
    dialect: str = ""
    """The vocabulary in which it was reported."""
    scope: str = ""
    """The library that reported it."""
    role: str = ""
    """What kind of work it is: `model`, `agent`, `tool`, …"""
    response_id: str = ""
    is_root: bool = False
    """Whether it stands for its trace in lists."""
    is_call: bool = False
    """Whether it is counted as a request. Of several spans that report one call, one is."""


class LedgerEntry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one request to an upstream used and cost, and why. `called_ns` is the start of the call that it served."""

    project_id: str
    trace_id: str
    span_id: str
    call_span_id: str
    request_id: str
    called_ns: int
    at_ns: int
    service_tier: str
    dimensions: Dimensions
    usage: Usage
    usage_source: str
    cost_usd: Decimal | None
    price_source: str
    price_version: str
    price_lines: str
    """JSON array of `{bucket, tokens, usd_per_million, cost_usd}`, amounts as text."""
    formula: str
