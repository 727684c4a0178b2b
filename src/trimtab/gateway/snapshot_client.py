"""Keeps a worker's catalog current: from disk at the start, from the control plane from then on.

A long poll waits for news, so that a change is applied as soon as it was made. What was applied is written to disk,
whole or not at all. Nothing that goes wrong here takes away what is in use: the worker serves by its last good state.
"""

import asyncio
import logging
import os
import random
import time
from pathlib import Path
from typing import Final

from pyreqwest.client import Client
from pyreqwest.exceptions import PyreqwestError

from trimtab.base.errors import InvalidInput
from trimtab.gateway import catalog, snapshot
from trimtab.gateway.catalog import Catalog
from trimtab.gateway.options import Options
from trimtab.identity.secrets import SecretBox

log = logging.getLogger(__name__)

_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 2.0
_REFUSED_PAUSE_S: Final = 10.0
_GRACE_S: Final = 10.0
_OK: Final = 200
_UNCHANGED: Final = frozenset({204, 304})


class NoNews(Exception):  # noqa: N818 - says what happened
    """The control plane did not say what is current; `pause_s` is how long to leave it alone, 0 for the usual."""

    def __init__(self, reason: str, pause_s: float = 0.0) -> None:
        """Keep why."""
        super().__init__(reason)
        self.pause_s = pause_s


class SnapshotClient:
    """Holds the catalog in use. `catalog` is `None` until there was a first good snapshot."""

    def __init__(self, client: Client, options: Options, box: SecretBox) -> None:
        """Ask the control plane through this client; open secrets with this box."""
        self.catalog: Catalog | None = None
        self.confirmed_at = 0.0
        """When the control plane last said that this is current, on the monotonic clock; 0 for never."""
        self._client = client
        self._box = box
        self._path = options.snapshot_path
        self._wait_s = options.snapshot_wait_s
        self._url = f"{options.server_url}/internal/v1/snapshot"
        self._headers = {"authorization": f"Bearer {options.internal_token}"}

    @property
    def revision(self) -> int:
        """The revision in use, -1 for none."""
        return self.catalog.revision if self.catalog is not None else -1

    def load(self) -> None:
        """Start from the last good snapshot on disk, if there is one."""
        try:
            self._use(self._read(self._path.read_bytes()))
        except FileNotFoundError:
            return
        except (OSError, InvalidInput) as error:
            log.warning("the snapshot on disk cannot be used", extra={"reason": str(error)})

    async def run(self) -> None:
        """Follow the control plane until cancelled."""
        pause_s = 0.0
        was_said = False
        while True:
            try:
                await self._ask_once()
                pause_s, was_said = 0.0, False
            except NoNews as error:
                # Both planes are often started together: then the server may take a moment, which is no news either.
                if not was_said and (self.confirmed_at or error.pause_s or pause_s >= _LONGEST_PAUSE_S):
                    was_said = True
                    log.warning("no news from the server; serving by what is known", extra={"reason": str(error)})
                pause_s = error.pause_s or min(_LONGEST_PAUSE_S, max(_FIRST_PAUSE_S, pause_s * 2))
                await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))  # noqa: S311 - spread, not a secret

    async def _ask_once(self) -> None:
        # Without a state there is nothing to wait for a change of.
        wait_s = self._wait_s if self.catalog is not None else 0.0
        asked_at = time.monotonic()
        try:
            async with asyncio.timeout(wait_s + _GRACE_S):
                query = {"have": str(self.revision), "wait_s": f"{wait_s:g}"}
                request = self._client.get(self._url).query(query).headers(self._headers).build()
                response = await request.send()
                body = (await response.bytes()).to_bytes()
        except (PyreqwestError, TimeoutError) as error:
            raise NoNews(f"the server does not answer: {error}") from error
        if response.status in _UNCHANGED:
            self.confirmed_at = time.monotonic()
            if self.confirmed_at - asked_at < wait_s / 2:
                await asyncio.sleep(_FIRST_PAUSE_S)  # a server that does not wait must not be asked in a tight loop
            return
        if response.status != _OK:
            raise NoNews(
                f"the server answered {response.status}", _REFUSED_PAUSE_S if response.status in {401, 403} else 0.0
            )
        try:
            # Templates are compiled beside the calls that are served meanwhile, not before them.
            fresh = await asyncio.to_thread(self._read, body)
        except InvalidInput as error:
            raise NoNews(error.message, _REFUSED_PAUSE_S) from error
        self._use(fresh)
        self.confirmed_at = time.monotonic()
        await asyncio.to_thread(self._keep, body)

    def _read(self, body: bytes) -> Catalog:
        return catalog.build(snapshot.decode(body), self._box, self.catalog)

    def _use(self, fresh: Catalog) -> None:
        self.catalog = fresh
        log.info("applied a snapshot", extra={"revision": fresh.revision})

    def _keep(self, body: bytes) -> None:
        try:
            _write_whole(self._path, body)
        except OSError as error:
            log.warning("the snapshot could not be kept on disk", extra={"reason": error.strerror or str(error)})


def _write_whole(path: Path, body: bytes) -> None:
    """Write a file so that whoever reads it, even after a crash, finds the old content or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with fresh.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
