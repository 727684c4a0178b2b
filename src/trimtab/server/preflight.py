"""What must be true before anything is started; each thing that is not is one clear line and an exit status of its own.

The exit statuses are part of the command's contract: scripts may rely on them.
"""

import contextlib
import errno
import fcntl
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from enum import IntEnum
from pathlib import Path

from trimtab.base.errors import BadSetting


class Exit(IntEnum):
    """Why `trimtab up` ended."""

    STOPPED = 0
    """It was asked to."""
    WRONG_PYTHON = 3
    BAD_SETTING = 4
    DATA_FOLDER = 5
    """The data folder cannot be written."""
    ALREADY_RUNNING = 6
    PORT_IN_USE = 7
    DOES_NOT_START = 8
    """The server or the gateway ends again and again before it is ready."""


class Refused(Exception):  # noqa: N818 - says what was decided
    """Nothing was started; `status` says why to a script, the message to a person."""

    def __init__(self, status: Exit, message: str) -> None:
        """Keep the exit status and the one line."""
        super().__init__(message)
        self.status = status


OLDEST_PYTHON = (3, 11)
_WAIT_FOR_PREVIOUS_S = 20.0
_LOOK_AGAIN_S = 0.05


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> None:
    """Let the caller go on with a Python that is new enough, or raise `Refused`."""
    if version < OLDEST_PYTHON:
        found = ".".join(map(str, version))
        raise Refused(Exit.WRONG_PYTHON, f"Trimtab needs Python 3.11 or newer, this is {found} ({sys.executable})")


def check_data_folder(folder: Path) -> None:
    """Make the folder if need be, for its owner alone, and prove that a file can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"trimtab")
            file.flush()
    except OSError as error:
        raise Refused(
            Exit.DATA_FOLDER,
            f"the data folder {str(folder)!r} cannot be written: {error.strerror or error}. "
            "Choose another with --data, or change its owner.",
        ) from error


class RunLock:
    """The right to run on a data folder, held until every process that inherited it has ended."""

    def __init__(self, folder: Path) -> None:
        """Lock `folder`; nothing is taken yet."""
        self._path = folder / "trimtab.lock"
        self._file: int | None = None

    @property
    def fd(self) -> int:
        """The descriptor that children inherit, so that a run lasts as long as its last process."""
        if self._file is None:
            raise BadSetting("the lock on the data folder was not taken")
        return self._file

    def take(self, *, when_waiting: Callable[[], None] = lambda: None) -> None:
        """Take the lock, or raise `Refused` naming who holds it.

        A previous run whose supervisor was killed may still be finishing; that is waited for, and `when_waiting` is
        called once before.
        """
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + _WAIT_FOR_PREVIOUS_S
        is_waiting = False
        while not self._try():
            holder = self._holder()
            if _is_alive(holder.get("pid")) or time.monotonic() > deadline:
                raise Refused(
                    Exit.ALREADY_RUNNING,
                    f"Trimtab is already running on {str(self._path.parent)!r}: process {holder.get('pid', '?')}, "
                    f"console {holder.get('console', '?')}",
                )
            if not is_waiting:
                is_waiting = True
                when_waiting()
            time.sleep(_LOOK_AGAIN_S)
        self.describe({})

    def describe(self, about: Mapping[str, object]) -> None:
        """Write down who holds the lock, for the next one who asks."""
        os.ftruncate(self.fd, 0)
        os.pwrite(self.fd, json.dumps({"pid": os.getpid(), **about}).encode(), 0)

    def _try(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _holder(self) -> dict[str, object]:
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self._path.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return found
        return {}


def claim_port(host: str, port: int, *, what: str, option: str) -> int:
    """Return the port, or a free one for 0, or raise `Refused` when it cannot be listened on."""
    try:
        with socket.create_server((host, port), family=_family(host)) as probe:
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} is in use, and {what} needs it"
        else:
            reason = f"{what} cannot listen on {host} port {port}: {error.strerror or error}"
        raise Refused(Exit.PORT_IN_USE, f"{reason}. Stop what uses it, or choose another with {option}.") from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_alive(pid: object) -> bool:
    if not isinstance(pid, int):
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
