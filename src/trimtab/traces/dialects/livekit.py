"""LiveKit's voice agents: turns of a conversation, with the metrics of each model call as JSON."""

from typing import Final

from trimtab.llm.usage import Usage
from trimtab.traces.dialects import content, tokens
from trimtab.traces.dialects.reading import Reading, Role
from trimtab.traces.otlp.value import Attributes, Span

NAME: Final = "livekit"
ROOTS: Final = frozenset({"lk"})

_CALLS: Final = frozenset({"llm_request", "llm_request_run"})
_INPUTS: Final = ("lk.chat_ctx", "lk.user_input", "lk.user_transcript", "lk.input_text", "lk.function_tool.arguments")
_OUTPUTS: Final = ("lk.response.text", "lk.response.function_calls", "lk.function_tool.output")


def read(span: Span) -> Reading | None:
    """Read one span. Of a retried request only the outer span carries metrics, and only it is a call."""
    found = span.attributes
    metrics = content.as_object(found.get("lk.llm_metrics"))
    is_call = bool(metrics) or span.name in _CALLS
    is_tool = "lk.function_tool.name" in found
    metadata = content.as_object(metrics.get("metadata"))
    said = next((name for name in _INPUTS if found.get(name)), "")
    wrote = next((name for name in _OUTPUTS if found.get(name)), "")
    return Reading(
        role=Role.MODEL if is_call else Role.TOOL if is_tool else Role.AGENT,
        operation="chat" if is_call else "execute_tool" if is_tool else "",
        provider=content.text(metadata.get("model_provider")),
        request_model=content.text(metadata.get("model_name")),
        usage=_usage(found),
        ttft_ns=content.seconds_to_ns(metrics.get("ttft") or found.get("lk.response.ttft")),
        stream=True if is_call else None,
        session_id=content.first_text(found, "lk.room_name", "lk.job_id"),
        input_messages=_messages(found, said) if said else "",
        output_messages=content.text(found[wrote]) if wrote else "",
        read_keys=frozenset(name for name in (said, wrote) if name),
    )


def _usage(found: Attributes) -> Usage | None:
    said = content.as_object(found.get("lk.llm_metrics"))
    return tokens.inclusive(
        tokens.Counts(
            input=tokens.first(said, "prompt_tokens"),
            output=tokens.first(said, "completion_tokens"),
            cache_read=tokens.first(said, "prompt_cached_tokens") or 0,
            total=tokens.first(said, "total_tokens"),
        )
    )


def _messages(found: Attributes, name: str) -> str:
    chat = content.as_object(found[name])
    items = chat.get("items")
    return content.json(items) if isinstance(items, list) else content.text(found[name])
