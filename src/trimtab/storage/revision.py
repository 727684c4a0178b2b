"""Counters that say "something changed": a writer touches one in its own transaction, a watcher compares.

The gateway's snapshot hangs on the counter `gateway`: whatever changes keys, providers, aliases or releases touches it.
It works the same with one server or many, because the counter lives in the meta store.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trimtab.storage.meta import insert_missing, metadata

GATEWAY = "gateway"

revisions = sa.Table(
    "revisions",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
)


def touch(connection: Connection, name: str) -> None:
    """Advance the counter inside the caller's transaction, so that it moves if and only if the change is kept."""
    advance = sa.update(revisions).where(revisions.c.name == name).values(value=revisions.c.value + 1)
    if connection.execute(advance).rowcount == 0:
        insert_missing(connection, revisions, {"name": name, "value": 0})
        connection.execute(advance)


def current(connection: Connection, name: str) -> int:
    """Return the counter's value, 0 when nothing ever touched it."""
    value = connection.execute(sa.select(revisions.c.value).where(revisions.c.name == name)).scalar()
    return int(value or 0)
