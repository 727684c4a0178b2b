"""The rows of saved views."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.storage.meta import Instant, metadata, refuse_duplicate
from trimtab.traces.saved_view import SavedView

saved_views = sa.Table(
    "saved_views",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("group_by", sa.String(300), nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.UniqueConstraint("project_id", "name"),
)


def insert(connection: Connection, view: SavedView) -> None:
    """Keep a new view.

    Raises:
        Conflict: the project has one of this name.
    """
    with refuse_duplicate(f"there is a view {view.name!r} already", hint="Change it, or choose another name."):
        connection.execute(
            sa.insert(saved_views).values(
                id=view.id,
                project_id=view.project_id,
                created_by=view.created_by,
                created_at=view.created_at,
                **_changeable(view),
            )
        )


def update(connection: Connection, view: SavedView) -> None:
    """Keep what can change of a view.

    Raises:
        Conflict: the project has another one of this name.
    """
    with refuse_duplicate(f"there is a view {view.name!r} already", hint="Choose another name."):
        connection.execute(sa.update(saved_views).where(_is(view.project_id, view.id)).values(**_changeable(view)))


def delete(connection: Connection, project_id: str, view_id: str) -> None:
    """Forget a view of the project."""
    connection.execute(sa.delete(saved_views).where(_is(project_id, view_id)))


def find(connection: Connection, project_id: str, view_id: str) -> SavedView | None:
    """Return a view of the project."""
    row = connection.execute(sa.select(saved_views).where(_is(project_id, view_id))).one_or_none()
    return None if row is None else _view(row)


def listing(connection: Connection, project_id: str, after: str | None, limit: int) -> list[SavedView]:
    """Return views by name, from just after the name given."""
    statement = sa.select(saved_views).where(saved_views.c.project_id == project_id)
    if after is not None:
        statement = statement.where(saved_views.c.name > after)
    return [_view(row) for row in connection.execute(statement.order_by(saved_views.c.name).limit(limit))]


def count(connection: Connection, project_id: str) -> int:
    """Return how many views the project has."""
    statement = sa.select(sa.func.count()).select_from(saved_views).where(saved_views.c.project_id == project_id)
    return int(connection.execute(statement).scalar_one())


def _is(project_id: str, view_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(saved_views.c.project_id == project_id, saved_views.c.id == view_id)


def _changeable(view: SavedView) -> dict[str, object]:
    return {"name": view.name, "query": view.query, "group_by": view.group_by, "updated_at": view.updated_at}


def _view(row: Row[tuple[object, ...]]) -> SavedView:
    return SavedView(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
