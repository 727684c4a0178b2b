"""A fake control plane for one gateway: hands out a snapshot by long poll, and keeps every record that arrives.

It can be away, refuse, be slow, or lose its answer after it has kept a batch, which is when replays must be told apart.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import msgspec

from trimtab.gateway import snapshot
from trimtab.gateway.snapshot import Snapshot
from trimtab.llm import frames
from trimtab.llm.call import Call

_call = msgspec.msgpack.Decoder(Call)


@dataclass(slots=True)
class Delivery:
    """One batch as it arrived."""

    calls: list[Call]
    is_replay: bool


@dataclass
class ControlPlane:
    """What the fake knows and does; change it while it runs."""

    token: str
    snapshot: Snapshot
    body: bytes | None = None
    """Sent instead of the snapshot."""
    status: int = 200
    """Answered to everything when it is not 200."""
    reject: set[str] = field(default_factory=set)
    """Request ids that are refused for good."""
    spoils: set[str] = field(default_factory=set)
    """Request ids that make the whole batch be refused with 400."""
    lose_answers: int = 0
    """How many of the next deliveries are kept, but never answered."""
    deliveries: list[Delivery] = field(default_factory=list)
    unauthorised: int = 0
    asked: int = 0
    port: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _server: asyncio.Server | None = None
    _talks: dict[asyncio.Task[None], asyncio.StreamWriter] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def kept(self) -> dict[str, Call]:
        """Return what a real collector would have kept: replays of what it has are left out."""
        kept: dict[str, Call] = {}
        for delivery in tuple(self.deliveries):
            for call in delivery.calls:
                if not (delivery.is_replay and call.request_id in kept):
                    kept[call.request_id] = call
        return kept

    def doubled(self) -> list[str]:
        """Return the ids that came twice without being marked as a replay."""
        seen: Counter[str] = Counter()
        doubled = []
        for delivery in tuple(self.deliveries):
            for call in delivery.calls:
                if seen[call.request_id] and not delivery.is_replay:
                    doubled.append(call.request_id)
                seen[call.request_id] += 1
        return doubled

    def publish(self, changed: Snapshot) -> None:
        """Make this the current snapshot, and tell whoever waits."""
        assert self._loop is not None
        self.snapshot = changed
        self._loop.call_soon_threadsafe(self._wake)

    def go_away(self) -> None:
        """Stop listening, and cut what is open."""
        self._run(self._close())

    def come_back(self) -> None:
        """Listen again on the same port."""
        self._run(self._listen())

    def _run(self, coroutine: "asyncio._CoroutineLike[None]") -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port, limit=1 << 24)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task, writer in tuple(self._talks.items()):
            task.cancel()
            writer.transport.abort()
        # Connections that were just accepted still get a task of the event loop's own, and then `_talk`.
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        for _ in range(2):  # an aborted transport closes its socket in the round after
            await asyncio.sleep(0)

    def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:  # accepted while it went away
            writer.transport.abort()
            return
        # A task that is cancelled before its first step never runs its `finally`: the writer is closed from outside.
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._talks[task] = writer
        task.add_done_callback(self._talks.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) != b"":
                lines = head.decode().split("\r\n")
                headers = {
                    name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                answer = await self._answer(lines[0].split(" ")[1], headers, body)
                if answer is None:
                    return
                status, content = answer
                writer.write(b"HTTP/1.1 %d Fake\r\ncontent-length: %d\r\n\r\n" % (status, len(content)) + content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _answer(self, target: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes] | None:
        if headers.get("authorization") != f"Bearer {self.token}":
            self.unauthorised += 1
            return 401, b""
        url = urlsplit(target)
        if url.path.endswith("/snapshot"):
            self.asked += 1
            return await self._news(parse_qs(url.query))
        if self.status != 200:
            return self.status, b"{}"
        return self._keep(headers, body)

    async def _news(self, query: dict[str, list[str]]) -> tuple[int, bytes]:
        if self.status != 200:
            return self.status, b""
        if int(query["have"][0]) == self.snapshot.revision:
            changed = self._changed
            try:
                async with asyncio.timeout(float(query["wait_s"][0])):
                    await changed.wait()
            except TimeoutError:
                return 204, b""
        return 200, self.body if self.body is not None else snapshot.encode(self.snapshot)

    def _keep(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes] | None:
        calls = [_call.decode(payload) for payload in frames.split(body)]
        if any(call.request_id in self.spoils for call in calls):
            return 400, b'{"error":{"code":"invalid_input","message":"a record is spoilt","hint":""}}'
        rejected = [
            {"index": place, "reason": "told to"} for place, call in enumerate(calls) if call.request_id in self.reject
        ]
        kept = [call for call in calls if call.request_id not in self.reject]
        self.deliveries.append(Delivery(kept, headers.get("x-trimtab-replay") == "1"))
        if self.lose_answers:
            self.lose_answers -= 1
            return None
        return 200, msgspec.json.encode({"accepted": len(kept), "rejected": rejected})


@contextmanager
def running(token: str, current: Snapshot) -> Iterator[ControlPlane]:
    """Run a fake in a thread of this process until the block ends."""
    loop = asyncio.new_event_loop()
    plane = ControlPlane(token, current)
    plane._loop = loop
    thread = threading.Thread(target=loop.run_forever, name="fake-control-plane")
    thread.start()
    plane.come_back()
    try:
        yield plane
    finally:
        plane.go_away()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
