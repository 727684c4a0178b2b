"""The collectors that are measured beside each other: Trimtab, and its peers with what they come with, on SQLite.

Each keeps what it stores in a folder of its own, where its rows are counted: an acknowledgement proves nothing.
"""

import os
import signal
import sqlite3
import time
import urllib.error
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from bench import payload
from bench.peers import install
from bench.process import Running, free_port, start, tree
from bench.senders import Door
from bench.stack import Stack, trimtab, wait_until_ready
from trimtab.storage.warehouse import open_warehouse

_GRACE_S = 1.0


class Collector(ABC):
    """One collector on one folder, which it finds again when it starts anew."""

    name: str
    requirement: str
    """What is installed; empty for our own."""
    running: Running
    door: Door

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which exists and is empty."""
        self.folder = folder

    @abstractmethod
    def start(self) -> None:
        """Return when it takes spans.

        Raises:
            PeerMissing: it cannot be installed here.
            RuntimeError: it does not start; the message has the end of its log.
        """

    @abstractmethod
    def shows(self, trace_id: str) -> bool:
        """Say whether a reader finds the trace."""

    @abstractmethod
    def stored(self) -> int:
        """Return how many spans a reader finds."""

    @abstractmethod
    def bytes_per_span(self) -> dict[str, int]:
        """Return what a span takes on disk, by what is counted. It does not run meanwhile."""

    def stop(self) -> None:
        """Let it end in its own time."""
        self.running.stop(timeout_s=60)

    def strike(self) -> None:
        """Ask it to stop and kill all of it one second later, as an impatient operator does."""
        pids = tree(self.running.pid)
        os.killpg(self.running.pid, signal.SIGTERM)
        time.sleep(_GRACE_S)
        for pid in {*pids, *tree(self.running.pid)}:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.running.process.wait()


class Trimtab(Collector):
    """What this repository holds, the gateway beside it as always."""

    name = "trimtab"
    requirement = ""
    _stack: Stack

    def start(self) -> None:
        """Start `trimtab up --bare`."""
        self._life = ExitStack()
        self._stack = self._life.enter_context(trimtab(self.folder))
        self.running = self._stack.running
        port = int(self._stack.server_url.rpartition(":")[2])
        self.door = Door(port, {"authorization": f"Bearer {self._stack.key}"})

    def shows(self, trace_id: str) -> bool:
        """Ask the management API for the whole trace."""
        try:
            summary = self._stack.call("GET", f"/traces/{trace_id}/summary")
        except urllib.error.HTTPError as error:
            error.close()
            return False
        return bool(summary["span_count"] == payload.SPANS_PER_TRACE)

    def stored(self) -> int:
        """Count the traces that the list would show; all batches have as many."""
        since = {"from": (datetime.now(UTC) - timedelta(hours=2)).isoformat()}
        steps = self._stack.call("GET", f"/trace-histogram?{urlencode(since)}")["steps"]
        traces: int = sum(step["traces"] for step in steps)
        return traces * payload.SPANS // payload.TRACES

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        self._life.close()

    def strike(self) -> None:
        """Kill both planes and what started them."""
        super().strike()
        self._life.close()

    def bytes_per_span(self) -> dict[str, int]:
        """Count parts that are in force, of every table: as they lay there, merged, and with their index of texts."""
        warehouse = open_warehouse("", self.folder / "data" / "warehouse")
        count = (
            "SELECT sum(bytes_on_disk) AS bytes, sumIf(rows, table = 'spans') AS spans FROM system.parts "
            "WHERE active AND database = currentDatabase()"
        )

        def now() -> int:
            (found,) = warehouse.query(count)
            return int(found["bytes"] / found["spans"])

        try:
            found = {"as it lay": now()}
            warehouse.command("OPTIMIZE TABLE spans FINAL")
            warehouse.command("OPTIMIZE TABLE ledger FINAL")
            found["merged"] = now()
            # The one that the server makes in the background once enough rows lack it.
            warehouse.command("ALTER TABLE spans MATERIALIZE INDEX search_text_ngrams SETTINGS mutations_sync = 2")
            found["merged, texts indexed"] = now()
        finally:
            warehouse.close()
        return found


class _OnSqlite(Collector):
    """A peer that keeps its spans in one file of SQLite."""

    _database: str
    _health: str
    _count = "SELECT count(*) FROM spans"
    _find: str

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which exists and is empty."""
        super().__init__(folder)
        self._empty_bytes: int | None = None

    @abstractmethod
    def _command(self, port: int) -> tuple[list[str], Mapping[str, str]]:
        """Return what starts it, and its settings. Installs it if need be."""

    def start(self) -> None:
        """Start its server on one free port."""
        port = free_port()
        command, settings = self._command(port)
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        log = self.folder.parent / f"{self.name}.log"
        self.running = start(command, env={**kept, **settings}, log=log, cwd=self.folder)
        self.door = Door(port, self._headers())
        wait_until_ready(f"http://127.0.0.1:{port}{self._health}", self.running, timeout_s=180)
        if self._empty_bytes is None:
            self._empty_bytes = self._bytes()

    def _headers(self) -> Mapping[str, str]:
        return {}

    def shows(self, trace_id: str) -> bool:
        """Look for the trace with all its spans in the file, whatever its screens may show later."""
        return self._ask(self._find, trace_id) == payload.SPANS_PER_TRACE

    def stored(self) -> int:
        """Count the rows."""
        return self._ask(self._count)

    def bytes_per_span(self) -> dict[str, int]:
        """Count the file and its log of writes, less what they were when empty."""
        assert self._empty_bytes is not None
        return {"as it lay": round((self._bytes() - self._empty_bytes) / max(1, self.stored()))}

    def _bytes(self) -> int:
        return sum(file.stat().st_size for file in self.folder.glob(f"{self._database}*"))

    def _ask(self, sql: str, *values: str) -> int:
        database = sqlite3.connect(f"file:{self.folder / self._database}?mode=ro", uri=True, timeout=60)
        with closing(database):
            (count,) = database.execute(sql, values).fetchone()
        return int(count)


class Phoenix(_OnSqlite):
    """Arize Phoenix. Queues spans in memory when it has acknowledged them."""

    name = "phoenix"
    requirement = "arize-phoenix==20.26.1"
    _database = "phoenix.db"
    _health = "/healthz"
    _find = "SELECT count(*) FROM spans JOIN traces ON traces.id = spans.trace_rowid WHERE traces.trace_id = ?"

    def _command(self, port: int) -> tuple[list[str], Mapping[str, str]]:
        python = install(self.name, self.requirement)
        settings = {
            "PHOENIX_WORKING_DIR": str(self.folder),
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(port),
            "PHOENIX_GRPC_PORT": str(free_port()),
            "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        }
        return [str(python.parent / "phoenix"), "serve"], settings


class Mlflow(_OnSqlite):
    """MLflow's tracking server, with the four workers that it starts by itself."""

    name = "mlflow"
    requirement = "mlflow==3.17.2"
    _database = "mlflow.db"
    _health = "/health"
    _find = "SELECT count(*) FROM spans WHERE trace_id = 'tr-' || ?"

    def _headers(self) -> Mapping[str, str]:
        return {"x-mlflow-experiment-id": "0"}

    def _command(self, port: int) -> tuple[list[str], Mapping[str, str]]:
        python = install(self.name, self.requirement)
        command = [str(python.parent / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--backend-store-uri", f"sqlite:///{self.folder / self._database}"]
        command += ["--artifacts-destination", str(self.folder / "artifacts")]
        settings = {
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            # Its command starts workers by name.
            "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        }
        return command, settings


PEERS: tuple[type[Collector], ...] = (Phoenix, Mlflow)
