"""Spans a second from the spool to queryable: real calls, drained by the shipper, priced and stored by the server.

The gateway is loaded for some seconds; the clock runs from the first call until the ledger has a row for the last.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.gateway import Case, Target, load
from bench.process import free_port, start, wait_for_port
from bench.stack import Stack, add_fake_provider, trimtab


def measure(*, seconds: float) -> dict[str, Any]:
    """Return stored spans a second, and how long after the last call everything was queryable."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        port = free_port()
        upstream = start([sys.executable, "-m", "bench.upstream", "--port", str(port)], log=folder / "upstream.log")
        try:
            wait_for_port(port, upstream, 20)
            with trimtab(folder) as stack:
                add_fake_provider(stack, port)
                return _measure(stack, seconds)
        finally:
            upstream.stop()


def _measure(stack: Stack, seconds: float) -> dict[str, Any]:
    time.sleep(1)  # what the set-up called is stored by then, and is not counted below
    before = _stored(stack)
    started = time.perf_counter()
    result = load(Target("trimtab", stack.gateway_port, stack.key), Case(32, 1_000, stream=False), seconds)
    loaded = time.perf_counter()
    calls: int = result["calls"]
    deadline = loaded + 120
    while (stored := _stored(stack) - before) < calls and time.perf_counter() < deadline:
        time.sleep(0.05)
    done = time.perf_counter()
    spans_a_call = 2
    return {
        "calls": calls,
        "calls_stored": stored,
        "calls_per_s_under_load": result["calls_per_s"],
        "spans_per_s_stored": round(spans_a_call * stored / (done - started), 1),
        "queryable_after_last_call_s": round(done - loaded, 2),
    }


def _stored(stack: Stack) -> int:
    count: int = stack.call("GET", "/overview")["totals"]["requests"]
    return count
