"""The warehouse inside this process, on chDB. The one file that imports chDB.

Each thread has its own connection, because a connection answers one question at a time; it is thrown away when a
statement fails, because what was left of one answer was seen in front of the next. Inserts go through
`INSERT … SELECT FROM Python(table)`: chDB's streaming insert answers success for inserts that were refused.
"""

import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
from chdb.state import connect

from trimtab.base.errors import BadSetting
from trimtab.storage.warehouse import failures, migrate, tables
from trimtab.storage.warehouse.port import Limits, Parameter, Row, rows_of

DATABASE = "trimtab"
_CONCURRENT = 8
"""Statements at a time; on few cores more of them only wait inside the engine, holding memory."""

# The index of texts takes half of the time of an insert, and is made later. Keeping the newest row of each key alone
# takes two fifths of the rest, and whoever reads does so anyway. More threads only hand a small batch around.
_LIGHT = "exclude_materialize_skip_indexes_on_insert = 'search_text_ngrams', optimize_on_insert = 0, max_threads = 1"

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
_QUOTE_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'"})


class EmbeddedWarehouse:
    """Rows in a folder that this process owns alone."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        """Open or create the store in `folder`.

        Raises:
            BadSetting: the folder cannot be used; the message says why.
        """
        self._folder = folder
        self._limits = limits
        self._local = threading.local()
        self._turns = threading.BoundedSemaphore(_CONCURRENT)
        # Guards `_connections`, which threads add to when they first ask and `close` empties.
        self._guard = threading.Lock()
        self._connections: weakref.WeakSet[Any] = weakref.WeakSet()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Held for the object's life: the engine stops when its last connection closes, and threads come and go.
            self._anchor = connect(str(folder))
            self._anchor.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        except (OSError, RuntimeError) as error:
            raise BadSetting(
                f"the warehouse folder {str(folder)!r} cannot be opened: {str(error).splitlines()[0][:300]}",
                hint="One process may use it at a time: stop the other one, or choose another data folder.",
            ) from error

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        """Append `rows`, day by day; see the port."""
        names = ", ".join(rows.column_names)
        for day, part in tables.split_by_day(table, rows):
            batch = part  # noqa: F841 - the engine finds the table under this name in the caller's frame
            with self._turn() as connection:
                connection.query(
                    f"INSERT INTO {table} ({names}) SELECT {names} FROM Python(batch) "  # noqa: S608 - names are ours
                    # Without the second one, a value that does not fit its column becomes a silent zero.
                    f"SETTINGS insert_deduplication_token = '{token}-{day}', insert_null_as_default = 0, {_LIGHT}"
                )

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> list[Row]:
        """Answer one SELECT; see the port."""
        bound = {name: bind(value) for name, value in (parameters or {}).items()}
        limited = (
            f"{sql}\nSETTINGS max_memory_usage = {self._limits.memory_bytes}, "
            f"max_execution_time = {self._limits.time_s:g}"
        )
        with self._turn() as connection:
            answer = connection.query(limited, "Arrow", params=bound)
            # Read here and not by chDB's own "ArrowTable", which imports pandas: 40 MB and half a second of the start.
            return rows_of(pa.ipc.open_file(pa.py_buffer(answer.get_memview().view())).read_all())

    def command(self, sql: str) -> None:
        """Run one statement that answers nothing."""
        with self._turn() as connection:
            connection.query(sql)

    def migrate(self, to: int | None = None) -> list[int]:
        """Bring the schema to `to`; see the port."""
        return migrate.run(self, tables.Layout(), to)

    def close(self) -> None:
        """Release every connection; idempotent."""
        with self._guard:
            for connection in list(self._connections):
                connection.close()
            self._connections.clear()
        self._anchor.close()

    @contextmanager
    def _turn(self) -> Iterator[Any]:
        """Yield this thread's connection when fewer than the limit are at work, and translate the engine's errors."""
        if not self._turns.acquire(timeout=self._limits.busy_wait_s):
            raise failures.busy(self._limits)
        try:
            yield self._connection()
        # What a connection raises is a RuntimeError, and not the class that chDB shows. The others come from an answer
        # that is not whole.
        except (RuntimeError, OSError, pa.ArrowException) as error:
            self._forget_connection()
            raise failures.explain(error, self._limits) from error
        finally:
            self._turns.release()

    def _connection(self) -> Any:  # noqa: ANN401 - chDB has no types
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(str(self._folder))
            connection.query(f"USE {DATABASE}")
            self._local.connection = connection
            with self._guard:
                self._connections.add(connection)
        return connection

    def _forget_connection(self) -> None:
        # Part of a stopped query's answer stays in its connection and would come before the next answer.
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            self._local.connection = None
            connection.close()


def bind(value: Parameter) -> str | int:
    """Return the value as the engine reads a bound parameter: text escaped as in tab-separated files."""
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, int):
        return value
    return "[" + ",".join(f"'{item.translate(_QUOTE_ESCAPES)}'" for item in value) + "]"
