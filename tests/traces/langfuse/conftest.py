"""An application for each test, on one server for each file, and an old and the present client of Langfuse."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.conftest import Running
from tests.traces.application import Application, application, served

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]


@pytest.fixture(scope="module")
def address(shared_running: Running) -> Iterator[str]:
    with served(shared_running) as url:
        yield url


@pytest.fixture
def app(shared_running: Running, address: str) -> Iterator[Application]:
    with application(shared_running, address) as made:
        yield made


Client = Callable[[Application, str], str]
"""Runs a program with Langfuse's client in it against the server; returns what it prints."""


def _packages(name: str) -> Path:
    """Return a folder with the packages of a requirements file, made once: they are not for our own environment."""
    wanted = _HERE / "requirements" / f"{name}.txt"
    digest = hashlib.sha256(wanted.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = _ROOT / ".cache" / "clients" / f"{name}-{digest}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.mkdtemp(dir=folder.parent)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([*pip, "--no-warn-conflicts", "--target", made, "-r", str(wanted)], check=True)
        # Whoever else made it meanwhile made the same.
        try:
            Path(made).rename(folder)
        except OSError:
            assert folder.exists()
    return folder


def _client(name: str) -> Client:
    packages = _packages(name)

    def run(app: Application, program: str) -> str:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "LANGFUSE_"))}
        done = subprocess.run(
            [sys.executable, str(_HERE / "programs" / program)],
            env=kept
            | {
                "PYTHONPATH": str(packages),
                "LANGFUSE_HOST": app.address,
                "LANGFUSE_BASE_URL": app.address,
                "LANGFUSE_PUBLIC_KEY": "pk-lf-anything",
                "LANGFUSE_SECRET_KEY": app.key,
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert "rror" not in done.stderr, done.stderr[-3000:]
        return done.stdout

    return run


@pytest.fixture(scope="session")
def old_client() -> Client:
    """Give version 2, of which many applications still run."""
    return _client("langfuse-2")


@pytest.fixture(scope="session")
def present_client() -> Client:
    """Give version 5."""
    return _client("langfuse-5")
