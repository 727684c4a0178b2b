"""The live tail in the management API: server-sent events, one look a second."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from trimtab.base.errors import TooManyRequests, Unavailable
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.current import CurrentProject
from trimtab.query.parse import MAX_LENGTH, parse
from trimtab.traces.filter import CallFilter
from trimtab.traces.live import LiveTail
from trimtab.traces.views import TraceRow, View

router = APIRouter(prefix="/projects/{project_id}", tags=["traces"])

_LOOK_S: Final = 1.0
_STEP_S: Final = 0.1
"""How soon a server that stops lets go of its watchers."""
_LONGEST_S: Final = 600
"""After so long a watcher comes back, and is asked again who it is."""
_QUIET_S: Final = 15.0
"""A line on which nothing is said for longer is cut by what lies between."""


def _tail(request: Request) -> LiveTail:
    return cast("LiveTail", request.app.state.services.live)


Tail = Annotated[LiveTail, Depends(_tail)]


class TailQuery(BaseModel):
    """Which calls to watch, and for how long."""

    model_config = ConfigDict(extra="forbid")

    filter: str | None = Field(None, max_length=MAX_LENGTH, description="In the filter language.")
    for_s: int = Field(_LONGEST_S, ge=0, le=_LONGEST_S, description="Seconds after which the answer ends.")


class LiveCalls(View):
    """What an event `calls` carries as its data."""

    items: list[TraceRow]
    left_out: int


@router.get(
    "/trace-tail",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Events `calls`, with `LiveCalls` as data."}},
)
def watch_traces(
    request: Request,
    access: CurrentProject,
    tail: Tail,
    query: Annotated[TailQuery, Query()],
    last_event_id: Annotated[str | None, Header(pattern=r"^\d{1,15}$", description="Where to go on.")] = None,
) -> StreamingResponse:
    """Watch calls as they come in, as server-sent events; a trace that goes on is sent again."""
    access.require(Right.READ)  # once the answer has begun, it cannot be refused any more
    wanted = CallFilter(where=parse(query.filter or ""))
    since_ms = int(last_event_id) if last_event_id else None
    stopping: threading.Event = request.app.state.services.stopping
    events = _events(tail, access, wanted, since_ms, query.for_s, stopping)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _events(
    tail: LiveTail,
    access: ProjectAccess,
    wanted: CallFilter,
    since_ms: int | None,
    for_s: int,
    stopping: threading.Event,
) -> AsyncIterator[bytes]:
    try:
        with tail.watch(access, wanted, since_ms) as watcher:
            end_s = time.monotonic() + for_s
            said_s = time.monotonic()
            yield f"retry: 1000\nid: {watcher.since_ms}\nevent: watching\ndata: {{}}\n\n".encode()
            while True:
                try:
                    news = await run_in_threadpool(tail.look, watcher)
                except (TooManyRequests, Unavailable) as error:
                    # What was missed comes with the next look.
                    yield f": {error.code}\n\n".encode()
                else:
                    if news.calls or news.left_out or time.monotonic() - said_s > _QUIET_S:
                        said_s = time.monotonic()
                        body = LiveCalls(items=news.calls, left_out=news.left_out).model_dump_json()
                        yield f"id: {news.until_ms}\nevent: calls\ndata: {body}\n\n".encode()
                next_s = time.monotonic() + _LOOK_S
                while time.monotonic() < next_s:
                    if stopping.is_set() or time.monotonic() >= end_s:
                        return
                    await asyncio.sleep(_STEP_S)
    except TooManyRequests as error:
        yield f"event: refused\ndata: {error.message}\n\n".encode()
