"""What several programs say, as one readable stream on the terminal and as one file each in a folder of logs."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from logging import LogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

_FILE_BYTES = 10_000_000
_OLD_FILES = 2


class _File(RotatingFileHandler):
    """A log file whose troubles, a full disk above all, must not become those of whoever writes."""

    def handleError(self, record: LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Leave the line out."""


class ProcessLog:
    """Copies the output of programs line by line, each with the name of its program in front."""

    def __init__(self, folder: Path, *, names: tuple[str, ...], terminal: TextIO | None = None) -> None:
        """Write files into `folder`, made if need be, and lines to `terminal`, by default standard output."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._terminal: TextIO | None = terminal or sys.stdout
        self._width = max(len(name) for name in (*names, "trimtab"))
        self._files: Mapping[str, _File] = {name: self._open(name) for name in (*names, "trimtab")}
        # Several threads copy output: this keeps the lines of one from landing within those of another.
        self._writing = threading.Lock()
        self._copiers: list[threading.Thread] = []

    def path(self, name: str) -> Path:
        """Return where the file of the program lies."""
        return self._folder / f"{name}.log"

    def follow(self, name: str, process: subprocess.Popen[bytes], *, is_quiet: bool) -> None:
        """Copy what the program says until it ends; a quiet one is copied to its file only."""
        copier = threading.Thread(target=self._copy, args=(name, process, is_quiet), name=f"log-{name}", daemon=True)
        self._copiers = [thread for thread in self._copiers if thread.is_alive()]
        self._copiers.append(copier)
        copier.start()

    def say(self, line: str) -> None:
        """Write a line of the supervisor's own."""
        self._write("trimtab", line, is_quiet=False)

    def show(self, block: str) -> None:
        """Write a block to the terminal only: it may hold what must not be kept in a file."""
        with self._writing:
            self._print(block)

    def close(self) -> None:
        """Wait for the last lines of programs that have ended, and close the files."""
        for copier in self._copiers:
            copier.join(timeout=1.0)
        for file in self._files.values():
            file.close()

    def _copy(self, name: str, process: subprocess.Popen[bytes], is_quiet: bool) -> None:  # noqa: FBT001 - a thread
        if process.stdout is None:
            return
        with process.stdout as lines:
            for line in lines:
                self._write(name, line.decode("utf-8", "replace").rstrip(), is_quiet=is_quiet)

    def _write(self, name: str, line: str, *, is_quiet: bool) -> None:
        with self._writing:
            self._files[name].emit(LogRecord(name, 20, "", 0, line, None, None))
            if not is_quiet:
                self._print(f"{name:<{self._width}} | {line}\n")

    def _print(self, text: str) -> None:
        if self._terminal is None:
            return
        try:
            self._terminal.write(text)
            self._terminal.flush()
        except OSError:
            # Nobody reads any more: the window was closed, or the pipe. What runs goes on, and so do the files.
            self._terminal = None

    def _open(self, name: str) -> _File:
        return _File(self.path(name), maxBytes=_FILE_BYTES, backupCount=_OLD_FILES, encoding="utf-8", delay=True)
