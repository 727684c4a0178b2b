"""What was acknowledged is durable: a writer is killed in the middle of its inserts, again and again."""

import random
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

_WRITER = Path(__file__).with_name("writer.py")
_CALLS = 50
_KILLS = 20


def _write_until_killed(folder: Path, first: int, chance: random.Random) -> int:
    """Run a writer, kill it at a random moment, and return the number of the last batch that it acknowledged."""
    with subprocess.Popen(
        [sys.executable, str(_WRITER), "write", str(folder), str(first)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        last = int(writer.stdout.readline())
        threading.Timer(chance.uniform(0.0, 0.3), writer.kill).start()
        # What was printed before the kill is read to the end: it was acknowledged.
        for line in writer.stdout:
            if line.endswith("\n"):
                last = int(line)
    return last


@pytest.mark.chaos
def test_twenty_kills_lose_no_acknowledged_call_and_double_none(tmp_path: Path) -> None:
    chance = random.Random(20)  # noqa: S311 - when to kill, no secret
    last = -1
    for _ in range(_KILLS):
        last = _write_until_killed(tmp_path, last + 1, chance)
    answer = subprocess.run(
        [sys.executable, str(_WRITER), "count", str(tmp_path)], stdout=subprocess.PIPE, check=True
    ).stdout
    stored = msgspec.json.decode(answer)
    acknowledged = {f"req-{batch}-{place}" for batch in range(last + 1) for place in range(_CALLS)}
    assert acknowledged <= set(stored["calls"])
    # At most the one batch that was under way at the last kill is there beside them.
    assert len(stored["calls"]) <= len(acknowledged) + _CALLS
    assert stored["spans"][0] == stored["spans"][1] >= 2 * len(acknowledged)
    assert stored["ledger"][0] == stored["ledger"][1] >= len(acknowledged)
    assert Decimal(stored["cost"]) == Decimal("2.5") * stored["ledger"][1]
