"""MLflow's tracing. Token usage is the provider's own: inclusive for OpenAI, exclusive for Anthropic and Bedrock."""

from typing import Any, Final

from trimtab.llm.usage import Usage
from trimtab.traces.dialects import content, provider, tokens
from trimtab.traces.dialects.reading import Reading, Role
from trimtab.traces.otlp.value import Attributes, Span

NAME: Final = "mlflow"
ROOTS: Final = frozenset({"mlflow"})

_ROLES: Final = {
    "CHAT_MODEL": (Role.MODEL, "chat"),
    "LLM": (Role.MODEL, "chat"),
    "EMBEDDING": (Role.EMBEDDING, "embeddings"),
    "RERANKER": (Role.EMBEDDING, "rerank"),
    "AGENT": (Role.AGENT, "invoke_agent"),
    "CHAIN": (Role.AGENT, "invoke_workflow"),
    "WORKFLOW": (Role.AGENT, "invoke_workflow"),
    "TOOL": (Role.TOOL, "execute_tool"),
    "RETRIEVER": (Role.RETRIEVER, "retrieval"),
}
_EXCLUSIVE: Final = frozenset({"anthropic", "bedrock"})


def read(span: Span) -> Reading | None:
    """Read one span. Every value of this dialect is JSON in text, plain words included."""
    found = span.attributes
    kind = _plain(found.get("mlflow.spanType")).upper()
    role, operation = _ROLES.get(kind, (Role.OTHER, ""))
    said, wrote = content.parsed(found.get("mlflow.spanInputs")), content.parsed(found.get("mlflow.spanOutputs"))
    inputs, outputs = content.as_object(said), content.as_object(wrote)
    model = _plain(found.get("mlflow.llm.model")) or content.text(inputs.get("model"))
    prompt = next(iter(content.as_list(found.get("mlflow.linkedPrompts"))), None)
    linked = prompt if isinstance(prompt, dict) else {}
    return Reading(
        role=role,
        operation=operation,
        provider=_plain(found.get("mlflow.llm.provider")),
        request_model=model,
        response_model=content.text(outputs.get("model")),
        response_id=content.text(outputs.get("id")) if role is Role.MODEL else "",
        usage=_usage(found, model),
        input_messages=_input(said),
        output_messages=_output(wrote),
        parameters={key: value for key, value in inputs.items() if key not in ("messages", "input", "model")}
        if role is Role.MODEL
        else {},
        reported_cost_usd=content.dollars(content.as_object(found.get("mlflow.llm.cost")).get("total_cost")),
        user_id=_plain(found.get("mlflow.trace.user")),
        session_id=_plain(found.get("mlflow.trace.session")),
        prompt_name=content.text(linked.get("name")),
        prompt_version=tokens.count(linked.get("version")),
        read_keys=frozenset(name for name in ("mlflow.spanInputs", "mlflow.spanOutputs") if found.get(name)),
    )


def _usage(found: Attributes, model: str) -> Usage | None:
    said = content.as_object(found.get("mlflow.chat.tokenUsage"))
    if not said:
        return None
    counts = tokens.Counts(
        input=tokens.first(said, "input_tokens"),
        output=tokens.first(said, "output_tokens"),
        cache_read=tokens.first(said, "cache_read_input_tokens", "cached_input_tokens") or 0,
        cache_write=tokens.first(said, "cache_creation_input_tokens", "cache_write_input_tokens") or 0,
        reasoning=tokens.first(said, "reasoning_tokens") or 0,
        total=tokens.first(said, "total_tokens"),
    )
    style = _plain(found.get("mlflow.message.format"))
    kind = provider.kind(_plain(found.get("mlflow.llm.provider")) or style, model)
    if kind in _EXCLUSIVE:
        # Its total is the sum of the two beside it, cached tokens left out, and so proves nothing.
        counts.total = None
        return tokens.exclusive(counts, reasoning_apart=False)
    return tokens.inclusive(counts)


def _plain(value: Any) -> str:  # noqa: ANN401 - any attribute
    found = content.parsed(value)
    return content.text(value if found is None else found)


def _input(said: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(said, dict):
        for name in ("messages", "input"):
            if name in said:
                return content.text(said[name])
    return content.text(said)


def _output(wrote: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(wrote, dict) and isinstance(wrote.get("choices"), list):
        return content.json(wrote["choices"])
    if isinstance(wrote, dict) and wrote.get("role") and isinstance(wrote.get("content"), list):
        return content.json([{"message": {"role": wrote["role"], "content": wrote["content"]}}])
    return content.text(wrote)
