"""The rows of privacy policies: one for each project that has decided something."""

from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trimtab.storage.meta import Instant, insert_missing, metadata
from trimtab.traces.privacy.policy import Policy

policies = sa.Table(
    "privacy_policies",
    metadata,
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("redaction", sa.JSON, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("retention", sa.JSON, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)


def find(connection: Connection, project_id: str) -> Policy | None:
    """Return the policy of a project, None when it never decided anything."""
    row = connection.execute(sa.select(policies).where(policies.c.project_id == project_id)).one_or_none()
    return None if row is None else _policy(row.redaction, row.content, row.retention)


def put(connection: Connection, project_id: str, policy: Policy, at: datetime) -> None:
    """Keep a project's policy in place of the one before."""
    values = {**msgspec.to_builtins(policy), "updated_at": at}
    insert_missing(connection, policies, {"project_id": project_id, **values})
    connection.execute(sa.update(policies).where(policies.c.project_id == project_id).values(**values))


def every(connection: Connection) -> dict[str, Policy]:
    """Return the policies of all projects, by their ids: for work that looks after the whole installation."""
    rows = connection.execute(sa.select(policies))
    return {row.project_id: _policy(row.redaction, row.content, row.retention) for row in rows}


def decided_at(connection: Connection) -> datetime | None:
    """Return when a project last changed its policy, None when none ever has."""
    found: datetime | None = connection.execute(sa.select(sa.func.max(policies.c.updated_at, type_=Instant))).scalar()
    return found


def _policy(redaction: object, content: object, retention: object) -> Policy:
    return msgspec.convert({"redaction": redaction, "content": content, "retention": retention}, Policy)
