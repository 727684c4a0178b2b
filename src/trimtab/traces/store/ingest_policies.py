"""The rows of ingest policies: one for each project that has changed its own."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trimtab.storage.meta import Instant, insert_missing, metadata
from trimtab.traces.ingest_policy import Fate, PolicyRecord, policy

ingest_policies = sa.Table(
    "ingest_policies",
    metadata,
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("unrelated", sa.String(10), nullable=False),
    sa.Column("aside_percent", sa.Integer, nullable=False),
    sa.Column("deduplicates", sa.Boolean, nullable=False),
    sa.Column("rules", sa.JSON, nullable=False),
    sa.Column("updated_by", sa.String(200), nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)


def find(connection: Connection, project_id: str) -> PolicyRecord | None:
    """Return the policy of a project, or None when it never had one of its own."""
    statement = sa.select(ingest_policies).where(ingest_policies.c.project_id == project_id)
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    found = policy(
        unrelated=Fate(row.unrelated),
        aside_percent=row.aside_percent,
        deduplicates=row.deduplicates,
        rules=[(rule["query"], Fate(rule["fate"])) for rule in row.rules],
    )
    return PolicyRecord(policy=found, updated_by=row.updated_by, updated_at=row.updated_at)


def put(connection: Connection, project_id: str, record: PolicyRecord) -> None:
    """Keep a project's policy in place of the one before."""
    values = {**record.policy.plain(), "updated_by": record.updated_by, "updated_at": record.updated_at}
    insert_missing(connection, ingest_policies, {"project_id": project_id, **values})
    connection.execute(sa.update(ingest_policies).where(ingest_policies.c.project_id == project_id).values(**values))
