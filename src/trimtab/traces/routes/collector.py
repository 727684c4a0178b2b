"""The door through which gateways hand in their records. Not for applications: it takes the internal token only.

Whoever mounts it bounds the size of a body, as for every route.
"""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from trimtab.identity.current import InternalCaller
from trimtab.traces.collector import CollectorService

router = APIRouter(tags=["internal"])


def _service(request: Request) -> CollectorService:
    return cast("CollectorService", request.app.state.services.collector)


Service = Annotated[CollectorService, Depends(_service)]


class RejectionView(BaseModel):
    """A record that was put aside: its place in the batch, and why."""

    index: int
    reason: str


class ReceiptView(BaseModel):
    """What became of a batch; everything that is accepted is durable."""

    accepted: int
    rejected: list[RejectionView]


@router.post("/calls")
async def accept_calls(_caller: InternalCaller, service: Service, request: Request) -> ReceiptView:
    """Store a batch of records, framed as in the spool, and answer when they are durable."""
    body = await request.body()
    is_replay = request.headers.get("x-trimtab-replay") == "1"
    receipt = await run_in_threadpool(service.accept, body, replay=is_replay)
    return ReceiptView(
        accepted=receipt.accepted,
        rejected=[RejectionView(index=each.index, reason=each.reason) for each in receipt.rejected],
    )
