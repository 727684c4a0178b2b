"""The rows of deletions that were asked for, and of what retention has done."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.storage.meta import Instant, insert_missing, metadata
from trimtab.traces.privacy.deletion import Count, Deletion, State, SubjectKind
from trimtab.traces.privacy.policy import Kind

deletions = sa.Table(
    "privacy_deletions",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("subject_hash", sa.String(64), nullable=False),
    sa.Column("sealed_subject", sa.LargeBinary, nullable=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("requested_by", sa.String(200), nullable=False),
    sa.Column("requested_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("completed_at", Instant, nullable=True),
    sa.Column("trace_ids", sa.JSON, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("waiting_for", sa.Text, nullable=False),
    sa.Column("rows_gone_at", sa.String(40), nullable=False),
    sa.Column("proof", sa.Text, nullable=True),
    sa.Index("ix_privacy_deletions_project_id_id", "project_id", "id"),
)

runs = sa.Table(
    "privacy_retention_runs",
    metadata,
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("ran_at", Instant, nullable=False),
    sa.Column("before_day", sa.String(10), nullable=False),
    sa.Column("removed", sa.BigInteger, nullable=False),
    sa.Column("removed_in_all", sa.BigInteger, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What retention did last for one kind of a project's data."""

    project_id: str
    kind: Kind
    ran_at: datetime
    before_day: str
    """Everything of earlier days was removed."""
    removed: int
    removed_in_all: int
    error: str = ""


def insert(connection: Connection, deletion: Deletion) -> None:
    """Keep a new request."""
    connection.execute(
        sa.insert(deletions).values(
            id=deletion.id,
            project_id=deletion.project_id,
            kind=deletion.kind.value,
            subject_hash=deletion.subject_hash,
            requested_by=deletion.requested_by,
            requested_at=deletion.requested_at,
            **_changeable(deletion),
        )
    )


def update(connection: Connection, deletion: Deletion) -> None:
    """Keep how far a request has come."""
    connection.execute(sa.update(deletions).where(deletions.c.id == deletion.id).values(**_changeable(deletion)))


def say(connection: Connection, deletion_id: str, waiting_for: str, at: datetime) -> None:
    """Keep what a request waits for, and nothing else of it."""
    changed = sa.update(deletions).where(deletions.c.id == deletion_id)
    connection.execute(changed.values(waiting_for=waiting_for, updated_at=at))


def find(connection: Connection, project_id: str, deletion_id: str) -> Deletion | None:
    """Return a request of the project."""
    where = (deletions.c.project_id == project_id, deletions.c.id == deletion_id)
    row = connection.execute(sa.select(deletions).where(*where)).one_or_none()
    return None if row is None else _deletion(row)


def listing(connection: Connection, project_id: str, before: str | None, limit: int) -> list[Deletion]:
    """Return requests of the project, newest first, those before the id given."""
    statement = sa.select(deletions).where(deletions.c.project_id == project_id)
    if before is not None:
        statement = statement.where(deletions.c.id < before)
    return [_deletion(row) for row in connection.execute(statement.order_by(deletions.c.id.desc()).limit(limit))]


def unfinished(connection: Connection) -> list[Deletion]:
    """Return what is to be done in all projects, the oldest first."""
    states = (State.REQUESTED.value, State.DELETING.value, State.WAITING.value)
    statement = sa.select(deletions).where(deletions.c.state.in_(states)).order_by(deletions.c.id)
    return [_deletion(row) for row in connection.execute(statement)]


def last_proof(connection: Connection, project_id: str) -> str | None:
    """Return the newest proof of the project."""
    statement = (
        sa.select(deletions.c.proof)
        .where(deletions.c.project_id == project_id, deletions.c.proof.is_not(None))
        .order_by(deletions.c.completed_at.desc(), deletions.c.id.desc())
        .limit(1)
    )
    found: str | None = connection.execute(statement).scalar()
    return found


def put_run(connection: Connection, run: Run) -> None:
    """Keep what retention did, in place of what it did before."""
    key = {"project_id": run.project_id, "kind": run.kind.value}
    values = {
        "ran_at": run.ran_at,
        "before_day": run.before_day,
        "removed": run.removed,
        "error": run.error,
    }
    insert_missing(connection, runs, key | values | {"removed_in_all": 0})
    where = (runs.c.project_id == run.project_id, runs.c.kind == run.kind.value)
    in_all = runs.c.removed_in_all + run.removed
    connection.execute(sa.update(runs).where(*where).values(**values, removed_in_all=in_all))


def runs_of(connection: Connection, project_id: str) -> list[Run]:
    """Return what retention did last, by kind."""
    rows = connection.execute(sa.select(runs).where(runs.c.project_id == project_id).order_by(runs.c.kind))
    return [
        Run(
            project_id=row.project_id,
            kind=Kind(row.kind),
            ran_at=row.ran_at,
            before_day=row.before_day,
            removed=row.removed,
            removed_in_all=row.removed_in_all,
            error=row.error,
        )
        for row in rows
    ]


def last_run(connection: Connection) -> datetime | None:
    """Return when retention last ran anywhere."""
    found: datetime | None = connection.execute(sa.select(sa.func.max(runs.c.ran_at, type_=Instant))).scalar()
    return found


def _changeable(deletion: Deletion) -> dict[str, object]:
    return {
        "sealed_subject": deletion.sealed_subject,
        "state": deletion.state.value,
        "updated_at": deletion.updated_at,
        "completed_at": deletion.completed_at,
        "trace_ids": list(deletion.trace_ids),
        "counts": [msgspec.to_builtins(count) for count in deletion.counts],
        "waiting_for": deletion.waiting_for,
        "rows_gone_at": deletion.rows_gone_at,
        "proof": deletion.proof,
    }


def _deletion(row: Row[tuple[object, ...]]) -> Deletion:
    found = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    found["kind"] = SubjectKind(row.kind)
    found["state"] = State(row.state)
    found["trace_ids"] = tuple(row.trace_ids)
    found["counts"] = msgspec.convert(row.counts, tuple[Count, ...])
    return Deletion(**found)
