"""Projects and their environments."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy.engine import Connection

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, NotFound
from trimtab.identity import naming
from trimtab.identity.access import Principal, Project, ProjectAccess, Right
from trimtab.identity.audit import Audit, difference
from trimtab.identity.model import Environment
from trimtab.identity.paging import Page, page
from trimtab.identity.store import projects as store
from trimtab.storage import revision
from trimtab.storage.meta import Meta

FIRST_ENVIRONMENTS: Final = ("development", "staging", "production")
_MOST_ENVIRONMENTS: Final = 20


class ProjectService:
    """Makes, shows and renames projects, and says who may enter which."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock) -> None:
        """Work on `meta`."""
        self._meta = meta
        self._audit = audit
        self._clock = clock

    def enter(self, principal: Principal, project_id: str) -> ProjectAccess:
        """Return access to a project that the caller may see.

        Raises:
            NotFound: there is none with this id, or it is not theirs; the answer is the same.
        """
        with self._meta.read() as connection:
            project = store.find(connection, project_id)
        is_visible = project is not None and (
            project.organisation_id == principal.organisation_id and principal.project_id in (None, project.id)
        )
        if project is None or not is_visible:
            raise NotFound(
                f"there is no project {project_id!r}", hint="Check the id; GET /api/v1/projects lists yours."
            )
        return ProjectAccess(project, principal)

    def listing(self, principal: Principal, *, limit: int, cursor: str | None) -> Page[Project]:
        """Return the projects that the caller may see, oldest first: all for a person, its own for a key."""
        if principal.project_id is not None:
            return Page(items=[self.enter(principal, principal.project_id).project], next=None)
        with self._meta.read() as connection:
            rows = store.listing(connection, principal.organisation_id, cursor, limit + 1)
        return page(rows, limit, lambda project: project.id)

    def create(self, principal: Principal, *, slug: str, name: str) -> Project:
        """Return a new project with the environments development, staging and production.

        Raises:
            Conflict: the organisation has a project with this short name.
        """
        principal.require_person(Right.ADMIN)
        project = Project(
            id=ids.new("prj"),
            organisation_id=principal.organisation_id,
            slug=naming.slug(slug, "the short name of a project"),
            name=naming.name(name, "the name of a project"),
            created_at=self._clock.now(),
        )
        with self._meta.write() as connection:
            store.insert(connection, project)
            for position, environment in enumerate(FIRST_ENVIRONMENTS):
                store.insert_environment(
                    connection,
                    Environment(id=ids.new("env"), project_id=project.id, name=environment, position=position),
                )
            detail = difference({}, {"slug": project.slug, "name": project.name})
            summary = f"created the project {project.slug!r}"
            self._note(connection, principal, project, "project.create", summary, detail)
            revision.touch(connection, revision.GATEWAY)
        return project

    def rename(self, access: ProjectAccess, name: str) -> Project:
        """Give the project another name."""
        access.require(Right.ADMIN)
        name = naming.name(name, "the name of a project")
        with self._meta.write() as connection:
            store.rename(connection, access.project.id, name)
            detail = difference({"name": access.project.name}, {"name": name})
            summary = f"renamed the project to {name!r}"
            self._note(connection, access.principal, access.project, "project.rename", summary, detail)
        return self.enter(access.principal, access.project.id).project

    def environments(self, access: ProjectAccess) -> list[Environment]:
        """Return the environments in their order."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            return store.environments_of(connection, access.project.id)

    def add_environment(self, access: ProjectAccess, name: str) -> Environment:
        """Return a new environment, placed after the others.

        Raises:
            Conflict: the project has one with this name, or as many as there can be.
        """
        access.require(Right.ADMIN)
        name = naming.slug(name, "the name of an environment")
        with self._meta.write() as connection:
            existing = store.environments_of(connection, access.project.id)
            if len(existing) >= _MOST_ENVIRONMENTS:
                raise Conflict(f"a project has at most {_MOST_ENVIRONMENTS} environments")
            position = 1 + max((environment.position for environment in existing), default=-1)
            environment = Environment(id=ids.new("env"), project_id=access.project.id, name=name, position=position)
            store.insert_environment(connection, environment)
            summary = f"added the environment {name!r}"
            detail = difference({}, {"name": name})
            self._note(connection, access.principal, access.project, "environment.create", summary, detail)
        return environment

    def _note(
        self,
        connection: Connection,
        principal: Principal,
        project: Project,
        action: str,
        summary: str,
        detail: Mapping[str, object],
    ) -> None:
        self._audit.record(
            connection,
            principal=principal,
            project_id=project.id,
            action=action,
            subject=project.id,
            summary=summary,
            detail=detail,
        )
