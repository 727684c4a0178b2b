"""What only the gateway asks: the snapshot, and to be told as soon as there is a newer one.

A worker says which revision it has and waits. One task of the server looks at the revision row ten times a second
while somebody waits, and wakes all of them when it moves: a change reaches every worker within 200 ms, at the cost of
one tiny query whatever the number of workers.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Annotated, Final, cast

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from trimtab.base.errors import Unavailable
from trimtab.gateway.compile import Snapshots
from trimtab.identity.current import InternalCaller

router = APIRouter(tags=["internal"])

LONGEST_WAIT_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.1


class Watch:
    """Wakes whoever waits for a revision to move. Belongs to one event loop, and looks only while somebody waits."""

    def __init__(self, look: Callable[[], int], stopping: threading.Event) -> None:
        """Watch what `look`, called in a thread, returns; give up all waiting when `stopping` is set."""
        self._look = look
        self._stopping = stopping
        self._moved = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self._waiting = 0
        self._seen: int | None = None
        self._failure: Exception | None = None

    async def until_not(self, have: int, wait_s: float) -> bool:
        """Wait until the revision is another than `have`; return whether it is, False when the time is over.

        Raises:
            Unavailable: the store cannot be asked.
        """
        deadline = time.monotonic() + wait_s
        self._waiting += 1
        try:
            if self._task is None or self._task.done():
                self._seen, self._failure = None, None
                self._task = asyncio.create_task(self._watch())
            async with self._moved:
                while self._seen in (None, have) and self._failure is None and not self._stopping.is_set():
                    try:
                        async with asyncio.timeout_at(asyncio.get_running_loop().time() + deadline - time.monotonic()):
                            await self._moved.wait()
                    except TimeoutError:
                        break
        finally:
            self._waiting -= 1
        if self._failure is not None:
            raise Unavailable("the meta store does not answer", hint="Try again.") from self._failure
        return self._seen not in (None, have)

    async def _watch(self) -> None:
        while self._waiting and not self._stopping.is_set():
            try:
                seen = await run_in_threadpool(self._look)
            except SQLAlchemyError as error:
                await self._tell(None, error)
                return
            if seen != self._seen:
                await self._tell(seen, None)
            await asyncio.sleep(_LOOK_EVERY_S)
        await self._tell(self._seen, None)

    async def _tell(self, seen: int | None, failure: Exception | None) -> None:
        async with self._moved:
            self._seen, self._failure = seen, failure
            self._moved.notify_all()


def _watch_of(request: Request) -> Watch:
    """Return the watch of the running event loop; a server has one loop, a test client may have several."""
    state = request.app.state
    loop = asyncio.get_running_loop()
    if getattr(state, "snapshot_watch", (None, None))[0] is not loop:
        state.snapshot_watch = (loop, Watch(state.services.snapshots.revision, state.services.stopping))
    return cast("Watch", state.snapshot_watch[1])


@router.get("/snapshot")
async def get_snapshot(
    request: Request,
    _caller: InternalCaller,
    have: Annotated[int, Query(description="The revision in use; -1 for none.")] = -1,
    wait_s: Annotated[float, Query(ge=0, le=LONGEST_WAIT_S)] = 0,
) -> Response:
    """Return the current snapshot as msgpack, 204 when it is still the one that the caller has."""
    snapshots = cast("Snapshots", request.app.state.services.snapshots)
    if wait_s > 0 and have >= 0 and not await _watch_of(request).until_not(have, wait_s):
        return Response(status_code=204)
    revision, body = await run_in_threadpool(snapshots.encoded)
    if revision == have:
        return Response(status_code=204)
    return Response(body, media_type="application/msgpack", headers={"x-trimtab-revision": str(revision)})
