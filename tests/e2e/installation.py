"""The real thing: `trimtab up` in a data folder of its own, on free ports, as a user would start it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from openai import OpenAI

from trimtab.server import first_run
from trimtab.server.first_run import Handover

PASSWORD = "a long enough password"
EMAIL = "admin@trimtab.local"

T = TypeVar("T")


def eventually(probe: Callable[[], T | None], what: str, within_s: float = 20.0) -> T:
    """Return the first answer of `probe` that says something, or fail once the time is over."""
    deadline = time.monotonic() + within_s
    while True:
        if answer := probe():
            return answer
        assert time.monotonic() < deadline, f"waited {within_s} s for {what}"
        time.sleep(0.02)


class Installation:
    """One data folder, and the processes that run on it while it is started."""

    def __init__(self, folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        """Prepare to run on `folder`, with more arguments for `trimtab up`."""
        self.data = folder / "data"
        self.output = folder / "output"
        self._arguments = arguments
        self._environment = environment or {}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._api: httpx2.Client | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The supervisor."""
        assert self._process is not None, "not started"
        return self._process

    def start(self, *, wait: bool = True) -> "Installation":
        """Start, and wait until it says that it is ready."""
        started_from = self.output.stat().st_size if self.output.exists() else 0
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "trimtab.cli.main", "up", "--data", str(self.data), *self._arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={**clean_environment(), "TRIMTAB_ADMIN_PASSWORD": PASSWORD, **self._environment},
            )
        if wait:
            eventually(lambda: self._is_ready(started_from), f"ready in:\n{self.text()}", within_s=60)
        return self

    def _is_ready(self, started_from: int) -> bool:
        text = self.output.read_bytes()[started_from:]
        assert self.process.poll() is None, f"it ended:\n{text.decode()}"
        return b"| ready in " in text and b"Ctrl-C stops everything" in text

    def stop(self) -> int:
        """Stop as Ctrl-C does, and return the exit status."""
        if self._api is not None:
            self._api.close()
            self._api = None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=40)

    def end(self) -> None:
        """End whatever still runs."""
        if self._api is not None:
            self._api.close()
        if self._process is None or self._process.poll() is not None:
            return
        children = self.children()
        self._process.kill()
        self._process.wait()
        for pid in children:
            _kill(pid)

    def text(self) -> str:
        """Return all that was printed."""
        return self.output.read_text() if self.output.exists() else ""

    @property
    def handover(self) -> Handover:
        """What the first start left in `cli.json`."""
        found = first_run.read(self.data)
        assert found is not None, self.text()
        return found

    @property
    def gateway_url(self) -> str:
        """Where the gateway is."""
        return self.handover.gateway_url

    @property
    def project(self) -> str:
        """The path of the first project in the API."""
        return f"/api/v1/projects/{self.handover.project_id}"

    @property
    def api(self) -> httpx2.Client:
        """A browser in which the admin has signed in."""
        if self._api is None:
            self._api = httpx2.Client(base_url=self.handover.server_url, timeout=20)
            answer = self._api.post("/api/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            self._api.headers["x-csrf-token"] = answer.json()["csrf_token"]
        return self._api

    def get(self, path: str, **query: Any) -> Any:
        """Return what the project's API answers to a GET."""
        answer = self.api.get(self.project + path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return what the project's API answers to a POST."""
        answer = self.api.post(self.project + path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def openai(self, *, key: str = "", timeout_s: float = 30.0) -> OpenAI:
        """Return the real, unmodified SDK, pointed at the gateway."""
        return OpenAI(
            base_url=f"{self.gateway_url}/v1",
            api_key=key or self.handover.api_key,
            max_retries=0,
            timeout=timeout_s,
        )

    def children(self) -> list[int]:
        """Return every process below the supervisor, masters before their workers."""
        return descendants(self.process.pid)

    def pids(self, module: str) -> list[int]:
        """Return the processes whose command line names a module, such as `trimtab.server.main`."""
        return [pid for pid in self.children() if module in command_line(pid)]


def clean_environment() -> dict[str, str]:
    """Return the environment without what it says of Trimtab, and with compiled modules as on a user's machine."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TRIMTAB_") and name != "PYTHONDONTWRITEBYTECODE"
    }


def descendants(pid: int) -> list[int]:
    """Return the processes below `pid`, parents before their children."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in _read(task).split():
            found += [int(child), *descendants(int(child))]
    return found


def command_line(pid: int) -> str:
    """Return a process's command line, empty once it is gone."""
    return _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ")


def is_running(pid: int) -> bool:
    """Say whether a process lives; one that has ended and waits to be reaped does not."""
    status = re.search(r"^State:\s+(\w)", _read(Path(f"/proc/{pid}/status")), re.MULTILINE)
    return status is not None and status[1] not in "ZX"


def answers(url: str) -> bool:
    """Say whether a health check passes."""
    try:
        return httpx2.get(url, timeout=2).status_code == 200
    except httpx2.HTTPError:
        return False


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
