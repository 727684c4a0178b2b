"""Logfire and Pydantic AI: `gen_ai` for the numbers, their own words for what was said and for runs of agents."""

from typing import Any, Final

from trimtab.traces.dialects import content
from trimtab.traces.dialects.reading import Reading, Role
from trimtab.traces.otlp.value import Span

NAME: Final = "logfire"
ROOTS: Final = frozenset({"logfire", "pydantic_ai", "agent_name", "all_messages_events", "events", "operation"})


def read(span: Span) -> Reading | None:
    """Read one span, or None when nothing in it is of this dialect."""
    found = span.attributes
    agent = content.text(found.get("agent_name"))
    is_run = bool(agent) and ("final_result" in found or span.name in ("agent run", f"{agent} run"))
    request = content.as_object(found.get("request_data"))
    response = content.as_object(found.get("response_data"))
    read = {name for name in ("pydantic_ai.all_messages", "all_messages_events", "events") if found.get(name)}
    if not (agent or read or request) and not any(key.startswith(("logfire.", "pydantic_ai.")) for key in found):
        return None
    said, wrote = _said(found)
    message = response.get("message")
    if not wrote and isinstance(message, dict):
        wrote = content.json([{"message": message}])
    return Reading(
        role=Role.AGENT if is_run else Role.MODEL if request.get("model") else None,
        operation="invoke_agent" if is_run else "",
        request_model=content.text(found.get("model_name")) if is_run else content.text(request.get("model")),
        input_messages=said or content.text(request.get("messages")),
        output_messages=wrote or content.text(found.get("final_result")),
        reported_cost_usd=content.dollars(found.get("operation.cost")),
        read_keys=frozenset(read),
    )


def _said(found: dict[str, Any]) -> tuple[str, str]:
    everything = content.as_list(found.get("pydantic_ai.all_messages"))
    if everything:
        split = len(everything)
        # The last turn of the model is what came back; all before it is what it was given.
        if isinstance(everything[-1], dict) and everything[-1].get("role") == "assistant":
            split -= 1
        return content.json(everything[:split]), content.json(everything[split:]) if everything[split:] else ""
    events = content.as_list(found.get("all_messages_events") or found.get("events"))
    inputs, outputs = [], []
    for event in events:
        if not isinstance(event, dict):
            continue
        if event.get("event.name") == "gen_ai.choice":
            outputs.append({"message": event.get("message"), "finish_reason": event.get("finish_reason")})
        else:
            inputs.append(event)
    return content.json(inputs) if inputs else "", content.json(outputs) if outputs else ""
