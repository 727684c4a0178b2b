"""What was acknowledged is durable: a receiver is killed in the middle of its work, again and again."""

import random
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

_WRITER = Path(__file__).with_name("writer.py")
_TRACES = 20
_KILLS = 20


def _write_until_killed(folder: Path, first: int, chance: random.Random) -> int:
    """Run a writer, kill it at a random moment, and return the number of the last batch that it acknowledged."""
    command = [sys.executable, str(_WRITER), "write", str(folder), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        last = int(writer.stdout.readline())
        threading.Timer(chance.uniform(0.0, 0.4), writer.kill).start()
        for line in writer.stdout:
            if line.endswith("\n"):
                last = int(line)
    return last


@pytest.mark.chaos
def test_twenty_kills_lose_no_acknowledged_span_and_double_none(tmp_path: Path) -> None:
    chance = random.Random(21)  # noqa: S311 - when to kill, no secret
    last = -1
    for _ in range(_KILLS):
        last = _write_until_killed(tmp_path, last + 1, chance)
    answer = subprocess.run(
        [sys.executable, str(_WRITER), "count", str(tmp_path)], stdout=subprocess.PIPE, check=True
    ).stdout
    stored = msgspec.json.decode(answer)
    # At most the one batch that was under way at the last kill is there beside those that were acknowledged.
    acknowledged = (last + 1) * _TRACES
    assert acknowledged <= stored["calls"] <= acknowledged + _TRACES
    assert acknowledged <= stored["roots"] <= acknowledged + _TRACES
    assert stored["counted"] == stored["calls"]
    assert acknowledged <= stored["rows"] <= stored["calls"]
    assert Decimal(stored["cost"]) == Decimal("2.5") * stored["rows"]
    # Only calls whose root has not come stand for their traces.
    assert stored["stand_ins"] <= 2 * _TRACES
