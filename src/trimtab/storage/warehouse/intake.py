"""Takes rows for the warehouse at the pace at which they come, and lets go of the sender once they are durable.

At an ordinary pace rows are stored before the sender hears of it, so that whoever sends can read at once. An insert
costs the engine nearly the same for few rows and many: above a pace that a person cannot follow, rows go into a journal
on disk first, the sender goes on, and all rows that came within a moment are stored as one.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from trimtab.base.clock import Clock
from trimtab.base.errors import InvalidInput, TooManyRequests, TrimtabError, Unavailable
from trimtab.storage.warehouse import journal
from trimtab.storage.warehouse.grouped import GroupedInserts, Inserts
from trimtab.storage.warehouse.journal import Entry, Journal

_LOG = logging.getLogger(__name__)

_CALM_ROWS_PER_S: Final = 2_500
"""Up to this pace rows are stored before the sender is answered: some 1,200 spans with their ledger."""
_GROUP_ROWS: Final = 16_000
"""As many rows are worth an insert of their own. Fewer parts have to be merged fewer times."""
_MOST_ROWS: Final = 20_000
"""In one insert, when many had to wait."""
_LONGEST_WAIT_S: Final = 0.8
"""How long rows wait for company: an insert of 500 spans costs as much as one of 3,000."""
_MOST_WAITING_BYTES: Final = 192 * 1024 * 1024
_LONGEST_PATIENCE_S: Final = 10.0
_MOST_JOURNALED_BYTES: Final = 32 * 1024 * 1024
"""A batch that is larger is an insert of its own."""
_TRY_AGAIN_S: Final = 0.5
_STAMP: Final = pa.timestamp("ms", "UTC")
_OWN_VERSION: Final = "revised_at"
"""Rows with this column say themselves which of them is newer."""


class Bundle:
    """Collects what belongs to one batch, so that it is taken as a whole."""

    def __init__(self) -> None:
        """Begin empty."""
        self.entries: list[Entry] = []

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        """Add rows for a table."""
        self.entries.append(Entry(table=table, rows=rows, token=token))

    @property
    def row_count(self) -> int:
        """How many rows there are in all."""
        return sum(entry.rows.num_rows for entry in self.entries)

    @property
    def byte_count(self) -> int:
        """How much memory they take."""
        return sum(entry.rows.nbytes for entry in self.entries)


class Pace:
    """How many rows a second come at present. Not safe to share between threads.

    Time in which a sender waited for its rows to be stored does not count: else whoever is slow to store would take a
    sender that is held up for one that has little to send, and go on storing its batches one by one.
    """

    def __init__(self, tick: Callable[[], float]) -> None:
        """Know nothing yet; `tick` tells seconds that pass evenly."""
        self._tick = tick
        self._level = 0.0
        self._at = tick()

    def note(self, rows: int) -> float:
        """Count rows; return how many came within about the last second."""
        now = self._tick()
        self._level = self._level * max(0.0, 1.0 - (now - self._at)) + rows
        self._at = now
        return self._level

    def leave_out(self, seconds: float) -> None:
        """Do not count this long until now."""
        self._at = min(self._tick(), self._at + seconds)


@dataclass(frozen=True, slots=True)
class _Taken:
    bundle: Bundle
    then: Callable[[], None]


def _nothing() -> None:
    """Follow a batch with nothing."""


class Intake:
    """One for a process and its warehouse. Safe to share between threads."""

    def __init__(
        self,
        warehouse: Inserts,
        folder: Path,
        clock: Clock,
        *,
        mend: Callable[[Sequence[Entry]], None] = lambda _entries: None,
        calm_rows_per_s: int = _CALM_ROWS_PER_S,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        """Store into `warehouse`, with the journal in `folder`.

        `mend` hears of rows that an earlier process took and this one stored. Above `calm_rows_per_s` the sender is
        answered before the rows are stored.
        """
        self._warehouse = warehouse
        self._at_once = GroupedInserts(warehouse)
        self._journal = Journal(folder)
        self._clock = clock
        self._mend = mend
        self._calm_rows_per_s = calm_rows_per_s
        # Held while what was left behind is stored: nothing else may go before it.
        self._recovering = threading.Lock()
        # Guards what follows; notified whenever any of it changes.
        self._changed = threading.Condition()
        self._pace = Pace(tick)
        self._tick = tick
        self._waiting: list[_Taken] = []
        self._waiting_bytes = 0
        self._taken = 0
        self._stored = 0
        self._is_hurried = False
        self._is_closed = False
        self._storing: threading.Thread | None = None
        self._trouble: TrimtabError | None = None

    @property
    def is_busy(self) -> bool:
        """Whether rows come at a pace at which nothing else should take the processor."""
        with self._changed:
            return self._pace.note(0) > self._calm_rows_per_s

    def take(self, bundle: Bundle, *, then: Callable[[], None] = _nothing) -> None:
        """Return when the rows are durable; `then` is called when they can be read, perhaps later and elsewhere.

        Raises:
            InvalidInput: the rows do not fit their tables.
            Unavailable: neither the warehouse nor the disk takes rows now.
            TooManyRequests: more rows wait than the warehouse can keep up with. Nothing was taken, as above.
        """
        if not bundle.entries:
            then()
            return
        self.recover()
        with self._changed:
            if self._trouble is not None:
                raise self._trouble
            is_calm = self._pace.note(bundle.row_count) <= self._calm_rows_per_s
        if is_calm or bundle.byte_count > _MOST_JOURNALED_BYTES:
            began = self._tick()
            for entry in bundle.entries:
                self._at_once.insert(entry.table, entry.rows, token=entry.token)
            with self._changed:
                self._pace.leave_out(self._tick() - began)
            then()
            return
        self._take(self._stamped(bundle), then)

    def recover(self) -> None:
        """Store what an earlier process had taken and not stored; idempotent.

        Raises:
            Unavailable: the warehouse takes no rows now; it is tried again before anything else is taken.
        """
        if not self._journal.left_behind:
            return
        with self._recovering:
            for segment in self._journal.left_behind:
                entries = list(journal.read(segment))
                self._store(entries)
                self._mend(entries)
                self._journal.forget(segment)
                _LOG.info("stored %d batches that the server before had taken", len(entries))

    def flush(self) -> None:
        """Return when everything that was taken before can be read.

        Raises:
            Unavailable: the warehouse takes no rows now.
        """
        with self._changed:
            goal = self._taken
            while self._stored < goal:
                if self._trouble is not None:
                    raise self._trouble
                self._is_hurried = True
                self._changed.notify_all()
                self._changed.wait()

    def close(self) -> None:
        """Store what waits if the warehouse takes it, and leave it to the next process if not; idempotent."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            storing = self._storing
        if storing is not None:
            storing.join()
        self._journal.close()

    def _stamped(self, bundle: Bundle) -> Bundle:
        """Say when the rows were taken: stored twice, they must not win against a correction made in between."""
        now = self._clock.now_ns() // 1_000_000
        made = Bundle()
        for entry in bundle.entries:
            table = entry.rows
            if _OWN_VERSION not in table.column_names:
                table = table.append_column("ingested_at", pa.repeat(pa.scalar(now, _STAMP), table.num_rows))
            made.insert(entry.table, table, token=entry.token)
        return made

    def _take(self, bundle: Bundle, then: Callable[[], None]) -> None:
        size = bundle.byte_count
        framed = journal.encoded(bundle.entries)  # before the lock, which all senders need
        with self._changed:
            self._wait_for_room(size)
            position = self._journal.append(framed)
            self._waiting.append(_Taken(bundle, then))
            self._waiting_bytes += size
            self._taken += 1
            if self._storing is None:
                self._storing = threading.Thread(target=self._store_until_none_waits, name="intake", daemon=True)
                self._storing.start()
            self._changed.notify_all()
        self._journal.sync(position)

    def _wait_for_room(self, size: int) -> None:
        deadline = time.monotonic() + _LONGEST_PATIENCE_S
        while self._waiting and self._waiting_bytes + size > _MOST_WAITING_BYTES:
            if self._trouble is not None:
                raise self._trouble
            if not self._changed.wait(max(0.0, deadline - time.monotonic())):
                raise TooManyRequests(
                    f"{self._waiting_bytes // 1024 // 1024} MiB of rows wait to be stored",
                    retry_after_s=2,
                    hint="Send the same batch again a little later.",
                )

    def _store_until_none_waits(self) -> None:
        """Run in a thread of its own while rows wait."""
        while True:
            with self._changed:
                self._wait_for_company()
                group, self._waiting = self._waiting, []
                freed, self._waiting_bytes = self._waiting_bytes, 0
                if not group:
                    self._storing = None
                    self._is_hurried = False
                    self._changed.notify_all()
                    return
                segment = self._cut()
            if not self._store_in_the_end([entry for taken in group for entry in taken.bundle.entries]):
                with self._changed:
                    self._waiting = group + self._waiting
                    self._waiting_bytes += freed
                    self._storing = None
                return
            if segment is not None:
                self._journal.forget(segment)
            for taken in group:
                _follow(taken.then)
            with self._changed:
                self._stored += len(group)
                self._is_hurried = False
                self._changed.notify_all()

    def _cut(self) -> Path | None:
        try:
            return self._journal.cut()
        except Unavailable as error:
            # These rows stay in the segment that goes on, and are forgotten with those that come after them.
            _LOG.warning("the journal goes on in the same file: %s", error.message)
            return None

    def _wait_for_company(self) -> None:
        deadline = time.monotonic() + _LONGEST_WAIT_S
        while not self._is_hurried and not self._is_closed:
            rows = sum(taken.bundle.row_count for taken in self._waiting)
            left_s = deadline - time.monotonic()
            if rows >= _GROUP_ROWS or left_s <= 0:
                return
            self._changed.wait(left_s)

    def _store_in_the_end(self, entries: Sequence[Entry]) -> bool:
        """Store entries, however often that takes; return False when this is closed and they are not stored."""
        while True:
            try:
                self._store(entries)
            except Exception as error:  # noqa: BLE001 - whatever is wrong, the rows wait and senders hear of it
                _LOG.warning("rows wait in the journal: %s", error)
                with self._changed:
                    self._trouble = error if isinstance(error, TrimtabError) else _broken(error)
                    self._changed.notify_all()
                    if self._is_closed or self._changed.wait_for(lambda: self._is_closed, _TRY_AGAIN_S):
                        return False
            else:
                with self._changed:
                    self._trouble = None
                return True

    def _store(self, entries: Sequence[Entry]) -> None:
        alike: dict[tuple[str, ...], list[Entry]] = {}
        for entry in entries:
            alike.setdefault((entry.table, *entry.rows.column_names), []).append(entry)
        for group in alike.values():
            for portion in _portions(group):
                self._insert(portion)

    def _insert(self, group: Sequence[Entry]) -> None:
        """Insert entries of one table as one, or each by itself when one of them does not fit."""
        token = group[0].token
        if len(group) > 1:
            token = hashlib.sha256("\n".join(entry.token for entry in group).encode()).hexdigest()
        try:
            self._warehouse.insert(group[0].table, pa.concat_tables([entry.rows for entry in group]), token=token)
        except InvalidInput as error:
            if len(group) == 1:
                path = self._journal.put_away(group[0])
                _LOG.error("rows that were taken cannot be stored and are kept in %s: %s", path, error.message)
                return
            for entry in group:
                self._insert([entry])


def _portions(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield the entries, as many at a time as are an insert of a reasonable size."""
    portion: list[Entry] = []
    rows = 0
    for entry in entries:
        if portion and rows + entry.rows.num_rows > _MOST_ROWS:
            yield portion
            portion, rows = [], 0
        portion.append(entry)
        rows += entry.rows.num_rows
    if portion:
        yield portion


def _follow(then: Callable[[], None]) -> None:
    try:
        then()
    except Exception as error:  # noqa: BLE001 - the rows are stored; who comes next must not wait for ever
        # What later rows change about earlier ones, which is found out anew when more of the same kind come.
        _LOG.warning("stored rows could not be corrected now: %s", error)


def _broken(error: Exception) -> Unavailable:
    return Unavailable(
        f"rows cannot be stored: {error}", hint="Look at the server's log.", code="warehouse_unavailable"
    )
