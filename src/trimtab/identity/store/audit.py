"""The audit log: rows are added, never changed."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trimtab.identity.model import AuditEntry, AuditFilter
from trimtab.storage.meta import Instant, metadata

# Without foreign keys: the log outlives what it speaks of.
audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("organisation_id", sa.String(40), nullable=False),
    sa.Column("project_id", sa.String(40)),
    sa.Column("at", Instant, nullable=False),
    sa.Column("actor_kind", sa.String(20), nullable=False),
    sa.Column("actor_id", sa.String(40), nullable=False),
    sa.Column("actor_name", sa.String(254), nullable=False),
    sa.Column("action", sa.String(80), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Index(None, "organisation_id", "id"),
    sa.Index(None, "project_id", "id"),
)


def insert(connection: Connection, entry: AuditEntry) -> None:
    """Add an entry."""
    connection.execute(
        sa.insert(audit_entries).values(
            id=entry.id,
            organisation_id=entry.organisation_id,
            project_id=entry.project_id,
            at=entry.at,
            actor_kind=entry.actor_kind,
            actor_id=entry.actor_id,
            actor_name=entry.actor_name,
            action=entry.action,
            subject=entry.subject,
            summary=entry.summary,
            detail=dict(entry.detail),
        )
    )


def listing(
    connection: Connection,
    organisation_id: str,
    project_id: str | None,
    wanted: AuditFilter,
    before: str | None,
    limit: int,
) -> list[AuditEntry]:
    """Return entries of the organisation, of one project or of all, newest first, those before the id `before`."""
    query = sa.select(audit_entries).where(audit_entries.c.organisation_id == organisation_id)
    if project_id is not None:
        query = query.where(audit_entries.c.project_id == project_id)
    if before:
        query = query.where(audit_entries.c.id < before)
    query = query.where(*_conditions(wanted))
    return [
        AuditEntry(
            id=row.id,
            organisation_id=row.organisation_id,
            project_id=row.project_id,
            at=row.at,
            actor_kind=row.actor_kind,
            actor_id=row.actor_id,
            actor_name=row.actor_name,
            action=row.action,
            subject=row.subject,
            summary=row.summary,
            detail=row.detail,
        )
        for row in connection.execute(query.order_by(audit_entries.c.id.desc()).limit(limit))
    ]


def _conditions(wanted: AuditFilter) -> list[sa.ColumnElement[bool]]:
    columns = audit_entries.c
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.actor:
        conditions.append(sa.or_(columns.actor_id == wanted.actor, columns.actor_kind == wanted.actor))
    if wanted.action:
        longer = columns.action.startswith(wanted.action + ".", autoescape=True)
        conditions.append(sa.or_(columns.action == wanted.action, longer))
    if wanted.subject:
        conditions.append(columns.subject == wanted.subject)
    if wanted.start is not None:
        conditions.append(columns.at >= wanted.start)
    if wanted.end is not None:
        conditions.append(columns.at < wanted.end)
    for word in wanted.text.split():
        places = (columns.action, columns.summary, columns.subject, columns.actor_name)
        conditions.append(sa.or_(*(place.icontains(word, autoescape=True) for place in places)))
    return conditions
