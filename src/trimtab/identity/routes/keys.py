"""API keys of a project."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from trimtab.identity.access import Right
from trimtab.identity.current import CurrentProject
from trimtab.identity.model import ApiKey
from trimtab.identity.paging import DEFAULT_LIMIT, Cursor, Limit
from trimtab.identity.service.keys import KeyService

router = APIRouter(prefix="/projects/{project_id}/keys", tags=["keys"])


def _service(request: Request) -> KeyService:
    return cast("KeyService", request.app.state.services.keys)


Service = Annotated[KeyService, Depends(_service)]


class KeyView(BaseModel):
    """An API key, without its text; `label` is how the text begins."""

    id: str
    name: str
    label: str
    scopes: list[Right]
    environment: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    routes_projects: bool


class KeyPage(BaseModel):
    """Some keys."""

    items: list[KeyView]
    next: str | None


class NewKey(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    scopes: list[Right] = Field(max_length=20)
    environment: str = Field(max_length=100)
    expires_at: datetime | None = None
    routes_projects: bool = Field(
        False, description="Whether telemetry sent with it may name another project of the organisation to go to."
    )


class CreatedKey(BaseModel):
    """The new key and its text, which is shown this once."""

    key: KeyView
    secret: str


@router.get("")
def list_keys(access: CurrentProject, service: Service, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> KeyPage:
    """List the keys, newest first, revoked ones included."""
    found = service.listing(access, limit=limit, cursor=cursor)
    return KeyPage(items=[_view(key) for key in found.items], next=found.next)


@router.post("", status_code=201)
def create_key(access: CurrentProject, service: Service, new: NewKey) -> CreatedKey:
    """Make a key; the answer has its text, which is shown this once."""
    key, text = service.create(
        access,
        name=new.name,
        scopes=frozenset(new.scopes),
        environment=new.environment,
        expires_at=new.expires_at,
        routes_projects=new.routes_projects,
    )
    return CreatedKey(key=_view(key), secret=text)


@router.delete("/{key_id}", status_code=204)
def revoke_key(access: CurrentProject, service: Service, key_id: str) -> None:
    """Revoke a key; the gateway refuses it within a second."""
    service.revoke(access, key_id)


def _view(key: ApiKey) -> KeyView:
    return KeyView(
        id=key.id,
        name=key.name,
        label=key.label,
        scopes=sorted(key.scopes),
        environment=key.environment,
        created_at=key.created_at,
        created_by=key.created_by,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
        routes_projects=key.routes_projects,
    )
