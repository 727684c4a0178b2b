"""What the meta store and the folders hold of traces, beside the warehouse: found by the columns that tables have."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trimtab.identity.store.audit import audit_entries
from trimtab.storage.batches import batches
from trimtab.storage.meta import metadata
from trimtab.traces.privacy.store.erase import Subject

_AT_ONCE: Final = 500
"""Values in one statement."""
_NOT_HERE: Final = frozenset({"privacy_deletions", "media_uses"})
"""Media go with their files, by their own service."""


def tables() -> list[sa.Table]:
    """Return the tables that hold rows of a project by trace, session or user."""
    return [
        table
        for table in metadata.sorted_tables
        if table.name not in _NOT_HERE
        and "project_id" in table.c
        and {"trace_id", "session_id", "user_id"} & set(table.c.keys())
    ]


def count(connection: Connection, table: sa.Table, subject: Subject) -> int:
    """Return how many rows of a table belong to the subject."""
    return sum(
        int(connection.execute(sa.select(sa.func.count()).select_from(table).where(where)).scalar_one())
        for where in _conditions(table, subject)
    )


def remove(connection: Connection, table: sa.Table, subject: Subject) -> None:
    """Remove the subject's rows."""
    for where in _conditions(table, subject):
        connection.execute(sa.delete(table).where(where))


def remove_audit_before(connection: Connection, project_id: str, at: datetime) -> int:
    """Remove entries of the project's audit log from before an instant; return how many."""
    where = (audit_entries.c.project_id == project_id, audit_entries.c.at < at)
    return connection.execute(sa.delete(audit_entries).where(*where)).rowcount


def _conditions(table: sa.Table, subject: Subject) -> list[sa.ColumnElement[bool]]:
    project = table.c.project_id == subject.project_id
    owner = [
        table.c[column].in_(values)
        for column, values in (("user_id", subject.user_ids), ("session_id", subject.session_ids))
        if values and column in table.c
    ]
    found = [sa.and_(project, sa.or_(*owner))] if owner else []
    if "trace_id" in table.c:
        others = [sa.not_(sa.or_(*owner))] if owner else []
        found += [
            sa.and_(project, table.c.trace_id.in_(some), *others) for some in batches(subject.trace_ids, _AT_ONCE)
        ]
    return found
