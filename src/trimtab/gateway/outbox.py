"""The reading side of a spool: records in the order in which they were written, until each was delivered.

The segments are the only queue. The cursor on disk may lag behind what was delivered (a crash between the answer and
the note), never run ahead of it; what it would deliver twice is marked as a replay.
"""

import contextlib
import logging
import os
import shutil
import struct
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from trimtab.gateway.spool import SEGMENT, Lock
from trimtab.llm import frames

log = logging.getLogger(__name__)

_CURSOR: Final = struct.Struct("<QQ")
_CHECKSUM: Final = struct.Struct("<I")
_READ_BYTES: Final = 1024 * 1024
BATCH_BYTES: Final = 8 * 1024 * 1024
"""A batch is closed when it has grown to this, however few records it has."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two records."""

    segment: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Records to deliver in one request."""

    data: bytes
    count: int
    end: Position
    is_replay: bool


class Writer(Protocol):
    """What a reader must know of the one who still writes."""

    @property
    def segment(self) -> int:
        """The number of the segment being written."""
        ...

    @property
    def size(self) -> int:
        """How many bytes of whole frames it has."""
        ...

    def segment_removed(self, size: int) -> None:
        """Hear that a delivered segment is gone."""
        ...


class Outbox:
    """The records of one spool folder that were not delivered yet."""

    def __init__(self, folder: Path, writer: Writer) -> None:
        """Read behind a living writer."""
        self.folder = folder
        self.damaged = 0
        """How many segments had a part that could not be read."""
        self._writer = writer
        self._fd = -1
        self._fd_segment = 0
        self._cursor_fd = -1
        self._at = _read_cursor(folder) or Position(1, 0)
        self._sent_to = self._at

    def next_batch(self, limit: int) -> Batch | None:
        """Return the next records, or `None` when all that is written was delivered; done segments are removed."""
        while True:
            end = self._end_of(self._at.segment)
            if self._at.offset < end:
                batch = self._read(limit, end)
                if batch is not None:
                    return batch
                self._skip(f"the record at byte {self._at.offset} claims more than there is")
            elif self._at.segment >= self._writer.segment:
                return None
            else:
                self._remove_segment()

    def sent(self, batch: Batch) -> None:
        """Note that this was handed to the network: from now on it may have arrived, whatever comes back."""
        self._sent_to = max(self._sent_to, batch.end)

    def delivered(self, batch: Batch) -> None:
        """Move on past this batch, now and after a restart."""
        self._at = batch.end
        self._write_cursor()

    def may_have_sent_everything(self) -> None:
        """Treat all that is written as perhaps sent: its writer died and took the knowledge with it."""
        self._sent_to = Position(self._writer.segment, self._end_of(self._writer.segment))

    @property
    def is_empty(self) -> bool:
        """Whether all that is written was delivered."""
        return self._at.segment >= self._writer.segment and self._at.offset >= self._writer.size

    def close(self) -> None:
        """Let go of the files."""
        for fd in (self._fd, self._cursor_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._cursor_fd = -1

    def _end_of(self, segment: int) -> int:
        if segment == self._writer.segment:
            return self._writer.size
        return self._open(segment)

    def _open(self, segment: int) -> int:
        """Make `segment` the one that is read; return its size, 0 when it is not there."""
        if segment != self._fd_segment:
            if self._fd >= 0:
                os.close(self._fd)
            self._fd, self._fd_segment = -1, segment
            with contextlib.suppress(FileNotFoundError):
                self._fd = os.open(self.folder / SEGMENT.format(segment), os.O_RDONLY | os.O_CLOEXEC)
        return os.fstat(self._fd).st_size if self._fd >= 0 else 0

    def _read(self, limit: int, end: int) -> Batch | None:
        self._open(self._at.segment)
        want = _READ_BYTES
        while True:
            data = os.pread(self._fd, min(want, end - self._at.offset), self._at.offset)
            count = length = 0
            for frame_length in frames.lengths(data):
                count += 1
                length += frame_length
                if count == limit or length >= BATCH_BYTES:
                    break
            if count:
                break
            if self._at.offset + len(data) >= end or want > frames.MAX_PAYLOAD_BYTES:
                return None
            want *= 4
        stop = Position(self._at.segment, self._at.offset + length)
        return Batch(data=data[:length], count=count, end=stop, is_replay=self._at < self._sent_to)

    def _skip(self, why: str) -> None:
        self.damaged += 1
        log.error("a spool segment is damaged", extra={"segment": self._at.segment, "reason": why})
        self._at = Position(self._at.segment, self._end_of(self._at.segment))

    def _remove_segment(self) -> None:
        size = self._open(self._at.segment)
        with contextlib.suppress(FileNotFoundError):
            (self.folder / SEGMENT.format(self._at.segment)).unlink()
        self._writer.segment_removed(size)
        self._at = Position(self._at.segment + 1, 0)
        self._write_cursor()

    def _write_cursor(self) -> None:
        packed = _CURSOR.pack(self._at.segment, self._at.offset)
        # On a full disk the cursor stays behind; what is sent again after a crash is marked as a replay anyway.
        with contextlib.suppress(OSError):
            if self._cursor_fd < 0:
                self._cursor_fd = os.open(self.folder / "cursor", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.pwrite(self._cursor_fd, packed + _CHECKSUM.pack(zlib.crc32(packed)), 0)


class _Dead:
    """The writer that a folder had: it writes no more."""

    def __init__(self, segment: int, size: int) -> None:
        self.segment = segment
        self.size = size

    def segment_removed(self, size: int) -> None:
        """Nobody counts any more."""


class Orphan:
    """The folder of a worker that died, taken over to deliver what it left."""

    def __init__(self, folder: Path) -> None:
        """Take the folder over and cut off what its writer could not finish.

        Raises:
            OSError: somebody alive has it, or it is gone.
        """
        self._lock = Lock(folder)
        try:
            segments = sorted(folder.glob("*.seg"))
            last = segments[-1] if segments else folder / SEGMENT.format(1)
            self.outbox = Outbox(folder, _Dead(int(last.stem), _cut_torn_tail(last)))
        except (OSError, ValueError):
            self._lock.release()
            raise
        self.outbox.may_have_sent_everything()

    def remove(self) -> None:
        """Delete the folder, after everything in it was delivered."""
        self.outbox.close()
        remove_folder(self.outbox.folder)
        self._lock.release()

    def leave(self) -> None:
        """Leave the folder to whoever comes next."""
        self.outbox.close()
        self._lock.release()


def remove_folder(folder: Path) -> None:
    """Delete a spool's folder whose records were all delivered."""
    shutil.rmtree(folder, ignore_errors=True)


def orphans(root: Path, known: Collection[Path]) -> list[Orphan]:
    """Take over every folder under `root` that is not `known` and whose writer is dead, oldest first."""
    found = []
    for folder in sorted(root.iterdir()):
        if folder in known or folder.name.startswith(".") or not folder.is_dir():
            continue
        # Somebody alive has it, or somebody else has just finished with it.
        with contextlib.suppress(OSError):
            found.append(Orphan(folder))
    return found


def _cut_torn_tail(segment: Path) -> int:
    """Return the length of what is whole in the last segment, after cutting off the rest."""
    try:
        data = segment.read_bytes()
    except FileNotFoundError:
        return 0
    whole = frames.intact_length(data)
    if whole < len(data):
        log.warning("cut off a record that was not finished", extra={"file": segment.name, "bytes": len(data) - whole})
        with contextlib.suppress(OSError):
            os.truncate(segment, whole)
    return whole


def _read_cursor(folder: Path) -> Position | None:
    try:
        data = (folder / "cursor").read_bytes()
    except OSError:
        return None
    packed, checksum = data[: _CURSOR.size], data[_CURSOR.size :]
    if len(data) != _CURSOR.size + _CHECKSUM.size or _CHECKSUM.unpack(checksum)[0] != zlib.crc32(packed):
        return None
    return Position(*_CURSOR.unpack(packed))
