"""Gateway throughput and added latency: direct, through Trimtab with everything on, and through LiteLLM's proxy.

Everything on means: key check, snapshot, ledger, spool, shipping and a live server that prices and stores every call.
Client, fake upstream, gateway and server share the machine's cores. The three are measured in turn within each round,
so that noise of the machine meets all alike, each only when the one before it has nothing left to do; figures are
medians over the rounds.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers import PeerMissing, litellm_proxy
from bench.process import free_port, start, wait_for_port
from bench.stack import add_fake_provider, trimtab, wait_until_delivered

Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One cell of the matrix."""

    connections: int
    body_bytes: int
    stream: bool

    @property
    def name(self) -> str:
        kind = "stream" if self.stream else "plain"
        return f"{kind}, {self.connections} connection{'s' * (self.connections > 1)}, {self.body_bytes // 1000} kB"


CASES = [
    Case(connections, body_bytes, stream)
    for stream in (False, True)
    for body_bytes in (1_000, 100_000)
    for connections in (1, 32)
]


@dataclass(frozen=True)
class Target:
    """What a round is sent to."""

    name: str
    port: int
    key: str
    settle: Callable[[], None] = lambda: None
    """Waits until nothing of the target works on behind, so that the next one has the cores for itself."""


def measure(*, seconds: float, rounds: int, say: Callable[[str], None]) -> list[Row]:
    """Return one row for each case with the figures of each target."""
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        upstream_port = free_port()
        upstream = start(
            [sys.executable, "-m", "bench.upstream", "--port", str(upstream_port)], log=folder / "upstream.log"
        )
        stack.callback(upstream.stop)
        wait_for_port(upstream_port, upstream, 20)
        ours = stack.enter_context(trimtab(folder))
        add_fake_provider(ours, upstream_port)
        targets = [
            Target("direct", upstream_port, "none"),
            Target("trimtab", ours.gateway_port, ours.key, lambda: wait_until_delivered(ours)),
        ]
        try:
            port = free_port()
            _, key = stack.enter_context(litellm_proxy(port=port, upstream_port=upstream_port, folder=folder))
            targets.append(Target("litellm", port, key))
        except (PeerMissing, RuntimeError) as reason:
            say(f"LiteLLM is left out: {reason}")
        for target in targets:
            load(target, CASES[0], 1.0)
        return [_row(case, targets, seconds, rounds, say) for case in CASES]


def _row(case: Case, targets: list[Target], seconds: float, rounds: int, say: Callable[[str], None]) -> Row:
    seen: dict[str, list[Row]] = {target.name: [] for target in targets}
    for _ in range(rounds):
        for target in targets:
            seen[target.name].append(load(target, case, seconds))
            target.settle()
    figures = {name: _medians(runs) for name, runs in seen.items()}
    direct = figures["direct"]
    for name, figure in figures.items():
        if name != "direct":
            for key in ("p50_ms", "p99_ms", "first_p50_ms"):
                if figure[key] is not None and direct[key] is not None:
                    figure[f"added_{key}"] = round(figure[key] - direct[key], 3)
    say(f"{case.name}: " + "; ".join(f"{name} {figure['calls_per_s']}/s" for name, figure in figures.items()))
    return {"case": case.name, **figures}


def load(target: Target, case: Case, seconds: float) -> Row:
    """Load one target for some seconds from a process of its own."""
    command = [sys.executable, "-m", "bench.load", "--port", str(target.port), "--key", target.key]
    command += ["--connections", str(case.connections), "--seconds", str(seconds), "--body-bytes", str(case.body_bytes)]
    command += ["--stream"] if case.stream else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the load on {target.name} failed: {done.stderr[-500:]}")
    result: Row = json.loads(done.stdout)
    return result


def _medians(runs: list[Row]) -> Row:
    result: Row = {}
    for key in ("calls_per_s", "p50_ms", "p99_ms", "p99_9_ms", "first_p50_ms", "first_p99_ms"):
        values = [run[key] for run in runs if run[key] is not None]
        result[key] = round(statistics.median(values), 3) if values else None
    result["errors"] = sum(run["errors"] for run in runs)
    return result
