"""Projects and their environments."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.identity.access import Project
from trimtab.identity.model import Environment
from trimtab.storage.meta import Instant, metadata, refuse_duplicate

projects = sa.Table(
    "projects",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("organisation_id", sa.String(40), sa.ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
    sa.Column("slug", sa.String(40), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.UniqueConstraint("organisation_id", "slug"),
)

environments = sa.Table(
    "environments",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.UniqueConstraint("project_id", "name"),
)


def insert(connection: Connection, project: Project) -> None:
    """Keep a new project.

    Raises:
        Conflict: the organisation has a project with this short name.
    """
    with refuse_duplicate(f"there is a project {project.slug!r} already"):
        connection.execute(
            sa.insert(projects).values(
                id=project.id,
                organisation_id=project.organisation_id,
                slug=project.slug,
                name=project.name,
                created_at=project.created_at,
            )
        )


def find(connection: Connection, project_id: str) -> Project | None:
    """Return the project with this id, of whatever organisation: the caller decides who may see it."""
    row = connection.execute(sa.select(projects).where(projects.c.id == project_id)).one_or_none()
    return None if row is None else _project(row)


def find_by_slug(connection: Connection, organisation_id: str, slug: str) -> Project | None:
    """Return the organisation's project with this short name."""
    row = connection.execute(
        sa.select(projects).where(projects.c.organisation_id == organisation_id, projects.c.slug == slug)
    ).one_or_none()
    return None if row is None else _project(row)


def find_named(connection: Connection, organisation_id: str, name: str) -> Project | None:
    """Return the organisation's project with this short name, or else this id, or else this name, the oldest first."""
    query = sa.select(projects).where(
        projects.c.organisation_id == organisation_id,
        sa.or_(projects.c.slug == name, projects.c.id == name, projects.c.name == name),
    )
    found = [_project(row) for row in connection.execute(query.order_by(projects.c.id))]
    return min(found, key=lambda project: (project.slug != name, project.id != name), default=None)


def listing(connection: Connection, organisation_id: str, after: str | None, limit: int) -> list[Project]:
    """Return projects of the organisation, oldest first, those after the id `after`."""
    query = sa.select(projects).where(projects.c.organisation_id == organisation_id)
    if after:
        query = query.where(projects.c.id > after)
    return [_project(row) for row in connection.execute(query.order_by(projects.c.id).limit(limit))]


def rename(connection: Connection, project_id: str, name: str) -> None:
    """Give the project another name."""
    connection.execute(sa.update(projects).where(projects.c.id == project_id).values(name=name))


def insert_environment(connection: Connection, environment: Environment) -> None:
    """Keep a new environment.

    Raises:
        Conflict: the project has one with this name.
    """
    with refuse_duplicate(f"there is an environment {environment.name!r} already"):
        connection.execute(
            sa.insert(environments).values(
                id=environment.id,
                project_id=environment.project_id,
                name=environment.name,
                position=environment.position,
            )
        )


def environments_of(connection: Connection, project_id: str) -> list[Environment]:
    """Return the project's environments in their order. There are few, so all of them."""
    rows = connection.execute(
        sa.select(environments)
        .where(environments.c.project_id == project_id)
        .order_by(environments.c.position, environments.c.name)
    )
    return [Environment(id=row.id, project_id=row.project_id, name=row.name, position=row.position) for row in rows]


def _project(row: Row[*tuple[Any, ...]]) -> Project:
    return Project(
        id=row.id,
        organisation_id=row.organisation_id,
        slug=row.slug,
        name=row.name,
        created_at=row.created_at,
    )
