"""Telemetry that could not be taken, by project: kept whole with its reason, shown, and taken out to be tried again."""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.traces.dead_letters import DeadLetters, sift, write_anew
from trimtab.traces.otlp.batch import Signal
from trimtab.traces.otlp.value import Refused, Scope
from trimtab.traces.sender import Sender

_TAKEN: Final = "taken"


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One refused item as it is kept; `payload` is in base64."""

    at: datetime
    reason: str
    payload: str
    signal: Signal
    form: Literal["protobuf", "json", "value"]
    scope: str = "{}"
    sender: str = "{}"

    @property
    def id(self) -> str:
        """What it is asked for by: the same also after it was refused once more for the same reason."""
        said = f"{self.signal} {self.payload} {self.reason}"
        return hashlib.sha256(said.encode()).hexdigest()[:32]

    @property
    def data(self) -> bytes:
        """The item as it was sent."""
        return base64.b64decode(self.payload)


class RefusedItems:
    """A folder for each project. Safe to share between threads."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Keep items below `folder`, which is made when the first one comes."""
        self._folder = folder
        self._clock = clock
        # Guards `_letters`, and keeps a file from being taken while somebody writes to it.
        self._guard = threading.Lock()
        self._letters: dict[str, DeadLetters] = {}

    def keep(self, sender: Sender, signal: Signal, item: Refused) -> None:
        """Store one item, on disk when this returns; a project's file for a day stops growing at a bound."""
        with self._guard:
            letters = self._letters.get(sender.project_id)
            if letters is None:
                letters = DeadLetters(self._folder / sender.project_id, self._clock)
                self._letters[sender.project_id] = letters
            letters.keep(
                item.payload,
                item.reason,
                signal=signal,
                form=item.form,
                scope=msgspec.json.encode(item.scope).decode(),
                sender=msgspec.json.encode(sender).decode(),
            )

    def newest(self, project_id: str, limit: int) -> list[Letter]:
        """Return the newest items of a project."""
        found: list[Letter] = []
        for path in sorted(self._files(project_id), reverse=True):
            found += reversed(list(_read(path)))
            if len(found) >= limit:
                break
        return found[:limit]

    def take_one(self, project_id: str, letter_id: str) -> Letter | None:
        """Take out the item of this id; None when it is not there. Whoever refuses it once more keeps it anew."""
        with self._guard:
            for path in self._files(project_id):
                lines = path.read_bytes().splitlines(keepends=True)
                for place, line in enumerate(lines):
                    letter = _letter(line)
                    if letter is None or letter.id != letter_id:
                        continue
                    write_anew(path, lines[:place] + lines[place + 1 :])
                    return letter
        return None

    def take(self, project_id: str) -> Iterator[Letter]:
        """Yield all items of a project, and forget them once all were looked at; whoever refuses one keeps it anew.

        What a process that died had taken is taken again.
        """
        with self._guard:
            for path in self._files(project_id):
                if not path.name.startswith(_TAKEN):
                    path.rename(path.with_name(f"{_TAKEN}-{ids.new_span_id()}-{path.name}"))
        for path in self._files(project_id):
            if path.name.startswith(_TAKEN):
                yield from _read(path)
                path.unlink(missing_ok=True)

    def sift(self, project_id: str, keeps: Callable[[str, bytes], bool]) -> int:
        """Forget items of a project of which `keeps`, given a day and a payload, says so; return how many."""
        with self._guard:
            return sum(sift(path, keeps) for path in self._files(project_id))

    def _files(self, project_id: str) -> list[Path]:
        folder = self._folder / project_id
        return sorted(folder.glob("*.jsonl")) if folder.is_dir() else []


def _read(path: Path) -> Iterator[Letter]:
    for line in path.read_bytes().splitlines():
        letter = _letter(line)
        if letter is not None:
            yield letter


def _letter(line: bytes) -> Letter | None:
    # A line that a crash cut off is no letter.
    try:
        return msgspec.json.decode(line, type=Letter)
    except msgspec.MsgspecError:
        return None


def scope_of(letter: Letter) -> Scope:
    """Return who had sent the item."""
    return msgspec.json.decode(letter.scope, type=Scope)


def sender_of(letter: Letter) -> Sender:
    """Return on whose behalf it was sent."""
    return msgspec.json.decode(letter.sender, type=Sender)
