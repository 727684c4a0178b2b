"""Brings records from the spool to the collector, at least once and marked when it may be twice.

One task a worker. It delivers what its own spool has, what dead workers left, and what waits in memory because the disk
refused it. While the control plane is away it tries again ever more slowly, up to a few seconds; nothing is lost, the
spool grows.
"""

import asyncio
import logging
import random
from pathlib import Path
from typing import Final, Protocol

import msgspec
from pyreqwest.client import Client
from pyreqwest.exceptions import PyreqwestError

from trimtab.base.errors import InvalidInput
from trimtab.gateway import outbox, record
from trimtab.gateway.options import Options
from trimtab.gateway.outbox import Batch, Orphan, Outbox
from trimtab.gateway.spool import Spool
from trimtab.llm import frames
from trimtab.llm.call import Call

log = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 5.0
_LOOK_FOR_ORPHANS_S: Final = 1.0
_ANSWER_WITHIN_S: Final = 30.0
_REFUSED_FOR_CONTENT: Final = frozenset({400, 413, 422})


class _Rejected(msgspec.Struct):
    index: int
    reason: str = ""


class _Receipt(msgspec.Struct):
    accepted: int
    rejected: list[_Rejected] = []


_receipt = msgspec.json.Decoder(_Receipt)


class Undelivered(Exception):  # noqa: N818 - says what happened
    """The collector did not take a batch; it is to be sent again."""

    def __init__(self, reason: str, status: int = 0) -> None:
        """Keep why, and the HTTP status if there was an answer."""
        super().__init__(reason)
        self.status = status


class Collector(Protocol):
    """Where records go. An answer means that they are durable there."""

    async def deliver(self, data: bytes, *, is_replay: bool) -> list[tuple[int, str]]:
        """Deliver frames; return place and reason of each that was refused for good.

        Raises:
            Undelivered: nobody knows whether anything arrived.
        """
        ...


class HttpCollector:
    """The collector of the control plane."""

    def __init__(self, client: Client, options: Options) -> None:
        """Deliver through this client."""
        self._client = client
        self._url = f"{options.server_url}/internal/v1/calls"
        self._headers = {
            "authorization": f"Bearer {options.internal_token}",
            "content-type": "application/octet-stream",
        }

    async def deliver(self, data: bytes, *, is_replay: bool) -> list[tuple[int, str]]:
        """Post the frames as they are."""
        headers = {**self._headers, "x-trimtab-replay": "1"} if is_replay else self._headers
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                response = await self._client.post(self._url).headers(headers).body_bytes(data).build().send()
                body = (await response.bytes()).to_bytes()
        except (PyreqwestError, TimeoutError) as error:
            raise Undelivered(f"the server does not answer: {error}") from error
        if response.status != 200:  # noqa: PLR2004 - the one status that means durable
            raise Undelivered(f"the server answered {response.status}", response.status)
        try:
            receipt = _receipt.decode(body)
        except msgspec.MsgspecError as error:
            raise Undelivered(f"the server's receipt cannot be read: {error}") from error
        return [(entry.index, entry.reason) for entry in receipt.rejected]


class Shipper:
    """Delivers until it is stopped; `run` is the task, `wake` says that much has come together."""

    def __init__(self, spool: Spool, collector: Collector, options: Options) -> None:
        """Ship what `spool` writes, and what others left beside it."""
        self.shipped = 0
        self.rejected = 0
        self.failures = 0
        self._spool = spool
        self._collector = collector
        self._root = options.spool_dir
        self._batch = options.ship_batch
        self._interval_s = options.ship_interval_s
        self._own = Outbox(spool.folder, spool)
        self._orphans: list[Orphan] = []
        self._wake = asyncio.Event()
        self._dead_letters: Path = options.spool_dir / "rejected.frames"
        self._delivery = asyncio.Lock()  # one delivery at a time: `flush` must not overtake `run`

    @property
    def adopted(self) -> int:
        """How many folders of dead workers are being delivered."""
        return len(self._orphans)

    def wake(self) -> None:
        """Deliver now instead of at the end of the interval."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        loop = asyncio.get_running_loop()
        next_look, pause_s = 0.0, 0.0
        while True:
            await self._wait(pause_s or self._interval_s)
            if loop.time() >= next_look:
                next_look = loop.time() + _LOOK_FOR_ORPHANS_S
                self._spool.write_back()
                await self._adopt()
                if not pause_s:
                    # What is delivered leaves the disk within seconds, also when it does not fill a segment.
                    self._spool.turn_over()
            try:
                async with self._delivery:
                    await self._deliver_all()
                pause_s = 0.0
            except Undelivered as error:
                if not pause_s:
                    log.warning("records wait for the server", extra={"reason": str(error)})
                self.failures += 1
                pause_s = min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, pause_s * 2)) * random.uniform(0.8, 1.2)  # noqa: S311 - spread, not a secret

    async def flush(self, within_s: float) -> bool:
        """Deliver everything that is left; say whether that worked in time."""
        try:
            async with asyncio.timeout(within_s), self._delivery:
                await self._deliver_all()
        except (Undelivered, TimeoutError):
            return False
        return self._own.is_empty and not self._spool.backlog

    def close(self, *, everything_delivered: bool) -> None:
        """Leave the spool's folders to whoever comes next, or remove the own one when nothing is left in it."""
        for orphan in self._orphans:
            orphan.leave()
        self._own.close()
        if everything_delivered:
            outbox.remove_folder(self._spool.folder)

    async def _wait(self, longest_s: float) -> None:
        try:
            async with asyncio.timeout(longest_s):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            self._wake.clear()

    async def _adopt(self) -> None:
        known = [self._spool.folder, *(orphan.outbox.folder for orphan in self._orphans)]
        for orphan in await asyncio.to_thread(outbox.orphans, self._root, known):
            log.info("took over the spool of a worker that died", extra={"folder": orphan.outbox.folder.name})
            self._orphans.append(orphan)

    async def _deliver_all(self) -> None:
        while self._spool.backlog:
            await self._deliver_backlog()
        await self._deliver_outbox(self._own)
        while self._orphans:
            await self._deliver_outbox(self._orphans[0].outbox)
            self._orphans.pop(0).remove()
            await self._deliver_outbox(self._own)

    async def _deliver_outbox(self, box: Outbox) -> None:
        limit = self._batch
        while (batch := box.next_batch(limit)) is not None:
            box.sent(batch)
            try:
                refused = await self._collector.deliver(batch.data, is_replay=batch.is_replay)
            except Undelivered as error:
                if error.status not in _REFUSED_FOR_CONTENT:
                    raise
                # One record spoils the batch: halve it until it stands alone, and put it aside.
                if batch.count > 1:
                    limit = max(1, batch.count // 2)
                    continue
                refused = [(0, str(error))]
            self._settle(batch, refused)
            box.delivered(batch)
            limit = min(self._batch, limit * 2)

    async def _deliver_backlog(self) -> None:
        waiting = self._spool.take_backlog(self._batch)
        data = b"".join(waiting)
        refused = await self._collector.deliver(data, is_replay=True)
        # Nothing else takes from the backlog's front but `write_back`, which runs in this task too.
        self._spool.forget_backlog(len(waiting))
        end = outbox.Position(0, 0)
        self._settle(Batch(data=data, count=len(waiting), end=end, is_replay=True), refused)

    def _settle(self, batch: Batch, refused: list[tuple[int, str]]) -> None:
        self.shipped += batch.count - len(refused)
        if not refused:
            return
        self.rejected += len(refused)
        starts = _starts(batch.data)
        for index, reason in refused:
            log.error("the server refused a record for good; it is kept aside", extra={"reason": reason})
            if 0 <= index < len(starts) - 1:
                _append(self._dead_letters, _without_content(batch.data[starts[index] : starts[index + 1]]))


def _starts(data: bytes) -> list[int]:
    starts = [0]
    for length in frames.lengths(data):
        starts.append(starts[-1] + length)
    return starts


def _without_content(frame: bytes) -> bytes:
    """Return a refused record without its messages: the server keeps it whole, if the project lets it.

    Nobody may delete from this machine what they want to be forgotten, so nothing of it is kept here.
    """
    try:
        call = msgspec.msgpack.decode(next(frames.split(frame)), type=Call)
    except (msgspec.MsgspecError, InvalidInput, UnicodeDecodeError):
        return b""
    record.leave_content_out(call)
    call.metadata = {}
    call.user_id = call.session_id = ""
    return frames.encode(msgspec.msgpack.encode(call))


def _append(path: Path, frame: bytes) -> None:
    try:
        with path.open("ab") as file:
            file.write(frame)
    except OSError as error:
        log.error("a refused record could not be kept", extra={"reason": error.strerror})  # noqa: TRY400 - no trace needed
