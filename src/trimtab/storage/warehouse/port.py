"""What the warehouse promises to those who write rows into it and ask it questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

Parameter = str | int | Sequence[str]
"""A value bound to `{name:Type}` in SQL: text, a whole number, or a list of texts. Times go as nanoseconds."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one query may take before the engine stops it."""

    memory_bytes: int = 1024 * 1024 * 1024
    time_s: float = 20.0
    busy_wait_s: float = 5.0
    """How long a caller waits for its turn before it is told that the warehouse is busy."""


DEFAULT_LIMITS = Limits()


def rows_of(answer: pa.Table) -> list[Row]:
    """Return an engine's answer as rows, the same for every adapter."""
    rows: list[Row] = answer.to_pylist(maps_as_pydicts="strict")
    return rows


class Warehouse(Protocol):
    """Rows in and questions out; safe to share between threads. Every query runs under the limits given at opening."""

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        """Append `rows`, whose columns carry the table's names; when it returns they survive `kill -9`.

        Rows of one day arrive together or not at all. A repeated `token` with the same rows changes nothing, as long as
        no more than a thousand other batches came between. Without that, rows with the same key are one row to whoever
        reads with `FINAL`.

        Raises:
            InvalidInput: the rows do not fit the table.
            Unavailable: the engine is busy, out of space or gone; try again with the same token.
        """
        ...

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> list[Row]:
        """Answer one SELECT with its rows; decimals are `Decimal`, maps are dicts.

        Raises:
            TooLarge: the query needs more memory or time than its limits.
            Unavailable: the engine is busy or gone.
        """
        ...

    def command(self, sql: str) -> None:
        """Run one statement that answers nothing, such as a migration's."""
        ...

    def migrate(self, to: int | None = None) -> list[int]:
        """Bring the schema to migration `to` (the newest when None), forward or back; return the steps that ran."""
        ...

    def close(self) -> None:
        """Release every connection; idempotent."""
        ...
