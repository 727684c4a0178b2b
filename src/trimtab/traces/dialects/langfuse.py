"""Langfuse's SDKs. Values are JSON in text, and the buckets of `usage_details` do not contain one another."""

from datetime import datetime
from typing import Any, Final

from trimtab.llm.usage import Usage
from trimtab.traces.dialects import content, tokens
from trimtab.traces.dialects.reading import Reading, Role
from trimtab.traces.otlp.value import Attributes, Span

NAME: Final = "langfuse"
ROOTS: Final = frozenset({"langfuse"})

_ROLES: Final = {
    "generation": (Role.MODEL, "chat"),
    "embedding": (Role.EMBEDDING, "embeddings"),
    "agent": (Role.AGENT, "invoke_agent"),
    "chain": (Role.AGENT, "invoke_workflow"),
    "tool": (Role.TOOL, "execute_tool"),
    "retriever": (Role.RETRIEVER, "retrieval"),
}
_OBSERVATION: Final = "langfuse.observation."
_TRACE: Final = "langfuse.trace."

_CACHE_READ: Final = (
    "input_cached_tokens",
    "cache_read_input_tokens",
    "input_cache_read",
    "cached_tokens",
    "input_cached",
)
_CACHE_WRITE: Final = (
    "cache_creation_input_tokens",
    "input_cache_creation",
    "input_cache_write",
    "input_cache_write_tokens",
    "cache_write_input_tokens",
)
_PROVIDERS_OWN: Final = frozenset(
    {
        "prompt_tokens",
        "completion_tokens",
        "prompt_tokens_details",
        "input_tokens_details",
        "promptTokenCount",
        "prompt_token_count",
    }
)


def read(span: Span) -> Reading | None:
    """Read one span."""
    found = span.attributes
    kind = content.text(found.get(f"{_OBSERVATION}type")).lower()
    role, operation = _ROLES.get(kind, (None if kind in ("", "span") else Role.OTHER, ""))
    model = content.first_text(found, f"{_OBSERVATION}model.name", f"{_OBSERVATION}model")
    if role is None:
        role = Role.MODEL if model and not kind else Role.OTHER
    is_error = content.text(found.get(f"{_OBSERVATION}level")) == "ERROR"
    reading = Reading(
        role=role,
        operation=operation,
        request_model=model,
        usage=_usage(content.as_object(found.get(f"{_OBSERVATION}usage_details"))),
        reported_cost_usd=_cost(found),
        parameters=content.as_object(found.get(f"{_OBSERVATION}model.parameters")),
        first_token_at_ns=_moment(found.get(f"{_OBSERVATION}completion_start_time")),
        is_error=is_error,
        status_message=content.text(found.get(f"{_OBSERVATION}status_message")),
        user_id=content.first_text(found, "user.id", "langfuse.user.id", f"{_TRACE}user_id"),
        session_id=content.first_text(found, "session.id", "langfuse.session.id", f"{_TRACE}session_id"),
        environment=content.text(found.get("langfuse.environment")),
        feature=content.text(found.get(f"{_TRACE}name")),
        prompt_name=content.text(found.get(f"{_OBSERVATION}prompt.name")),
        prompt_version=tokens.first(found, f"{_OBSERVATION}prompt.version"),
    )
    read_keys = set()
    for field, names in _CONTENT.items():
        name = next((each for each in names if found.get(each)), "")
        if name:
            setattr(reading, field, _messages(found[name]))
            read_keys.add(name)
    reading.read_keys = frozenset(read_keys)
    return reading


_CONTENT: Final = {
    "input_messages": (f"{_OBSERVATION}input", f"{_TRACE}input"),
    "output_messages": (f"{_OBSERVATION}output", f"{_TRACE}output"),
}


def _messages(value: Any) -> str:  # noqa: ANN401 - any attribute
    found = content.parsed(value)
    if isinstance(found, dict) and isinstance(found.get("messages"), list):
        return content.json(found["messages"])
    return content.text(value)


def _usage(said: dict[str, Any]) -> Usage | None:
    if not said:
        return None
    if _PROVIDERS_OWN & said.keys():
        return tokens.of_provider(said)
    read = tokens.first(said, "input", "input_tokens")
    wrote = tokens.first(said, "output", "output_tokens")
    total = tokens.first(said, "total", "total_tokens")
    if read is None and wrote is None and total is not None:
        read = total
    return tokens.exclusive(
        tokens.Counts(
            input=read,
            output=wrote,
            cache_read=tokens.first(said, *_CACHE_READ) or 0,
            cache_write=tokens.first(said, *_CACHE_WRITE) or 0,
            cache_write_1h=tokens.first(said, "input_cache_creation_1h", "cache_creation_1h_input_tokens") or 0,
            input_audio=tokens.first(said, "input_audio_tokens", "input_audio") or 0,
            reasoning=tokens.first(said, "output_reasoning_tokens", "output_reasoning", "reasoning_tokens") or 0,
            output_audio=tokens.first(said, "output_audio_tokens", "output_audio") or 0,
            total=total if total != read else None,
        )
    )


def _cost(found: Attributes) -> Any:  # noqa: ANN401 - Decimal or None
    said = content.as_object(found.get(f"{_OBSERVATION}cost_details"))
    if "total" in said:
        return content.dollars(said["total"])
    parts = [amount for value in said.values() if (amount := content.dollars(value)) is not None]
    return sum(parts) if parts else None


def _moment(value: Any) -> int | None:  # noqa: ANN401 - any attribute
    said = content.text(value).strip('"')
    if not said:
        return None
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return int(at.timestamp() * 1_000_000) * 1_000 if at.tzinfo is not None else None
