"""API keys, by the hash of their text."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.identity.access import Right
from trimtab.identity.model import ApiKey
from trimtab.identity.store.projects import projects
from trimtab.storage.meta import Instant, metadata

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("label", sa.String(16), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("environment", sa.String(40), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.String(100), nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("last_used_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("routes_projects", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index(None, "project_id"),
)

_SELECT = sa.select(api_keys, projects.c.organisation_id).join(projects, projects.c.id == api_keys.c.project_id)


def insert(connection: Connection, key: ApiKey) -> None:
    """Keep a new key."""
    connection.execute(
        sa.insert(api_keys).values(
            id=key.id,
            project_id=key.project_id,
            name=key.name,
            label=key.label,
            digest=key.digest,
            scopes=sorted(key.scopes),
            environment=key.environment,
            created_at=key.created_at,
            created_by=key.created_by,
            expires_at=key.expires_at,
            routes_projects=key.routes_projects,
        )
    )


def find(connection: Connection, project_id: str, key_id: str) -> ApiKey | None:
    """Return a key of the project."""
    row = connection.execute(_SELECT.where(api_keys.c.id == key_id, api_keys.c.project_id == project_id)).one_or_none()
    return None if row is None else _key(row)


def find_by_digest(connection: Connection, digest: str) -> ApiKey | None:
    """Return the key with this hash, usable or not."""
    row = connection.execute(_SELECT.where(api_keys.c.digest == digest)).one_or_none()
    return None if row is None else _key(row)


def listing(connection: Connection, project_id: str, before: str | None, limit: int) -> list[ApiKey]:
    """Return keys of the project, newest first, those before the id `before`."""
    query = _SELECT.where(api_keys.c.project_id == project_id)
    if before:
        query = query.where(api_keys.c.id < before)
    return [_key(row) for row in connection.execute(query.order_by(api_keys.c.id.desc()).limit(limit))]


def usable(connection: Connection, at: datetime) -> list[ApiKey]:
    """Return every key of the installation that is neither revoked nor expired: what the gateway needs."""
    query = _SELECT.where(
        api_keys.c.revoked_at.is_(None),
        sa.or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > at),
    )
    return [_key(row) for row in connection.execute(query)]


def revoke(connection: Connection, key_id: str, at: datetime) -> None:
    """Make the key useless from now on."""
    connection.execute(sa.update(api_keys).where(api_keys.c.id == key_id).values(revoked_at=at))


def set_used(connection: Connection, used: Mapping[str, datetime]) -> None:
    """Note when keys were last used; a time before the one on record changes nothing."""
    for key_id, at in used.items():
        connection.execute(
            sa.update(api_keys)
            .where(
                api_keys.c.id == key_id,
                sa.or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < at),
            )
            .values(last_used_at=at)
        )


def _key(row: Row[*tuple[Any, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        project_id=row.project_id,
        organisation_id=row.organisation_id,
        name=row.name,
        label=row.label,
        digest=row.digest,
        scopes=frozenset(Right(scope) for scope in row.scopes),
        environment=row.environment,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        routes_projects=row.routes_projects,
    )
