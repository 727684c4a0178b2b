"""Releases over REST, and what an application asks for: what serves now."""

from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from trimtab.identity.current import CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, Cursor, Limit
from trimtab.prompts.version import Kind
from trimtab.prompts.views import AuthorView, MessageView, VariableView
from trimtab.releases.release import Action, Release
from trimtab.releases.service import Plan, ReleaseService, Resolved

router = APIRouter(prefix="/projects/{project_id}", tags=["releases"])


def _service(request: Request) -> ReleaseService:
    return cast("ReleaseService", request.app.state.services.releases)


Service = Annotated[ReleaseService, Depends(_service)]


class ReleaseView(BaseModel):
    """One release; `warnings` is filled in the answer to the one who made it."""

    id: str
    prompt_id: str
    prompt_name: str
    environment: str
    version: int
    arm: str
    model: str
    parameters: dict[str, Any]
    overridable: list[str]
    action: Action
    note: str
    author: AuthorView
    created_at: datetime
    is_live: bool
    previous_id: str | None
    restores_id: str | None
    warnings: list[str] = []

    @classmethod
    def of(cls, release: Release) -> "ReleaseView":
        """Show a release."""
        return cls(
            id=release.id,
            prompt_id=release.prompt_id,
            prompt_name=release.prompt_name,
            environment=release.environment,
            version=release.version,
            arm=release.arm,
            model=release.model,
            parameters=release.parameters,
            overridable=list(release.overridable),
            action=release.action,
            note=release.note,
            author=AuthorView.of(release.author),
            created_at=release.created_at,
            is_live=release.is_live,
            previous_id=release.previous_id,
            restores_id=release.restores_id,
        )


class ReleasePage(BaseModel):
    """Some releases."""

    items: list[ReleaseView]
    next: str | None


class NewRelease(BaseModel):
    """What is to be live. With `expected_live_id`, only if that is still live (empty: if nothing is)."""

    model_config = ConfigDict(extra="forbid")

    prompt_id: str
    environment: str
    version: int = Field(ge=1, le=2**31 - 1)
    model: str
    parameters: dict[str, Any] = {}
    overridable: list[str] = Field(default=[], max_length=100)
    note: str = ""
    expected_live_id: str | None = None


class Rollback(BaseModel):
    """Where to go back, and to which release: the one before the live one unless it is named."""

    model_config = ConfigDict(extra="forbid")

    prompt_id: str
    environment: str
    note: str = ""
    to_release_id: str | None = None
    expected_live_id: str | None = None


class ResolvedView(BaseModel):
    """What serves for a prompt in an environment, with all that is needed to render it."""

    prompt: str
    version: int
    release_id: str
    environment: str
    arm: str
    model: str
    parameters: dict[str, Any]
    overridable: list[str]
    kind: Kind
    messages: list[MessageView]
    variables: list[VariableView]
    content_hash: str

    @classmethod
    def of(cls, resolved: Resolved) -> "ResolvedView":
        """Show what serves."""
        release, version = resolved.release, resolved.version
        return cls(
            prompt=release.prompt_name,
            version=release.version,
            release_id=release.id,
            environment=release.environment,
            arm=release.arm,
            model=release.model,
            parameters=release.parameters,
            overridable=list(release.overridable),
            kind=version.content.kind,
            messages=[MessageView.of(message) for message in version.content.messages],
            variables=[VariableView.of(variable) for variable in version.content.variables],
            content_hash=version.content_hash,
        )


@router.get("/releases")
def list_releases(
    access: CurrentProject,
    service: Service,
    prompt_id: Annotated[str, Query(max_length=40)] = "",
    environment: Annotated[str, Query(max_length=40)] = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ReleasePage:
    """List releases, newest first: the history of a prompt, of an environment, or of the project."""
    found = service.listing(access, prompt_id=prompt_id, environment=environment, limit=limit, cursor=cursor)
    return ReleasePage(items=[ReleaseView.of(release) for release in found.items], next=found.next)


@router.post("/releases", status_code=201)
def create_release(access: CurrentProject, service: Service, new: NewRelease) -> ReleaseView:
    """Make a version live in an environment."""
    plan = Plan(
        prompt_id=new.prompt_id,
        environment=new.environment,
        version=new.version,
        model=new.model,
        parameters=new.parameters,
        overridable=tuple(new.overridable),
        note=new.note,
    )
    release, warnings = service.release(access, plan, expected_live_id=new.expected_live_id)
    shown = ReleaseView.of(release)
    shown.warnings = warnings
    return shown


@router.post("/releases/rollback", status_code=201)
def rollback_release(access: CurrentProject, service: Service, rollback: Rollback) -> ReleaseView:
    """Make live again what an earlier release said; the answer is a new release."""
    release = service.roll_back(
        access,
        prompt_id=rollback.prompt_id,
        environment=rollback.environment,
        note=rollback.note,
        to_release_id=rollback.to_release_id,
        expected_live_id=rollback.expected_live_id,
    )
    return ReleaseView.of(release)


@router.get(
    "/prompts/resolve",
    response_model=ResolvedView,
    responses={304: {"description": "What `If-None-Match` names still serves."}},
)
def resolve_prompt(
    access: CurrentProject,
    service: Service,
    response: Response,
    name: Annotated[str, Query(max_length=255)],
    environment: Annotated[str, Query(max_length=40, description="That of the key unless it is named.")] = "",
    if_none_match: Annotated[str | None, Header(max_length=400)] = None,
) -> Response | ResolvedView:
    """Show what serves for a prompt in an environment. The ETag changes with every release."""
    resolved = service.resolve(access, name=name, environment=environment)
    etag = f'"{resolved.release.id}"'
    headers = {"etag": etag, "cache-control": "private, no-cache"}
    if if_none_match is not None and etag in (each.strip() for each in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return ResolvedView.of(resolved)
