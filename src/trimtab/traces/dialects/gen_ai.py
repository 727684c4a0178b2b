"""OpenTelemetry's GenAI conventions, current and past names. Every total contains its parts.

It is what most spans speak, beside a second dialect too, so it runs for nearly every span.
"""

from typing import Any, Final

from trimtab.llm.usage import Usage
from trimtab.traces.dialects import content, tokens
from trimtab.traces.dialects.reading import Reading, Role
from trimtab.traces.otlp.value import Attributes, Event, Span

NAME: Final = "gen_ai"
ROOTS: Final = frozenset({"gen_ai", "mcp"})

ROLES: Final = {
    "chat": Role.MODEL,
    "generate_content": Role.MODEL,
    "text_completion": Role.MODEL,
    "completion": Role.MODEL,
    "responses": Role.MODEL,
    "embeddings": Role.EMBEDDING,
    "rerank": Role.EMBEDDING,
    "retrieval": Role.RETRIEVER,
    "execute_tool": Role.TOOL,
    "create_agent": Role.AGENT,
    "invoke_agent": Role.AGENT,
    "invoke_workflow": Role.AGENT,
    "plan": Role.AGENT,
}
"""What is not here, such as operations on memory, is part of an LLM application all the same."""

_PARAMETERS: Final = {
    "gen_ai.request.temperature": "temperature",
    "gen_ai.request.top_p": "top_p",
    "gen_ai.request.top_k": "top_k",
    "gen_ai.request.max_tokens": "max_tokens",
    "gen_ai.request.stop_sequences": "stop",
    "gen_ai.request.seed": "seed",
    "gen_ai.request.frequency_penalty": "frequency_penalty",
    "gen_ai.request.presence_penalty": "presence_penalty",
    "gen_ai.request.choice.count": "n",
    "gen_ai.request.reasoning.level": "reasoning_effort",
    "gen_ai.output.type": "output_type",
    "gen_ai.tool.definitions": "tools",
}

_INPUT_NAMES: Final = ("gen_ai.input.messages", "gen_ai.prompt", "gen_ai.content.prompt")
_OUTPUT_NAMES: Final = ("gen_ai.output.messages", "gen_ai.completion", "gen_ai.content.completion")
_SYSTEM: Final = "gen_ai.system_instructions"

_MESSAGE_EVENTS: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}


def read(span: Span) -> Reading:
    """Read one span."""
    found = span.attributes
    reading = Reading(usage=usage_of(found))
    # Attributes are far fewer than the names that they may have: each is looked up once.
    for name, value in found.items():
        field = _TEXT_FIELDS.get(name)
        if field is not None:
            setattr(reading, field, value if type(value) is str else content.text(value))
        elif name in _PARAMETERS:
            reading.parameters = {**reading.parameters, _PARAMETERS[name]: value}
    if not reading.provider:
        reading.provider = content.text(found.get("gen_ai.system"))
    reading.role = ROLES.get(reading.operation) or _role(found, reading.operation)
    if not _REST.isdisjoint(found):
        _read_rest(found, reading)
    _read_messages(span, reading)
    if reading.role is Role.TOOL:
        reading.input_messages = reading.input_messages or content.text(found.get("gen_ai.tool.call.arguments"))
        reading.output_messages = reading.output_messages or content.text(found.get("gen_ai.tool.call.result"))
    return reading


_TEXT_FIELDS: Final = {
    "gen_ai.operation.name": "operation",
    "gen_ai.provider.name": "provider",
    "gen_ai.request.model": "request_model",
    "gen_ai.response.model": "response_model",
    "gen_ai.response.id": "response_id",
    "gen_ai.conversation.id": "session_id",
    "gen_ai.prompt.name": "prompt_name",
}
_REST: Final = frozenset(
    {
        "gen_ai.response.service_tier",
        "openai.response.service_tier",
        "gen_ai.openai.response.service_tier",
        "gen_ai.prompt.version",
        "gen_ai.request.stream",
        "gen_ai.is_streaming",
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.server.time_to_first_token",
        "gen_ai.usage.cost",
    }
)
"""What most spans do not have."""


def _role(found: Attributes, operation: str) -> Role:
    if operation:
        return Role.OTHER
    if "gen_ai.tool.name" in found or "mcp.method.name" in found:
        return Role.TOOL
    if "gen_ai.request.model" in found or "gen_ai.response.model" in found:
        # Old senders name no operation; a request to a model says which.
        return Role.MODEL
    return Role.OTHER


def _read_rest(found: Attributes, reading: Reading) -> None:
    get = found.get
    reading.service_tier = content.first_text(
        found, "gen_ai.response.service_tier", "openai.response.service_tier", "gen_ai.openai.response.service_tier"
    )
    if (version := get("gen_ai.prompt.version")) is not None:
        reading.prompt_version = tokens.count(version)
    if (stream := get("gen_ai.request.stream")) is not None or (stream := get("gen_ai.is_streaming")) is not None:
        reading.stream = stream is True or stream == "true"
    first = get("gen_ai.response.time_to_first_chunk", get("gen_ai.server.time_to_first_token"))
    if first is not None:
        reading.ttft_ns = content.seconds_to_ns(first)
    if (cost := get("gen_ai.usage.cost")) is not None:
        reading.reported_cost_usd = content.dollars(cost)


def usage_of(found: Attributes) -> Usage | None:
    """Return the buckets that `gen_ai.usage.*` in any of its spellings says."""
    read = tokens.first(found, "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
    wrote = tokens.first(found, "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
    if read is None and wrote is None:
        if _MODALITIES.isdisjoint(found):
            return None
        read, wrote = _of_modalities(found, "input_tokens"), _of_modalities(found, "output_tokens")
        if read is None and wrote is None:
            return None
    if _DETAILS.isdisjoint(found):
        return Usage(input_uncached=read or 0, output_text=wrote or 0)
    # Cached audio and images are among the cached tokens already.
    heard = tokens.first(found, "gen_ai.usage.audio.cache_read.input_tokens") or 0
    seen = tokens.first(found, "gen_ai.usage.image.cache_read.input_tokens") or 0
    return tokens.inclusive(
        tokens.Counts(
            input=read,
            output=wrote,
            cache_read=tokens.first(found, *_CACHE_READ) or 0,
            cache_write=tokens.first(found, *_CACHE_WRITE) or 0,
            cache_write_1h=tokens.first(found, *_CACHE_WRITE_1H) or 0,
            reasoning=tokens.first(found, *_REASONING) or 0,
            input_audio=max(0, (tokens.first(found, *_INPUT_AUDIO) or 0) - heard),
            input_image=max(0, (tokens.first(found, *_INPUT_IMAGE) or 0) - seen),
            output_audio=tokens.first(found, *_OUTPUT_AUDIO) or 0,
            total=tokens.first(found, *_TOTAL),
        )
    )


def _of_modalities(found: Attributes, what: str) -> int | None:
    """Return the total of a sender that counts each modality and names no total."""
    counts = [tokens.first(found, f"gen_ai.usage.{modality}.{what}") for modality in ("text", "audio", "image")]
    known = [each for each in counts if each is not None]
    return sum(known) if known else None


_MODALITIES: Final = frozenset(
    f"gen_ai.usage.{modality}.{what}"
    for modality in ("text", "audio", "image")
    for what in ("input_tokens", "output_tokens")
)
_CACHE_READ: Final = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.cache_read_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.cached_tokens",
    "gen_ai.usage.cached_input_tokens",
    "gen_ai.usage.input_cached_tokens",
    "gen_ai.usage.prompt_tokens_details.cached_tokens",
    "gen_ai.usage.input_tokens_details.cached_tokens",
    "gen_ai.usage.details.cache_read_tokens",
    "gen_ai.usage.details.cache_read_input_tokens",
    "gen_ai.usage.details.cached_tokens",
    "gen_ai.usage.details.cached_content_tokens",
)
_CACHE_WRITE: Final = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.cache_write_tokens",
    "gen_ai.usage.input_tokens.cache_write",
    "gen_ai.usage.input_cache_creation",
    "gen_ai.usage.prompt_tokens_details.cache_write_tokens",
    "gen_ai.usage.input_tokens_details.cache_write_tokens",
    "gen_ai.usage.details.cache_write_tokens",
    "gen_ai.usage.details.cache_creation_input_tokens",
    "gen_ai.usage.details.cache_creation_tokens",
)
_CACHE_WRITE_1H: Final = (
    "gen_ai.usage.cache_write_1h.input_tokens",
    "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens",
    "gen_ai.usage.details.ephemeral_1h_input_tokens",
)
_REASONING: Final = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.reasoning_output_tokens",
    "gen_ai.usage.completion_tokens_details.reasoning_tokens",
    "gen_ai.usage.output_tokens_details.reasoning_tokens",
    "gen_ai.usage.details.reasoning_tokens",
    "gen_ai.usage.details.thoughts_tokens",
    "gen_ai.usage.experimental.reasoning_tokens",
)
_INPUT_AUDIO: Final = (
    "gen_ai.usage.audio.input_tokens",
    "gen_ai.usage.input_audio_tokens",
    "gen_ai.usage.details.input_audio_tokens",
)
_OUTPUT_AUDIO: Final = (
    "gen_ai.usage.audio.output_tokens",
    "gen_ai.usage.output_audio_tokens",
    "gen_ai.usage.details.output_audio_tokens",
)


_INPUT_IMAGE: Final = ("gen_ai.usage.image.input_tokens",)
_TOTAL: Final = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens")
_DETAILS: Final = frozenset(
    (
        *_CACHE_READ,
        *_CACHE_WRITE,
        *_CACHE_WRITE_1H,
        *_REASONING,
        *_INPUT_AUDIO,
        *_OUTPUT_AUDIO,
        *_INPUT_IMAGE,
        *_TOTAL,
    )
)
"""What most spans do not name: those have two numbers."""


def _read_messages(span: Span, reading: Reading) -> None:
    found = span.attributes
    read: list[str] = []
    said = next((name for name in _INPUT_NAMES if found.get(name)), "")
    wrote = next((name for name in _OUTPUT_NAMES if found.get(name)), "")
    if said:
        reading.input_messages = content.text(found[said])
        read.append(said)
    if system := found.get(_SYSTEM):
        reading.input_messages = _with_system(system, reading.input_messages)
        read.append(_SYSTEM)
    if wrote:
        reading.output_messages = content.text(found[wrote])
        read.append(wrote)
    reading.read_keys = frozenset(read)
    if not said:
        reading.input_messages = reading.input_messages or _numbered(found, "gen_ai.prompt", reading)
    if not wrote:
        reading.output_messages = _numbered(found, "gen_ai.completion", reading)
    if span.events and not (said and wrote):
        _read_events(span.events, reading)


def _with_system(system: Any, messages: str) -> str:  # noqa: ANN401 - any attribute
    parts = content.parsed(system)
    if not isinstance(parts, list):
        parts = [{"type": "text", "content": content.text(system)}]
    others = content.parsed(messages) if messages else []
    if not isinstance(others, list):
        others = [{"role": "user", "content": messages}]
    return content.json([{"role": "system", "parts": parts}, *others])


def _numbered(found: Attributes, prefix: str, reading: Reading) -> str:
    """Return `gen_ai.prompt.<i>.*` and its like, which OpenLLMetry and others write, as messages."""
    if f"{prefix}.0.content" not in found and f"{prefix}.0.role" not in found:
        return ""
    reading.read_keys |= content.keys_under(found, (f"{prefix}.",)) - {"gen_ai.prompt.name", "gen_ai.prompt.version"}
    return content.json([_message(fields) for fields in content.numbered(found, prefix)])


def _message(fields: dict[str, Any]) -> dict[str, Any]:
    said = fields.get("content")
    structured = content.parsed(said) if isinstance(said, str) and said[:1] in "[{" else said
    message: dict[str, Any] = {"role": fields.get("role", ""), "content": said if structured is None else structured}
    calls = [
        {"id": call.get("id", ""), "function": {"name": call.get("name", ""), "arguments": call.get("arguments", "")}}
        for call in content.numbered(fields, "tool_calls")
    ]
    if calls:
        message["tool_calls"] = calls
    for name in ("tool_call_id", "finish_reason"):
        if name in fields:
            message[name] = fields[name]
    return message


def _read_events(events: list[Event], reading: Reading) -> None:
    """Take messages from span events: the first form of the conventions had one event for each."""
    inputs: list[dict[str, Any]] = []
    outputs: list[dict[str, Any]] = []
    for event in events:
        found = event.attributes
        role = _MESSAGE_EVENTS.get(event.name)
        if role is not None:
            inputs.append({"role": role} | _body(found))
        elif event.name == "gen_ai.choice":
            body = _body(found)
            message = content.as_object(body.get("message"))
            outputs.append(
                {"message": {"role": "assistant"} | (message or body), "finish_reason": body.get("finish_reason")}
            )
        elif event.name in ("gen_ai.content.prompt", "gen_ai.client.inference.operation.details"):
            said = found.get("gen_ai.prompt") or found.get("gen_ai.input.messages")
            wrote = found.get("gen_ai.output.messages")
            reading.input_messages = reading.input_messages or content.text(said)
            reading.output_messages = reading.output_messages or content.text(wrote)
        elif event.name == "gen_ai.content.completion":
            reading.output_messages = reading.output_messages or content.text(found.get("gen_ai.completion"))
    reading.input_messages = reading.input_messages or (content.json(inputs) if inputs else "")
    reading.output_messages = reading.output_messages or (content.json(outputs) if outputs else "")


def _body(found: Attributes) -> dict[str, Any]:
    whole = content.as_object(found.get("event_body"))
    body = dict(whole or found)
    for name in ("tool_calls", "content"):
        if isinstance(body.get(name), str) and body[name][:1] == "[":
            body[name] = content.parsed(body[name]) or body[name]
    if "id" in body and "tool_call_id" not in body:
        body["tool_call_id"] = body["id"]
    return body
