"""Where records go that cannot be read: kept with the reason, so that nothing vanishes and a person can look.

One file a day of JSON lines `{"at", "reason", "payload"}`, the payload in base64. A file stops growing at a bound, so
that a client gone mad cannot fill the disk; what comes after is counted only.
"""

import base64
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from trimtab.base.clock import Clock

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
_DAY_CHARS: Final = 10


class DeadLetters:
    """A folder of unreadable records. Safe to share between threads."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        # Keeps lines whole: two threads may reject records at the same time.
        self._writing = threading.Lock()

    def keep(self, payload: bytes, reason: str, **about: str) -> bool:
        """Store one record, and what is known of it, on disk when this returns; False when the day's file is full."""
        now = self._clock.now()
        encoded = base64.b64encode(payload).decode()
        line = msgspec.json.encode({"at": now, "reason": reason, "payload": encoded, **about})
        path = self._folder / f"{now:%Y-%m-%d}.jsonl"
        with self._writing:
            self._folder.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                if file.tell() + len(line) > MAX_FILE_BYTES:
                    return False
                file.write(line + b"\n")
                file.flush()
                os.fsync(file.fileno())
        return True

    def sift(self, keeps: Callable[[str, bytes], bool]) -> int:
        """Forget the letters of which `keeps`, given a day as `YYYY-MM-DD` and a payload, says so; return how many."""
        with self._writing:
            return sum(sift(path, keeps) for path in sorted(self._folder.glob("*.jsonl")))


def sift(path: Path, keeps: Callable[[str, bytes], bool]) -> int:
    """Write a file of letters anew without those that are not to be kept, or remove it; return how many went.

    The caller sees to it that nobody adds to the file meanwhile.
    """
    day = path.stem[-_DAY_CHARS:]
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if keeps(day, _payload(line))]
    if len(kept) == len(lines):
        return 0
    write_anew(path, kept)
    return len(lines) - len(kept)


def write_anew(path: Path, lines: Sequence[bytes]) -> None:
    """Put these lines in place of a file's, at once or not at all; a file of none goes."""
    if not lines:
        path.unlink(missing_ok=True)
        return
    fresh = path.with_suffix(".fresh")
    with fresh.open("wb") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


class _Letter(msgspec.Struct):
    payload: str = ""


def _payload(line: bytes) -> bytes:
    try:
        return base64.b64decode(msgspec.json.decode(line, type=_Letter).payload)
    except (msgspec.MsgspecError, ValueError):
        return line  # a crash cut it off; what there is of it is looked at
