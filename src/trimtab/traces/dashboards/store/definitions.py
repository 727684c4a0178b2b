"""The rows of dashboards that projects made."""

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.storage.meta import Instant, metadata, refuse_duplicate
from trimtab.traces.dashboards.panel import Dashboard
from trimtab.traces.dashboards.stored import Stored

dashboards = sa.Table(
    "dashboards",
    metadata,
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("updated_by", sa.String(200), nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)


def put(connection: Connection, project_id: str, kept: Stored) -> None:
    """Keep a dashboard in place of the one of this name, if there is one; the caller has looked at its revision.

    Raises:
        Conflict: somebody else made one of this name meanwhile.
    """
    values = {
        "content": msgspec.to_builtins(kept.dashboard),
        "revision": kept.revision,
        "updated_by": kept.updated_by,
        "updated_at": kept.updated_at,
    }
    changed = connection.execute(
        sa.update(dashboards).where(_is(project_id, kept.dashboard.name)).values(values)
    ).rowcount
    if changed == 0:
        name = kept.dashboard.name
        with refuse_duplicate(f"there is a dashboard {name!r} by now", hint="Look at it, and save again."):
            connection.execute(sa.insert(dashboards).values(project_id=project_id, name=name, **values))


def delete(connection: Connection, project_id: str, name: str) -> None:
    """Forget a dashboard."""
    connection.execute(sa.delete(dashboards).where(_is(project_id, name)))


def find(connection: Connection, project_id: str, name: str, *, lock: bool = False) -> Stored | None:
    """Return a dashboard; with `lock`, keep other writers away from it until the end of the transaction."""
    query = sa.select(dashboards).where(_is(project_id, name))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _stored(row)


def every(connection: Connection, project_id: str) -> list[Stored]:
    """Return all dashboards that the project made, by name."""
    query = sa.select(dashboards).where(dashboards.c.project_id == project_id).order_by(dashboards.c.name)
    return [_stored(row) for row in connection.execute(query)]


def count(connection: Connection, project_id: str) -> int:
    """Return how many dashboards the project made."""
    query = sa.select(sa.func.count()).select_from(dashboards).where(dashboards.c.project_id == project_id)
    return connection.execute(query).scalar_one()


def _is(project_id: str, name: str) -> sa.ColumnElement[bool]:
    return sa.and_(dashboards.c.project_id == project_id, dashboards.c.name == name)


def _stored(row: Row[tuple[object, ...]]) -> Stored:
    return Stored(
        dashboard=msgspec.convert(row.content, Dashboard),
        revision=row.revision,
        updated_by=row.updated_by,
        updated_at=row.updated_at,
    )
