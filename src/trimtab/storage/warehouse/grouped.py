"""Inserts that wait at the same time become one, as an insert costs the engine nearly the same for few rows and many.

Nobody waits for company: whoever comes while an insert is under way joins the next one. An insert returns when its own
rows are durable, and fails only for what is wrong with its own rows or with the engine.
"""

import hashlib
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Protocol

import pyarrow as pa

from trimtab.base.errors import InvalidInput, TrimtabError

_MOST_ROWS: Final = 20_000


class Inserts(Protocol):
    """The part of a warehouse that takes rows."""

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        """Append rows; see the warehouse's port."""
        ...


@dataclass(slots=True)
class _Ticket:
    rows: pa.Table
    token: str
    error: TrimtabError | None = None
    leads: bool = False
    woken: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class _Line:
    """Who waits at one table."""

    # Guards the other fields.
    guard: threading.Lock = field(default_factory=threading.Lock)
    waiting: deque[_Ticket] = field(default_factory=deque)
    is_busy: bool = False


class GroupedInserts:
    """Safe to share between threads."""

    def __init__(self, target: Inserts) -> None:
        """Pass joined inserts on to `target`."""
        self._target = target
        # Guards `_lines`.
        self._guard = threading.Lock()
        self._lines: dict[str, _Line] = {}

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        """Append rows, alone or together with others'; see the warehouse's port.

        A repeated token changes nothing as long as it is repeated alone, or with the same company; beyond that, rows
        with the same key are one row to whoever reads with `FINAL`.
        """
        line = self._line(table)
        ticket = _Ticket(rows, token)
        with line.guard:
            line.waiting.append(ticket)
            if not line.is_busy:
                line.is_busy = ticket.leads = True
        if not ticket.leads:
            ticket.woken.wait()
        if ticket.leads:
            self._lead(table, line)
        if ticket.error is not None:
            raise ticket.error

    def _line(self, table: str) -> _Line:
        with self._guard:
            return self._lines.setdefault(table, _Line())

    def _lead(self, table: str, line: _Line) -> None:
        """Insert for all who wait, the caller among them, then hand over to whoever came meanwhile."""
        with line.guard:
            group = [line.waiting.popleft()]
            rows = group[0].rows.num_rows
            while line.waiting and rows + line.waiting[0].rows.num_rows <= _MOST_ROWS:
                group.append(line.waiting.popleft())
                rows += group[-1].rows.num_rows
        try:
            self._insert(table, group)
        finally:
            with line.guard:
                line.is_busy = bool(line.waiting)
                if line.waiting:
                    line.waiting[0].leads = True
                    line.waiting[0].woken.set()
            for ticket in group:
                ticket.woken.set()

    def _insert(self, table: str, group: list[_Ticket]) -> None:
        try:
            if len(group) == 1:
                self._target.insert(table, group[0].rows, token=group[0].token)
                return
            joined = hashlib.sha256("\n".join(ticket.token for ticket in group).encode()).hexdigest()
            self._target.insert(table, pa.concat_tables([ticket.rows for ticket in group]), token=joined)
        except InvalidInput as error:
            if len(group) == 1:
                group[0].error = error
                return
            for ticket in group:
                self._insert(table, [ticket])
        except TrimtabError as error:
            for ticket in group:
                ticket.error = error
        except BaseException as error:
            # Nobody may take rows for durable because somebody else's insert ended in a way that is not foreseen.
            for ticket in group:
                ticket.error = InvalidInput(f"the rows could not be inserted: {error}")
            raise
