"""One call's body, taken apart without being rebuilt: the parts that matter are read, the rest stays bytes.

A body of 100 kB is scanned once and put together again from slices; neither messages nor tools become Python objects.
What is checked here is what a client can get wrong: that it is JSON, and that each known field has its type.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from trimtab.gateway.refusal import Refusal

Raw = msgspec.Raw

_body = msgspec.json.Decoder(dict[str, Raw])


class _Role(msgspec.Struct):
    role: str


_MESSAGES: Final = "an array of messages, each an object with a `role`"

# What a field must be, and how to say so. Fields that are not here go upstream unread.
_FIELDS: Final[dict[str, tuple[msgspec.json.Decoder[Any], str]]] = {
    "model": (msgspec.json.Decoder(str), "a string"),
    "messages": (msgspec.json.Decoder(list[_Role]), _MESSAGES),
    "stream": (msgspec.json.Decoder(bool | None), "true or false"),
    "stream_options": (msgspec.json.Decoder(dict[str, Raw] | None), "an object"),
    "metadata": (msgspec.json.Decoder(dict[str, Any] | None), "an object"),
    "variables": (msgspec.json.Decoder(dict[str, Any] | None), "an object"),
    "prompt": (msgspec.json.Decoder(dict[str, Any] | None), 'an object such as {"variables": {...}}'),
    "user": (msgspec.json.Decoder(str | None), "a string"),
    "temperature": (msgspec.json.Decoder(float | None), "a number"),
    "top_p": (msgspec.json.Decoder(float | None), "a number"),
    "presence_penalty": (msgspec.json.Decoder(float | None), "a number"),
    "frequency_penalty": (msgspec.json.Decoder(float | None), "a number"),
    "max_tokens": (msgspec.json.Decoder(int | None), "a whole number"),
    "max_completion_tokens": (msgspec.json.Decoder(int | None), "a whole number"),
    "n": (msgspec.json.Decoder(int | None), "a whole number"),
    "seed": (msgspec.json.Decoder(int | None), "a whole number"),
    "logprobs": (msgspec.json.Decoder(bool | None), "true or false"),
    "top_logprobs": (msgspec.json.Decoder(int | None), "a whole number"),
    "parallel_tool_calls": (msgspec.json.Decoder(bool | None), "true or false"),
    "stop": (msgspec.json.Decoder(str | list[str] | None), "a string or an array of strings"),
    "tools": (msgspec.json.Decoder(list[dict[str, Raw]] | None), "an array of objects"),
    "response_format": (msgspec.json.Decoder(dict[str, Raw] | None), "an object"),
    "store": (msgspec.json.Decoder(bool | None), "true or false"),
}

OURS: Final = frozenset({"model", "messages", "stream", "stream_options", "metadata", "variables", "prompt"})
"""Fields that are not parameters of the model: the gateway reads them, and writes those that go upstream anew."""

CALLERS_OWN: Final = frozenset({"user", "store", "safety_identifier", "prompt_cache_key"})
"""Fields that say who calls, not how the model answers: a release leaves them to the caller."""

MAX_MODEL_CHARS: Final = 1000

_USAGE_ONLY: Final = b'{"include_usage":true}'
_encoder = msgspec.json.Encoder()


class ChatRequest:
    """What the client asked for."""

    __slots__ = (
        "fields",
        "has_messages",
        "messages",
        "metadata",
        "model",
        "stream",
        "stream_options",
        "user",
        "variables",
        "wants_usage",
    )

    def __init__(self, fields: dict[str, Raw]) -> None:
        """Read the fields that the gateway needs, and check all that it knows.

        Raises:
            Refusal: a field is missing or of the wrong type.
        """
        self.fields = fields
        read = {name: _read(name, fields[name]) for name in fields if name in _FIELDS}
        if "model" not in read:
            raise Refusal(
                400,
                "missing_parameter",
                "the field 'model' is missing",
                param="model",
                hint="Name a model such as 'openai/gpt-5', an alias, or 'prompt:name'. GET /v1/models lists them.",
            )
        self.model: str = read["model"]
        if len(self.model) > MAX_MODEL_CHARS:
            raise _wrong_type("model", f"a string of at most {MAX_MODEL_CHARS} characters", self.model)
        self.messages = fields.get("messages")
        self.has_messages = bool(read.get("messages"))
        self.stream: bool = bool(read.get("stream"))
        self.stream_options: dict[str, Raw] = read.get("stream_options") or {}
        self.wants_usage = bytes(self.stream_options.get("include_usage", b"")) == b"true"
        self.metadata: dict[str, Any] = read.get("metadata") or {}
        self.user: str = read.get("user") or ""
        self.variables: dict[str, Any] = {**_prompt_variables(read.get("prompt")), **(read.get("variables") or {})}

    def parameters(self) -> dict[str, Raw]:
        """Return the fields that are parameters of the model, as they were written."""
        return {name: value for name, value in self.fields.items() if name not in OURS}


def parse(body: bytes) -> ChatRequest:
    """Take a body apart.

    Raises:
        Refusal: it is not a JSON object, or a field has the wrong type.
    """
    try:
        if not body.isascii():
            body.decode()  # what is inside strings is not looked at below, and would spoil the record
        fields = _body.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal(
            400, "invalid_json", f"the body is not a JSON object: {error}", hint="Send application/json in UTF-8."
        ) from error
    return ChatRequest(fields)


def require_messages(request: ChatRequest) -> Raw:
    """Return the messages of a call that names a model itself.

    Raises:
        Refusal: there are none.
    """
    if request.messages is None or not request.has_messages:
        raise Refusal(
            400,
            "missing_parameter",
            "the field 'messages' is missing or empty",
            param="messages",
            hint='Send at least one message such as {"role": "user", "content": "..."}.',
        )
    return request.messages


def upstream_body(
    request: ChatRequest, model: str, messages: bytes | Raw, parameters: Mapping[str, Raw], *, ask_usage: bool
) -> bytes:
    """Return the body to send upstream.

    Args:
        request: what the client asked for.
        model: the model's name as the upstream knows it.
        messages: JSON array of messages.
        parameters: all else that the model gets.
        ask_usage: whether a stream is told to report its usage although the client did not ask.
    """
    parts: list[bytes | Raw] = [b'{"model":', _encoder.encode(model), b',"messages":', messages]
    if request.stream:
        parts.append(b',"stream":true')
        options = _stream_options(request, ask_usage=ask_usage)
        if options:
            parts += (b',"stream_options":', options)
    if request.metadata and bytes(parameters.get("store", b"")) == b"true":
        # Providers refuse metadata unless it is stored with the answer.
        parts += (b',"metadata":', request.fields["metadata"])
    for name, value in parameters.items():
        parts += (b",", _encoder.encode(name), b":", value)
    parts.append(b"}")
    return b"".join(parts)


def parameters_text(parameters: Mapping[str, Raw]) -> bytes:
    """Return the parameters as one JSON object, for the record."""
    parts: list[bytes | Raw] = []
    for name, value in parameters.items():
        parts += (b"," if parts else b"{", _encoder.encode(name), b":", value)
    return b"".join(parts) + b"}" if parts else b"{}"


def join_messages(rendered: bytes, own: Raw | None) -> bytes:
    """Return two JSON arrays of messages as one; `own` may be missing or empty."""
    if own is None:
        return rendered
    inner = bytes(own)[1:-1].strip()
    return rendered if not inner else rendered[:-1] + b"," + inner + b"]"


def _stream_options(request: ChatRequest, *, ask_usage: bool) -> bytes:
    if not ask_usage or request.wants_usage:
        return bytes(request.fields["stream_options"]) if request.stream_options else b""
    if not request.stream_options:
        return _USAGE_ONLY
    return parameters_text({**request.stream_options, "include_usage": Raw(b"true")})


def _prompt_variables(prompt: dict[str, Any] | None) -> dict[str, Any]:
    if not prompt:
        return {}
    variables = prompt.get("variables") or {}
    if not isinstance(variables, dict):
        raise _wrong_type("prompt.variables", "an object", variables)
    return variables


def _read(name: str, raw: Raw) -> Any:  # noqa: ANN401 - each field has its own type
    decoder, expected = _FIELDS[name]
    try:
        return decoder.decode(raw)
    except msgspec.MsgspecError as error:
        place = str(error).rpartition(" - at `$")[2].rstrip("`") if " - at `$" in str(error) else ""
        raise Refusal(
            400,
            "invalid_type",
            f"the field {name + place!r} must be {expected}: {error}",
            param=name + place,
            hint="Correct the field; nothing was sent upstream.",
        ) from error


def _wrong_type(name: str, expected: str, found: object) -> Refusal:
    return Refusal(400, "invalid_type", f"the field {name!r} must be {expected}, found {_shown(found)}", param=name)


def _shown(found: object) -> str:
    return f"{len(found)} characters" if isinstance(found, str) else type(found).__name__
