"""Projects and their environments."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from trimtab.identity.access import Project
from trimtab.identity.current import CurrentPrincipal, CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, Cursor, Limit
from trimtab.identity.service.projects import ProjectService

router = APIRouter(tags=["projects"])
_all = APIRouter(prefix="/projects")
_one = APIRouter(prefix="/projects/{project_id}")


def _service(request: Request) -> ProjectService:
    return cast("ProjectService", request.app.state.services.projects)


Service = Annotated[ProjectService, Depends(_service)]


class ProjectView(BaseModel):
    """What holds prompts, providers, keys and calls."""

    id: str
    slug: str
    name: str
    created_at: datetime


class ProjectPage(BaseModel):
    """Some projects."""

    items: list[ProjectView]
    next: str | None


class NewProject(BaseModel):
    """A project to make."""

    model_config = ConfigDict(extra="forbid")

    slug: str = Field(max_length=100)
    name: str = Field(max_length=200)


class ProjectChange(BaseModel):
    """What can be changed of a project."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)


class EnvironmentView(BaseModel):
    """Where a prompt can be released to."""

    id: str
    name: str
    position: int


class EnvironmentPage(BaseModel):
    """The environments of a project, in their order."""

    items: list[EnvironmentView]
    next: str | None


class NewEnvironment(BaseModel):
    """An environment to add."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=100)


@_all.get("")
def list_projects(
    principal: CurrentPrincipal, service: Service, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ProjectPage:
    """List the projects that the caller can see, oldest first."""
    found = service.listing(principal, limit=limit, cursor=cursor)
    return ProjectPage(items=[_view(project) for project in found.items], next=found.next)


@_all.post("", status_code=201)
def create_project(principal: CurrentPrincipal, service: Service, new: NewProject) -> ProjectView:
    """Make a project, with the environments development, staging and production."""
    return _view(service.create(principal, slug=new.slug, name=new.name))


@_one.get("")
def get_project(access: CurrentProject) -> ProjectView:
    """Return one project."""
    return _view(access.project)


@_one.patch("")
def rename_project(access: CurrentProject, service: Service, change: ProjectChange) -> ProjectView:
    """Rename a project."""
    return _view(service.rename(access, change.name))


@_one.get("/environments")
def list_environments(access: CurrentProject, service: Service) -> EnvironmentPage:
    """List the environments, in their order; there are few, so all at once."""
    items = [
        EnvironmentView(id=environment.id, name=environment.name, position=environment.position)
        for environment in service.environments(access)
    ]
    return EnvironmentPage(items=items, next=None)


@_one.post("/environments", status_code=201)
def add_environment(access: CurrentProject, service: Service, new: NewEnvironment) -> EnvironmentView:
    """Add an environment after the others."""
    environment = service.add_environment(access, new.name)
    return EnvironmentView(id=environment.id, name=environment.name, position=environment.position)


router.include_router(_all)
router.include_router(_one)


def _view(project: Project) -> ProjectView:
    return ProjectView(id=project.id, slug=project.slug, name=project.name, created_at=project.created_at)
