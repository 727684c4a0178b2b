"""Peers to measure beside Trimtab: each is installed into a virtual environment of its own below `.cache/peers`.

Nothing of a peer is committed; a peer that cannot be installed here is reported as missing, with the reason.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.process import Running, start, wait_for_port

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".cache" / "peers"
LITELLM = "litellm[proxy]==1.106.2"


class PeerMissing(Exception):  # noqa: N818 - it is a finding, not a failure of ours
    """The peer cannot be installed or started here; the message says why."""


def install(name: str, *requirements: str) -> Path:
    """Return the Python of the peer's environment, made on first use with everything compiled."""
    folder = PEERS / name
    python = folder / "bin" / "python"
    if (folder / ".complete").exists():
        return python
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise PeerMissing(f"pip could not install {', '.join(requirements)}: {lines[-1] if lines else 'no output'}")
    (folder / ".complete").touch()
    return python


@contextmanager
def litellm_proxy(*, port: int, upstream_port: int, folder: Path) -> Iterator[tuple[Running, str]]:
    """Run LiteLLM's proxy with one worker, its production settings and no database; yield it and its key.

    The opentelemetry packages are there because without them this version imports and fails on every request.
    """
    python = install("litellm", LITELLM, "httptools", "opentelemetry-api", "opentelemetry-sdk")
    key = "sk-" + secrets.token_hex(24)
    config = folder / "litellm.yaml"
    config.write_text(
        "model_list:\n"
        "  - model_name: fake/fake\n"
        "    litellm_params:\n"
        "      model: openai/fake\n"
        f"      api_base: http://127.0.0.1:{upstream_port}/v1\n"
        "      api_key: none\n"
        f"general_settings:\n  master_key: {key}\n"
        "litellm_settings:\n  num_retries: 0\n  telemetry: false\n"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOG": "ERROR",
    }
    command = [str(python.parent / "litellm"), "--config", str(config), "--port", str(port), "--host", "127.0.0.1"]
    running = start([*command, "--num_workers", "1"], env=environment, log=folder / "litellm.log")
    try:
        wait_for_port(port, running, timeout_s=90)
        yield running, key
    finally:
        running.stop()
