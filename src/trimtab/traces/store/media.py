"""Which media a project has, and where they are used."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trimtab.storage.batches import batches
from trimtab.storage.meta import Instant, insert_missing, metadata
from trimtab.traces.medium import Medium, Use

_media = sa.Table(
    "media",
    metadata,
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("content_type", sa.String(200), nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("stored_at", Instant),
)
_uses = sa.Table(
    "media_uses",
    metadata,
    sa.Column("project_id", sa.String(40), primary_key=True),
    sa.Column("media_id", sa.String(64), primary_key=True),
    sa.Column("trace_id", sa.String(64), primary_key=True),
    sa.Column("span_id", sa.String(64), primary_key=True),
    sa.Column("field", sa.String(100), primary_key=True),
    sa.ForeignKeyConstraint(["project_id", "media_id"], ["media.project_id", "media.id"], ondelete="CASCADE"),
    sa.Index("ix_media_uses_project_id_trace_id", "project_id", "trace_id"),
)

_AT_ONCE: Final = 500
"""Values in one statement: stores take some ten thousand, and a deletion has many more traces."""


def find(connection: Connection, project_id: str, ids: Iterable[str]) -> dict[str, Medium]:
    """Return those of these media that the project has, by id."""
    found = connection.execute(
        sa.select(_media).where(_media.c.project_id == project_id, _media.c.id.in_(sorted(ids)))
    ).mappings()
    return {row["id"]: Medium(**row) for row in found}


def insert(connection: Connection, media: Iterable[Medium]) -> None:
    """Add media; those that the project has already stay as they are."""
    for medium in media:
        insert_missing(connection, _media, medium.columns)


def mark_stored(connection: Connection, project_id: str, ids: Iterable[str], at: datetime) -> None:
    """Note that the bytes of these media are there."""
    connection.execute(
        sa.update(_media)
        .where(_media.c.project_id == project_id, _media.c.id.in_(sorted(ids)), _media.c.stored_at.is_(None))
        .values(stored_at=at)
    )


def add_uses(connection: Connection, project_id: str, uses: Iterable[Use]) -> None:
    """Note where media are used; what is noted already is not noted again."""
    for use in sorted(set(uses)):
        insert_missing(connection, _uses, {"project_id": project_id} | use.columns)


def of_traces(connection: Connection, project_id: str, trace_ids: Iterable[str]) -> set[str]:
    """Return the ids of the media that these traces use."""
    wanted = sa.select(_uses.c.media_id).where(_uses.c.project_id == project_id)
    return {
        row.media_id
        for some in batches(sorted(trace_ids), _AT_ONCE)
        for row in connection.execute(wanted.where(_uses.c.trace_id.in_(some)))
    }


def uses_of(connection: Connection, project_id: str, trace_ids: Sequence[str]) -> int:
    """Return how many uses of media these traces have."""
    wanted = sa.select(sa.func.count()).select_from(_uses).where(_uses.c.project_id == project_id)
    return sum(
        int(connection.execute(wanted.where(_uses.c.trace_id.in_(some))).scalar_one())
        for some in batches(trace_ids, _AT_ONCE)
    )


def before(connection: Connection, project_id: str, at: datetime) -> list[str]:
    """Return the ids of the media of the project that came before an instant."""
    statement = sa.select(_media.c.id).where(_media.c.project_id == project_id, _media.c.created_at < at)
    return list(connection.execute(statement).scalars())


def forget_uses(connection: Connection, project_id: str, trace_ids: Iterable[str]) -> None:
    """Forget that these traces use anything."""
    for some in batches(sorted(trace_ids), _AT_ONCE):
        connection.execute(sa.delete(_uses).where(_uses.c.project_id == project_id, _uses.c.trace_id.in_(some)))


def used(connection: Connection, project_id: str, ids: Iterable[str]) -> set[str]:
    """Return those of these media that some trace uses."""
    wanted = sa.select(_uses.c.media_id).where(_uses.c.project_id == project_id).distinct()
    return {
        row.media_id
        for some in batches(sorted(ids), _AT_ONCE)
        for row in connection.execute(wanted.where(_uses.c.media_id.in_(some)))
    }


def delete(connection: Connection, project_id: str, ids: Iterable[str]) -> list[str]:
    """Remove these media, and return those that were there."""
    there: list[str] = []
    for some in batches(sorted(ids), _AT_ONCE):
        there += sorted(find(connection, project_id, some))
        connection.execute(sa.delete(_uses).where(_uses.c.project_id == project_id, _uses.c.media_id.in_(some)))
        connection.execute(sa.delete(_media).where(_media.c.project_id == project_id, _media.c.id.in_(some)))
    return there
