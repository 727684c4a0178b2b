"""A disk that is really full: the sender is told to come again, nothing acknowledged is lost, and it goes on after."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from tests.traces import payload
from tests.traces.payload import chat, request, span

_SERVER = Path(__file__).with_name("small_disk.py")
_ROOT = Path(__file__).resolve().parents[3]
_APART = ["unshare", "--user", "--map-root-user", "--mount"]
_SPANS_A_BATCH = 512
_WITHIN_S = 60


def _can_mount(folder: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    tried = subprocess.run([*_APART, "mount", "-t", "tmpfs", "tmpfs", str(folder)], capture_output=True, check=False)
    return tried.returncode == 0


@dataclass
class _Disk:
    """A server on a small disk, seen from without."""

    process: "subprocess.Popen[str]"
    known: dict[str, Any]

    def do(self, what: str) -> None:
        """Fill the disk, or make it free again."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def post(self, body: bytes) -> httpx2.Response:
        """Send spans."""
        headers = {"authorization": f"Bearer {self.known['api_key']}", "content-type": "application/x-protobuf"}
        return httpx2.post(
            f"http://127.0.0.1:{self.known['port']}/v1/traces", content=body, headers=headers, timeout=60
        )

    def calls(self) -> int:
        """Return how many calls a reader sees."""
        headers = {"authorization": f"Bearer {self.known['command_key']}"}
        url = f"http://127.0.0.1:{self.known['port']}/api/v1/projects/{self.known['project_id']}/overview"
        answer = httpx2.get(url, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["totals"]["requests"])


@contextmanager
def _small_disk(folder: Path) -> Iterator[_Disk]:
    log = folder.parent / "server.log"
    with (
        log.open("wb") as said,
        subprocess.Popen(
            [*_APART, sys.executable, str(_SERVER), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        known = process.stdout.readline()
        assert known, log.read_text()[-2000:]
        yield _Disk(process, msgspec.json.decode(known))
        assert process.stdin is not None
        process.stdin.close()


def _batch() -> bytes:
    said = "all of it is worth a word or two, " * 40
    messages = msgspec.json.encode([{"role": "user", "parts": [{"type": "text", "content": said}]}]).decode()
    spans = [span("chat", chat() | {"gen_ai.input.messages": messages}) for _ in range(_SPANS_A_BATCH)]
    return payload.protobuf(request(*spans))


@pytest.mark.chaos
def test_a_full_disk_is_503_loses_nothing_acknowledged_and_is_recovered_from(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    if not _can_mount(folder):
        pytest.skip("a disk of its own needs the right to mount one")
    with _small_disk(folder) as disk:
        bodies = [_batch() for _ in range(8)]
        for body in bodies[:5]:
            assert disk.post(body).status_code == 200
        disk.do("fill")
        # The first of them may find the last free page; then it is as safe as any.
        refused = [body for body in bodies[5:] if (answer := disk.post(body)).status_code != 200]
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), answer.text
        disk.do("free")
        deadline = time.monotonic() + _WITHIN_S
        for body in refused:
            while disk.post(body).status_code != 200:
                assert time.monotonic() < deadline, "the server did not recover"
        expected = len(bodies) * _SPANS_A_BATCH
        while (found := disk.calls()) != expected:
            assert found < expected, "something was doubled"
            assert time.monotonic() < deadline, f"{expected - found} calls are lost"
