"""Marks for time lines over REST."""

from datetime import datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from trimtab.identity.current import CurrentProject
from trimtab.releases.markers import Marker, MarkerKind, MarkerService

router = APIRouter(prefix="/projects/{project_id}", tags=["releases"])


def _service(request: Request) -> MarkerService:
    return cast("MarkerService", request.app.state.services.markers)


Service = Annotated[MarkerService, Depends(_service)]


class MarkerQuery(BaseModel):
    """A range of time; without an end it ends now, without a start it is 24 hours long."""

    model_config = ConfigDict(extra="forbid")

    start: AwareDatetime | None = Field(None, alias="from", description="RFC 3339 with an offset, such as Z.")
    end: AwareDatetime | None = Field(None, alias="to", description="RFC 3339 with an offset, such as Z.")
    environment: str | None = Field(None, description="Only releases in this environment; prices hold in all.")


class LinkView(BaseModel):
    """What a mark leads to."""

    kind: Literal["release", "price"]
    id: str


class MarkerView(BaseModel):
    """Something that changed at a moment."""

    at: datetime
    kind: MarkerKind
    title: str
    detail: str
    prompt: str | None
    version: int | None
    environment: str | None
    link: LinkView

    @classmethod
    def of(cls, marker: Marker) -> "MarkerView":
        """Show a mark."""
        return cls(
            at=marker.at,
            kind=marker.kind,
            title=marker.title,
            detail=marker.detail,
            prompt=marker.prompt,
            version=marker.version,
            environment=marker.environment,
            link=LinkView(kind="price" if marker.kind is MarkerKind.PRICE else "release", id=marker.id),
        )


class MarkerPage(BaseModel):
    """What changed in a range, oldest first. There is no further page."""

    items: list[MarkerView]
    next: None


@router.get("/markers")
def list_markers(access: CurrentProject, service: Service, query: Annotated[MarkerQuery, Query()]) -> MarkerPage:
    """List releases, roll backs and changes of prices in a range, to be drawn on charts; the newest 500 of each."""
    found = service.between(access, query.start, query.end, query.environment)
    return MarkerPage(items=[MarkerView.of(marker) for marker in found], next=None)
