"""The audit log of the organisation and of each project."""

from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from trimtab.identity.audit import Audit
from trimtab.identity.current import CurrentPrincipal, CurrentProject
from trimtab.identity.model import AuditEntry
from trimtab.identity.paging import DEFAULT_LIMIT, Cursor, Limit, Page

router = APIRouter(tags=["audit"])
_project = APIRouter(prefix="/projects/{project_id}")


def _service(request: Request) -> Audit:
    return cast("Audit", request.app.state.services.audit)


Service = Annotated[Audit, Depends(_service)]


class ActorView(BaseModel):
    """Who did it: a person (`user`), a key or Trimtab itself (`system`)."""

    kind: str
    id: str
    name: str


class AuditView(BaseModel):
    """Who did what to which thing, and when."""

    id: str
    at: datetime
    actor: ActorView
    action: str
    subject: str
    summary: str
    detail: dict[str, Any]
    project_id: str | None


class AuditPage(BaseModel):
    """Some entries."""

    items: list[AuditView]
    next: str | None


@router.get("/audit")
def list_organisation_audit(
    principal: CurrentPrincipal, service: Service, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> AuditPage:
    """List what was done in the whole organisation, newest first."""
    return _page(service.of_organisation(principal, limit=limit, cursor=cursor))


@_project.get("/audit")
def list_project_audit(
    access: CurrentProject, service: Service, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> AuditPage:
    """List what was done in one project, newest first."""
    return _page(service.of_project(access, limit=limit, cursor=cursor))


router.include_router(_project)


def _page(found: Page[AuditEntry]) -> AuditPage:
    return AuditPage(items=[_view(entry) for entry in found.items], next=found.next)


def _view(entry: AuditEntry) -> AuditView:
    return AuditView(
        id=entry.id,
        at=entry.at,
        actor=ActorView(kind=entry.actor_kind, id=entry.actor_id, name=entry.actor_name),
        action=entry.action,
        subject=entry.subject,
        summary=entry.summary,
        detail=dict(entry.detail),
        project_id=entry.project_id,
    )
