"""Google's Agent Development Kit: the request to the model and its answer, whole, as JSON in two attributes."""

from typing import Any, Final

from trimtab.traces.dialects import content, tokens
from trimtab.traces.dialects.reading import Reading, Role
from trimtab.traces.otlp.value import Span

NAME: Final = "adk"
ROOTS: Final = frozenset({"gcp"})

_OWN: Final = "gcp.vertex.agent."


def read(span: Span) -> Reading | None:
    """Read one span, or None when it is not of this library."""
    found = span.attributes
    request = content.as_object(found.get(f"{_OWN}llm_request"))
    response = content.as_object(found.get(f"{_OWN}llm_response"))
    if not any(key.startswith(_OWN) for key in found):
        return None
    is_call = bool(request) or span.name == "call_llm"
    usage = content.as_object(response.get("usage_metadata"))
    # Models of others come through LiteLLM, by names such as openai/gpt-5.
    maker, _, model = content.text(request.get("model")).rpartition("/")
    reading = Reading(
        role=Role.MODEL if is_call else None,
        operation="chat" if is_call else "",
        provider=maker.partition("/")[0],
        request_model=model,
        response_model=content.text(response.get("model_version")),
        usage=tokens.of_provider(usage) if usage else None,
        session_id=content.first_text(found, f"{_OWN}session_id"),
        input_messages=_input(request),
        output_messages=_output(response),
    )
    if is_call:
        names = (f"{_OWN}llm_request", f"{_OWN}llm_response")
        # What was not understood whole stays an attribute.
        reading.read_keys = frozenset(
            name for name, text in zip(names, (reading.input_messages, reading.output_messages), strict=True) if text
        )
        reading.parameters = {
            key: value for key, value in content.as_object(request.get("config")).items() if key != "system_instruction"
        }
    else:
        reading.input_messages = content.text(found.get(f"{_OWN}tool_call_args"))
        reading.output_messages = content.text(found.get(f"{_OWN}tool_response"))
    return reading


def _input(request: dict[str, Any]) -> str:
    messages = [_message(item) for item in content.as_list(request.get("contents")) if isinstance(item, dict)]
    system = content.as_object(request.get("config")).get("system_instruction")
    if system:
        messages.insert(0, {"role": "system", "content": content.text(system)})
    return content.json(messages) if messages else ""


def _output(response: dict[str, Any]) -> str:
    said = content.as_object(response.get("content"))
    if not said:
        return ""
    return content.json([{"message": _message(said), "finish_reason": response.get("finish_reason")}])


def _message(item: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant" if item.get("role") == "model" else item.get("role", "user")}
    parts, calls = [], []
    for part in content.as_list(item.get("parts")):
        asked = content.as_object(part.get("function_call")) if isinstance(part, dict) else {}
        if asked:
            calls.append(
                {
                    "id": asked.get("id", ""),
                    "function": {"name": asked.get("name", ""), "arguments": asked.get("args", "")},
                }
            )
        elif isinstance(part, dict) and "function_response" in part:
            message["role"] = "tool"
            parts.append({"type": "text", "text": content.text(part["function_response"])})
        else:
            parts.append(part)
    message["content"] = parts
    if calls:
        message["tool_calls"] = calls
    return message
