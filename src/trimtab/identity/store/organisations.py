"""Organisations, and the mark by which an installation recognises its master key."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trimtab.identity.model import Organisation
from trimtab.storage.meta import Instant, metadata

organisations = sa.Table(
    "organisations",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)

master_keys = sa.Table(
    "master_keys",
    metadata,
    sa.Column("fingerprint", sa.String(16), primary_key=True),
    sa.Column("created_at", Instant, nullable=False),
)


def insert(connection: Connection, organisation: Organisation) -> None:
    """Keep a new organisation."""
    connection.execute(
        sa.insert(organisations).values(id=organisation.id, name=organisation.name, created_at=organisation.created_at)
    )


def find(connection: Connection, organisation_id: str) -> Organisation | None:
    """Return the organisation with this id."""
    row = connection.execute(sa.select(organisations).where(organisations.c.id == organisation_id)).one_or_none()
    return None if row is None else Organisation(id=row.id, name=row.name, created_at=row.created_at)


def first(connection: Connection) -> Organisation | None:
    """Return the oldest organisation."""
    row = connection.execute(sa.select(organisations).order_by(organisations.c.id).limit(1)).one_or_none()
    return None if row is None else Organisation(id=row.id, name=row.name, created_at=row.created_at)


def lock(connection: Connection, organisation_id: str) -> None:
    """Have other writers of this organisation wait for the end of the caller's transaction."""
    connection.execute(
        sa.select(organisations.c.id).where(organisations.c.id == organisation_id).with_for_update()
    ).all()


def rename(connection: Connection, organisation_id: str, name: str) -> None:
    """Give the organisation another name."""
    connection.execute(sa.update(organisations).where(organisations.c.id == organisation_id).values(name=name))


def known_master_keys(connection: Connection) -> list[str]:
    """Return the fingerprints of the master keys that this installation was run with."""
    return list(connection.execute(sa.select(master_keys.c.fingerprint)).scalars())


def insert_master_key(connection: Connection, fingerprint: str, created_at: object) -> None:
    """Remember the fingerprint of the master key."""
    connection.execute(sa.insert(master_keys).values(fingerprint=fingerprint, created_at=created_at))


def delete_master_keys(connection: Connection) -> None:
    """Forget the fingerprints of all master keys."""
    connection.execute(sa.delete(master_keys))
