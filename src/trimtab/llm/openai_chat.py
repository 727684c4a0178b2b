"""OpenAI's chat completions, read: what a call was answered, by whom, and what it used.

Everything here is lenient about what it does not need and strict about what it does. Providers that copy this dialect
leave fields out, invent others and disagree on totals; the buckets that come out do not overlap, whatever went in.
"""

from typing import Any

import msgspec

from trimtab.base.errors import InvalidInput
from trimtab.llm import sse
from trimtab.llm.usage import Usage


class Answer(msgspec.Struct, kw_only=True):
    """What an upstream said, in the parts that are recorded."""

    id: str = ""
    model: str = ""
    system_fingerprint: str = ""
    service_tier: str = ""
    choices: bytes = b"[]"
    """JSON array of objects with `message` and `finish_reason`."""
    finish_reasons: list[str] = []
    usage: Usage | None = None
    """`None` when the upstream did not say, which is not zero."""
    error: str = ""
    """What an upstream that fails in the middle of a stream said about it."""
    content_chunks: int = 0
    """How many pieces of content a stream had; about one token each."""


class _PromptDetails(msgspec.Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


class _CompletionDetails(msgspec.Struct):
    reasoning_tokens: int | None = None
    audio_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int
    completion_tokens: int = 0
    total_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None
    prompt_cache_hit_tokens: int | None = None  # DeepSeek's name for cached tokens


class _Completion(msgspec.Struct):
    choices: msgspec.Raw
    id: Any = None
    model: Any = None
    system_fingerprint: Any = None
    service_tier: Any = None
    usage: msgspec.Raw = msgspec.Raw()


class _Ended(msgspec.Struct):
    finish_reason: Any = None


class _ChunkChoice(msgspec.Struct):
    index: int = 0
    delta: dict[str, Any] | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_ChunkChoice] = []
    id: Any = None
    model: Any = None
    system_fingerprint: Any = None
    service_tier: Any = None
    usage: msgspec.Raw = msgspec.Raw()
    error: Any = None


class _Failure(msgspec.Struct):
    error: msgspec.Raw = msgspec.Raw()
    message: Any = None
    detail: Any = None


_completion = msgspec.json.Decoder(_Completion)
_ended = msgspec.json.Decoder(list[_Ended])
_chunk = msgspec.json.Decoder(_Chunk)
_usage = msgspec.json.Decoder(_Usage)
_failure = msgspec.json.Decoder(_Failure)
_NO_USAGE = frozenset({b"", b"null"})
_failure_error = msgspec.json.Decoder(dict[str, Any])


def read_usage(raw: bytes | msgspec.Raw) -> Usage | None:
    """Return the buckets of a `usage` object, `None` when it is absent, null or makes no sense.

    `prompt_tokens` contains the cached, written and audio tokens. `completion_tokens` contains the reasoning tokens,
    except with providers whose total is the larger by them (xAI, Gemini): the total decides.
    """
    text = bytes(raw)
    if text in _NO_USAGE:  # what nearly every chunk of a stream says
        return None
    try:
        found = _usage.decode(text)
    except msgspec.MsgspecError:
        return None
    if found.prompt_tokens < 0 or found.completion_tokens < 0:
        return None
    prompt = found.prompt_tokens_details or _PromptDetails()
    completion = found.completion_tokens_details or _CompletionDetails()
    rest = found.prompt_tokens
    cache_read = _within(prompt.cached_tokens or found.prompt_cache_hit_tokens, rest)
    rest -= cache_read
    cache_write = _within(prompt.cache_write_tokens, rest)
    rest -= cache_write
    input_audio = _within(prompt.audio_tokens, rest)
    rest -= input_audio
    input_image = _within(prompt.image_tokens, rest)
    rest -= input_image

    outside = max(0, (found.total_tokens or 0) - found.prompt_tokens - found.completion_tokens)
    inside = _within((completion.reasoning_tokens or 0) - outside, found.completion_tokens)
    output_audio = _within(completion.audio_tokens, found.completion_tokens - inside)
    return Usage(
        input_uncached=rest,
        cache_read=cache_read,
        cache_write_5m=cache_write,
        input_audio=input_audio,
        input_image=input_image,
        output_text=found.completion_tokens - inside - output_audio,
        reasoning=inside + outside,
        output_audio=output_audio,
    )


def read_completion(body: bytes) -> Answer:
    """Read the body of a plain answer.

    Raises:
        InvalidInput: it is not JSON, or has no choices.
    """
    try:
        found = _completion.decode(body)
        endings = _ended.decode(found.choices)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the answer is not a chat completion: {error}") from error
    return Answer(
        id=_text(found.id),
        model=_text(found.model),
        system_fingerprint=_text(found.system_fingerprint),
        service_tier=_text(found.service_tier),
        choices=bytes(found.choices),
        finish_reasons=[ending.finish_reason for ending in endings if isinstance(ending.finish_reason, str)],
        usage=read_usage(found.usage),
    )


def has_content(events: bytes) -> bool:
    """Say whether any of these events brings something to read: text, reasoning, a refusal, a tool call."""
    for event in sse.split(events):
        try:
            choices = _chunk.decode(sse.payload(event)).choices
        except msgspec.MsgspecError:
            continue
        if any(_brings_content(choice.delta) for choice in choices):
            return True
    return False


def is_usage_only(data: bytes) -> bool:
    """Say whether this chunk is the extra one that carries usage and no choice."""
    try:
        chunk = _chunk.decode(data)
    except msgspec.MsgspecError:
        return False
    return not chunk.choices and read_usage(chunk.usage) is not None


def is_finished(events: bytes) -> bool:
    """Say whether one of these events ends a choice."""
    for event in sse.split(events):
        try:
            choices = _chunk.decode(sse.payload(event)).choices
        except msgspec.MsgspecError:
            continue
        if any(choice.finish_reason for choice in choices):
            return True
    return False


def join_stream(events: bytes) -> Answer:
    """Read a whole stream, or as much of one as there was, into the answer that it spells out."""
    answer = Answer()
    messages: dict[int, dict[str, Any]] = {}
    endings: dict[int, str] = {}
    for event in sse.split(events):
        try:
            chunk = _chunk.decode(sse.payload(event))
        except msgspec.MsgspecError:
            continue  # comments, `[DONE]`, and chunks that no client could read either
        _note_head(answer, chunk)
        for choice in chunk.choices:
            message = messages.setdefault(choice.index, {"role": "assistant", "content": None})
            if choice.delta:
                answer.content_chunks += _brings_content(choice.delta)
                _extend(message, choice.delta)
            if choice.finish_reason:
                endings[choice.index] = choice.finish_reason
    joined = [
        {"index": index, "message": _closed(message), "finish_reason": endings.get(index)}
        for index, message in sorted(messages.items())
    ]
    answer.choices = msgspec.json.encode(joined)
    answer.finish_reasons = [endings[index] for index in sorted(endings)]
    return answer


class Failure(msgspec.Struct, frozen=True):
    """What an upstream said about its refusal or failure."""

    message: str
    type: str = ""
    param: str | None = None
    code: str = ""


def read_failure(body: bytes) -> Failure:
    """Read an error body of any shape that is about; plain text is its own message, cut at 500 characters."""
    try:
        found = _failure.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Failure(body[:2000].decode(errors="replace").strip()[:500])
    try:
        error = _failure_error.decode(found.error)
    except msgspec.MsgspecError:
        said = _text(found.message) or _text(found.detail) or bytes(found.error).decode(errors="replace").strip('"')
        return Failure(said[:500] or body[:500].decode(errors="replace"))
    return Failure(
        message=_text(error.get("message"))[:2000],
        type=_text(error.get("type")),
        param=_text(error.get("param")) or None,
        code=_text(error.get("code")),
    )


def _note_head(answer: Answer, chunk: _Chunk) -> None:
    answer.id = answer.id or _text(chunk.id)
    answer.model = answer.model or _text(chunk.model)
    answer.system_fingerprint = answer.system_fingerprint or _text(chunk.system_fingerprint)
    answer.service_tier = _text(chunk.service_tier) or answer.service_tier
    answer.usage = read_usage(chunk.usage) or answer.usage
    if chunk.error is not None and not answer.error:
        said = chunk.error.get("message") if isinstance(chunk.error, dict) else chunk.error
        answer.error = _text(said)[:2000] or "the upstream reported an error without saying which"


def _extend(message: dict[str, Any], delta: dict[str, Any]) -> None:
    for name, piece in delta.items():
        if name == "tool_calls" and isinstance(piece, list):
            _extend_tool_calls(message.setdefault("tool_calls", {}), piece)
        elif name != "role" and isinstance(piece, str):
            parts = message.get(name)
            if isinstance(parts, list):
                parts.append(piece)
            else:
                message[name] = [piece]
        elif piece is not None:
            message[name] = piece


def _extend_tool_calls(calls: dict[int, dict[str, Any]], pieces: list[Any]) -> None:
    for piece in pieces:
        if not isinstance(piece, dict):
            continue
        index = piece.get("index")
        call = calls.setdefault(index if isinstance(index, int) else len(calls), {"arguments": []})
        function = piece.get("function")
        if isinstance(function, dict):
            call["name"] = call.get("name") or function.get("name")
            call["arguments"].append(_text(function.get("arguments")))
        call["id"] = call.get("id") or piece.get("id")
        call["type"] = call.get("type") or piece.get("type")


def _closed(message: dict[str, Any]) -> dict[str, Any]:
    calls = message.pop("tool_calls", None)
    closed = {name: "".join(value) if _is_text(value) else value for name, value in message.items()}
    if calls:
        closed["tool_calls"] = [
            {
                "id": call.get("id"),
                "type": call.get("type") or "function",
                "function": {"name": call.get("name"), "arguments": "".join(call["arguments"])},
            }
            for _, call in sorted(calls.items())
        ]
    return closed


def _brings_content(delta: dict[str, Any] | None) -> bool:
    return bool(delta) and any(value for name, value in (delta or {}).items() if name != "role")


def _is_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _within(count: int | None, limit: int) -> int:
    return min(max(count or 0, 0), limit)


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
