"""Books of list prices in the meta store, and which of them each project has accepted.

A project without a choice goes by the book of the package that is installed.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.costs.base_book import BaseData
from trimtab.costs.store.prices import REVISION
from trimtab.identity.store.projects import projects
from trimtab.storage import revision
from trimtab.storage.meta import Instant, metadata

books = sa.Table(
    "list_price_books",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("version", sa.String(100), nullable=False),
    sa.Column("is_packaged", sa.Boolean, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("kept_at", Instant, nullable=False),
)

choices = sa.Table(
    "list_price_choices",
    metadata,
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("book_id", sa.String(40), sa.ForeignKey("list_price_books.id"), nullable=False),
    sa.Column("accepted_at", Instant, nullable=False),
    sa.Column("accepted_by", sa.String(200), nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which book a project goes by, since when, and who said so."""

    book_id: str
    version: str
    is_packaged: bool
    accepted_at: datetime
    accepted_by: str


def newest_packaged(connection: Connection) -> tuple[str, str] | None:
    """Return id and version of the book that the package had when it was last seen to be another one."""
    query = sa.select(books.c.id, books.c.version).where(books.c.is_packaged).order_by(books.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.id, row.version)


def keep(connection: Connection, book: BaseData, at: datetime, *, is_packaged: bool) -> None:
    """Keep a book."""
    connection.execute(
        sa.insert(books).values(
            id=book.id, version=book.version, is_packaged=is_packaged, content=book.content, kept_at=at
        )
    )
    revision.touch(connection, REVISION)


def find(connection: Connection, book_id: str) -> BaseData | None:
    """Return a book with its content."""
    query = sa.select(books.c.id, books.c.version, books.c.content).where(books.c.id == book_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else BaseData(id=row.id, version=row.version, content=row.content)


def choose(connection: Connection, project_id: str, book_id: str, at: datetime, by: str) -> None:
    """Let a project go by a book from now on."""
    values = {"book_id": book_id, "accepted_at": at, "accepted_by": by}
    changed = connection.execute(sa.update(choices).where(choices.c.project_id == project_id).values(values)).rowcount
    if changed == 0:
        connection.execute(sa.insert(choices).values(project_id=project_id, **values))
    revision.touch(connection, REVISION)


def stay(connection: Connection, book_id: str, at: datetime, by: str) -> None:
    """Let every project that has made no choice stay with this book."""
    chosen = sa.select(choices.c.project_id)
    without = sa.select(projects.c.id, sa.literal(book_id), sa.literal(at, Instant), sa.literal(by)).where(
        projects.c.id.not_in(chosen)
    )
    names = ["project_id", "book_id", "accepted_at", "accepted_by"]
    connection.execute(sa.insert(choices).from_select(names, without))
    revision.touch(connection, REVISION)


def choice(connection: Connection, project_id: str) -> Choice | None:
    """Return what a project has chosen."""
    query = (
        sa.select(choices, books.c.version, books.c.is_packaged)
        .join(books, books.c.id == choices.c.book_id)
        .where(choices.c.project_id == project_id)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _choice(row)


def _choice(row: Row[tuple[object, ...]]) -> Choice:
    return Choice(
        book_id=row.book_id,
        version=row.version,
        is_packaged=row.is_packaged,
        accepted_at=row.accepted_at,
        accepted_by=row.accepted_by,
    )
