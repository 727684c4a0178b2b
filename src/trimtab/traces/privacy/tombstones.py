"""Remembers what was deleted, so that what arrives of it later is let go and not stored again.

A client may send again what it could not deliver, and a gateway may have been cut off for a day. Of a deleted trace
everything is let go; of a deleted user or session what began before the deletion, as both may be there again after it.
Only hashes are kept, under a key that comes from the master key, and for a stated time.
"""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from trimtab.base.clock import Clock
from trimtab.base.errors import Unavailable
from trimtab.storage.batches import batches
from trimtab.storage.meta import Meta
from trimtab.traces.privacy.deletion import SubjectKind
from trimtab.traces.privacy.store import tombstones as store
from trimtab.traces.privacy.store.erase import Subject
from trimtab.traces.privacy.store.tombstones import Tombstone
from trimtab.traces.range import to_ns_since_epoch

KEPT: Final = timedelta(days=90)
"""How long what was deleted is let go when it arrives."""

_FRESH_S: Final = 0.5
_HASH_BYTES: Final = 16
_MOST_AT_ONCE: Final = 100
_MOST_LATE: Final = 20_000
"""Traces of a project that are remembered until somebody takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Something that has come, by what it may be known by."""

    trace_id: str
    """Empty for what belongs to no trace."""
    user_id: str = ""
    session_id: str = ""
    began_ns: int
    item: str = ""
    """What something of no trace is told by from all that comes with it: it goes alone."""

    @property
    def key(self) -> str:
        """What it goes with: its trace, or nothing but itself."""
        return self.trace_id or f"item {self.item}"


class Gone:
    """What was deleted in one project. Not changed once it is made."""

    def __init__(
        self, key: bytes, project_id: str, stones: Iterable[Tombstone], note: Callable[[set[str]], None]
    ) -> None:
        """Know what these tombstones stand for; `note` is told of further traces of whoever was deleted."""
        self._note = note
        self._key = key
        self._project_id = project_id
        self._before: dict[bytes, int] = {}
        for stone in stones:
            before_ns = to_ns_since_epoch(stone.before)
            for start in range(0, len(stone.hashes), _HASH_BYTES):
                found = stone.hashes[start : start + _HASH_BYTES]
                self._before[found] = max(before_ns, self._before.get(found, 0))

    def holds_trace(self, trace_id: str) -> bool:
        """Say whether a trace was deleted."""
        return bool(trace_id) and self._hash(SubjectKind.TRACE, trace_id) in self._before

    def late(self, arrivals: Iterable[Arrival]) -> set[str]:
        """Return the keys of what may not be stored: a trace goes as a whole."""
        late: set[str] = set()
        new: set[str] = set()
        for each in arrivals:
            if self.holds_trace(each.trace_id):
                late.add(each.key)
            elif self._holds_owner(each):
                late.add(each.key)
                new.add(each.trace_id)
        new.discard("")
        if new:
            self._note(new)
        return late

    def _holds_owner(self, arrival: Arrival) -> bool:
        owners = ((SubjectKind.USER, arrival.user_id), (SubjectKind.SESSION, arrival.session_id))
        return any(arrival.began_ns < self._before.get(self._hash(kind, value), 0) for kind, value in owners if value)

    def _hash(self, kind: SubjectKind, value: str) -> bytes:
        return hash_of(self._key, self._project_id, kind, value)


class Tombstones:
    """Those of all projects, as every way in asks for them with every batch. Safe to share between threads.

    They are read anew when what is known is older than half a second: a question that answers nothing where nothing was
    deleted.
    """

    def __init__(self, meta: Meta, clock: Clock, key: bytes, *, tick: Callable[[], float] = time.monotonic) -> None:
        """Keep them in `meta`, hashed under `key`; `tick` tells seconds."""
        self._meta = meta
        self._clock = clock
        self._key = key
        self._tick = tick
        # Guards what follows, and lets one thread read for all.
        self._guard = threading.Lock()
        self._read_at: float | None = None
        self._known: dict[tuple[str, datetime], Tombstone] = {}
        self._gone: dict[str, Gone] = {}
        self._late: dict[str, set[str]] = {}

    def of(self, project_id: str) -> Gone | None:
        """Return what was deleted in a project, None for nothing.

        Raises:
            Unavailable: they cannot be read, and were not known before.
        """
        with self._guard:
            if self._read_at is None or self._tick() - self._read_at >= _FRESH_S:
                self._read()
            return self._gone.get(project_id)

    def take_late(self) -> dict[str, set[str]]:
        """Return, by project, the traces of deleted users and sessions that came later, each once.

        Parts of them that say neither user nor session may have been stored, and are to be deleted too.
        """
        with self._guard:
            late, self._late = self._late, {}
        return late

    def note_late(self, project_id: str, trace_ids: set[str]) -> None:
        """Remember traces for who takes them."""
        with self._guard:
            noted = self._late.setdefault(project_id, set())
            noted.update(list(trace_ids)[: _MOST_LATE - len(noted)])

    def lay(self, connection: Connection, deletion_id: str, subject: Subject) -> None:
        """Let everything go from now on that is of a subject; again, with more traces, in place of the first time."""
        now = self._clock.now()
        named = (
            (SubjectKind.USER, subject.user_ids),
            (SubjectKind.SESSION, subject.session_ids),
            (SubjectKind.TRACE, subject.trace_ids),
        )
        hashes = (hash_of(self._key, subject.project_id, kind, each) for kind, names in named for each in names)
        stone = Tombstone(
            deletion_id=deletion_id,
            project_id=subject.project_id,
            hashes=b"".join(hashes),
            before=now,
            expires_at=now + KEPT,
        )
        store.put(connection, stone)
        store.remove_expired(connection, now)

    def refresh(self) -> None:
        """Read anew at the next question: some were laid here."""
        with self._guard:
            self._read_at = None if self._read_at is None else self._read_at - _FRESH_S

    def _read(self) -> None:
        try:
            with self._meta.read() as connection:
                names = store.names(connection, self._clock.now())
                new = [deletion_id for deletion_id, _ in sorted(names - self._known.keys())]
                found = [each for some in batches(new, _MOST_AT_ONCE) for each in store.find(connection, some)]
        except SQLAlchemyError as error:
            if self._read_at is not None:
                return
            raise Unavailable(
                "what was deleted cannot be read, so nothing is taken", hint="Send the same again."
            ) from error
        self._read_at = self._tick()
        if not found and names == self._known.keys():
            return
        self._known = {key: stone for key, stone in self._known.items() if key in names}
        self._known |= {(stone.deletion_id, stone.before): stone for stone in found}
        by_project: dict[str, list[Tombstone]] = {}
        for stone in self._known.values():
            by_project.setdefault(stone.project_id, []).append(stone)
        self._gone = {
            project_id: Gone(self._key, project_id, stones, partial(self.note_late, project_id))
            for project_id, stones in by_project.items()
        }


def hash_of(key: bytes, project_id: str, kind: SubjectKind, value: str) -> bytes:
    """Return a name for something deleted that only the holder of the key can compute."""
    said = f"tombstone\0{project_id}\0{kind.value}\0{value}".encode()
    return hmac.new(key, said, hashlib.sha256).digest()[:_HASH_BYTES]
