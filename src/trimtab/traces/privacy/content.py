"""Leaves the messages out of what is stored: tokens, cost, times, ids and metadata stay. Pure.

Nobody can list all names under which content may travel, so the rule is the other way round: an attribute stays when
its name is known to hold none, or when it holds numbers alone. Everything else goes.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from trimtab.llm.call import Call
from trimtab.llm.content_share import keeps_content
from trimtab.traces.otlp import value as otlp
from trimtab.traces.privacy.policy import Content
from trimtab.traces.span import Event, Span

LONGEST: Final = 256
"""Characters of a value that may hold no content by what its name says."""
_KEY: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")

_NAMES: Final = frozenset(
    f"{group}.{name}"
    for group, names in {
        "gen_ai": "system operation.name provider.name request.model response.model response.id "
        "response.finish_reasons "
        "output.type agent.id agent.name agent.version tool.name tool.type tool.call.id conversation.id data_source.id "
        "prompt.name prompt.version token.type evaluation.name evaluation.score.label embeddings.dimension.count",
        "llm": "model_name provider system request.type invocation_type",
        "openinference": "span.kind",
        "traceloop": "span.kind entity.name entity.path workflow.name prompt.key prompt.version",
        "langfuse": "observation.type observation.model.name observation.level observation.prompt.name environment "
        "observation.prompt.version trace.name user.id session.id version release trace.public internal.as_root",
        "langsmith": "span.kind trace.name trace.session_id trace.session_name",
        "logfire": "span_type level_num",
        "mlflow": "spanType traceRequestId experimentId spanFunctionName",
        "ai": "operationId model.id model.provider response.id response.model response.finishReason toolCall.name "
        "toolCall.id telemetry.functionId settings.maxRetries",
        "genkit": "type name path state metadata.subtype",
        "gcp": "vertex.agent.invocation_id vertex.agent.session_id vertex.agent.event_id vertex.agent.llm_request_id",
        "lk": "job_id room_name room_id participant_id participant_identity agent_name provider model_name speech_id",
        "operation": "name",
        "tool": "name id",
        "tool_call": "id function.name",
        "agent": "name",
        "graph": "node.id node.parent_id node.name",
        "embedding": "model_name",
        "reranker": "model_name top_k",
        "user": "id",
        "enduser": "id",
        "session": "id",
        "error": "type",
        "exception": "type escaped",
        "event": "name",
        "server": "address port",
        "http": "request.method route response.status_code",
        "rpc": "system service method",
        "db": "system system.name namespace operation.name",
        "messaging": "system operation.name",
        "network": "protocol.name protocol.version",
        "openai": "response.service_tier response.system_fingerprint request.service_tier api.type",
        "aws": "request_id",
        "otel": "status_code trace_state unknown",
    }.items()
    for name in names.split()
)
_BEGINNINGS: Final = (
    *("trimtab.", "resource.", "otel.scope.", "gen_ai.usage."),
    *("service.", "telemetry.sdk.", "deployment.", "cloud.", "k8s.", "container.", "host.", "os.", "process.runtime."),
    # What a caller says about a call stays: that is metadata.
    *("metadata.", "langfuse.trace.metadata.", "langfuse.observation.metadata.", "langfuse.trace.tags"),
    *("ai.telemetry.metadata.", "traceloop.association.properties.", "langsmith.metadata.", "gen_ai.request.metadata."),
)
_NEVER: Final = ("resource.process.command", "trimtab.variables", "trimtab.message")


def keeps(content: Content, environment: str, trace_id: str) -> bool:
    """Say whether the messages of a trace in an environment are kept."""
    return keeps_content(trace_id, content.environments.get(environment, 1.0))


def is_plain(name: str, value: Any, also: Sequence[str] = ()) -> bool:  # noqa: ANN401 - any attribute
    """Say whether an attribute holds no content; `also` are names, or beginnings that end in `*`, which stay too."""
    if _is_number(value):
        return True
    if any(name == each or (each.endswith("*") and name.startswith(each[:-1])) for each in also):
        return True
    if name in _NAMES or (name.startswith(_BEGINNINGS) and not name.startswith(_NEVER)):
        return _length(value) <= LONGEST
    return isinstance(value, str) and _holds_numbers(value)


def _length(value: Any) -> int:  # noqa: ANN401 - any attribute
    return len(value) if isinstance(value, str) else len(str(value))


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any attribute
    if isinstance(value, list | tuple):
        return all(_is_number(each) for each in value)
    if isinstance(value, dict):
        return all(_KEY.fullmatch(str(key)) and _is_number(each) for key, each in value.items())
    return value is None or isinstance(value, bool | int | float)


def _holds_numbers(text: str) -> bool:
    if not text or len(text) > LONGEST:
        return not text
    try:
        return _is_number(msgspec.json.decode(text))
    except (ValueError, RecursionError):
        return False


def plain_names(also: Sequence[str] = ()) -> tuple[list[str], list[str], list[str]]:
    """Return the names, the beginnings of names, and the exceptions to these, of attributes that hold no content."""
    exact = [each for each in also if not each.endswith("*")]
    beginnings = [each[:-1] for each in also if each.endswith("*")]
    return sorted(_NAMES | set(exact)), [*_BEGINNINGS, *beginnings], list(_NEVER)


def without(found: Mapping[str, Any], also: Sequence[str] = ()) -> dict[str, Any]:
    """Return the attributes that hold no content."""
    return {name: value for name, value in found.items() if is_plain(name, value, also)}


def strip_span(span: Span, also: Sequence[str] = ()) -> Span:
    """Return a native span without its content."""
    return replace(
        span,
        status_message="",
        attributes=without(span.attributes, also),
        events=[
            Event(name=event.name, at_ns=event.at_ns, attributes=without(event.attributes, also))
            for event in span.events
        ],
        input_messages="",
        output_messages="",
        parameters=_numbers_of(span.parameters),
        variables="",
        input_preview="",
        output_preview="",
        search_text="",
    )


def strip_raw_span(span: otlp.Span, also: Sequence[str] = ()) -> None:
    """Take the content out of a span as it was sent."""
    span.status_message = ""
    span.attributes = without(span.attributes, also)
    for event in span.events:
        event.attributes = without(event.attributes, also)
    for link in span.links:
        link.attributes = without(link.attributes, also)


def strip_log(record: otlp.LogRecord, also: Sequence[str] = ()) -> None:
    """Take the content out of a log record; numbers and known names of its body stay."""
    record.attributes = without(record.attributes, also)
    record.body = without(record.body, also) if isinstance(record.body, dict) else None


def strip_call(call: Call) -> None:
    """Take the content out of the gateway's record of a call."""
    call.input_messages = call.output_messages = call.variables = b""
    call.parameters = _numbers_of(call.parameters.decode("utf-8", "replace")).encode()
    call.error_message = ""
    for attempt in call.attempts:
        attempt.error_message = ""


def strip_event(body: Mapping[str, Any], *, with_metadata: bool = True) -> dict[str, Any]:
    """Return the body of an event of Langfuse's older clients without content: what its schema has for other things."""
    kept = {name: value for name, value in body.items() if name in _EVENT}
    numbers = body.get("modelParameters")
    if isinstance(numbers, dict):
        kept["modelParameters"] = {name: value for name, value in numbers.items() if _is_number(value)}
    for name in ("metadata", "userId", "sessionId", "tags") if with_metadata else ():
        if name in body:
            kept[name] = body[name]
    return kept


_EVENT: Final = frozenset(
    [
        "id",
        "traceId",
        "parentObservationId",
        "observationId",
        "name",
        "timestamp",
        "startTime",
        "endTime",
        "completionStartTime",
        "model",
        "usage",
        "usageDetails",
        "costDetails",
        "level",
        "environment",
        "release",
        "version",
        "promptName",
        "promptVersion",
        "public",
        "type",
        "value",
        "dataType",
        "configId",
    ]
)


def strip_reason(reason: str) -> str:
    """Return why an item was refused without the values that it quotes."""
    return _QUOTED.sub("'…'", reason)


def _numbers_of(parameters: str) -> str:
    """Return the parameters of a call that are numbers, such as its temperature."""
    try:
        found = msgspec.json.decode(parameters) if parameters else None
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    numbers = {name: value for name, value in found.items() if isinstance(value, bool | int | float)}
    return msgspec.json.encode(numbers).decode() if numbers else ""
