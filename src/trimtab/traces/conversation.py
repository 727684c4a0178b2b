"""What was said in a call, for people to read and to search, from raw JSON of OpenAI's or OpenTelemetry's shape. Pure.

Whatever an application sends is shown as well as it can be: a message that does not fit the shape is kept as its JSON.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

PREVIEW_CHARACTERS: Final = 200
SEARCHABLE_CHARACTERS: Final = 65_536
"""How much of a call's text can be found by search: the answer first, then the messages from the newest back."""


class ToolCall(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A call that the model asked for; `arguments` is text, JSON in most cases."""

    id: str = ""
    name: str = ""
    arguments: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A piece of content that is not plain text: an image, audio, a file, a thought. Embedded data is named only.

    What was moved to the store of media is asked for by `media_id`; what lies elsewhere has a `url`.
    """

    type: str
    label: str
    url: str = ""
    media_id: str = ""
    mime_type: str = ""
    text: str = ""
    """What it says, of a thought."""


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message as it is shown."""

    role: str
    content: str = ""
    parts: list[Part] = []
    tool_calls: list[ToolCall] = []
    tool_call_id: str = ""
    name: str = ""
    finish_reason: str = ""


class _PlainPart(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    type: Literal["text"]
    content: str


class _PlainMessage(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A message of texts alone, as nearly all are: read at a fraction of the cost of reading one of any shape."""

    role: str
    content: str = ""
    parts: list[_PlainPart] | msgspec.UnsetType = msgspec.UNSET
    finish_reason: str = ""


_plain = msgspec.json.Decoder(list[_PlainMessage])


def _read_plain(raw: str | bytes, role: str) -> list[Message] | None:
    try:
        found = _plain.decode(raw)
    except msgspec.DecodeError:
        return None
    return [
        Message(
            role=each.role or role,
            content=each.content if each.parts is msgspec.UNSET else "\n".join([part.content for part in each.parts]),
            finish_reason=each.finish_reason if role == "assistant" or each.parts is not msgspec.UNSET else "",
        )
        for each in found
    ]


def read_input(raw: str | bytes) -> list[Message]:
    """Return the messages that were sent; an embedding's input or a bare text is one user message."""
    plain = _read_plain(raw, "user")
    if plain is not None:
        return plain
    return [_message(item, role="user") for item in _items(raw)]


def read_output(raw: str | bytes) -> list[Message]:
    """Return what came back, one message for each choice `{"message": …, "finish_reason": …}`."""
    plain = _read_plain(raw, "assistant")
    if plain is not None:
        return plain
    messages = []
    for choice in _items(raw):
        if not isinstance(choice, dict):
            messages.append(_message(choice, role="assistant"))
            continue
        body = choice.get("message", choice)
        reason = choice.get("finish_reason")
        messages.append(_message(body, role="assistant", finish_reason=reason if isinstance(reason, str) else ""))
    return messages


def preview(message: Message | None) -> str:
    """Return the start of a message on one line."""
    if message is None:
        return ""
    text = message.content or ", ".join(f"{call.name}({call.arguments})" for call in message.tool_calls)
    text = text or ", ".join(part.label for part in message.parts)
    line = text[: PREVIEW_CHARACTERS + 1]
    # Nearly every text begins with single spaces between its words: telling so is cheaper than splitting it.
    is_whole = len(text) <= len(line)
    if not line.isprintable() or "  " in line or line[:1] == " " or (is_whole and line[-1:] == " "):
        line = " ".join(text[: PREVIEW_CHARACTERS * 4].split())
    return line if len(line) <= PREVIEW_CHARACTERS else f"{line[: PREVIEW_CHARACTERS - 1]}…"


def last_user(messages: list[Message]) -> Message | None:
    """Return the newest message of the user, else the newest of all."""
    for message in reversed(messages):
        if message.role == "user":
            return message
    return messages[-1] if messages else None


def fresh(messages: list[Message]) -> list[Message]:
    """Return what a call adds to the conversation: the messages after the newest one of the model."""
    spoken = [index for index, message in enumerate(messages) if message.role == "assistant"]
    return messages[spoken[-1] + 1 :] if spoken else messages


def searchable(messages_in: list[Message], messages_out: list[Message]) -> str:
    """Return the text that a search looks through, lower-case and bounded."""
    pieces: list[str] = []
    room = SEARCHABLE_CHARACTERS
    for message in [*messages_out, *reversed(messages_in)]:
        for text in _texts(message):
            pieces.append(text[:room])
            room -= len(text) + 1
            if room <= 0:
                return "\n".join(pieces).lower()
    return "\n".join(pieces).lower()


def _texts(message: Message) -> Iterator[str]:
    if message.content:
        yield message.content
    for call in message.tool_calls:
        yield f"{call.name} {call.arguments}"


def _items(raw: str | bytes) -> list[Any]:
    if not raw:
        return []
    try:
        value = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return [raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw]
    return value if isinstance(value, list) else [value]


def _message(value: Any, *, role: str, finish_reason: str = "") -> Message:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        return Message(role=role, content=value, finish_reason=finish_reason)
    if not isinstance(value, dict):
        return Message(role=role, content=_json(value), finish_reason=finish_reason)
    if isinstance(value.get("parts"), list):
        return _of_parts(value, role=role, finish_reason=finish_reason)
    content, parts = _content(value.get("content"))
    if not content and isinstance(value.get("refusal"), str):
        content = value["refusal"]
    calls = value.get("tool_calls")
    is_known = "role" in value or "content" in value or calls
    return Message(
        role=_text(value.get("role")) or role,
        content=content if is_known else _json(value),
        parts=parts,
        tool_calls=[_tool_call(call) for call in calls] if isinstance(calls, list) else [],
        tool_call_id=_text(value.get("tool_call_id")),
        name=_text(value.get("name")),
        finish_reason=finish_reason,
    )


def _of_parts(value: dict[str, Any], *, role: str, finish_reason: str) -> Message:
    """Read a message of `gen_ai.input.messages` and its like, whose content is a list of typed parts."""
    texts: list[str] = []
    parts: list[Part] = []
    calls: list[ToolCall] = []
    answered = ""
    for item in value["parts"]:
        kind = _text(item.get("type")) if isinstance(item, dict) else ""
        if kind == "text":
            texts.append(_text(item.get("content")))
        elif kind in ("tool_call", "server_tool_call"):
            body = item.get(kind) if isinstance(item.get(kind), dict) else item
            arguments = body.get("arguments", "")
            text = arguments if isinstance(arguments, str) else _json(arguments)
            calls.append(ToolCall(id=_text(item.get("id")), name=_text(item.get("name")), arguments=text))
        elif kind in ("tool_call_response", "server_tool_call_response"):
            answered = _text(item.get("id"))
            result = item.get("response", item.get("result"))
            texts.append(result if isinstance(result, str) else _json(result))
        else:
            parts.append(_typed_part(item, kind))
    return Message(
        role=_text(value.get("role")) or role,
        content="\n".join(texts),
        parts=parts,
        tool_calls=calls,
        tool_call_id=answered,
        name=_text(value.get("name")),
        finish_reason=finish_reason or _text(value.get("finish_reason")),
    )


def _typed_part(item: Any, kind: str) -> Part:  # noqa: ANN401 - any JSON
    if not isinstance(item, dict):
        return Part(type="other", label=_json(item)[:PREVIEW_CHARACTERS])
    mime_type = _text(item.get("mime_type"))
    if kind in ("reasoning", "thinking"):
        said = _text(item.get("content")) or _text(item.get("thinking")) or _text(item.get("text"))
        return Part(type="reasoning", label="", text=said)
    if kind == "blob_ref":
        media_id = _text(item.get("media_id"))
        what = _text(item.get("modality")) or mime_type.partition("/")[0] or "file"
        size = item.get("bytes")
        label = f"{mime_type}, {size:,} bytes" if isinstance(size, int) else mime_type or media_id
        return Part(type=what, label=label, media_id=media_id, mime_type=mime_type)
    if kind == "uri":
        url = _text(item.get("uri"))
        what = _text(item.get("modality")) or mime_type.partition("/")[0] or kind
        return Part(type=what, label=url, url=url if url.startswith("http") else "", mime_type=mime_type)
    if kind == "blob":
        label = f"{_text(item.get('mime_type'))}, {len(_text(item.get('content'))):,} characters embedded"
        return Part(type=_text(item.get("modality")) or kind, label=label)
    return Part(type=kind or "other", label=_text(item.get("content")) or _text(item.get("file_id")) or _json(item))


def _content(value: Any) -> tuple[str, list[Part]]:  # noqa: ANN401 - any JSON
    if value is None:
        return "", []
    if isinstance(value, str):
        return value, []
    if not isinstance(value, list):
        return _json(value), []
    texts: list[str] = []
    parts: list[Part] = []
    for item in value:
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, dict) and isinstance(item.get("text"), str):
            texts.append(item["text"])
        else:
            parts.append(_part(item))
    return "\n".join(texts), parts


def _part(item: Any) -> Part:  # noqa: ANN401 - any JSON
    if not isinstance(item, dict):
        return Part(type="other", label=_json(item)[:PREVIEW_CHARACTERS])
    kind = _text(item.get("type")) or "other"
    if kind in ("blob_ref", "reasoning", "thinking"):
        return _typed_part(item, kind)
    body = item.get(kind)
    inner = body if isinstance(body, dict) else {}
    url = _text(inner.get("url")) or _text(body)
    if url.startswith("data:"):
        return Part(type=kind, label=f"{url[5:].split(';', 1)[0]}, {len(url):,} characters embedded")
    if url.startswith(("http://", "https://")):
        return Part(type=kind, label=url, url=url)
    return Part(type=kind, label=_text(inner.get("filename")) or _text(inner.get("format")) or kind)


def _tool_call(value: Any) -> ToolCall:  # noqa: ANN401 - any JSON
    if not isinstance(value, dict):
        return ToolCall(name=_json(value))
    function = value.get("function")
    body = function if isinstance(function, dict) else {}
    arguments = body.get("arguments", "")
    return ToolCall(
        id=_text(value.get("id")),
        name=_text(body.get("name")),
        arguments=arguments if isinstance(arguments, str) else _json(arguments),
    )


def _text(value: Any) -> str:  # noqa: ANN401 - any JSON
    return value if isinstance(value, str) else ""


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON
    return msgspec.json.encode(value).decode()
