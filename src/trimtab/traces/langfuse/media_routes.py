"""Langfuse's public API for media: leave to upload, the upload itself, and where the bytes are."""

from datetime import UTC, datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from trimtab.traces import named_ids as ids
from trimtab.traces.langfuse.routes import PREFIX, Access
from trimtab.traces.media import Announced, MediaService, Ticket
from trimtab.traces.medium import Use

router = APIRouter(prefix=PREFIX, tags=["langfuse"], include_in_schema=False)


def _service(request: Request) -> MediaService:
    return cast("MediaService", request.app.state.services.media)


Service = Annotated[MediaService, Depends(_service)]


class AnnouncedMedia(BaseModel):
    """What a client is about to upload, and where it is shown."""

    model_config = ConfigDict(alias_generator=to_camel)

    trace_id: str | None = Field(None, max_length=800)
    observation_id: str | None = Field(None, max_length=800)
    dataset_id: str | None = None
    dataset_item_id: str | None = None
    content_type: str = Field(max_length=200)
    content_length: int = Field(gt=0)
    sha256_hash: str = Field(max_length=100)
    field: str = Field(max_length=100)


@router.post("/media", status_code=201)
def langfuse_announce_media(
    request: Request, access: Access, service: Service, body: AnnouncedMedia
) -> dict[str, str | None]:
    """Give leave to upload, or say that the bytes are here already."""
    use = None
    if body.trace_id:
        observation = body.observation_id
        use = Use(
            media_id="",
            trace_id=ids.trace_id(body.trace_id),
            span_id=ids.span_id(observation) if observation else ids.root_span_id(body.trace_id),
            field=body.field,
        )
    announced = Announced(content_type=body.content_type, bytes=body.content_length, sha256=body.sha256_hash)
    medium, ticket = service.announce(access, announced, use)
    url = None
    if ticket is not None:
        url = _address(request, access, ticket)
    return {"mediaId": medium.id, "uploadUrl": url}


class TicketQuery(BaseModel):
    """Leave to put or get the bytes of a medium; the address is the permission."""

    model_config = ConfigDict(alias_generator=to_camel)

    expires: int
    signature: str = Field(max_length=64)

    def ticket(self, media_id: str) -> Ticket:
        """Return it as the service takes it."""
        return Ticket(media_id=media_id, expires_s=self.expires, signature=self.signature)


@router.put("/media-bytes/{project_id}/{media_id}")
async def langfuse_upload_media(
    request: Request, service: Service, project_id: str, media_id: str, query: Annotated[TicketQuery, Query()]
) -> Response:
    """Keep the bytes of a medium that was announced."""
    data = await request.body()
    await run_in_threadpool(service.upload, project_id, query.ticket(media_id), data)
    return Response(status_code=200)


@router.get("/media-bytes/{project_id}/{media_id}")
def langfuse_fetch_media(
    service: Service, project_id: str, media_id: str, query: Annotated[TicketQuery, Query()]
) -> Response:
    """Return the bytes of a medium, as a download."""
    medium, data = service.fetch(project_id, query.ticket(media_id))
    headers = {"content-disposition": "attachment", "content-security-policy": "default-src 'none'; sandbox"}
    return Response(data, media_type=medium.content_type, headers=headers)


@router.patch("/media/{media_id}")
def langfuse_confirm_media(_access: Access, media_id: str) -> Response:  # noqa: ARG001 - part of the path
    """Hear how an upload went; what was stored is known here anyway."""
    return Response(status_code=204)


@router.get("/media/{media_id}")
def langfuse_get_media(request: Request, access: Access, service: Service, media_id: str) -> dict[str, Any]:
    """Say where a medium is."""
    found, ticket = service.lend(access, media_id)
    return {
        "mediaId": found.id,
        "contentType": found.content_type,
        "contentLength": found.bytes,
        "uploadedAt": found.stored_at,
        "url": _address(request, access, ticket),
        "urlExpiry": datetime.fromtimestamp(ticket.expires_s, UTC).isoformat(),
    }


def _address(request: Request, access: Access, ticket: Ticket) -> str:
    """Return the address for a ticket, below the one by which the client has reached this server."""
    path = f"{PREFIX}/media-bytes/{access.project.id}/{ticket.media_id}"
    return f"{request.url.scheme}://{request.url.netloc}{path}?expires={ticket.expires_s}&signature={ticket.signature}"
