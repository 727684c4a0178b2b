"""A process that stores batches until it is killed: `python writer.py write FOLDER FIRST` or `… count FOLDER`.

`… hurry FOLDER FIRST` does the same as if batches came at a pace at which they are journaled before they are stored.

Batch number n has the same spans whoever makes it. Each number that was acknowledged is printed at once; batch FIRST
may have been stored in part by a process that died.
"""

import hashlib
import sys
from itertools import count
from pathlib import Path

import msgspec

from trimtab.base.clock import SystemClock
from trimtab.costs.service import PriceBook
from trimtab.storage.warehouse import open_warehouse
from trimtab.storage.warehouse.intake import Intake
from trimtab.traces.correlation import Correlation
from trimtab.traces.ingest_counts import IngestCounts
from trimtab.traces.ingest_policy import IngestPolicy
from trimtab.traces.otlp.batch import Batch
from trimtab.traces.otlp.value import Span
from trimtab.traces.receiver import Admission, ReceiverService
from trimtab.traces.recovery import mender
from trimtab.traces.refused import RefusedItems
from trimtab.traces.sender import Sender

TRACES = 20
_START_NS = 1_795_305_600_000_000_000
_CALL = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 1_000_000,
    "gen_ai.usage.output_tokens": 0,
}


def _id(length: int, *parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:length]


def _spans(batch: int) -> list[Span]:
    """Return the calls of this batch's traces, and the roots of those of the batch before: they come late."""
    spans = []
    for place in range(TRACES):
        at_ns = _START_NS + batch * 1_000_000 + place * 1000
        for trace, is_root in ((batch, False), (batch - 1, True)):
            root = _id(16, "root", trace, place)
            spans.append(
                Span(
                    trace_id=_id(32, trace, place),
                    span_id=root if is_root else _id(16, "call", trace, place),
                    parent_span_id="" if is_root else root,
                    name="root" if is_root else "call",
                    start_ns=at_ns - 1_000_000 if is_root else at_ns,
                    end_ns=at_ns + 500,
                    attributes={"gen_ai.operation.name": "invoke_agent"} if is_root else dict(_CALL),
                )
            )
    return spans


class _Nowhere:
    def project_named(self, organisation_id: str, name: str) -> str | None:
        raise AssertionError((organisation_id, name))


class _Usual:
    def of(self, project_id: str) -> IngestPolicy:
        assert project_id
        return IngestPolicy()


def write(folder: Path, first: int, *, calm_rows_per_s: int) -> None:
    """Store batches for ever."""
    warehouse, clock = open_warehouse("", folder / "warehouse"), SystemClock()
    correlation = Correlation(warehouse, clock)
    receiver = ReceiverService(
        warehouse,
        PriceBook(),
        clock,
        correlation,
        RefusedItems(folder / "refused", clock),
        Intake(warehouse, folder / "journal", clock, mend=mender(correlation), calm_rows_per_s=calm_rows_per_s),
        Admission(policies=_Usual(), outcomes=IngestCounts(warehouse, clock), destinations=_Nowhere()),
    )
    for batch in count(first):
        receipt = receiver.receive(Sender(project_id="prj_1"), "traces", Batch(spans=_spans(batch)))
        assert receipt.rejected == 0, receipt
        print(batch, flush=True)


def tally(folder: Path) -> None:
    """Print what a reader sees: spans by name, roots, calls, dollars."""
    warehouse, clock = open_warehouse("", folder / "warehouse"), SystemClock()
    intake = Intake(warehouse, folder / "journal", clock, mend=mender(Correlation(warehouse, clock)))
    intake.recover()
    intake.close()
    (spans,) = warehouse.query(
        "SELECT countIf(name = 'root') AS roots, countIf(name = 'call') AS calls, countIf(is_root) AS marked,"
        " countIf(is_root AND name = 'call') AS stand_ins, countIf(is_call) AS counted FROM spans FINAL"
    )
    (ledger,) = warehouse.query("SELECT count() AS rows, sum(cost_usd) AS cost FROM ledger FINAL")
    warehouse.close()
    print(msgspec.json.encode(spans | {"rows": ledger["rows"], "cost": str(ledger["cost"])}).decode())


if __name__ == "__main__":
    if sys.argv[1] == "count":
        tally(Path(sys.argv[2]))
    else:
        write(Path(sys.argv[2]), int(sys.argv[3]), calm_rows_per_s=0 if sys.argv[1] == "hurry" else 10**9)
