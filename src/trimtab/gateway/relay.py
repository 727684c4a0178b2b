"""Passes one call on and its answer back: bytes as they come, parsed once at the end.

The order that everything hangs on: the record is written before the client can see the end of its answer, be it the
body of a plain one, the `[DONE]` of a stream, or an error. So a call that somebody saw the end of always has a record.
"""

import asyncio
import time
from typing import Final, Protocol

from granian._granian import RSGIProtocolClosed as ProtocolClosed
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.response import Response

from trimtab.base.errors import InvalidInput
from trimtab.gateway import record, upstream
from trimtab.gateway.ahead import Ahead
from trimtab.gateway.answers import JSON_HEADERS, STREAM_HEADERS, Headers, error_body
from trimtab.gateway.flight import Client, Ending, Flight
from trimtab.gateway.options import Options
from trimtab.gateway.record import CLIENT_CLOSED, Recorder
from trimtab.gateway.refusal import UNAVAILABLE, Refusal
from trimtab.gateway.resolve import Plan
from trimtab.gateway.upstream import Failure, Upstreams
from trimtab.llm import openai_chat, sse
from trimtab.llm.call import Attempt, Call, Outcome
from trimtab.llm.openai_chat import Answer

_OK: Final = 200
_DRAIN_S: Final = 1.0
_EVENT_STARTS: Final = (b"data:", b"event:", b"id:", b":")


class StreamTransport(Protocol):
    """Granian's sending side of a streamed answer."""

    async def send_bytes(self, data: bytes) -> None:
        """Hand bytes to the client's connection."""
        ...


class HttpProtocol(Client, Protocol):
    """Granian's answering side of a request."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer with a whole body."""
        ...

    def response_stream(self, status: int, headers: Headers) -> StreamTransport:
        """Begin an answer in pieces."""
        ...


class Exchange:
    """One call on its way: the client on one side, the plan for the other, and the record of both."""

    __slots__ = ("attempt", "blocks", "call", "deadline", "flight", "headers", "plan", "protocol", "size", "transport")

    def __init__(self, protocol: HttpProtocol, flight: Flight, call: Call, plan: Plan, headers: Headers) -> None:
        """Begin the attempt now."""
        self.protocol = protocol
        self.flight = flight
        self.call = call
        self.plan = plan
        self.headers = headers
        self.attempt: Attempt = record.begin_attempt(call, plan)
        self.transport: StreamTransport | None = None
        self.blocks: list[bytes] = []
        self.size = 0
        self.deadline = 0.0

    def trace_headers(self) -> Headers:
        """Return what tells the upstream which trace it is part of."""
        return [("traceparent", f"00-{self.call.trace_id}-{self.attempt.span_id}-01")]


class Relay:
    """The relay of a worker."""

    def __init__(self, upstreams: Upstreams, recorder: Recorder, options: Options) -> None:
        """Ask through `upstreams`, write to `recorder`."""
        self._upstreams = upstreams
        self._recorder = recorder
        self._first_token_s = options.first_token_timeout_s
        self._idle_s = options.idle_timeout_s
        self._total_s = options.total_timeout_s

    async def plain(self, x: Exchange) -> None:
        """Answer with one body.

        A client that leaves does not end the call: a provider makes, and bills, the whole of a plain answer once it was
        asked, so it is waited for and recorded with what it used.
        """
        x.flight.is_finished_alone = True
        x.flight.expect(time.monotonic() + self._total_s, "answer")
        try:
            body = await self._ask(x)
            answer = _read(x, body)
        except Failure as failure:
            self._fail(x, failure)
        except asyncio.CancelledError:
            if not x.flight.was_ended():
                raise
            self._fail(x, _ended(x))
        else:
            record.note_answer(x.call, x.attempt, answer)
            if x.flight.is_abandoned:
                record.note_ending(x.call, Outcome.CLIENT_GONE, CLIENT_CLOSED, _gone())
            else:
                record.note_ending(x.call, Outcome.OK, _OK)
            self._recorder.write(x.call)
            x.protocol.response_bytes(_OK, JSON_HEADERS + x.headers, body)

    async def stream(self, x: Exchange) -> None:
        """Answer with events as they arrive."""
        now = time.monotonic()
        x.deadline = now + self._total_s
        x.flight.expect(min(now + self._first_token_s, x.deadline), "first token")
        try:
            await self._pass_on(x)
        except Failure as failure:
            await self._fail_stream(x, failure)
        except ProtocolClosed:
            self._note_gone(x)
        except asyncio.CancelledError:
            if not x.flight.was_ended():
                raise
            if x.flight.ending is Ending.CLIENT_GONE:
                self._note_gone(x)
            else:
                await self._fail_stream(x, _ended(x))
        finally:
            x.transport = None  # its end is what ends the answer; an exception's frames may keep `x` for a while

    async def _ask(self, x: Exchange) -> bytes:
        """Return the body of a 200, or raise `Failure`."""
        in_answer = False
        try:
            request = self._upstreams.plain(x.plan.upstream, x.plan.body, x.trace_headers())
            async with request as response:
                in_answer = True
                x.attempt.first_token_ns = time.time_ns()
                x.attempt.status_code = response.status
                if response.status != _OK:
                    raise await upstream.refused(x.plan.upstream, response)
                return await upstream.read_whole(response)
        except (PyreqwestError, ValueError) as error:
            raise upstream.broke_off(x.plan.upstream, error, in_answer=in_answer) from error

    async def _pass_on(self, x: Exchange) -> None:
        in_answer = False
        try:
            request = self._upstreams.stream(x.plan.upstream, x.plan.body, x.trace_headers())
            async with request as response:
                in_answer = True
                x.attempt.status_code = response.status
                if response.status != _OK:
                    raise await upstream.refused(x.plan.upstream, response)
                ahead = Ahead(response.body_reader)
                try:
                    last = await self._pass_events(x, ahead, response)
                    await self._complete(x, last)
                    await _drain(x, ahead)
                finally:
                    ahead.close()
        except (PyreqwestError, ValueError) as error:
            if x.call.ended_ns:
                return  # it broke off after its end; nobody misses anything
            raise upstream.broke_off(x.plan.upstream, error, in_answer=in_answer) from error

    async def _pass_events(self, x: Exchange, ahead: Ahead, response: Response) -> bytes:
        """Relay until the end and return what must not be sent before the record is written."""
        rest = b""
        while (data := await ahead.next()) is not None:
            x.flight.expect(min(time.monotonic() + self._idle_s, x.deadline), "further event")
            if rest:
                data = rest + data
            whole = sse.whole_length(data)
            block, rest = (data, b"") if whole == len(data) else (data[:whole], data[whole:])
            if x.size + len(rest) > upstream.MAX_ANSWER_BYTES:
                raise ValueError(f"a stream of more than {upstream.MAX_ANSWER_BYTES} bytes")
            if not block:
                continue
            block, is_done = _take(x, block, response)
            if is_done:
                return block
            if block:
                await _send(x, block)
        if rest.strip():
            block, is_done = _take(x, rest + b"\n\n", response)
            if is_done:
                return block
            await _send(x, block)
        events = b"".join(x.blocks)
        if openai_chat.is_finished(events):
            return sse.event(sse.DONE)  # it said all, and forgot to say that it was all
        answer = openai_chat.join_stream(events)
        if answer.error:
            return b""
        raise upstream.broke_off(x.plan.upstream, PyreqwestError("the stream ended"), in_answer=True)

    async def _complete(self, x: Exchange, last: bytes) -> None:
        answer = self._note_stream(x)
        if answer.error:
            failure = upstream.said_error(x.plan.upstream, answer.error)
            record.estimate_usage(x.call, x.attempt, answer.content_chunks)
            record.note_ending(x.call, failure.outcome, _OK, failure.refusal)
            last = b""
        else:
            record.note_ending(x.call, Outcome.OK, _OK)
        self._recorder.write(x.call)
        if last:
            await _send(x, last)

    async def _fail_stream(self, x: Exchange, failure: Failure) -> None:
        if x.call.ended_ns:
            return
        if x.transport is None:
            self._fail(x, failure)
            return
        self._note_broken(x, failure.outcome, _OK, failure.refusal)
        try:
            await x.transport.send_bytes(sse.event(error_body(failure.refusal)))
        except ProtocolClosed:
            return  # the record says why it ended; that nobody heard it changes nothing

    def _fail(self, x: Exchange, failure: Failure) -> None:
        refusal = failure.refusal
        if failure.upstream_status is not None:
            x.attempt.status_code = failure.upstream_status
        record.note_ending(x.call, failure.outcome, refusal.http_status, refusal)
        self._recorder.write(x.call)
        headers = JSON_HEADERS + x.headers + failure.headers
        x.protocol.response_bytes(refusal.http_status, headers, error_body(refusal))

    def _note_gone(self, x: Exchange) -> None:
        if not x.call.ended_ns:
            self._note_broken(x, Outcome.CLIENT_GONE, CLIENT_CLOSED, _gone())

    def _note_broken(self, x: Exchange, outcome: Outcome, status: int, refusal: Refusal) -> None:
        answer = self._note_stream(x)
        record.estimate_usage(x.call, x.attempt, answer.content_chunks)
        record.note_ending(x.call, outcome, status, refusal)
        self._recorder.write(x.call)

    @staticmethod
    def _note_stream(x: Exchange) -> Answer:
        answer = openai_chat.join_stream(b"".join(x.blocks))
        record.note_answer(x.call, x.attempt, answer)
        return answer


def _read(x: Exchange, body: bytes) -> Answer:
    try:
        return openai_chat.read_completion(body)
    except InvalidInput as error:
        said = openai_chat.read_failure(body) if body.lstrip().startswith(b'{"error"') else None
        if said is not None:
            raise upstream.said_error(x.plan.upstream, said.message) from error
        raise upstream.garbage(x.plan.upstream, error.message) from error


def _take(x: Exchange, block: bytes, response: Response) -> tuple[bytes, bool]:
    """Note whole events; return what of them the client gets, and whether the last event was among them."""
    if not x.blocks and not _is_event_stream(block, response):
        raise upstream.garbage(x.plan.upstream, f"a stream of events was expected, found {block[:80]!r}")
    x.blocks.append(block)
    x.size += len(block)
    if x.attempt.first_token_ns is None and openai_chat.has_content(block):
        x.attempt.first_token_ns = time.time_ns()
    # Only these can be the end, an event without choices, or an error: nearly every block passes unread.
    if b"[DONE]" in block or b"[]" in block or b'"error"' in block:
        return _look_through(x, block)
    return block, False


def _look_through(x: Exchange, block: bytes) -> tuple[bytes, bool]:
    passed: list[bytes] = []
    is_done = False
    for event in sse.split(block):
        data = sse.payload(event)
        if data == sse.DONE:
            is_done = True
            passed.append(event)
            break
        if x.plan.strip_usage and openai_chat.is_usage_only(data):
            continue
        secret = x.plan.upstream.secret.encode()
        passed.append(event.replace(secret, b"***") if secret else event)
    return b"".join(passed), is_done


def _is_event_stream(block: bytes, response: Response) -> bool:
    return "event-stream" in (response.get_header("content-type") or "") or block.lstrip().startswith(_EVENT_STARTS)


async def _send(x: Exchange, block: bytes) -> None:
    if x.transport is None:
        x.transport = x.protocol.response_stream(_OK, STREAM_HEADERS + x.headers)
    await x.transport.send_bytes(block)


async def _drain(x: Exchange, ahead: Ahead) -> None:
    """Read what little may come after the end, so that the connection can be used again."""
    x.transport = None  # the client's side is over: it must not wait for this
    x.flight.expect(time.monotonic() + _DRAIN_S, "end")
    while await ahead.next() is not None:
        pass


def _ended(x: Exchange) -> Failure:
    if x.flight.ending is Ending.STOPPING:
        refusal = Refusal(
            503,
            "gateway_stopping",
            "the gateway was stopped before this call was complete",
            type_=UNAVAILABLE,
            hint="Try again; another instance answers, or this one after its start.",
        )
        return Failure(Outcome.UPSTREAM_ERROR, refusal)
    return upstream.timed_out(x.plan.upstream, x.flight.waits_for)


def _gone() -> Refusal:
    return Refusal(CLIENT_CLOSED, "client_gone", "the client closed the connection before the answer was complete")
