"""OpenLLMetry (Traceloop): `gen_ai` with older names, and its own words for workflows, agents, tasks and tools.

Its Anthropic instrumentation adds cached tokens to the prompt's, so that totals contain their parts here too.
"""

from typing import Final

from trimtab.traces.dialects import content, tokens
from trimtab.traces.dialects.reading import Reading, Role
from trimtab.traces.otlp.value import Span

NAME: Final = "traceloop"
ROOTS: Final = frozenset({"traceloop", "llm"})

_ROLES: Final = {
    "workflow": (Role.AGENT, "invoke_workflow"),
    "task": (Role.AGENT, ""),
    "agent": (Role.AGENT, "invoke_agent"),
    "tool": (Role.TOOL, "execute_tool"),
}
_ASSOCIATION: Final = "traceloop.association.properties."
_OPERATIONS: Final = {"chat": "chat", "completion": "text_completion", "embedding": "embeddings", "rerank": "rerank"}
_OPERATION_ROLES: Final = {"embeddings": Role.EMBEDDING, "rerank": Role.EMBEDDING}


def read(span: Span) -> Reading | None:
    """Read one span, or None when it has none of this dialect's own attributes."""
    found = span.attributes
    asked = content.text(found.get("llm.request.type"))
    kind = content.text(found.get("traceloop.span.kind"))
    if not asked and not kind and not any(key.startswith("traceloop.") for key in found):
        return None
    role, operation = _ROLES.get(kind, (None, ""))
    if asked:
        operation = _OPERATIONS.get(asked, "chat")
        role = _OPERATION_ROLES.get(operation, Role.MODEL)
    said, wrote = found.get("traceloop.entity.input"), found.get("traceloop.entity.output")
    return Reading(
        role=role,
        operation=operation,
        usage=tokens.inclusive(
            tokens.Counts(
                input=tokens.first(found, "llm.usage.prompt_tokens"),
                output=tokens.first(found, "llm.usage.completion_tokens"),
                cache_read=tokens.first(found, "gen_ai.usage.cache_read_input_tokens") or 0,
                cache_write=tokens.first(found, "gen_ai.usage.cache_creation_input_tokens") or 0,
                total=tokens.first(found, "llm.usage.total_tokens"),
            )
        ),
        stream=found.get("llm.is_streaming") if isinstance(found.get("llm.is_streaming"), bool) else None,
        user_id=content.first_text(found, f"{_ASSOCIATION}user_id", f"{_ASSOCIATION}user.id"),
        session_id=content.first_text(found, f"{_ASSOCIATION}session_id", f"{_ASSOCIATION}chat_id"),
        prompt_name=content.text(found.get("traceloop.prompt.key")),
        prompt_version=tokens.first(found, "traceloop.prompt.version"),
        input_messages=content.text(said),
        output_messages=content.text(wrote),
        read_keys=frozenset(name for name in ("traceloop.entity.input", "traceloop.entity.output") if found.get(name)),
    )
