"""A process that writes batches until it is killed: `python writer.py write FOLDER FIRST` or `… count FOLDER`.

Batch number n has the same calls whoever makes it. Writing goes on from batch FIRST, which may have been stored in part
by a process that died; each acknowledged number is printed at once.
"""

import hashlib
import sys
from itertools import count
from pathlib import Path

import msgspec

from trimtab.base.clock import SystemClock
from trimtab.costs.service import PriceBook
from trimtab.llm import frames
from trimtab.llm.call import Attempt, Call
from trimtab.llm.usage import Usage, UsageSource
from trimtab.storage.warehouse import open_warehouse
from trimtab.traces.collector import CollectorService

CALLS = 50
_START_NS = 1_795_305_600_000_000_000  # 2026-11-22T00:00:00Z, so that even batches lie over a midnight


def _id(length: int, *parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:length]


def _call(batch: int, place: int) -> Call:
    at_ns = _START_NS + batch * 1_000_000 + place * 1000 - (86_400 * 10**9 if (batch + place) % 2 else 0)
    attempt = Attempt(
        span_id=_id(16, "attempt", batch, place),
        provider="openai",
        provider_kind="openai",
        model="gpt-4o",
        started_ns=at_ns,
        ended_ns=at_ns + 1,
        usage=Usage(input_uncached=1_000_000),
        usage_source=UsageSource.PROVIDER,
    )
    return Call(
        request_id=f"req-{batch}-{place}",
        project_id="prj_1",
        environment="production",
        key_id="key_1",
        trace_id=_id(32, batch, place),
        span_id=_id(16, "call", batch, place),
        started_ns=at_ns,
        ended_ns=at_ns + 1,
        input_messages=msgspec.json.encode([{"role": "user", "content": f"{batch} {place} " * 100}]),
        attempts=[attempt],
    )


def write(folder: Path, first: int) -> None:
    """Write batches for ever."""
    warehouse = open_warehouse("", folder / "warehouse")
    collector = CollectorService(warehouse, PriceBook(), SystemClock(), folder / "dead-letters")
    for batch in count(first):
        body = b"".join(frames.encode(msgspec.msgpack.encode(_call(batch, place))) for place in range(CALLS))
        receipt = collector.accept(body, replay=batch == first)
        assert receipt.accepted == CALLS, receipt
        print(batch, flush=True)


def tally(folder: Path) -> None:
    """Print what is stored, doubles counted: rows, different rows, and dollars."""
    warehouse = open_warehouse("", folder / "warehouse")
    (spans,) = warehouse.query("SELECT count() AS rows, uniqExact(span_id) AS spans FROM spans")
    (ledger,) = warehouse.query(
        "SELECT count() AS rows, uniqExact(span_id) AS spans, sum(cost_usd) AS cost FROM ledger"
    )
    (calls,) = warehouse.query("SELECT groupArray(request_id) AS ids FROM (SELECT DISTINCT request_id FROM spans)")
    warehouse.close()
    print(
        msgspec.json.encode(
            {
                "spans": [spans["rows"], spans["spans"]],
                "ledger": [ledger["rows"], ledger["spans"]],
                "cost": str(ledger["cost"]),
                "calls": calls["ids"],
            }
        ).decode()
    )


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        tally(Path(sys.argv[2]))
