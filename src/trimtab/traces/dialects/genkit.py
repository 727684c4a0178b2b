"""Firebase Genkit: attributes named `genkit:…`, with the request and the answer as JSON, usage within the answer."""

from typing import Any, Final

from trimtab.llm.usage import Usage
from trimtab.traces.dialects import content, provider, tokens
from trimtab.traces.dialects.reading import Reading, Role
from trimtab.traces.otlp.value import Span

NAME: Final = "genkit"
ROOTS: Final = frozenset({"genkit"})

_ROLES: Final = {
    "model": (Role.MODEL, "chat"),
    "embedder": (Role.EMBEDDING, "embeddings"),
    "reranker": (Role.EMBEDDING, "rerank"),
    "flow": (Role.AGENT, "invoke_workflow"),
    "prompt": (Role.AGENT, "invoke_agent"),
    "util": (Role.AGENT, ""),
    "tool": (Role.TOOL, "execute_tool"),
    "retriever": (Role.RETRIEVER, "retrieval"),
}

_EXCLUSIVE: Final = frozenset({"anthropic", "bedrock"})


def read(span: Span) -> Reading | None:
    """Read one span."""
    found = span.attributes
    kind = content.first_text(found, "genkit:metadata:subtype", "genkit:type")
    role, operation = _ROLES.get(kind, (Role.OTHER, ""))
    named = content.text(found.get("genkit:name"))
    maker, _, model = named.rpartition("/")
    said, wrote = content.as_object(found.get("genkit:input")), content.as_object(found.get("genkit:output"))
    is_call = role in (Role.MODEL, Role.EMBEDDING)
    return Reading(
        role=role,
        operation=operation,
        provider=maker.partition("/")[0] if is_call else "",
        request_model=model if is_call else "",
        usage=_usage(wrote.get("usage"), maker.partition("/")[0]) if role is Role.MODEL else None,
        parameters=content.as_object(said.get("config")),
        input_messages=_messages(said.get("messages")) or content.text(found.get("genkit:input")),
        output_messages=_answer(wrote) or content.text(found.get("genkit:output")),
        session_id=content.text(found.get("genkit:sessionId")),
        is_error=found.get("genkit:state") == "error",
        read_keys=frozenset(name for name in ("genkit:input", "genkit:output") if found.get(name)),
    )


def _usage(value: Any, maker: str) -> Usage | None:  # noqa: ANN401 - any JSON
    said = content.as_object(value)
    if not said:
        return None
    if provider.kind(maker, "") in _EXCLUSIVE:
        # As at Anthropic: the input without what was cached, which is told beside it in the provider's own words.
        own = content.as_object(said.get("custom"))
        totals = {"input_tokens": said.get("inputTokens"), "output_tokens": said.get("outputTokens")}
        return tokens.of_provider(own | totals)
    # As at Gemini: cached content is within the input, thoughts are beside the output.
    thought = tokens.first(said, "thoughtsTokens") or 0
    wrote = tokens.first(said, "outputTokens")
    return tokens.inclusive(
        tokens.Counts(
            input=tokens.first(said, "inputTokens"),
            output=None if wrote is None else wrote + thought,
            cache_read=tokens.first(said, "cachedContentTokens") or 0,
            reasoning=thought,
        )
    )


def _messages(value: Any) -> str:  # noqa: ANN401 - any JSON
    messages = content.as_list(value)
    return content.json([_message(item) for item in messages if isinstance(item, dict)]) if messages else ""


def _answer(wrote: dict[str, Any]) -> str:
    message = wrote.get("message")
    if not isinstance(message, dict):
        return ""
    return content.json([{"message": _message(message), "finish_reason": wrote.get("finishReason")}])


def _message(item: dict[str, Any]) -> dict[str, Any]:
    role = "assistant" if item.get("role") == "model" else item.get("role")
    message: dict[str, Any] = {"role": role}
    parts, calls = [], []
    for part in content.as_list(item.get("content")):
        asked = content.as_object(part.get("toolRequest")) if isinstance(part, dict) else {}
        if asked:
            calls.append(
                {
                    "id": asked.get("ref", ""),
                    "function": {"name": asked.get("name", ""), "arguments": asked.get("input", "")},
                }
            )
        else:
            parts.append(part)
    message["content"] = parts
    if calls:
        message["tool_calls"] = calls
    return message
