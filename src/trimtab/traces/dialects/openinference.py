"""OpenInference, spoken by Phoenix and its instrumentations. Prompt tokens contain the cached ones."""

from typing import Any, Final

from trimtab.llm.usage import Usage
from trimtab.traces.dialects import content, tokens
from trimtab.traces.dialects.reading import Reading, Role, Score
from trimtab.traces.otlp.value import Attributes, Span

NAME: Final = "openinference"
ROOTS: Final = frozenset({"openinference", "llm", "retrieval", "reranker", "embedding"})

_ROLES: Final = {
    "LLM": (Role.MODEL, "chat"),
    "EMBEDDING": (Role.EMBEDDING, "embeddings"),
    "RERANKER": (Role.EMBEDDING, "rerank"),
    "CHAIN": (Role.AGENT, "invoke_workflow"),
    "AGENT": (Role.AGENT, "invoke_agent"),
    "RETRIEVER": (Role.RETRIEVER, "retrieval"),
    "TOOL": (Role.TOOL, "execute_tool"),
}

_COUNT: Final = "llm.token_count."
_SCORE_PREFIXES: Final = (
    ("annotations", "annotation"),
    ("evaluations", "evaluation"),
    ("trace.annotations", "annotation"),
)


def read(span: Span) -> Reading | None:
    """Read one span, or None when it only has attributes that look alike."""
    found = span.attributes
    kind = content.text(found.get("openinference.span.kind")).upper()
    if not kind and "llm.model_name" not in found and f"{_COUNT}prompt" not in found:
        return None
    role, operation = _ROLES.get(kind, (Role.MODEL if not kind else Role.OTHER, "chat" if not kind else ""))
    parameters = content.as_object(found.get("llm.invocation_parameters"))
    reading = Reading(
        role=role,
        operation=operation,
        provider=content.first_text(found, "llm.provider", "llm.system"),
        # A call that fails says nothing of its model but what it was asked with.
        request_model=content.first_text(found, *_MODELS) or content.text(parameters.get("model")),
        response_model=content.first_text(found, "llm.response.model_name", "llm.model_name"),
        usage=_usage(found),
        user_id=content.text(found.get("user.id")),
        session_id=content.text(found.get("session.id")),
        parameters=parameters,
        stream=parameters.get("stream") if isinstance(parameters.get("stream"), bool) else None,
        reported_cost_usd=content.dollars(found.get("llm.cost.total")),
        prompt_name=content.text(found.get("prompt.id")),
        scores=_scores(found),
    )
    _read_content(found, reading)
    return reading


_MODELS: Final = (
    "llm.request.model_name",
    "llm.model_name",
    "embedding.model_name",
    "reranker.model_name",
)


def _usage(found: Attributes) -> Usage | None:
    prompt, completion = f"{_COUNT}prompt_details.", f"{_COUNT}completion_details."
    return tokens.inclusive(
        tokens.Counts(
            input=tokens.first(found, f"{_COUNT}prompt"),
            output=tokens.first(found, f"{_COUNT}completion"),
            cache_read=tokens.first(found, f"{prompt}cache_read", f"{prompt}cache_input") or 0,
            cache_write=tokens.first(found, f"{prompt}cache_write") or 0,
            input_audio=tokens.first(found, f"{prompt}audio") or 0,
            reasoning=tokens.first(found, f"{completion}reasoning") or 0,
            output_audio=tokens.first(found, f"{completion}audio") or 0,
            total=tokens.first(found, f"{_COUNT}total"),
        )
    )


def _read_content(found: Attributes, reading: Reading) -> None:
    said, wrote = _messages(found, "llm.input_messages"), _messages(found, "llm.output_messages")
    reading.read_keys = content.keys_under(found, ("llm.input_messages.", "llm.output_messages."))
    if not said:
        said = [{"role": "user", "content": item.get("prompt.text", "")} for item in _plain(found, "llm.prompts")]
    if not wrote:
        choices = _plain(found, "llm.choices")
        wrote = [{"role": "assistant", "content": item.get("completion.text", "")} for item in choices]
    if reading.role is Role.EMBEDDING and not said:
        embedded = content.numbered(found, "embedding.embeddings")
        said = [{"role": "user", "content": item.get("embedding.text", "")} for item in embedded]
        reading.read_keys |= frozenset(key for key in found if key.endswith(".embedding.vector"))
    if reading.role is Role.RETRIEVER and not wrote:
        wrote = [_document(item) for item in content.numbered(found, "retrieval.documents")]
    read = set()
    for name, value, messages in (("input", "input_messages", said), ("output", "output_messages", wrote)):
        if messages:
            setattr(reading, value, content.json(messages))
        elif plain := found.get(f"{name}.value"):
            setattr(reading, value, content.text(plain))
            read.add(f"{name}.value")
    reading.read_keys |= frozenset(read)


def _plain(found: Attributes, prefix: str) -> list[dict[str, Any]]:
    return content.numbered(found, prefix)


def _messages(found: Attributes, prefix: str) -> list[dict[str, Any]]:
    return [_message(item) for item in content.numbered(found, prefix)]


def _message(item: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": item.get("message.role", ""), "content": item.get("message.content")}
    if parts := [_part(part) for part in content.numbered(item, "message.contents")]:
        message["content"] = parts
    calls = [
        {
            "id": call.get("tool_call.id", ""),
            "function": {
                "name": call.get("tool_call.function.name", ""),
                "arguments": call.get("tool_call.function.arguments", ""),
            },
        }
        for call in content.numbered(item, "message.tool_calls")
    ]
    if calls:
        message["tool_calls"] = calls
    for name in ("name", "tool_call_id"):
        if value := item.get(f"message.{name}"):
            message[name] = value
    return message


def _part(part: dict[str, Any]) -> dict[str, Any]:
    kind = content.text(part.get("message_content.type")) or "text"
    if kind in ("text", "reasoning"):
        return {"type": kind, "text": content.text(part.get("message_content.text"))}
    url = part.get("message_content.image.image.url") or part.get("message_content.audio.audio.url") or ""
    return {"type": "image_url" if kind == "image" else kind, "image_url" if kind == "image" else kind: {"url": url}}


def _document(item: dict[str, Any]) -> dict[str, Any]:
    score = item.get("document.score")
    label = content.text(item.get("document.id"))
    head = " ".join(part for part in (label, "" if score is None else f"score {score}") if part)
    return {"role": "document", "name": head, "content": content.text(item.get("document.content"))}


def _scores(found: Attributes) -> list[Score]:
    scores = []
    for prefix, noun in _SCORE_PREFIXES:
        for item in content.numbered(found, prefix):
            name = content.text(item.get(f"{noun}.name"))
            value = item.get(f"{noun}.score")
            if name:
                scores.append(
                    Score(
                        name=name,
                        value=float(value) if isinstance(value, (int, float)) else None,
                        label=content.text(item.get(f"{noun}.label")),
                        explanation=content.text(item.get(f"{noun}.explanation")),
                        source=content.text(item.get(f"{noun}.annotator_kind")).lower(),
                    )
                )
    return scores
