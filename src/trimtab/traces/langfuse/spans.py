"""Traces and observations of the older API as spans in Langfuse's own vocabulary over OpenTelemetry. Pure.

From there they go the way of every other span: the dialect reads them, the price book prices them.
"""

from typing import Any, Final

from trimtab.traces import named_ids as ids
from trimtab.traces.dialects import content
from trimtab.traces.langfuse.entity import Known
from trimtab.traces.otlp.value import Attributes, Scope, Span

SCOPE: Final = "langfuse.ingestion"
OBSERVATION_NAME: Final = "langfuse.observation.id"
TRACE_NAME: Final = "langfuse.trace.id"
"""Attributes with the names that the client gave, from which the ids are made."""

_OBSERVATION: Final = "langfuse.observation."
_TRACE: Final = "langfuse.trace."
_ERROR: Final = 2
_INTERNAL: Final = 1

_TRACE_FIELDS: Final = {
    "name": f"{_TRACE}name",
    "tags": f"{_TRACE}tags",
    "public": f"{_TRACE}public",
    "userId": "user.id",
    "sessionId": "session.id",
    "release": "langfuse.release",
    "version": "langfuse.version",
    "environment": "langfuse.environment",
}
_OBSERVATION_FIELDS: Final = {
    "level": f"{_OBSERVATION}level",
    "statusMessage": f"{_OBSERVATION}status_message",
    "completionStartTime": f"{_OBSERVATION}completion_start_time",
    "model": f"{_OBSERVATION}model.name",
    "modelParameters": f"{_OBSERVATION}model.parameters",
    "promptName": f"{_OBSERVATION}prompt.name",
    "promptVersion": f"{_OBSERVATION}prompt.version",
    "version": "langfuse.version",
    "environment": "langfuse.environment",
    "input": f"{_OBSERVATION}input",
    "output": f"{_OBSERVATION}output",
    "metadata": f"{_OBSERVATION}metadata",
}
_USAGE_NAMES: Final = {
    "promptTokens": "prompt_tokens",
    "completionTokens": "completion_tokens",
    "totalTokens": "total_tokens",
}
_USAGE_COSTS: Final = {"inputCost": "input", "outputCost": "output", "totalCost": "total"}
_TOKENS: Final = frozenset({"", "TOKENS", "tokens"})


def of_trace(trace: Known, *, ended_ns: int) -> Span:
    """Return the span that stands for the trace; it lasts until its last observation has ended."""
    attributes = _shared(trace) | {f"{_OBSERVATION}type": "span"}
    for name in ("input", "output", "metadata"):
        if name in trace.fields:
            attributes[f"{_TRACE}{name}"] = content.text(trace.fields[name])
    start_ns = trace.start_ns
    return Span(
        trace_id=ids.trace_id(trace.id),
        span_id=ids.root_span_id(trace.id),
        name=_text(trace, "name") or "trace",
        kind=_INTERNAL,
        start_ns=start_ns,
        end_ns=max(start_ns, ended_ns),
        attributes=attributes,
        scope=Scope(name=SCOPE),
    )


def of_observation(known: Known, trace: Known | None) -> Span:
    """Return the span of an observation, with what its trace says about all of them."""
    trace_name = known.trace or known.id
    attributes = (_shared(trace) if trace is not None else {TRACE_NAME: trace_name}) | {
        f"{_OBSERVATION}type": known.kind,
        OBSERVATION_NAME: known.id,
    }
    for name, attribute in _OBSERVATION_FIELDS.items():
        if name in known.fields:
            attributes[attribute] = _value(known.fields[name])
    if usage := usage_of(known.fields):
        attributes[f"{_OBSERVATION}usage_details"] = content.json(usage)
    if cost := cost_of(known.fields):
        attributes[f"{_OBSERVATION}cost_details"] = content.json(cost)
    if (unit := _unit(known.fields)) not in _TOKENS:
        attributes[f"{_OBSERVATION}usage.{unit.lower()}"] = content.json(known.fields["usage"])
    parent = _text(known, "parentObservationId")
    is_error = _text(known, "level") == "ERROR"
    return Span(
        trace_id=ids.trace_id(trace_name),
        span_id=ids.span_id(known.id),
        parent_span_id=ids.span_id(parent) if parent else ids.root_span_id(trace_name),
        name=_text(known, "name") or known.kind,
        kind=_INTERNAL,
        start_ns=known.start_ns,
        end_ns=known.end_ns,
        attributes=attributes,
        status_code=_ERROR if is_error else 0,
        status_message=_text(known, "statusMessage"),
        scope=Scope(name=SCOPE),
    )


def remarks(trace: Known) -> dict[str, str]:
    """Return what is said of a trace that others report, as attributes of its root."""
    found = {name: content.text(value) for name, value in _shared(trace).items() if name != TRACE_NAME}
    if "metadata" in trace.fields:
        found[f"{_TRACE}metadata"] = content.text(trace.fields["metadata"])
    return found


def usage_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the tokens of an observation, by what they are: `usageDetails`, or else the older `usage`."""
    details = fields.get("usageDetails")
    if isinstance(details, dict) and details:
        return details
    usage = fields.get("usage")
    if not isinstance(usage, dict) or _unit(fields) not in _TOKENS:
        return {}
    left_out = {"unit", *_USAGE_COSTS}
    return {_USAGE_NAMES.get(name) or name: value for name, value in usage.items() if name not in left_out}


def cost_of(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what the sender says that an observation cost: `costDetails`, or else the costs of the older `usage`."""
    details = fields.get("costDetails")
    if isinstance(details, dict) and details:
        return details
    usage = fields.get("usage")
    if not isinstance(usage, dict):
        return {}
    return {to: usage[name] for name, to in _USAGE_COSTS.items() if usage.get(name) is not None}


def _unit(fields: dict[str, Any]) -> str:
    usage = fields.get("usage")
    unit = usage.get("unit") if isinstance(usage, dict) else None
    return unit if isinstance(unit, str) else ""


def _shared(trace: Known) -> Attributes:
    found: Attributes = {TRACE_NAME: trace.id}
    for name, attribute in _TRACE_FIELDS.items():
        if name in trace.fields:
            found[attribute] = _value(trace.fields[name])
    return found


def _value(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a value as an attribute has it: text and numbers as they are, what has parts as JSON."""
    return content.json(value) if isinstance(value, (dict, list)) else value


def _text(known: Known, name: str) -> str:
    value = known.fields.get(name)
    return value if isinstance(value, str) else ""
