"""The record of one call, as the gateway spools it and the collector receives it.

One `Call` is what a client asked for; each `Attempt` is one request to an upstream, and becomes one ledger row. The
record is complete for every outcome: a client that vanished, an upstream that broke off, a request that was refused.
Fields may be added at the end with a default, never moved or removed: old spools must stay readable.
"""

from enum import StrEnum

import msgspec

from trimtab.llm.usage import Usage, UsageSource


class Outcome(StrEnum):
    """How a call or an attempt ended."""

    OK = "ok"
    REFUSED = "refused"
    """The gateway said no before any upstream was asked (unknown model, missing variable, ...)."""
    UPSTREAM_REJECTED = "upstream_rejected"
    """The upstream answered 4xx."""
    UPSTREAM_ERROR = "upstream_error"
    """The upstream answered 5xx, nonsense, or broke off."""
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    """No connection to the upstream could be made."""
    CLIENT_GONE = "client_gone"
    """The client closed the connection before the answer was complete."""


class PromptRef(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Which release of which prompt a call came from."""

    name: str
    version: int
    release_id: str
    environment: str
    arm: str = "main"


class Attempt(msgspec.Struct, kw_only=True, array_like=True):
    """One request to one upstream. Times are nanoseconds since the Unix epoch."""

    span_id: str
    provider: str
    """The provider's name in the project, such as `openai` or `local`."""
    provider_kind: str
    """The kind of provider, such as `openai` or `vllm`; the key into the price book."""
    model: str
    """The model asked for, as sent upstream."""
    started_ns: int
    ended_ns: int = 0
    first_token_ns: int | None = None
    """When the first byte of content arrived; for a plain call, when the answer's head did."""
    status_code: int | None = None
    outcome: Outcome = Outcome.OK
    error_type: str = ""
    error_message: str = ""
    response_id: str = ""
    response_model: str = ""
    system_fingerprint: str = ""
    service_tier: str = ""
    finish_reasons: list[str] = []
    usage: Usage | None = None
    usage_source: UsageSource = UsageSource.NONE


class Call(msgspec.Struct, kw_only=True, array_like=True):
    """One call to the gateway. Raw fields hold JSON as it went over the wire, parsed only where it is shown."""

    request_id: str
    project_id: str
    environment: str
    key_id: str
    trace_id: str
    span_id: str
    parent_span_id: str = ""
    operation: str = "chat"
    requested_model: str = ""
    """What the client wrote: `openai/gpt-5`, an alias, or `prompt:support/answer`."""
    stream: bool = False
    started_ns: int
    ended_ns: int = 0
    status_code: int = 0
    outcome: Outcome = Outcome.OK
    error_code: str = ""
    error_message: str = ""
    prompt: PromptRef | None = None
    feature: str = ""
    user_id: str = ""
    session_id: str = ""
    team: str = ""
    metadata: dict[str, str] = {}
    is_sample: bool = False
    input_messages: bytes = b""
    """JSON array of the messages sent upstream, in OpenAI's shape."""
    parameters: bytes = b""
    """JSON object of everything else that was sent upstream: temperature, tools, response format."""
    output_messages: bytes = b""
    """JSON array of choices `{"message": {...}, "finish_reason": ...}`; a stream is joined into this."""
    variables: bytes = b""
    """JSON object of the values a prompt was rendered with."""
    attempts: list[Attempt] = []
    keeps_content: bool = True
    """Whether the project lets the messages of this call be kept; without it they never reach a disk."""
