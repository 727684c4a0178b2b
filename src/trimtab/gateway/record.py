"""The record of a call: begun when its key is known, filled in as things happen, written before its end is seen."""

import time
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from trimtab.base import ids
from trimtab.gateway.admission import RequestHeaders, parent_trace
from trimtab.gateway.metrics import Metrics
from trimtab.gateway.refusal import Refusal
from trimtab.gateway.request import ChatRequest, parameters_text
from trimtab.gateway.resolve import PROMPT_PREFIX, Plan
from trimtab.gateway.snapshot import Key
from trimtab.gateway.spool import Spool
from trimtab.llm import frames, prompt_header
from trimtab.llm.call import Attempt, Call, Outcome
from trimtab.llm.content_share import keeps_content
from trimtab.llm.openai_chat import Answer
from trimtab.llm.usage import Usage, UsageSource

CLIENT_CLOSED: Final = 499
"""The status that a record has when nobody was there to hear one; nginx's number."""

ATTRIBUTION: Final = {
    "feature": "feature",
    "user_id": "user_id",
    "user": "user_id",
    "session_id": "session_id",
    "session": "session_id",
    "team": "team",
}
"""Keys of `metadata` that say whom or what a call is for, and the field of the record that they fill."""

RECORDED_BYTES: Final = 4 * 1024 * 1024
"""The most that a record keeps of each of its texts; what is longer is replaced by a note of its length."""

_BUFFER_BYTES: Final = 256 * 1024
_MESSAGE_CHARS: Final = 2000
_ATTRIBUTE_CHARS: Final = 256
_BYTES_A_TOKEN: Final = 4
_NOT_TEXT: Final = (b'"image_url"', b'"input_audio"', b'"file"')

_json = msgspec.json.Encoder()


def begin(key: Key, headers: RequestHeaders, started_ns: int) -> Call:
    """Return the record of a call that has just been admitted."""
    parent = parent_trace(headers.get("traceparent"))
    trace_id = parent[0] if parent else ids.new_trace_id()
    return Call(
        request_id=ids.new("req"),
        project_id=key.project_id,
        environment=key.environment,
        key_id=key.id,
        trace_id=trace_id,
        span_id=ids.new_span_id(),
        parent_span_id=parent[1] if parent else "",
        started_ns=started_ns,
        feature=_from_header(headers.get("x-trimtab-feature")),
        user_id=_from_header(headers.get("x-trimtab-user")),
        session_id=_from_header(headers.get("x-trimtab-session")),
        team=_from_header(headers.get("x-trimtab-team")),
        is_sample=headers.get("x-trimtab-sample") == "1",
        prompt=prompt_header.read(headers.get(prompt_header.NAME)),
        keeps_content=keeps_content(trace_id, key.content_share),
    )


def note_plan(call: Call, plan: Plan, user: str) -> None:
    """Fill in what is known when it is clear whom to ask for what."""
    call.prompt = plan.prompt or call.prompt
    call.input_messages = bytes(plan.messages)
    call.parameters = parameters_text(plan.parameters)
    if plan.variables:
        call.variables = _json.encode(plan.variables)
    if plan.metadata:
        _note_metadata(call, plan.metadata)
    if user and not call.user_id:
        call.user_id = _attribute(user)


def note_request(call: Call, chat: ChatRequest) -> None:
    """Fill in what the client sent, for a call that comes to no plan: nothing in it is rendered or left out."""
    if chat.messages is not None and chat.has_messages:
        call.input_messages = bytes(chat.messages)
    call.parameters = parameters_text(chat.parameters())
    _note_metadata(call, chat.metadata)
    values = chat.variables
    if chat.model.startswith(PROMPT_PREFIX):
        # Any of it may be the value of a variable, and such values are content.
        values = {**chat.metadata, **values}
        call.metadata = {}
    if values:
        call.variables = _json.encode(values)
    if chat.user and not call.user_id:
        call.user_id = _attribute(chat.user)


def begin_attempt(call: Call, plan: Plan) -> Attempt:
    """Add the record of one request upstream, which begins now."""
    attempt = Attempt(
        span_id=ids.new_span_id(),
        provider=plan.upstream.name,
        provider_kind=plan.upstream.kind,
        model=plan.model,
        started_ns=time.time_ns(),
    )
    call.attempts = [attempt]
    return attempt


def note_answer(call: Call, attempt: Attempt, answer: Answer) -> None:
    """Fill in what an upstream answered, or as much of it as arrived."""
    call.output_messages = answer.choices
    attempt.response_id = answer.id
    attempt.response_model = answer.model
    attempt.system_fingerprint = answer.system_fingerprint
    attempt.service_tier = answer.service_tier
    attempt.finish_reasons = answer.finish_reasons
    if answer.usage is not None:
        attempt.usage = answer.usage
        attempt.usage_source = UsageSource.PROVIDER


def estimate_usage(call: Call, attempt: Attempt, content_chunks: int) -> None:
    """Say what a stream that broke off has used at least: about a token for each piece that was seen."""
    if attempt.usage is not None or not content_chunks:
        return
    text = call.input_messages
    is_text = not any(mark in text for mark in _NOT_TEXT)
    read = len(text) // _BYTES_A_TOKEN if is_text else 0
    attempt.usage = Usage(input_uncached=read, output_text=content_chunks)
    attempt.usage_source = UsageSource.ESTIMATED


def note_ending(call: Call, outcome: Outcome, status: int, refusal: Refusal | None = None) -> None:
    """Fill in how the call ended, and its attempt with it."""
    now = time.time_ns()
    call.ended_ns = now
    call.outcome = outcome
    call.status_code = status
    if refusal is not None:
        call.prompt = refusal.prompt or call.prompt
        call.error_code = refusal.exact_code
        call.error_message = refusal.message[:_MESSAGE_CHARS]
    for attempt in call.attempts:
        attempt.ended_ns = now
        attempt.outcome = outcome
        if refusal is not None:
            attempt.error_type = refusal.exact_code
            attempt.error_message = call.error_message


class Recorder:
    """Writes finished records to the spool, and counts them."""

    def __init__(self, spool: Spool, metrics: Metrics, *, capture_content: bool) -> None:
        """Write to `spool`; without `capture_content` no message, parameter or variable is kept."""
        self._spool = spool
        self._metrics = metrics
        self._capture_content = capture_content
        self._encoder = msgspec.msgpack.Encoder()
        self._buffer = bytearray(_BUFFER_BYTES)

    def write(self, call: Call) -> None:
        """Write a record; on return a killed process cannot lose it."""
        if not (self._capture_content and call.keeps_content):
            leave_content_out(call)
        _bound(call)
        buffer = self._buffer
        self._encoder.encode_into(call, buffer, frames.HEAD_BYTES)
        frames.seal(buffer)
        self._spool.append(buffer)
        if len(buffer) > _BUFFER_BYTES:
            self._buffer = bytearray(_BUFFER_BYTES)
        self._metrics.count(call)


def leave_content_out(call: Call) -> None:
    """Take everything out of a record that a client or an upstream has written."""
    call.input_messages = call.output_messages = call.parameters = call.variables = b""
    # What an upstream complains of may quote what it was sent; the code of the error stays.
    call.error_message = ""
    for attempt in call.attempts:
        attempt.error_message = ""


def _bound(call: Call) -> None:
    if len(call.input_messages) > RECORDED_BYTES:
        call.input_messages = _json.encode([{"role": "user", "content": _omitted(call.input_messages)}])
    if len(call.output_messages) > RECORDED_BYTES:
        message = {"role": "assistant", "content": _omitted(call.output_messages)}
        call.output_messages = _json.encode([{"index": 0, "message": message, "finish_reason": None}])
    if len(call.parameters) > RECORDED_BYTES:
        call.parameters = _json.encode({"omitted": _omitted(call.parameters)})
    if len(call.variables) > RECORDED_BYTES:
        call.variables = _json.encode({"omitted": _omitted(call.variables)})


def _omitted(text: bytes) -> str:
    return f"[{len(text)} bytes were not recorded: the limit is {RECORDED_BYTES}]"


def _note_metadata(call: Call, metadata: dict[str, Any]) -> None:
    texts = {
        name: value if isinstance(value, str) else _json.encode(value).decode() for name, value in metadata.items()
    }
    for name, field in ATTRIBUTION.items():
        value = texts.pop(name, "")
        if value and not getattr(call, field):
            setattr(call, field, _attribute(value))
    call.metadata = texts


def _from_header(text: str | None) -> str:
    # A header carries ASCII alone (Granian drops one that holds more), so other letters come percent-encoded.
    return _attribute(unquote(text)) if text else ""


def _attribute(text: str | None) -> str:
    return text[:_ATTRIBUTE_CHARS] if text else ""
