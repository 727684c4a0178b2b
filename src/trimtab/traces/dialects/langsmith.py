"""LangSmith's and LangChain's export. Usage is LangChain's `usage_metadata`, whose totals contain their parts."""

from typing import Final

from trimtab.llm.usage import Usage
from trimtab.traces.dialects import content, tokens
from trimtab.traces.dialects.reading import Reading, Role
from trimtab.traces.otlp.value import Attributes, Span

NAME: Final = "langsmith"
ROOTS: Final = frozenset({"langsmith"})

_ROLES: Final = {
    "llm": (Role.MODEL, "chat"),
    "embedding": (Role.EMBEDDING, "embeddings"),
    "chain": (Role.AGENT, "invoke_workflow"),
    "tool": (Role.TOOL, "execute_tool"),
    "retriever": (Role.RETRIEVER, "retrieval"),
    "prompt": (Role.OTHER, ""),
    "parser": (Role.OTHER, ""),
}
_METADATA: Final = "langsmith.metadata."


def read(span: Span) -> Reading | None:
    """Read one span."""
    found = span.attributes
    kind = content.text(found.get("langsmith.span.kind")).lower()
    role, operation = _ROLES.get(kind, (Role.OTHER if kind else None, ""))
    return Reading(
        role=role,
        operation=operation,
        provider=content.text(found.get(f"{_METADATA}ls_provider")),
        request_model=content.text(found.get(f"{_METADATA}ls_model_name")),
        usage=_usage(found),
        user_id=content.first_text(found, f"{_METADATA}user_id"),
        session_id=content.first_text(
            found, "langsmith.trace.session_id", f"{_METADATA}session_id", f"{_METADATA}thread_id"
        ),
        feature="",
    )


def _usage(found: Attributes) -> Usage | None:
    whole = content.as_object(found.get("langsmith.usage_metadata") or found.get(f"{_METADATA}usage_metadata"))
    said = content.as_object(whole.get("input_token_details") or found.get("gen_ai.usage.input_token_details"))
    wrote = content.as_object(whole.get("output_token_details") or found.get("gen_ai.usage.output_token_details"))
    if not whole and not said and not wrote:
        return None
    everything = {
        "input_tokens": found.get("gen_ai.usage.input_tokens"),
        "output_tokens": found.get("gen_ai.usage.output_tokens"),
        "total_tokens": found.get("gen_ai.usage.total_tokens"),
    } | whole
    return tokens.inclusive(
        tokens.Counts(
            input=tokens.first(everything, "input_tokens"),
            output=tokens.first(everything, "output_tokens"),
            cache_read=tokens.first(said, "cache_read") or 0,
            cache_write=(tokens.first(said, "cache_creation") or 0)
            + (tokens.first(said, "ephemeral_5m_input_tokens") or 0)
            + (tokens.first(said, "ephemeral_1h_input_tokens") or 0),
            cache_write_1h=tokens.first(said, "ephemeral_1h_input_tokens") or 0,
            input_audio=tokens.first(said, "audio") or 0,
            reasoning=tokens.first(wrote, "reasoning") or 0,
            output_audio=tokens.first(wrote, "audio") or 0,
            total=tokens.first(everything, "total_tokens"),
        )
    )
