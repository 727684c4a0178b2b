"""Brings the meta store to the form that this build needs, and back.

The scripts in `migrations/versions` form one chain; each is named for its number. A start compares the number in the
store with the last script's, which costs a query and a directory listing: Alembic is only loaded when they differ.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from trimtab.base.errors import BadSetting
from trimtab.storage.meta import Meta

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER: Final = Path(__file__).parent / "migrations"
_NUMBER: Final = re.compile(r"(\d{4})_\w+\.py")
# An arbitrary number that all servers on one PostgreSQL agree on: one migrates, the others wait.
_LOCK: Final = 7_406_815


def head() -> str:
    """Return the number of the newest migration in this build."""
    numbers = [match[1] for path in (FOLDER / "versions").iterdir() if (match := _NUMBER.fullmatch(path.name))]
    return max(numbers)


def stored(meta: Meta) -> str | None:
    """Return the number that the store is at, None when it is empty."""
    with meta.read() as connection:
        return _stored(connection)


def upgrade(meta: Meta) -> bool:
    """Bring the store to the newest form; return whether anything had to be done.

    Raises:
        BadSetting: the store was made by a newer build than this one.
    """
    found = stored(meta)
    if found == head():
        return False
    if found is not None and found > head():
        raise BadSetting(
            f"the meta store is at migration {found!r}, this build knows them up to {head()}",
            hint="Run the newer version of Trimtab that made it, or go back with a backup.",
        )
    from alembic import command  # noqa: PLC0415 - 0.2 s that most starts do not need

    with exclusive(meta) as connection:
        if _stored(connection) == head():
            return False
        command.upgrade(_config(connection), "head")
    return True


def downgrade(meta: Meta, to: str) -> None:
    """Take the store back to a migration, `base` for before the first. What newer ones added is lost."""
    from alembic import command  # noqa: PLC0415 - 0.2 s that most starts do not need

    with exclusive(meta) as connection:
        command.downgrade(_config(connection), to)


def schema() -> str:
    """Return the schema that all migrations together make, as SQLite writes it: for people to read, and for diffs."""
    meta = Meta("sqlite://")
    upgrade(meta)
    with meta.read() as connection:
        statements = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name != 'alembic_version' "
            "ORDER BY tbl_name, type DESC, name"
        ).scalars()
        lines = "\n\n".join(f"{statement};" for statement in statements).splitlines()
    meta.close()
    return (
        "-- The meta store after all migrations, on SQLite. Made from them; a test proves that it is current.\n"
        f"-- Make it anew: python -m trimtab.storage.migrate > {_SCHEMA_PATH}\n\n"
        + "\n".join(line.rstrip() for line in lines)
        + "\n"
    )


_SCHEMA_PATH: Final = "src/trimtab/storage/schema.sql"


def _stored(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    value = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if value is None else str(value)


@contextmanager
def exclusive(meta: Meta) -> Iterator[Connection]:
    """Yield a connection in a transaction that is the only one to migrate."""
    if not meta.is_sqlite:
        with meta.write() as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            yield connection
        return
    # Rebuilding a table, as SQLite must for many changes, drops the old one: with foreign keys on, that would delete
    # every row that points to it. They can only be switched outside of a transaction.
    with meta.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
            _insist_on_whole_references(connection)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")
            connection.rollback()


def _insist_on_whole_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise RuntimeError(f"the migration would leave rows that point to nothing: {broken[:5]!r}")


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - 0.2 s that most starts do not need

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


if __name__ == "__main__":
    sys.stdout.write(schema())
