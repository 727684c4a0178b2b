"""The meta store: everything transactional, on SQLite embedded or on PostgreSQL to scale.

Rooms declare their tables on `metadata` in their own `store.py`; only those files and the migrations hold SQL. A unit
of work is one `with meta.write() as connection:` block: it commits as a whole or not at all.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from trimtab.base import money
from trimtab.base.errors import Conflict

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(sa.TypeDecorator[datetime]):
    """An aware UTC instant to the microsecond; refuses a naive one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stored time must be aware, found {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read UTC; SQLite forgets the zone, which is always UTC here."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Usd(sa.TypeDecorator[Decimal]):
    """Exact dollars: an integer of picodollars on SQLite (up to 9.2 million dollars), NUMERIC(38, 12) elsewhere."""

    impl = sa.Numeric(38, money.PLACES)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Choose the form for the engine."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(38, money.PLACES))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | int | None:
        """Store exactly."""
        if value is None:
            return None
        return money.to_pico(value) if dialect.name == "sqlite" else money.usd(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401 - the driver's own
        """Read exactly."""
        if value is None:
            return None
        return money.from_pico(int(value)) if dialect.name == "sqlite" else Decimal(value)


class Meta:
    """Transactions on the meta store. One object a process; safe to share between threads."""

    def __init__(self, url: str) -> None:
        """Open `url`: `sqlite:///path` or `postgresql+psycopg://…`. Connects on first use."""
        self._engine = _engine(url)
        # Held for a whole write on SQLite: competing writers inside one process queue here in order, instead of
        # sleeping in SQLite's busy handler, where four of them were seen to wait for up to three seconds.
        self._writer = threading.Lock()

    @property
    def engine(self) -> Engine:
        """The engine, for migrations."""
        return self._engine

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded store."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one consistent state and changes nothing."""
        with self._engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection
            connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that commits at the end of the block, or rolls back on any error."""
        if not self.is_sqlite:
            with self._engine.begin() as connection:
                yield connection
            return
        with self._writer, self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def close(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()


def insert_missing(connection: Connection, table: sa.Table, values: Mapping[str, Any]) -> None:
    """Add a row unless one with the same key exists; of several that do so at once, one wins and none fails."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(table).values(dict(values)).on_conflict_do_nothing())


@contextmanager
def refuse_duplicate(message: str, *, hint: str = "") -> Iterator[None]:
    """Turn a broken UNIQUE constraint within the block into `Conflict`; the caller's transaction is lost with it."""
    try:
        yield
    except sa.exc.IntegrityError as error:
        is_duplicate = getattr(error.orig, "sqlstate", "") == _UNIQUE_VIOLATION or "UNIQUE" in str(error.orig)
        if is_duplicate:
            raise Conflict(message, hint=hint) from error
        raise


_UNIQUE_VIOLATION = "23505"  # PostgreSQL's code for it; SQLite only says it in words


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"check_same_thread": False, "timeout": 30.0})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: it would take a read snapshot first, and a write after it could
    # then fail with "database is locked" at once instead of waiting. `write` begins with BEGIN IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
