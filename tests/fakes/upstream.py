"""A fake OpenAI-compatible upstream: no model answers here, and every answer says so.

How it behaves is written in the model's name, so that it passes through a gateway unchanged:
`fake?latency_ms=20&chunks=36&gap_ms=5`. See `Behaviour` for all options. It speaks HTTP/1.1 on raw asyncio protocols,
so that it is fast enough to stand behind a load test. Run it alone with `python tests/fakes/upstream.py --port 4400`.
"""

import argparse
import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import Any, cast
from urllib.parse import parse_qsl

ANSWER = "This is a fake answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What to do with one request."""

    latency_ms: int = 0
    """Before the head of the answer."""
    chunks: int = 6
    """Content chunks of a stream."""
    gap_ms: int = 0
    """Before each chunk of a stream but the first; 0 sends all in one burst."""
    status: int = 200
    body: str = ""
    """Sent as it is instead of an answer, with `type` as its content type."""
    type: str = "application/json"
    usage: int = 1
    """0 leaves usage out."""
    cached: int = 0
    reasoning: int = 0
    close_after: int = -1
    """Cut the connection after so many chunks; 0 cuts it before the head. Half a body for a plain call."""
    stall_after: int = -1
    """Send nothing more after so many chunks; 0 stalls before the head."""
    done: int = 1
    """0 ends a stream without `[DONE]`."""
    tools: int = 0
    """1 answers with a tool call."""
    error_after: int = -1
    """Send an error event after so many chunks."""
    split: int = 0
    """1 cuts every event of a stream into two writes in the middle of a line."""
    redirect: str = ""
    retry_after: str = ""
    drop: int = 0
    """1 closes the connection after the answer without having said so, as the local model's server does."""
    size: int = 0
    """Bytes of text in a plain answer, instead of the usual sentence."""

    @classmethod
    def of(cls, model: str) -> "Behaviour":
        """Read the options behind `?` in a model's name."""
        known = {option.name: option.type for option in fields(cls)}
        options = dict(parse_qsl(model.partition("?")[2], keep_blank_values=True))
        return cls(**{name: int(value) if known[name] is int else value for name, value in options.items()})


@dataclass(slots=True)
class Seen:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    connection: int
    cut_by_peer: bool = False
    """Whether the other side closed the connection before the answer was complete."""
    sent_at: list[float] = field(default_factory=list)
    """When each part of a stream was written, on the monotonic clock."""


@dataclass(slots=True)
class Log:
    """What arrived, in order. `keep` is off under load."""

    keep: bool = True
    requests: list[Seen] = field(default_factory=list)
    connections: int = 0
    open: set[asyncio.Transport] = field(default_factory=set)
    answers: set[asyncio.Task[None]] = field(default_factory=set)


def request_for(model: str, **fields: Any) -> bytes:
    """Return the body of a small call."""
    return json.dumps({"model": model, "messages": [{"role": "user", "content": "Hello"}], **fields}).encode()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _usage(behaviour: Behaviour, completion: int) -> dict[str, Any]:
    return {
        "prompt_tokens": 12,
        "completion_tokens": completion,
        "total_tokens": 12 + completion,
        "prompt_tokens_details": {"cached_tokens": behaviour.cached},
        "completion_tokens_details": {"reasoning_tokens": behaviour.reasoning},
    }


def _tool_call() -> dict[str, Any]:
    return {"id": "call_fake", "type": "function", "function": {"name": "look_up", "arguments": '{"city": "Bern"}'}}


def _plain(model: str, behaviour: Behaviour) -> bytes:
    message: dict[str, Any] = {"role": "assistant", "content": "x" * behaviour.size or ANSWER}
    if behaviour.tools:
        message = {"role": "assistant", "content": None, "tool_calls": [_tool_call()]}
    answer: dict[str, Any] = {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": model.partition("?")[0],
        "system_fingerprint": "fp_fake",
        "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls" if behaviour.tools else "stop"}],
    }
    if behaviour.usage:
        answer["usage"] = _usage(behaviour, 6)
    return json.dumps(answer, separators=(",", ":")).encode()


def _events(model: str, behaviour: Behaviour, *, with_usage: bool) -> Iterator[bytes]:
    base = {
        "id": "chatcmpl-fake",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": model.partition("?")[0],
        "system_fingerprint": "fp_fake",
    }

    def event(choices: list[dict[str, Any]], **more: Any) -> bytes:
        extra = {"usage": None} if with_usage else {}
        return (
            b"data: "
            + json.dumps({**base, "choices": choices, **extra, **more}, separators=(",", ":")).encode()
            + b"\n\n"
        )

    yield event([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
    words = ANSWER.split(" ")
    for number in range(behaviour.chunks):
        delta: dict[str, Any] = {"content": (" " if number else "") + words[number % len(words)]}
        if behaviour.tools:
            whole = _tool_call()
            half = len(whole["function"]["arguments"]) // 2
            first = {
                "index": 0,
                **whole,
                "function": {"name": "look_up", "arguments": whole["function"]["arguments"][:half]},
            }
            rest = {"index": 0, "function": {"arguments": whole["function"]["arguments"][half:]}}
            delta = {"tool_calls": [first if number == 0 else rest if number == 1 else {"index": 0, "function": {}}]}
        if number == behaviour.error_after:
            yield b'data: {"error":{"message":"the fake fails on request","type":"server_error","code":"fake"}}\n\n'
            return
        yield event([{"index": 0, "delta": delta, "finish_reason": None}])
    yield event([{"index": 0, "delta": {}, "finish_reason": "tool_calls" if behaviour.tools else "stop"}])
    if with_usage and behaviour.usage:
        yield event([], usage=_usage(behaviour, behaviour.chunks))
    if behaviour.done:
        yield b"data: [DONE]\n\n"


class _Connection(asyncio.Protocol):
    def __init__(self, log: Log, plain: dict[str, bytes]) -> None:
        self._log = log
        self._plain = plain
        self._buffer = b""
        self._task: asyncio.Task[None] | None = None
        self._answering: Seen | None = None
        self._number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._log.connections += 1
        self._log.open.add(self._transport)
        self._number = self._log.connections

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self._log.open.discard(self._transport)
        if self._answering is not None:
            self._answering.cut_by_peer = True
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._task is None or self._task.done():
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            lines = head.split(b"\r\n")
            headers = {
                name.decode().lower(): value.strip().decode()
                for name, _, value in (line.partition(b":") for line in lines[1:])
            }
            length = int(headers.get("content-length", "0"))
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._answer(lines[0].split(b" ")[1].decode(), headers, rest[:length])

    def _answer(self, path: str, headers: dict[str, str], raw: bytes) -> None:
        if path.endswith("/models"):
            self._send(200, b'{"object":"list","data":[{"id":"fake","object":"model","owned_by":"nobody"}]}')
            return
        body = json.loads(raw or b"{}")
        model = str(body.get("model", "fake"))
        seen = Seen(path, headers, body, self._number)
        if self._log.keep:
            self._log.requests.append(seen)
        if "?" not in model and not body.get("stream"):
            self._send(200, self._plain.setdefault(model, _plain(model, Behaviour())))
            return
        self._answering = seen
        self._task = asyncio.get_running_loop().create_task(self._behave(body, model, Behaviour.of(model)))
        self._log.answers.add(self._task)
        self._task.add_done_callback(self._log.answers.discard)
        self._task.add_done_callback(lambda _: self._next())

    def _next(self) -> None:
        if not self._transport.is_closing():
            self._answering = None
            if self._buffer:
                self.data_received(b"")

    async def _behave(self, body: dict[str, Any], model: str, behaviour: Behaviour) -> None:
        if behaviour.latency_ms:
            await asyncio.sleep(behaviour.latency_ms / 1000)
        if behaviour.close_after == 0:
            self._cut()
            return
        if behaviour.stall_after == 0:
            await asyncio.Event().wait()
        if behaviour.status != 200 or behaviour.body or behaviour.redirect:
            self._send_as_told(behaviour)
        elif body.get("stream"):
            await self._stream(body, model, behaviour)
        else:
            answer = _plain(model, behaviour)
            if behaviour.close_after > 0:
                self._transport.write(self._head(200, len(answer), "application/json") + answer[: len(answer) // 2])
                self._cut()
                return
            self._send(200, answer)
        if behaviour.drop:
            self._cut()

    def _send_as_told(self, behaviour: Behaviour) -> None:
        text = behaviour.body or json.dumps(
            {
                "error": {
                    "message": f"the fake upstream says {behaviour.status}",
                    "type": "fake_error",
                    "param": None,
                    "code": "fake",
                }
            }
        )
        more = b"location: %s\r\n" % behaviour.redirect.encode() if behaviour.redirect else b""
        if behaviour.retry_after:
            more += b"retry-after: %s\r\n" % behaviour.retry_after.encode()
        self._send(behaviour.status, text.encode(), behaviour.type, more)

    async def _stream(self, body: dict[str, Any], model: str, behaviour: Behaviour) -> None:
        options = body.get("stream_options") or {}
        head = (
            b"HTTP/1.1 200 OK\r\nserver: fake\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        pending = [head]
        sent = -1
        for event in _events(model, behaviour, with_usage=bool(options.get("include_usage"))):
            pieces = [event[: len(event) // 2], event[len(event) // 2 :]] if behaviour.split else [event]
            for number, piece in enumerate(pieces):
                pending.append(_chunk(piece))
                if number < len(pieces) - 1:
                    self._flush(pending)
                    await asyncio.sleep(0.001)
            sent += 1
            if sent == behaviour.close_after:
                self._flush(pending)
                self._cut()
                return
            if sent == behaviour.stall_after:
                self._flush(pending)
                await asyncio.Event().wait()
            if behaviour.gap_ms:
                self._flush(pending)
                await asyncio.sleep(behaviour.gap_ms / 1000)
        pending.append(b"0\r\n\r\n")
        self._flush(pending)

    def _flush(self, pending: list[bytes]) -> None:
        self._transport.write(b"".join(pending))
        pending.clear()
        if self._answering is not None:
            self._answering.sent_at.append(time.monotonic())

    def _cut(self) -> None:
        self._answering = None
        self._transport.close()

    def _head(self, status: int, length: int, content_type: str, more: bytes = b"") -> bytes:
        return b"HTTP/1.1 %d Fake\r\nserver: fake\r\ncontent-type: %s\r\n%scontent-length: %d\r\n\r\n" % (
            status,
            content_type.encode(),
            more,
            length,
        )

    def _send(self, status: int, body: bytes, content_type: str = "application/json", more: bytes = b"") -> None:
        self._transport.write(self._head(status, len(body), content_type, more) + body)


async def serve(port: int, log: Log) -> asyncio.Server:
    """Listen on loopback; port 0 takes a free one."""
    plain: dict[str, bytes] = {}
    return await asyncio.get_running_loop().create_server(
        lambda: _Connection(log, plain), "127.0.0.1", port, backlog=1024
    )


@dataclass(frozen=True, slots=True)
class FakeUpstream:
    """A running fake."""

    port: int
    log: Log

    @property
    def base_url(self) -> str:
        """What a provider's `base_url` should be."""
        return f"http://127.0.0.1:{self.port}/v1"


@contextmanager
def running() -> Iterator[FakeUpstream]:
    """Run a fake in a thread of this process until the block ends."""
    loop = asyncio.new_event_loop()
    log = Log()
    server = loop.run_until_complete(serve(0, log))
    thread = threading.Thread(target=loop.run_forever, name="fake-upstream")
    thread.start()
    try:
        yield FakeUpstream(server.sockets[0].getsockname()[1], log)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_close(server, log))
        loop.close()


async def _close(server: asyncio.Server, log: Log) -> None:
    server.close()
    for transport in tuple(log.open):
        transport.abort()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        # What the loop itself is accepting runs to its end: cancelled before its first step it leaves a socket open.
        if task in log.answers:
            task.cancel()
    if tasks:
        await asyncio.wait(tasks)
    for transport in tuple(log.open):
        transport.abort()
    await asyncio.sleep(0)


async def _alone(port: int) -> None:
    server = await serve(port, Log(keep=False))
    print(f"fake upstream on http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


def main() -> None:
    """Run the fake alone, on uvloop where it is installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args().port
    try:
        import uvloop  # noqa: PLC0415 - the fake also runs where there is none
    except ImportError:
        asyncio.run(_alone(port))
    else:
        uvloop.run(_alone(port))


if __name__ == "__main__":
    main()
