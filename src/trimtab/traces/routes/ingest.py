"""What the management API answers about telemetry that came, and that did not get in."""

from datetime import datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from trimtab.identity.current import CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, MAX_LIMIT
from trimtab.traces.ingest import IngestService

router = APIRouter(prefix="/projects/{project_id}/ingest", tags=["telemetry"])


def _service(request: Request) -> IngestService:
    return cast("IngestService", request.app.state.services.ingest)


Service = Annotated[IngestService, Depends(_service)]


class IngestView(BaseModel):
    """The policy, and what was counted by name since the server started."""

    policy: str
    counts: dict[str, int]


class DeadLetterView(BaseModel):
    """An item that was refused; the payload is in base64, as it was sent."""

    at: datetime
    reason: str
    signal: Literal["traces", "logs", "metrics"]
    form: Literal["protobuf", "json", "value"]
    payload: str


class DeadLetterPage(BaseModel):
    """The newest items that were refused."""

    items: list[DeadLetterView]
    next: str | None


class ReplayView(BaseModel):
    """What became of another try."""

    accepted: int
    rejected: int


@router.get("")
def get_ingest(access: CurrentProject, service: Service) -> IngestView:
    """Return what is kept of telemetry, and how much came, was put aside, refused or counted elsewhere."""
    found = service.status(access)
    return IngestView(policy=found.policy, counts=dict(found.counts))


@router.get("/dead-letters")
def list_dead_letters(
    access: CurrentProject, service: Service, limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
) -> DeadLetterPage:
    """List the newest items that were refused, with their reasons."""
    items = [
        DeadLetterView(at=each.at, reason=each.reason, signal=each.signal, form=each.form, payload=each.payload)
        for each in service.letters(access, limit)
    ]
    return DeadLetterPage(items=items, next=None)


@router.post("/dead-letters/replay")
def replay_dead_letters(access: CurrentProject, service: Service) -> ReplayView:
    """Try everything that was refused again, after its cause is gone."""
    found = service.replay(access)
    return ReplayView(accepted=found.accepted, rejected=found.rejected)
