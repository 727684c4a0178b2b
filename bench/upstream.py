"""A FAKE upstream: answers chat completions as fast as Python can, with no model behind it. For load only.

`python -m bench.upstream --port 9100 [--gap-ms 20]` serves until it is told to stop. Plain answers carry a fixed text
of 32 tokens; streams carry 32 chunks, then usage when it was asked for, then `[DONE]`.
"""

import argparse
import asyncio
import json
from typing import Any

import httptools
import uvloop

TOKENS = 32
TEXT = " ".join(f"token{index}" for index in range(TOKENS))
USAGE = {"prompt_tokens": 200, "completion_tokens": TOKENS, "total_tokens": 200 + TOKENS}


def _plain() -> bytes:
    message = {"role": "assistant", "content": TEXT}
    body = json.dumps(
        {
            "id": "chatcmpl-fake",
            "object": "chat.completion",
            "created": 1,
            "model": "fake",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": USAGE,
        }
    ).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-fake: yes\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _event(choices: list[dict[str, Any]], usage: dict[str, int] | None = None) -> bytes:
    body = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1, "model": "fake", "choices": choices}
    if usage is not None:
        body["usage"] = usage
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def _chunked(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


PLAIN = _plain()
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-fake: yes\r\ntransfer-encoding: chunked\r\n\r\n"
EVENTS = [
    _chunked(_event([{"index": 0, "delta": {"content": f"token{index} "}, "finish_reason": None}]))
    for index in range(TOKENS)
]
STOP = _chunked(_event([{"index": 0, "delta": {}, "finish_reason": "stop"}]))
USAGE_EVENT = _chunked(_event([], USAGE))
DONE = _chunked(b"data: [DONE]\n\n") + b"0\r\n\r\n"


class FakeUpstream(asyncio.Protocol):
    """One connection of the fake upstream."""

    def __init__(self, gap_s: float) -> None:
        self._gap_s = gap_s
        self._body = bytearray()
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._body.clear()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        text = bytes(self._body)
        if b'"stream":true' not in text and b'"stream": true' not in text:
            self._transport.write(PLAIN)
            return
        wants_usage = b"include_usage" in text
        if self._gap_s:
            task = asyncio.get_running_loop().create_task(self._trickle(wants_usage=wants_usage))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        usage = USAGE_EVENT if wants_usage else b""
        self._transport.write(STREAM_HEAD + b"".join(EVENTS) + STOP + usage + DONE)

    async def _trickle(self, *, wants_usage: bool) -> None:
        self._transport.write(STREAM_HEAD)
        for event in EVENTS:
            self._transport.write(event)
            await asyncio.sleep(self._gap_s)
        self._transport.write(STOP + (USAGE_EVENT if wants_usage else b"") + DONE)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        for task in self._tasks:
            task.cancel()


async def serve(port: int, gap_s: float) -> None:
    """Serve on loopback until cancelled."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: FakeUpstream(gap_s), "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--gap-ms", type=float, default=0.0)
    options = parser.parse_args()
    uvloop.run(serve(options.port, options.gap_ms / 1000))
