"""Langfuse's public API, as much of it as its clients call: who I am, ingestion, scores.

The key of Trimtab is the secret key; the public key may be anything. Answers have Langfuse's shapes; errors ours.
"""

from importlib.metadata import version
from typing import Annotated, Any, Final, cast

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from trimtab.base.errors import InvalidInput, NotAuthenticated, TooLarge
from trimtab.identity.access import ProjectAccess
from trimtab.identity.current import auth_of
from trimtab.identity.service.projects import ProjectService
from trimtab.traces.langfuse.ingestion import IngestionService
from trimtab.traces.otlp import credentials, encoding
from trimtab.traces.receiver import ReceiverService

PREFIX: Final = "/api/public"
MAX_BATCH_BYTES: Final = 3_670_016
"""3.5 MiB, what Langfuse takes."""
_MOST_EVENTS: Final = 10_000

router = APIRouter(prefix=PREFIX, tags=["langfuse"], include_in_schema=False)


def access_of(request: Request) -> ProjectAccess:
    """Return access to the project of the key that came as the secret of Basic, or as Bearer.

    Raises:
        NotAuthenticated: there is none.
    """
    try:
        principal = auth_of(request).by_key(credentials.key_of(request.headers))
    except NotAuthenticated as error:
        raise NotAuthenticated(
            error.message, hint="Set LANGFUSE_SECRET_KEY to an API key of Trimtab, and LANGFUSE_PUBLIC_KEY to any text."
        ) from error
    projects = cast("ProjectService", request.app.state.services.projects)
    return projects.enter(principal, principal.project_id or "")


Access = Annotated[ProjectAccess, Depends(access_of)]


@router.get("/health")
def langfuse_health() -> dict[str, str]:
    """Say that the server is there."""
    return {"status": "OK", "version": version("trimtab")}


@router.get("/projects")
def langfuse_projects(access: Access) -> dict[str, Any]:
    """Return the project of the key, by which clients check their credentials and make links."""
    project = access.project
    organisation = {"id": project.organisation_id, "name": project.organisation_id}
    shown = {"id": project.id, "name": project.name, "organization": organisation, "metadata": {}}
    return {"data": [shown | {"retentionDays": None}]}


@router.post("/ingestion")
async def langfuse_ingestion(request: Request) -> Response:
    """Store a batch of events; each is answered by itself, and what succeeded is durable."""
    service = cast("IngestionService", request.app.state.services.langfuse)
    receiver = cast("ReceiverService", request.app.state.services.receiver)
    access = await run_in_threadpool(access_of, request)
    body = await body_of(request)

    def store() -> dict[str, Any]:
        with receiver.turn(access.project.id):
            outcome = service.ingest(access, _events(body))
        return {
            "successes": [{"id": event_id, "status": 201} for event_id in outcome.taken],
            "errors": [
                {"id": each.id, "status": each.status, "message": each.message, "error": "InvalidRequestError"}
                for each in outcome.refused
            ],
        }

    return JSONResponse(await run_in_threadpool(store), status_code=207)


async def body_of(request: Request) -> bytes:
    """Return the body, unpacked.

    Raises:
        TooLarge: it is larger than Langfuse takes.
    """
    body = await request.body()
    if len(body) > MAX_BATCH_BYTES:
        raise TooLarge(
            f"a body may have {MAX_BATCH_BYTES} bytes, found {len(body)}",
            hint="Nothing was stored: send smaller ones.",
        )
    return encoding.decompress(body, request.headers.get("content-encoding", ""), MAX_BATCH_BYTES)


def json_of(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return what a body says.

    Raises:
        InvalidInput: it is no JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"the body is no JSON: {error}") from error


def _events(body: bytes) -> list[object]:
    said = json_of(body)
    batch = said.get("batch") if isinstance(said, dict) else None
    if not isinstance(batch, list):
        raise InvalidInput("the body must be an object with a list `batch`", hint="Nothing was stored.")
    if len(batch) > _MOST_EVENTS:
        raise TooLarge(f"a batch may have {_MOST_EVENTS} events, found {len(batch)}", hint="Send smaller batches.")
    return batch
