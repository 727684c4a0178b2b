"""Runs the whole of Trimtab as a user would, in a data folder of its own, for the time of a measurement."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.process import Running, free_port, start

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Stack:
    """A running Trimtab: where it is, and how to talk to it."""

    running: Running
    data: Path
    server_url: str
    gateway_port: int
    key: str
    command_key: str
    project_id: str
    ready_s: float

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the management API of the project: `path` is below `/api/v1/projects/{project_id}`."""
        request = urllib.request.Request(
            f"{self.server_url}/api/v1/projects/{self.project_id}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": f"Bearer {self.command_key}", "content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


def wait_until_delivered(stack: Stack, timeout_s: float = 120) -> None:
    """Return when every record of the gateway's one worker is stored, so that nothing of it runs on behind."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        figures = _figures(stack)
        if figures["records_shipped_total"] >= figures["records_written_total"]:
            return
        time.sleep(0.1)
    raise RuntimeError(f"records were not delivered within {timeout_s} s")


def _figures(stack: Stack) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{stack.gateway_port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    figures = {}
    for line in lines:
        name, _, value = line.rpartition(" ")
        if not line.startswith("#") and "le=" not in name:
            figures[name.partition("{")[0].removeprefix("trimtab_gateway_")] = float(value)
    return figures


@contextmanager
def trimtab(folder: Path, *, workers: int = 1, settings: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Start `trimtab up --bare` and yield when both planes say that they are ready; stop it at the end."""
    data = folder / "data"
    server_port, gateway_port = free_port(), free_port()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | dict(
        settings or {}
    )
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(ROOT / "src")], check=True)
    command = [sys.executable, "-m", "trimtab.server.up", "--bare", "--data", str(data), "--workers", str(workers)]
    command += ["--port", str(server_port), "--gateway-port", str(gateway_port)]
    started = time.perf_counter()
    running = start(command, log=folder / "trimtab.log", env=environment)
    try:
        for port in (server_port, gateway_port):
            wait_until_ready(f"http://127.0.0.1:{port}/health/ready", running)
        ready_s = time.perf_counter() - started
        settings = _wait_for_file(data / "cli.json")
        yield Stack(
            running=running,
            data=data,
            server_url=f"http://127.0.0.1:{server_port}",
            gateway_port=gateway_port,
            key=settings["api_key"],
            command_key=settings["command_key"],
            project_id=settings["project_id"],
            ready_s=ready_s,
        )
    finally:
        running.stop()


def add_fake_provider(stack: Stack, upstream_port: int) -> None:
    """Register the fake upstream as provider `fake` and return when the gateway answers through it."""
    body = {"name": "fake", "kind": "openai_compatible", "base_url": f"http://127.0.0.1:{upstream_port}/v1"}
    stack.call("POST", "/providers", body)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if _gateway_answers(stack):
            return
        time.sleep(0.05)
    raise RuntimeError("the gateway does not know the fake provider after ten seconds")


def _gateway_answers(stack: Stack) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.gateway_port}/v1/chat/completions",
        data=json.dumps({"model": "fake/fake", "messages": [{"role": "user", "content": "hello"}]}).encode(),
        headers={"authorization": f"Bearer {stack.key}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return False


def wait_until_ready(url: str, running: Running, timeout_s: float = 60) -> None:
    """Return when the address answers, and raise with the end of the log when it does not."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"{url} is not ready: {running.log.read_text(errors='replace')[-1500:]}")


def _wait_for_file(file: Path, timeout_s: float = 30) -> dict[str, str]:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if file.exists() and file.stat().st_size:
            settings: dict[str, str] = json.loads(file.read_text())
            return settings
        time.sleep(0.01)
    raise RuntimeError(f"{file.name} was not written")
