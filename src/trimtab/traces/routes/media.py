"""Media of spans: shown to people with the right to read, and never run by their browsers."""

import re
from typing import Annotated, Final, cast
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response, status

from trimtab.identity.current import CurrentProject
from trimtab.traces.media import MediaService
from trimtab.traces.medium import SHOWN, Medium, fits

router = APIRouter(prefix="/projects/{project_id}/media", tags=["traces"])

_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def _service(request: Request) -> MediaService:
    return cast("MediaService", request.app.state.services.media)


Service = Annotated[MediaService, Depends(_service)]


@router.get("/{media_id}", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
def get_media(request: Request, access: CurrentProject, service: Service, media_id: str) -> Response:
    """Return an image, a piece of audio or a long text of a span, or the part of it that `Range` asks for."""
    found = service.find(access, media_id)
    tag = f'"{found.sha256}"'
    headers = {"etag": tag, "cache-control": "private, max-age=86400", "accept-ranges": "bytes"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    _, data = service.read(access, media_id)
    return answer(found, data, request.headers.get("range", ""), headers)


def answer(found: Medium, data: bytes, wanted: str, headers: dict[str, str]) -> Response:
    """Return bytes such that a browser shows what it can show safely and saves everything else."""
    is_shown = found.content_type in SHOWN and fits(found.content_type, data)
    kind = found.content_type if is_shown else "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    headers = headers | {
        "content-disposition": f'{"inline" if is_shown else "attachment"}; filename="{quote(found.id)}"',
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
    }
    size = len(data)
    asked = _RANGE.fullmatch(wanted.strip())
    if asked is None or not (asked[1] or asked[2]):
        return Response(data, media_type=kind, headers=headers)
    first, last = (int(asked[1]), int(asked[2] or size)) if asked[1] else (max(0, size - int(asked[2])), size)
    if first >= size or last < first:
        headers["content-range"] = f"bytes */{size}"
        return Response(status_code=status.HTTP_416_RANGE_NOT_SATISFIABLE, headers=headers)
    last = min(last, size - 1)
    headers["content-range"] = f"bytes {first}-{last}/{size}"
    return Response(data[first : last + 1], status.HTTP_206_PARTIAL_CONTENT, media_type=kind, headers=headers)
