"""Releases in the meta store: one row for each, and one that says which is live for a prompt in an environment."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.identity.store.projects import environments
from trimtab.prompts.prompt import Live
from trimtab.prompts.store import prompts
from trimtab.prompts.version import Author
from trimtab.releases.release import Action, Release
from trimtab.storage.meta import Instant, metadata

releases = sa.Table(
    "releases",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("prompt_id", sa.String(40), nullable=False),
    sa.Column("environment", sa.String(40), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("arm", sa.String(40), nullable=False),
    sa.Column("model", sa.String(300), nullable=False),
    sa.Column("parameters", sa.JSON, nullable=False),
    sa.Column("overridable", sa.JSON, nullable=False),
    sa.Column("action", sa.String(10), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("author_kind", sa.String(20), nullable=False),
    sa.Column("author_id", sa.String(40), nullable=False),
    sa.Column("author_name", sa.String(254), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("previous_id", sa.String(40)),
    sa.Column("restores_id", sa.String(40)),
    sa.ForeignKeyConstraint(["prompt_id", "version"], ["prompt_versions.prompt_id", "prompt_versions.number"]),
    sa.Index(None, "project_id", "id"),
    sa.Index(None, "prompt_id", "environment", "id"),
)

live_releases = sa.Table(
    "live_releases",
    metadata,
    sa.Column("prompt_id", sa.String(40), sa.ForeignKey("prompts.id"), primary_key=True),
    sa.Column("environment", sa.String(40), primary_key=True),
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("release_id", sa.String(40), sa.ForeignKey("releases.id"), nullable=False),
    sa.Index(None, "project_id"),
)

_SELECT = (
    sa.select(releases, prompts.c.name.label("prompt_name"), live_releases.c.release_id.label("live_id"))
    .join(prompts, prompts.c.id == releases.c.prompt_id)
    .outerjoin(live_releases, live_releases.c.release_id == releases.c.id)
)


def insert(connection: Connection, release: Release) -> None:
    """Keep a new release and make it the live one of its prompt and environment.

    The caller has locked the prompt, so that nobody else releases it between reading what is live and this.
    """
    connection.execute(
        sa.insert(releases).values(
            id=release.id,
            project_id=release.project_id,
            prompt_id=release.prompt_id,
            environment=release.environment,
            version=release.version,
            arm=release.arm,
            model=release.model,
            parameters=release.parameters,
            overridable=list(release.overridable),
            action=release.action.value,
            note=release.note,
            author_kind=release.author.kind,
            author_id=release.author.id,
            author_name=release.author.name,
            created_at=release.created_at,
            previous_id=release.previous_id,
            restores_id=release.restores_id,
        )
    )
    changed = connection.execute(
        sa.update(live_releases)
        .where(live_releases.c.prompt_id == release.prompt_id, live_releases.c.environment == release.environment)
        .values(release_id=release.id)
    )
    if changed.rowcount == 0:
        connection.execute(
            sa.insert(live_releases).values(
                prompt_id=release.prompt_id,
                environment=release.environment,
                project_id=release.project_id,
                release_id=release.id,
            )
        )


def find(connection: Connection, project_id: str, release_id: str) -> Release | None:
    """Return a release of the project."""
    query = _SELECT.where(releases.c.project_id == project_id, releases.c.id == release_id)
    return _one(connection, query)


def live(connection: Connection, project_id: str, prompt_id: str, environment: str) -> Release | None:
    """Return the release of the prompt that serves in the environment."""
    query = _SELECT.where(
        releases.c.project_id == project_id,
        live_releases.c.prompt_id == prompt_id,
        live_releases.c.environment == environment,
    )
    return _one(connection, query)


def _one(connection: Connection, query: sa.Select[tuple[object, ...]]) -> Release | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _release(row)


def listing(
    connection: Connection, project_id: str, *, prompt_id: str, environment: str, before: str | None, limit: int
) -> list[Release]:
    """Return releases of the project, newest first; an empty prompt or environment stands for all."""
    query = _SELECT.where(releases.c.project_id == project_id)
    if prompt_id:
        query = query.where(releases.c.prompt_id == prompt_id)
    if environment:
        query = query.where(releases.c.environment == environment)
    if before:
        query = query.where(releases.c.id < before)
    return [_release(row) for row in connection.execute(query.order_by(releases.c.id.desc()).limit(limit))]


def between(
    connection: Connection, project_id: str, since: datetime, until: datetime, environment: str, limit: int
) -> list[Release]:
    """Return releases of the project from `since` up to `until`, newest first; an empty environment stands for all."""
    query = _SELECT.where(
        releases.c.project_id == project_id, releases.c.created_at >= since, releases.c.created_at < until
    )
    if environment:
        query = query.where(releases.c.environment == environment)
    return [_release(row) for row in connection.execute(query.order_by(releases.c.id.desc()).limit(limit))]


def all_live(connection: Connection) -> list[Release]:
    """Return what is live in every project: for the gateway's snapshot alone."""
    query = _SELECT.where(live_releases.c.release_id.is_not(None)).order_by(releases.c.id)
    return [_release(row) for row in connection.execute(query)]


def live_in(connection: Connection, project_id: str) -> list[Release]:
    """Return what is live in the project, oldest first: at most one release for each prompt and environment."""
    query = _SELECT.where(releases.c.project_id == project_id, live_releases.c.release_id.is_not(None))
    return [_release(row) for row in connection.execute(query.order_by(releases.c.id))]


def live_of(connection: Connection, project_id: str, prompt_ids: Sequence[str]) -> dict[str, list[Live]]:
    """Return what is live for each of the prompts, in the order of the project's environments."""
    query = (
        sa.select(releases.c.prompt_id, releases.c.environment, releases.c.version, releases.c.id, releases.c.model)
        .join(live_releases, live_releases.c.release_id == releases.c.id)
        .join(
            environments,
            sa.and_(environments.c.project_id == releases.c.project_id, environments.c.name == releases.c.environment),
        )
        .where(live_releases.c.project_id == project_id, live_releases.c.prompt_id.in_(prompt_ids))
        .order_by(environments.c.position, environments.c.name)
    )
    found: dict[str, list[Live]] = {}
    for row in connection.execute(query):
        live = Live(environment=row.environment, version=row.version, release_id=row.id, model=row.model)
        found.setdefault(row.prompt_id, []).append(live)
    return found


def _release(row: Row[tuple[object, ...]]) -> Release:
    return Release(
        id=row.id,
        project_id=row.project_id,
        prompt_id=row.prompt_id,
        prompt_name=row.prompt_name,
        environment=row.environment,
        version=row.version,
        arm=row.arm,
        model=row.model,
        parameters=row.parameters,
        overridable=tuple(row.overridable),
        action=Action(row.action),
        note=row.note,
        author=Author(kind=row.author_kind, id=row.author_id, name=row.author_name),
        created_at=row.created_at,
        previous_id=row.previous_id,
        restores_id=row.restores_id,
        is_live=row.live_id is not None,
    )
