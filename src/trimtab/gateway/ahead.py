"""Reads a streamed body so that what has already arrived is passed on together, and nothing is waited for.

A reader that hands out one chunk at a time makes a relay send each alone; a reader that fills a buffer makes it late.
This one asks for the next chunk and looks whether the answer is there at once: if so the two are joined, if not the
question stays open and the first one goes out.
"""

from collections.abc import Coroutine, Generator
from typing import Any, Final, Protocol

from pyreqwest.bytes import Bytes
from pyreqwest.exceptions import PyreqwestError

JOINED_BYTES: Final = 64 * 1024


class Reader(Protocol):
    """The part of pyreqwest's body reader that is used."""

    def read_chunk(self) -> Coroutine[Any, Any, Bytes | None]:
        """Return the next chunk, `None` at the end."""
        ...


class _Asked:
    """A coroutine that was started, found that it must wait, and can be awaited from there."""

    __slots__ = ("_coroutine", "_waits_for")

    def __init__(self, coroutine: Coroutine[Any, Any, Bytes | None], waits_for: Any) -> None:  # noqa: ANN401 - what it yielded
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, Bytes | None]:
        waits_for = self._waits_for
        try:
            while True:
                try:
                    sent = yield waits_for
                except BaseException as error:  # noqa: BLE001 - whatever is thrown in belongs to the coroutine
                    waits_for = self._coroutine.throw(error)
                else:
                    waits_for = self._coroutine.send(sent)
        except StopIteration as stop:
            value: Bytes | None = stop.value
            return value

    def close(self) -> None:
        self._coroutine.close()


class Ahead:
    """The chunks of a body, joined where they arrived together."""

    __slots__ = ("_asked", "_failure", "_is_over", "_reader")

    def __init__(self, reader: Reader) -> None:
        """Read from `reader`, which nobody else reads from."""
        self._reader = reader
        self._asked: _Asked | None = None
        self._failure: PyreqwestError | None = None
        self._is_over = False

    async def next(self) -> bytes | None:
        """Return what has arrived, at least one chunk; `None` at the end.

        Raises:
            PyreqwestError: the body broke off; whatever came before was returned first.
        """
        if self._failure is not None:
            raise self._failure
        if self._is_over:
            return None
        asked, self._asked = self._asked, None
        chunk = await (asked if asked is not None else self._reader.read_chunk())
        if chunk is None:
            self._is_over = True
            return None
        parts = [chunk.to_bytes()]
        size = len(parts[0])
        while size < JOINED_BYTES and (more := self._already_there()) is not None:
            parts.append(more)
            size += len(more)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Give up the question that is still open."""
        if self._asked is not None:
            self._asked.close()
            self._asked = None

    def _already_there(self) -> bytes | None:
        coroutine = self._reader.read_chunk()
        try:
            waits_for = coroutine.send(None)
        except StopIteration as stop:
            if stop.value is None:
                self._is_over = True
                return None
            chunk: Bytes = stop.value
            return chunk.to_bytes()
        except PyreqwestError as error:
            self._failure = error
            return None
        self._asked = _Asked(coroutine, waits_for)
        return None
