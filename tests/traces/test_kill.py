"""What was acknowledged is durable: a writer is killed in the middle of its work, again and again."""

import random
import subprocess
import sys
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

_HERE = Path(__file__).parent
_CALLS = _HERE / "writer.py"
_SPANS = _HERE / "otlp" / "writer.py"
_CALLS_A_BATCH = 50
_TRACES_A_BATCH = 20
_KILLS = 20


def _write_until_killed(writer: Path, how: str, folder: Path, first: int, chance: random.Random) -> int:
    """Run a writer, kill it at a random moment, and return the number of the last batch that it acknowledged."""
    command = [sys.executable, str(writer), how, str(folder), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        last = int(process.stdout.readline())
        threading.Timer(chance.uniform(0.0, 0.4), process.kill).start()
        # What was printed before the kill is read to the end: it was acknowledged.
        for line in process.stdout:
            if line.endswith("\n"):
                last = int(line)
    return last


def _stored(writer: Path, folder: Path) -> dict[str, Any]:
    answer = subprocess.run([sys.executable, str(writer), "count", str(folder)], stdout=subprocess.PIPE, check=True)
    stored: dict[str, Any] = msgspec.json.decode(answer.stdout)
    return stored


@pytest.mark.chaos
def test_twenty_kills_lose_no_acknowledged_call_and_double_none(tmp_path: Path) -> None:
    chance = random.Random(20)  # noqa: S311 - when to kill, no secret
    last = -1
    for _ in range(_KILLS):
        last = _write_until_killed(_CALLS, "write", tmp_path, last + 1, chance)
    stored = _stored(_CALLS, tmp_path)
    acknowledged = {f"req-{batch}-{place}" for batch in range(last + 1) for place in range(_CALLS_A_BATCH)}
    assert acknowledged <= set(stored["calls"])
    # At most the one batch that was under way at the last kill is there beside them.
    assert len(stored["calls"]) <= len(acknowledged) + _CALLS_A_BATCH
    assert stored["spans"][0] == stored["spans"][1] >= 2 * len(acknowledged)
    assert stored["ledger"][0] == stored["ledger"][1] >= len(acknowledged)
    assert Decimal(stored["cost"]) == Decimal("2.5") * stored["ledger"][1]


@pytest.mark.chaos
def test_twenty_kills_lose_no_acknowledged_span_and_double_none_at_any_pace(tmp_path: Path) -> None:
    chance = random.Random(21)  # noqa: S311 - when to kill, no secret
    last, left = -1, 0
    for number in range(_KILLS):
        last = _write_until_killed(_SPANS, "hurry" if number % 2 else "write", tmp_path, last + 1, chance)
        left += any((tmp_path / "journal").glob("*.rows"))
    assert left, "no kill came between an answer and the insert that it promised"
    stored = _stored(_SPANS, tmp_path)
    # At most the one batch that was under way at the last kill is there beside those that were acknowledged.
    acknowledged = (last + 1) * _TRACES_A_BATCH
    assert acknowledged <= stored["calls"] <= acknowledged + _TRACES_A_BATCH
    assert acknowledged <= stored["roots"] <= acknowledged + _TRACES_A_BATCH
    assert stored["counted"] == stored["calls"]
    assert acknowledged <= stored["rows"] <= stored["calls"]
    assert Decimal(stored["cost"]) == Decimal("2.5") * stored["rows"]
    # Only calls whose root has not come stand for their traces.
    assert stored["stand_ins"] <= 2 * _TRACES_A_BATCH
