"""The audit log of the organisation and of each project."""

from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from trimtab.identity.audit import Audit
from trimtab.identity.current import CurrentPrincipal, CurrentProject
from trimtab.identity.model import AuditEntry, AuditFilter
from trimtab.identity.paging import DEFAULT_LIMIT, MAX_LIMIT, Page

router = APIRouter(tags=["audit"])
_project = APIRouter(prefix="/projects/{project_id}")


def _service(request: Request) -> Audit:
    return cast("Audit", request.app.state.services.audit)


Service = Annotated[Audit, Depends(_service)]


class AuditQuery(BaseModel):
    """Which entries to list; all conditions must hold. A parameter that is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")

    actor: str = Field("", max_length=100, description="The id of a member or key, or `user`, `key` or `system`.")
    action: str = Field(
        "", max_length=80, description="An action or its first parts, such as `prompt` or `prompt.version`."
    )
    subject: str = Field("", max_length=200, description="The id of what was changed.")
    start: AwareDatetime | None = Field(None, alias="from", description="RFC 3339 with an offset, such as Z.")
    end: AwareDatetime | None = Field(None, alias="to", description="RFC 3339; the first moment after the range.")
    q: str = Field("", max_length=200, description="Words in the action, summary, subject or actor's name.")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)

    def wanted(self) -> AuditFilter:
        """Return the conditions as the service takes them."""
        return AuditFilter(
            actor=self.actor,
            action=self.action.strip("."),
            subject=self.subject,
            start=self.start,
            end=self.end,
            text=self.q,
        )


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
    principal: CurrentPrincipal, service: Service, query: Annotated[AuditQuery, Query()]
) -> AuditPage:
    """List what was done in the whole organisation, newest first."""
    return _page(service.of_organisation(principal, query.wanted(), limit=query.limit, cursor=query.cursor))


@_project.get("/audit")
def list_project_audit(access: CurrentProject, service: Service, query: Annotated[AuditQuery, Query()]) -> AuditPage:
    """List what was done in one project, newest first."""
    return _page(service.of_project(access, query.wanted(), limit=query.limit, cursor=query.cursor))


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
