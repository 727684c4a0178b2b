"""Prompts over REST. There is no route that alters a version."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request, Response

from trimtab.identity.current import CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, Cursor, Limit
from trimtab.prompts.service import PromptService
from trimtab.prompts.views import (
    DiffView,
    NewPrompt,
    NewVersion,
    Preview,
    PromptChange,
    PromptDetail,
    PromptPage,
    PromptView,
    Rendered,
    RenderedMessage,
    VersionPage,
    VersionView,
)

router = APIRouter(prefix="/projects/{project_id}/prompts", tags=["prompts"])


def _service(request: Request) -> PromptService:
    return cast("PromptService", request.app.state.services.prompts)


Service = Annotated[PromptService, Depends(_service)]
Search = Annotated[str, Query(alias="q", max_length=200, description="In the name or the description.")]
VersionFrom = Annotated[int, Query(alias="from", ge=1, le=2**31 - 1)]
VersionTo = Annotated[int, Query(alias="to", ge=1, le=2**31 - 1)]


@router.get("")
def list_prompts(
    access: CurrentProject, service: Service, q: Search = "", limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> PromptPage:
    """List the prompts by name, with what is live where."""
    found = service.listing(access, search=q, limit=limit, cursor=cursor)
    return PromptPage(items=[PromptView.of(each.prompt, each.live) for each in found.items], next=found.next)


@router.post("", status_code=201)
def create_prompt(access: CurrentProject, service: Service, new: NewPrompt) -> PromptDetail:
    """Make a prompt with its first version."""
    content = new.version.content(new.kind)
    detail = service.create(
        access,
        name=new.name,
        kind=new.kind,
        description=new.description,
        content=content,
        message=new.version.message,
    )
    shown = PromptDetail.of_detail(detail)
    shown.version.warnings = content.compile().warnings
    return shown


@router.post("/render")
def render_prompt(access: CurrentProject, service: Service, preview: Preview) -> Rendered:
    """Render messages that need not be kept anywhere; nothing is stored."""
    messages, warnings = service.preview(access, preview.content(), preview.values)
    return Rendered(
        messages=[RenderedMessage(role=each["role"], content=each["content"]) for each in messages], warnings=warnings
    )


@router.get("/{prompt_id}")
def get_prompt(access: CurrentProject, service: Service, prompt_id: str) -> PromptDetail:
    """Show a prompt with its newest version."""
    return PromptDetail.of_detail(service.get(access, prompt_id))


@router.patch("/{prompt_id}")
def change_prompt(access: CurrentProject, service: Service, prompt_id: str, change: PromptChange) -> PromptDetail:
    """Change what is said about a prompt; what it says itself changes by new versions alone."""
    return PromptDetail.of_detail(service.describe(access, prompt_id, change.description))


@router.delete("/{prompt_id}", status_code=204)
def delete_prompt(access: CurrentProject, service: Service, prompt_id: str) -> None:
    """Delete a prompt that was never released."""
    service.delete(access, prompt_id)


@router.get("/{prompt_id}/versions")
def list_prompt_versions(
    access: CurrentProject,
    service: Service,
    prompt_id: str,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="`next` of the page before.")] = None,
) -> VersionPage:
    """List the versions, newest first."""
    found = service.versions(access, prompt_id, limit=limit, cursor=cursor)
    return VersionPage(items=[VersionView.of(version) for version in found.items], next=found.next)


@router.post("/{prompt_id}/versions", status_code=201)
def create_prompt_version(
    access: CurrentProject, service: Service, prompt_id: str, new: NewVersion, response: Response
) -> VersionView:
    """Add a version; 200 with the newest when it says the same, 409 when `base_version` is not the newest."""
    content = new.content(service.kind(access, prompt_id))
    version, is_new = service.add_version(
        access, prompt_id, content=content, message=new.message, base_version=new.base_version
    )
    if not is_new:
        response.status_code = 200
    shown = VersionView.of(version)
    shown.warnings = content.compile().warnings
    return shown


@router.get("/{prompt_id}/versions/{number}")
def get_prompt_version(access: CurrentProject, service: Service, prompt_id: str, number: int) -> VersionView:
    """Show one version."""
    return VersionView.of(service.version(access, prompt_id, number))


@router.get("/{prompt_id}/diff")
def diff_prompt_versions(
    access: CurrentProject, service: Service, prompt_id: str, before: VersionFrom, after: VersionTo
) -> DiffView:
    """Show what leads from one version to another, by message, line and word."""
    return DiffView.of(before, after, service.compare(access, prompt_id, before, after))
