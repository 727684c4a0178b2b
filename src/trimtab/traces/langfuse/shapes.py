"""Rows of spans in the shapes of Langfuse's API. Pure."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from trimtab.llm.usage import BUCKETS, Usage
from trimtab.storage.warehouse.port import Row
from trimtab.traces.dialects import content
from trimtab.traces.langfuse.spans import OBSERVATION_NAME, TRACE_NAME
from trimtab.traces.range import from_ns_since_epoch

_TYPES: Final = {
    "model": "GENERATION",
    "embedding": "EMBEDDING",
    "agent": "AGENT",
    "tool": "TOOL",
    "retriever": "RETRIEVER",
}
ROLES: Final = {name: role for role, name in _TYPES.items()}
"""What the types of observations are called here."""
_NS_PER_S: Final = 1_000_000_000


def trace(row: Row, *, name: str, project_id: str, cost_usd: Decimal | None) -> dict[str, Any]:
    """Return a trace by its root; `name` is the client's name for it."""
    found = row["attributes"]
    at = _time(row["started_ns"])
    return {
        "id": name,
        "projectId": project_id,
        "timestamp": at,
        "createdAt": at,
        "updatedAt": at,
        "name": found.get("langfuse.trace.name") or row["name"],
        "input": said(row["input_messages"]),
        "output": said(row["output_messages"]),
        "sessionId": row["session_id"] or None,
        "userId": row["user_id"] or None,
        "release": found.get("langfuse.release"),
        "version": found.get("langfuse.version"),
        "metadata": content.parsed(found.get("langfuse.trace.metadata") or "null"),
        "tags": content.as_list(found.get("langfuse.trace.tags")),
        "public": found.get("langfuse.trace.public") == "true",
        "environment": row["environment"] or "default",
        "bookmarked": False,
        "externalId": None,
        "htmlPath": f"/project/{project_id}/traces/{row['trace_id']}",
        "latency": row["duration_ns"] / _NS_PER_S,
        "totalCost": float(cost_usd or 0),
    }


def observation(row: Row, *, project_id: str, names: dict[str, str]) -> dict[str, Any]:
    """Return an observation; `names` has the client's names of spans and traces by their ids."""
    found = row["attributes"]
    usage = Usage(**{bucket: row[bucket] for bucket in BUCKETS})
    details = {bucket: row[bucket] for bucket in BUCKETS if row[bucket]} | (
        {} if row["usage_source"] == "none" else {"input": usage.input_total, "output": usage.output_total}
    )
    total = usage.input_total + usage.output_total
    cost = float(row["cost_usd"]) if row["cost_usd"] is not None else None
    started = row["started_ns"]
    return {
        "id": names.get(row["span_id"], row["span_id"]),
        "traceId": names.get(row["trace_id"], row["trace_id"]),
        "projectId": project_id,
        "parentObservationId": names.get(row["parent_span_id"], row["parent_span_id"]) or None,
        "type": _TYPES.get(row["role"]) or (found.get("langfuse.observation.type") or "span").upper(),
        "name": row["name"],
        "startTime": _time(started),
        "endTime": _time(started + row["duration_ns"]),
        "completionStartTime": None if row["ttft_ns"] is None else _time(started + row["ttft_ns"]),
        "createdAt": _time(started),
        "updatedAt": _time(started),
        "input": said(row["input_messages"]),
        "output": said(row["output_messages"]),
        "metadata": content.parsed(found.get("langfuse.observation.metadata") or "null"),
        "level": found.get("langfuse.observation.level") or ("ERROR" if row["status"] == "error" else "DEFAULT"),
        "statusMessage": row["status_message"] or None,
        "version": found.get("langfuse.version"),
        "environment": row["environment"] or "default",
        "userId": row["user_id"] or None,
        "sessionId": row["session_id"] or None,
        "model": row["model"] or None,
        "modelId": None,
        "modelParameters": content.as_object(row["parameters"]),
        "promptId": None,
        "promptName": row["prompt_name"] or None,
        "promptVersion": row["prompt_version"] or None,
        "usage": {"input": usage.input_total, "output": usage.output_total, "total": total, "unit": "TOKENS"},
        "usageDetails": details,
        "costDetails": {} if cost is None else {"total": cost},
        "calculatedTotalCost": cost,
        "calculatedInputCost": None,
        "calculatedOutputCost": None,
        "inputPrice": None,
        "outputPrice": None,
        "totalPrice": None,
        "latency": row["duration_ns"] / _NS_PER_S,
        "timeToFirstToken": None if row["ttft_ns"] is None else row["ttft_ns"] / _NS_PER_S,
    }


def names_of(rows: list[Row]) -> dict[str, str]:
    """Return the client's own names of spans and traces, by their ids."""
    names: dict[str, str] = {}
    for row in rows:
        found = row["attributes"]
        if OBSERVATION_NAME in found:
            names[row["span_id"]] = found[OBSERVATION_NAME]
        if TRACE_NAME in found:
            names[row["trace_id"]] = found[TRACE_NAME]
    return names


def said(messages: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what was said, as it was sent."""
    if not messages:
        return None
    found = content.parsed(messages)
    return messages if found is None else found


def instant(at: datetime) -> str:
    """Return an instant as it stands in all answers."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _time(at_ns: int) -> str:
    return instant(from_ns_since_epoch(at_ns))
