"""One worker process: builds its parts when its event loop starts, and puts them away in order when it stops."""

import asyncio
import logging
import signal
from collections.abc import Awaitable

from trimtab.gateway import upstream
from trimtab.gateway.edge import Edge, Incoming, Scope
from trimtab.gateway.flight import Watch
from trimtab.gateway.metrics import Metrics
from trimtab.gateway.options import Options
from trimtab.gateway.record import Recorder
from trimtab.gateway.relay import Relay
from trimtab.gateway.shipper import HttpCollector, Shipper
from trimtab.gateway.snapshot_client import SnapshotClient
from trimtab.gateway.spool import Spool
from trimtab.gateway.status import Status
from trimtab.gateway.upstream import Upstreams
from trimtab.identity.secrets import SecretBox

log = logging.getLogger(__name__)

STOP_SIGNAL = signal.SIGUSR1
"""Sent by the master beside SIGTERM: a worker learns that it should end its calls, which Granian only waits for."""

_FLUSH_WITHIN_S = 3.0
_CONTROL_PLANE_WITHIN_S = 60.0


class Worker:
    """An RSGI application."""

    def __init__(self, options: Options, box: SecretBox) -> None:
        """Remember what to build from; nothing is opened yet."""
        self._options = options
        self._box = box
        self._tasks: list[asyncio.Task[None]] = []

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        options = self._options
        metrics = Metrics()
        self._spool = Spool(
            options.spool_dir, segment_bytes=options.spool_segment_bytes, max_bytes=options.spool_max_bytes
        )
        self._upstreams = Upstreams(options)
        self._client = upstream.plain_client(_CONTROL_PLANE_WITHIN_S)
        self._watch = Watch()
        self._shipper = Shipper(self._spool, HttpCollector(self._client, options), options)
        snapshots = SnapshotClient(self._client, options, self._box)
        snapshots.load()
        recorder = Recorder(self._spool, metrics, capture_content=options.capture_content)
        relay = Relay(self._upstreams, recorder, options)
        status = Status(snapshots, self._spool, self._shipper, self._watch, metrics)
        self._edge = Edge(snapshots, relay, recorder, self._watch, status, metrics, options)
        self._tasks = [loop.create_task(part.run()) for part in (self._watch, snapshots, self._shipper)]
        for task in self._tasks:
            task.add_done_callback(_report)
        loop.add_signal_handler(STOP_SIGNAL, self._begin_to_stop)

    def __rsgi__(self, scope: Scope, protocol: Incoming) -> Awaitable[None]:
        return self._edge.handle(scope, protocol)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._stop())

    def _begin_to_stop(self) -> None:
        patience_s = max(0.0, self._options.shutdown_timeout_s - _FLUSH_WITHIN_S - 1.0)
        task = asyncio.get_running_loop().create_task(self._watch.drain(patience_s))
        self._tasks.append(task)

    async def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        everything_delivered = await self._shipper.flush(_FLUSH_WITHIN_S)
        self._spool.close()
        self._shipper.close(everything_delivered=everything_delivered)
        await self._upstreams.close()
        await self._client.close()


def _report(task: asyncio.Task[None]) -> None:
    """A part that ends by itself is a defect; say so instead of going on without it in silence."""
    if not task.cancelled() and task.exception() is not None:
        log.critical("a part of the worker failed", exc_info=task.exception())
        signal.raise_signal(signal.SIGTERM)
