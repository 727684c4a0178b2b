"""Rows that were taken and are not in the warehouse yet, on disk before anybody is told that they are safe.

A segment is a file of frames, each of which holds rows for one table. Rows are added to the newest segment; it is cut
when its rows are about to be stored, and forgotten when they are. What is left when a process dies is read by the next.
"""

import errno
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import msgspec
import pyarrow as pa

from trimtab.base.errors import Unavailable
from trimtab.llm import frames

_SUFFIX: Final = ".rows"
_UNFIT: Final = "unfit"
_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Rows for one table, and the token that names them."""

    table: str
    rows: pa.Table
    token: str


class Journal:
    """The segments in one folder, which belongs to one process. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which is made when the first rows come."""
        self._folder = folder
        self._left_behind = sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []
        # Guards `_segment`, `_written` and the order of what is in the file.
        self._writing = threading.Lock()
        # Held while the disk is waited for: who comes meanwhile is served by the next wait, all of them by one.
        self._syncing = threading.Lock()
        self._segment: IO[bytes] | None = None
        self._written = 0
        self._synced = 0

    @property
    def left_behind(self) -> Sequence[Path]:
        """The segments of the processes before this one, oldest first."""
        return tuple(self._left_behind)

    def append(self, framed: bytes) -> int:
        """Write entries, as `encoded` makes them; return the position to hand to `sync`, after which they are durable.

        Raises:
            Unavailable: the disk does not take them, and none of them is there.
        """
        with self._writing:
            try:
                segment = self._segment or self._open()
                start = segment.tell()
                try:
                    _write(segment, framed)
                except OSError:
                    segment.truncate(start)
                    segment.seek(start)
                    raise
            except OSError as error:
                raise _full(error) from error
            self._written += len(framed)
            return self._written

    def sync(self, position: int) -> None:
        """Return when everything up to `position` survives the loss of power.

        Raises:
            Unavailable: the disk fails.
        """
        with self._syncing:
            if self._synced >= position:
                return
            with self._writing:
                written, segment = self._written, self._segment
            if segment is not None:
                self._sync(segment)
            self._synced = written

    def cut(self) -> Path | None:
        """End the newest segment and return it, if there is one; what comes later goes into another one.

        Raises:
            Unavailable: the disk fails.
        """
        with self._syncing, self._writing:
            segment = self._segment
            if segment is None:
                return None
            self._sync(segment)
            self._synced = self._written
            self._segment = None
            segment.close()
            return Path(segment.name)

    def forget(self, segment: Path) -> None:
        """Remove a segment whose rows are stored."""
        segment.unlink(missing_ok=True)
        if segment in self._left_behind:
            self._left_behind.remove(segment)

    def put_away(self, entry: Entry) -> Path:
        """Keep an entry that no store will ever take where a person can look at it, and return that place."""
        folder = self._folder / _UNFIT
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{entry.table}-{entry.token[:16]}{_SUFFIX}"
        path.write_bytes(frames.encode(_payload(entry)))
        return path

    def close(self) -> None:
        """Let go of the newest segment, which stays; idempotent."""
        with self._writing:
            if self._segment is not None:
                self._segment.close()
                self._segment = None

    def _open(self) -> IO[bytes]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Not buffered, so that what could not be written is nowhere.
        self._segment = (self._folder / f"{time.time_ns():020}{_SUFFIX}").open("xb", buffering=0)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return self._segment

    def _sync(self, segment: IO[bytes]) -> None:
        try:
            os.fdatasync(segment.fileno())
        except OSError as error:
            raise _full(error) from error


def _write(segment: IO[bytes], framed: bytes) -> None:
    # Not buffered: a disk that fills up meanwhile takes a part, and says so by the count alone.
    if segment.write(framed) != len(framed):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def encoded(entries: Sequence[Entry]) -> bytes:
    """Return entries as they are written."""
    return b"".join(frames.encode(_payload(entry)) for entry in entries)


def read(segment: Path) -> Iterator[Entry]:
    """Yield the entries of a segment; one that was cut off when its process died was never promised to anybody."""
    data = segment.read_bytes()
    for payload in frames.split(data[: frames.intact_length(data)]):
        table, token, rows = msgspec.msgpack.decode(payload, type=tuple[str, str, bytes])
        with pa.ipc.open_stream(rows) as stream:
            yield Entry(table=table, token=token, rows=stream.read_all())


def _payload(entry: Entry) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, entry.rows.schema, options=_OPTIONS) as stream:
        stream.write_table(entry.rows)
    return msgspec.msgpack.encode((entry.table, entry.token, memoryview(sink.getvalue())))


def _full(error: OSError) -> Unavailable:
    return Unavailable(
        f"the journal of rows cannot be written: {error.strerror or error}",
        hint="Make room on the disk of the data folder; nothing that was acknowledged is lost.",
        code="journal_unavailable",
    )
