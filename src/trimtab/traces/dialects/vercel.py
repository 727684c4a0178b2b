"""Vercel's AI SDK. The outer span of a call sums up its steps; only `….doGenerate` and its like are calls.

Until version 5 the input of Anthropic and Bedrock leaves out cached tokens, as those providers count; from version 6
on totals contain their parts, which is told by the details that come along.
"""

from typing import Any, Final

from trimtab.llm.usage import Usage
from trimtab.traces.dialects import content, provider, tokens
from trimtab.traces.dialects.reading import Reading, Role
from trimtab.traces.otlp.value import Attributes, Span

NAME: Final = "vercel"
ROOTS: Final = frozenset({"ai"})

_CALLS: Final = (".doGenerate", ".doStream")
_INPUTS: Final = ("ai.prompt.messages", "ai.prompt", "ai.value", "ai.values", "ai.toolCall.args")
_OUTPUTS: Final = ("ai.response.text", "ai.response.object", "ai.toolCall.result", "ai.result.text", "ai.result.object")
_METADATA: Final = "ai.telemetry.metadata."
_EXCLUSIVE_KINDS: Final = frozenset({"anthropic", "bedrock"})


def read(span: Span) -> Reading | None:
    """Read one span, or None when it is not of this library."""
    found = span.attributes
    named = content.text(found.get("ai.operationId")) or span.name.partition(" ")[0]
    if not named.startswith("ai."):
        return None
    role, operation = _role(named)
    model = content.text(found.get("ai.model.id"))
    reading = Reading(
        role=role,
        operation=operation,
        provider=content.text(found.get("ai.model.provider")),
        request_model=model,
        response_model=content.text(found.get("ai.response.model")),
        response_id=content.text(found.get("ai.response.id")),
        usage=_usage(found),
        user_id=content.first_text(found, f"{_METADATA}userId", f"{_METADATA}user_id"),
        session_id=content.first_text(
            found, f"{_METADATA}sessionId", f"{_METADATA}session_id", f"{_METADATA}conversationId"
        ),
        feature=content.text(found.get("ai.telemetry.functionId")),
        stream=True if "stream" in named.lower() else None,
        ttft_ns=content.milliseconds_to_ns(
            found.get("ai.response.msToFirstChunk", found.get("ai.stream.msToFirstChunk"))
        ),
        parameters={
            key.removeprefix("ai.settings."): value for key, value in found.items() if key.startswith("ai.settings.")
        },
    )
    _read_content(found, reading)
    return reading


def _role(named: str) -> tuple[Role, str]:
    if named.endswith(_CALLS):
        return Role.MODEL, "chat"
    if named.endswith(".doEmbed"):
        return Role.EMBEDDING, "embeddings"
    if named == "ai.toolCall":
        return Role.TOOL, "execute_tool"
    return Role.AGENT, "invoke_workflow"


def _usage(found: Attributes) -> Usage | None:
    detailed = any(key.startswith("ai.usage.inputTokenDetails.") for key in found)
    counts = tokens.Counts(
        input=tokens.first(found, "ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
        output=tokens.first(found, "ai.usage.outputTokens", "ai.usage.completionTokens"),
        cache_read=tokens.first(found, "ai.usage.inputTokenDetails.cacheReadTokens", "ai.usage.cachedInputTokens") or 0,
        cache_write=tokens.first(found, "ai.usage.inputTokenDetails.cacheWriteTokens") or _written(found),
        reasoning=tokens.first(found, "ai.usage.outputTokenDetails.reasoningTokens", "ai.usage.reasoningTokens") or 0,
        total=None if detailed else tokens.first(found, "ai.usage.totalTokens"),
    )
    named = content.text(found.get("ai.model.provider"))
    kind = provider.kind(named, content.text(found.get("ai.model.id")))
    if not detailed and kind in _EXCLUSIVE_KINDS:
        counts.total = None  # input and output only, whatever was cached
        return tokens.exclusive(counts, reasoning_apart=False)
    return tokens.inclusive(counts)


def _written(found: Attributes) -> int:
    """Return cache writes, which before version 6 are only in what the provider added."""
    added = content.as_object(found.get("ai.response.providerMetadata"))
    of_anthropic = content.as_object(added.get("anthropic"))
    of_bedrock = content.as_object(content.as_object(added.get("bedrock")).get("usage"))
    return (
        tokens.first(of_anthropic, "cacheCreationInputTokens") or tokens.first(of_bedrock, "cacheWriteInputTokens") or 0
    )


def _read_content(found: Attributes, reading: Reading) -> None:
    read = set()
    for name in _INPUTS:
        if found.get(name):
            reading.input_messages = _input(found[name])
            read.add(name)
            break
    message: dict[str, Any] = {"role": "assistant"}
    for name in _OUTPUTS:
        if found.get(name):
            message["content"] = content.text(found[name])
            read.add(name)
            break
    calls = content.as_list(found.get("ai.response.toolCalls"))
    if calls:
        message["tool_calls"] = [_tool_call(call) for call in calls if isinstance(call, dict)]
        read.add("ai.response.toolCalls")
    if len(message) > 1:
        reason = found.get("ai.response.finishReason")
        reading.output_messages = content.json([{"message": message, "finish_reason": reason}])
    reading.read_keys = frozenset(read)


def _input(value: Any) -> str:  # noqa: ANN401 - any attribute
    found = content.parsed(value)
    if isinstance(found, dict) and "messages" in found:
        system = [{"role": "system", "content": found["system"]}] if found.get("system") else []
        return content.json([*system, *_list(found["messages"])])
    if isinstance(found, dict) and isinstance(found.get("prompt"), str):
        system = [{"role": "system", "content": found["system"]}] if found.get("system") else []
        return content.json([*system, {"role": "user", "content": found["prompt"]}])
    if isinstance(found, list) and all(isinstance(item, str) for item in found):
        # Each message of a prompt, or each value to embed, as JSON text of its own.
        inner = [content.parsed(item) for item in found]
        return content.json([item if part is None else part for item, part in zip(found, inner, strict=True)])
    return content.text(value)


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, list) else [value]


def _tool_call(call: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": call.get("toolCallId", ""),
        "function": {"name": call.get("toolName", ""), "arguments": call.get("args", call.get("input", ""))},
    }
