"""The rows of what was deleted: hashes alone, one row for each deletion."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trimtab.storage.meta import Instant, insert_missing, metadata

tombstones = sa.Table(
    "privacy_tombstones",
    metadata,
    sa.Column("deletion_id", sa.String(40), primary_key=True),
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
    sa.Column("before", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What one deletion has removed. `hashes` stand one after another."""

    deletion_id: str
    project_id: str
    hashes: bytes
    before: datetime
    """Of a user and a session, what began before this is deleted; of a trace, all."""
    expires_at: datetime


def put(connection: Connection, stone: Tombstone) -> None:
    """Keep it, in place of what the same deletion had before."""
    values = {
        "project_id": stone.project_id,
        "hashes": stone.hashes,
        "before": stone.before,
        "expires_at": stone.expires_at,
    }
    insert_missing(connection, tombstones, {"deletion_id": stone.deletion_id} | values)
    connection.execute(sa.update(tombstones).where(tombstones.c.deletion_id == stone.deletion_id).values(**values))


def names(connection: Connection, at: datetime) -> set[tuple[str, datetime]]:
    """Return the deletion and the instant of each that holds at `at`: a change of one changes its instant."""
    statement = sa.select(tombstones.c.deletion_id, tombstones.c.before).where(tombstones.c.expires_at > at)
    return {(row.deletion_id, row.before) for row in connection.execute(statement)}


def find(connection: Connection, deletion_ids: Sequence[str]) -> list[Tombstone]:
    """Return those of these deletions."""
    statement = sa.select(tombstones).where(tombstones.c.deletion_id.in_(deletion_ids))
    return [Tombstone(**row) for row in connection.execute(statement).mappings()]


def remove_expired(connection: Connection, at: datetime) -> None:
    """Remove those whose time is over."""
    connection.execute(sa.delete(tombstones).where(tombstones.c.expires_at <= at))
