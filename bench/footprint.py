"""Time from `trimtab up` to ready, and the idle memory of each process."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.process import command_of, memory_mb, tree
from bench.stack import trimtab


def measure(*, starts: int) -> dict[str, Any]:
    """Start on a fresh folder and then again on the same one; memory is taken ten seconds after the last start."""
    fresh: list[float] = []
    again: list[float] = []
    processes: list[dict[str, Any]] = []
    for _ in range(starts):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            with trimtab(folder) as stack:
                fresh.append(stack.ready_s)
            with trimtab(folder) as stack:
                again.append(stack.ready_s)
                time.sleep(10)
                pids = tree(stack.running.pid)
                processes = [{"process": command_of(pid), "pss_mb": round(memory_mb(pid), 1)} for pid in pids]
    return {
        "first_start_to_ready_s": round(statistics.median(fresh), 2),
        "later_start_to_ready_s": round(statistics.median(again), 2),
        "idle_pss_mb": round(sum(each["pss_mb"] for each in processes), 1),
        "processes": processes,
    }
