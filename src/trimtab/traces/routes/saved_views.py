"""Saved views in the management API."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, status
from pydantic import BaseModel, ConfigDict, Field

from trimtab.identity.current import CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, Cursor, Limit
from trimtab.query.parse import MAX_LENGTH
from trimtab.traces.saved_view import SavedView
from trimtab.traces.saved_views import SavedViewService
from trimtab.traces.views import View

router = APIRouter(prefix="/projects/{project_id}/views", tags=["traces"])

_FILTER = "In the filter language, such as `status = error and cost > 0.01`."
_GROUP = "A field of the filter language; empty to list calls one by one."


def _service(request: Request) -> SavedViewService:
    return cast("SavedViewService", request.app.state.services.saved_views)


Service = Annotated[SavedViewService, Depends(_service)]


class SavedViewShape(View):
    """A query that the project has kept under a name."""

    id: str
    name: str
    filter: str
    group: str
    created_by: str
    created_at: datetime
    updated_at: datetime


class SavedViewPage(View):
    """Some views, by name."""

    items: list[SavedViewShape]
    next: str | None


class NewSavedView(BaseModel):
    """A view to keep."""

    model_config = ConfigDict(extra="forbid")

    name: str
    filter: str = Field("", max_length=MAX_LENGTH, description=_FILTER)
    group: str = Field("", max_length=300, description=_GROUP)


class SavedViewChange(BaseModel):
    """What to change of a view; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = None
    filter: str | None = Field(None, max_length=MAX_LENGTH, description=_FILTER)
    group: str | None = Field(None, max_length=300, description=_GROUP)


@router.get("")
def list_views(
    access: CurrentProject, service: Service, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> SavedViewPage:
    """List the project's saved views by name."""
    found = service.listing(access, limit=limit, cursor=cursor)
    return SavedViewPage(items=[_shape(view) for view in found.items], next=found.next)


@router.post("", status_code=status.HTTP_201_CREATED)
def create_view(access: CurrentProject, service: Service, body: NewSavedView) -> SavedViewShape:
    """Keep a query under a name."""
    return _shape(service.create(access, name=body.name, query=body.filter, group_by=body.group))


@router.patch("/{view_id}")
def update_view(access: CurrentProject, service: Service, view_id: str, body: SavedViewChange) -> SavedViewShape:
    """Change a view's name, query or grouping."""
    return _shape(service.update(access, view_id, name=body.name, query=body.filter, group_by=body.group))


@router.delete("/{view_id}", status_code=status.HTTP_204_NO_CONTENT)
def delete_view(access: CurrentProject, service: Service, view_id: str) -> None:
    """Forget a view."""
    service.delete(access, view_id)


def _shape(view: SavedView) -> SavedViewShape:
    return SavedViewShape(
        id=view.id,
        name=view.name,
        filter=view.query,
        group=view.group_by,
        created_by=view.created_by,
        created_at=view.created_at,
        updated_at=view.updated_at,
    )
