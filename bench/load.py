"""A closed-loop load client: each connection sends the next request when the answer to the last one is complete.

`python -m bench.load --port 4000 --connections 32 --seconds 5 [--stream] [--body-bytes 1000]` prints one line of JSON.
Latencies are of whole answers, `first_*` of the first byte of the body. Loopback only.
"""

import argparse
import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

import httptools
import uvloop


@dataclass
class Tally:
    """What all connections together have seen."""

    latencies_s: list[float] = field(default_factory=list)
    first_s: list[float] = field(default_factory=list)
    errors: int = 0
    statuses: dict[int, int] = field(default_factory=dict)


class Connection(asyncio.Protocol):
    """One connection that keeps exactly one request under way."""

    def __init__(self, request: bytes, tally: Tally, deadline: float) -> None:
        self._request = request
        self._tally = tally
        self._deadline = deadline
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._send()

    def _send(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._first = 0.0
        self._started = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:  # noqa: ARG002 - the parser's signature
        if not self._first:
            self._first = time.perf_counter() - self._started

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        status = self._parser.get_status_code()
        self._tally.statuses[status] = self._tally.statuses.get(status, 0) + 1
        if status == 200:
            self._tally.latencies_s.append(now - self._started)
            self._tally.first_s.append(self._first)
        else:
            self._tally.errors += 1
        if now < self._deadline:
            asyncio.get_running_loop().call_soon(self._send)
        else:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None or time.perf_counter() < self._deadline:
            self._tally.errors += 1
        if not self.finished.done():
            self.finished.set_result(None)


def request_bytes(*, port: int, key: str, model: str, stream: bool, body_bytes: int) -> bytes:
    """Return one whole HTTP request whose body has about `body_bytes` bytes."""
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": "x" * max(1, body_bytes - 90)}]}
    if stream:
        body["stream"] = True
    text = json.dumps(body).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


async def drive(options: argparse.Namespace) -> dict[str, Any]:
    """Load the server for the given time and return what was measured."""
    loop = asyncio.get_running_loop()
    request = request_bytes(
        port=options.port,
        key=options.key,
        model=options.model,
        stream=options.stream,
        body_bytes=options.body_bytes,
    )
    tally = Tally()
    started = time.perf_counter()
    deadline = started + options.seconds
    connections = [
        (await loop.create_connection(lambda: Connection(request, tally, deadline), "127.0.0.1", options.port))[1]
        for _ in range(options.connections)
    ]
    await asyncio.wait_for(asyncio.gather(*(each.finished for each in connections)), options.seconds + 60)
    elapsed = time.perf_counter() - started
    return {
        "calls": len(tally.latencies_s),
        "calls_per_s": round(len(tally.latencies_s) / elapsed, 1),
        "errors": tally.errors,
        "statuses": tally.statuses,
        **{f"p{name}_ms": percentile(tally.latencies_s, share) for name, share in SHARES},
        **{f"first_p{name}_ms": percentile(tally.first_s, share) for name, share in SHARES},
    }


SHARES = (("50", 0.5), ("99", 0.99), ("99_9", 0.999))


def percentile(values_s: list[float], share: float) -> float | None:
    """Return the percentile in milliseconds (nearest rank), or None without values."""
    if not values_s:
        return None
    ordered = sorted(values_s)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--key", default="none")
    parser.add_argument("--model", default="fake/fake")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--body-bytes", type=int, default=1000)
    parser.add_argument("--stream", action="store_true")
    print(json.dumps(uvloop.run(drive(parser.parse_args()))))
