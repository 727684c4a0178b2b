"""Where a worker writes the records of its calls before anyone can see that they are over.

A spool is a folder of one living worker: numbered segments of frames, a lock that dies with the process, and a cursor
that says how far the records were delivered (see `outbox`). One record is one `write`: a killed process loses nothing
that it wrote, a power cut at most what the last second wrote. When the disk refuses, records wait in a bounded memory
backlog and the gateway serves on.
"""

import collections
import contextlib
import errno
import fcntl
import logging
import os
import secrets
import threading
import time
from pathlib import Path
from typing import Final

from trimtab.base.errors import BadSetting

log = logging.getLogger(__name__)

SYNC_INTERVAL_S: Final = 1.0
BACKLOG_BYTES: Final = 32 * 1024 * 1024
"""How much memory records may take while the disk refuses them."""

_NOT_OPEN: Final = -1
_NEVER_WRITABLE: Final = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP}
)

SEGMENT: Final = "{:08d}.seg"
LOCK: Final = "lock"


class Lock:
    """A file lock on a spool's folder: one process at a time, released by the kernel when that process dies."""

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            BlockingIOError: somebody alive holds it.
            FileNotFoundError: the folder was removed by whoever held it.
        """
        self._path = folder / LOCK
        self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The folder may have been emptied between the two lines above: then this locks a file without a name.
            if self._path.stat().st_ino != os.fstat(self._fd).st_ino:
                raise FileNotFoundError(self._path)
        except OSError:
            os.close(self._fd)
            raise

    def release(self) -> None:
        """Let others have it."""
        os.close(self._fd)


class Spool:
    """The writing side. `append` belongs to one thread; the disk is synchronised from another."""

    def __init__(self, root: Path, *, segment_bytes: int, max_bytes: int) -> None:
        """Make a fresh folder under `root`, with a name that no other worker has.

        On a full disk there is none yet: records wait in memory, and `write_back` makes it as soon as it can.

        Raises:
            BadSetting: there can be no folder, or nothing may be written to it.
        """
        self.folder = root / f"{time.time_ns() // 1_000_000:013d}-{os.getpid()}-{secrets.token_hex(3)}"
        self._segment_bytes = segment_bytes
        self._max_bytes = max_bytes
        self.segment = 1
        self.size = 0
        """Bytes of whole frames in the current segment."""
        self.stored_bytes = 0
        """Bytes in all segments that are still there."""
        self.backlog: collections.deque[bytes] = collections.deque()
        self.backlog_bytes = 0
        self.dropped = 0
        self.written = 0
        self.failure = ""
        """Why the last write was refused; empty when it was not."""
        self._retired: list[int] = []
        self._synced_size = 0
        self._fd = _NOT_OPEN
        self._lock: Lock | None = None
        try:
            self._create()
        except OSError as error:
            if error.errno in _NEVER_WRITABLE:
                raise BadSetting(
                    f"the spool folder {str(root)!r} cannot be written: {error.strerror or error}",
                    hint="Give the gateway a data folder that it may write to.",
                ) from error
            self._refuse(error.strerror or str(error))
        self._stopping = threading.Event()
        self._syncer = threading.Thread(target=self._sync_until_stopped, name="spool-sync", daemon=True)
        self._syncer.start()

    def append(self, frame: bytes | bytearray) -> None:
        """Write one frame; on return a killed process cannot lose it. Never raises: what cannot be written waits."""
        if self.size >= self._segment_bytes:
            self._rotate()
        if not self._write(frame):
            self._hold_back(bytes(frame))

    @property
    def is_degraded(self) -> bool:
        """Whether records are in memory only, or were."""
        return bool(self.failure) or bool(self.backlog)

    @property
    def is_full(self) -> bool:
        """Whether the next record may have to be dropped."""
        return bool(self.failure) and self.backlog_bytes >= BACKLOG_BYTES

    def take_backlog(self, limit: int) -> list[bytes]:
        """Return up to `limit` records that wait in memory; they stay there until `forget_backlog`."""
        return [self.backlog[place] for place in range(min(limit, len(self.backlog)))]

    def forget_backlog(self, count: int) -> None:
        """Drop the first `count` records that wait in memory, because they were delivered or written."""
        for _ in range(count):
            self.backlog_bytes -= len(self.backlog.popleft())

    def write_back(self) -> None:
        """Try to write what waits in memory, and find out whether the disk takes anything again."""
        if self._fd == _NOT_OPEN:
            try:
                self._create()
            except OSError as error:
                self._refuse(error.strerror or str(error))
                return
        while self.backlog and self._write(self.backlog[0]):
            self.forget_backlog(1)
        if self.failure and not self.backlog and self._probe():
            self.failure = ""

    def turn_over(self) -> None:
        """Go on in a fresh segment, so that the one before can be removed as soon as it is delivered."""
        if self.size and self._fd != _NOT_OPEN:
            self._rotate()

    def segment_removed(self, size: int) -> None:
        """Note that a delivered segment of this size is gone from the disk."""
        self.stored_bytes -= size

    def close(self) -> None:
        """Write what can be written, synchronise, and let go of the folder."""
        self.write_back()
        self._stopping.set()
        self._syncer.join()
        if self._fd != _NOT_OPEN:
            self._retired.append(self._fd)
            self._sync_retired()
        if self._lock is not None:
            self._lock.release()

    def _create(self) -> None:
        # Nobody may find the folder before it is locked, or it would be taken for one of a dead worker.
        hidden = self.folder.with_name(f".{self.folder.name}")
        if self._lock is None:
            hidden.mkdir(parents=True, mode=0o700, exist_ok=True)
            lock = Lock(hidden)
            try:
                hidden.rename(self.folder)
            except OSError:
                lock.release()
                raise
            self._lock = lock
        self._fd = self._open(self.segment)

    def _write(self, frame: bytes | bytearray) -> bool:
        if self._fd == _NOT_OPEN:
            return False
        if self.stored_bytes + len(frame) > self._max_bytes:
            self._refuse(f"the spool has {self.stored_bytes} bytes, its limit is {self._max_bytes}")
            return False
        try:
            written = os.write(self._fd, frame)
            if written == len(frame):
                self.size += written
                self.stored_bytes += written
                self.written += 1
                self.failure = ""
                return True
            os.ftruncate(self._fd, self.size)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self.size)
            self._refuse(error.strerror or str(error))
            return False
        self._refuse("the disk took only a part of a record")
        return False

    def _refuse(self, why: str) -> None:
        if not self.failure:
            log.error("spool cannot be written, records wait in memory", extra={"reason": why})
        self.failure = why

    def _hold_back(self, frame: bytes) -> None:
        if self.backlog_bytes + len(frame) > BACKLOG_BYTES:
            self.dropped += 1
            return
        self.backlog.append(frame)
        self.backlog_bytes += len(frame)

    def _probe(self) -> bool:
        if self.stored_bytes >= self._max_bytes:
            return False
        try:
            written = os.write(self._fd, b"\0")
            os.ftruncate(self._fd, self.size)
        except OSError:
            return False
        return written == 1

    def _rotate(self) -> None:
        try:
            fresh = self._open(self.segment + 1)
        except OSError as error:
            self._refuse(error.strerror or str(error))
            return  # the old segment grows on until a new one can be made
        self._retired.append(self._fd)
        self._fd = fresh
        self.segment += 1
        self.size = 0
        self._synced_size = 0

    def _open(self, number: int) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        return os.open(self.folder / SEGMENT.format(number), flags, 0o600)

    def _sync_until_stopped(self) -> None:
        # The one thread that closes segments: what it synchronises cannot be closed under it.
        while not self._stopping.wait(SYNC_INTERVAL_S):
            self._sync_retired()
            size = self.size
            if size != self._synced_size and self._fd != _NOT_OPEN:
                self._sync(self._fd)
                self._synced_size = size

    def _sync_retired(self) -> None:
        while self._retired:
            fd = self._retired.pop(0)
            self._sync(fd)
            os.close(fd)

    @staticmethod
    def _sync(fd: int) -> None:
        try:
            os.fsync(fd)
        except OSError as error:
            log.warning("spool could not be synchronised", extra={"reason": error.strerror or str(error)})
