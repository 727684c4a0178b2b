"""How many spans of applications a second a collector really stores: ours, then its peers, in the same run.

To each of them the same two senders post the same batches over OTLP/HTTP, protobuf (`bench.payload`, `bench.senders`).
What counts is what a reader finds: rows are counted until everything that was acknowledged is there, or a minute has
passed, and the rate is that of the rows over all this time. Then it is loaded again, told to stop (SIGTERM) and killed
one second later; what was acknowledged and is not there when it has started anew is lost.
"""

import http.client
import os
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import payload
from bench.collectors import PEERS, Collector, Trimtab
from bench.peers import PeerMissing
from bench.process import memory_mb, moment, tree
from bench.senders import COUNT, Senders, Sent, post
from trimtab.storage.warehouse import open_warehouse

_BATCHES = 64
_DRAIN_S = 60.0
_LONE_BATCHES = 3


def measure(*, seconds: float, peers: bool, say: Any = print) -> dict[str, Any]:
    """Return the figures of each collector, or why there are none, and what was sent."""
    batches = payload.batches(_BATCHES)
    found: dict[str, Any] = {
        **moment(),
        "sent": {
            "seconds": seconds,
            "senders": COUNT,
            "spans_in_a_batch": payload.SPANS,
            "bytes_per_span": round(sum(len(each.encoded) for each in batches) / len(batches) / payload.SPANS),
            "zlib_makes_it_smaller_by": payload.compressibility(batches),
        },
        "peers": [each.requirement for each in PEERS],
        "collectors": {},
        "left_out": {} if peers else {each.name: "not asked for" for each in PEERS},
    }
    kinds: list[type[Collector]] = [Trimtab, *(PEERS if peers else ())]
    for kind in kinds:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / kind.name
            folder.mkdir()
            file = Path(temporary) / "batches"
            payload.write(batches, file)
            try:
                found["collectors"][kind.name] = _Run(kind(folder), file, seconds).figures()
            except (PeerMissing, RuntimeError) as error:
                if kind is Trimtab:
                    raise
                found["left_out"][kind.name] = str(error)[-400:]
            say(f"otlp: {kind.name}: {found['collectors'].get(kind.name) or found['left_out'][kind.name]}")
    return found


@dataclass
class _Run:
    """One collector, from its first start to the count after it was killed."""

    collector: Collector
    batches: Path
    seconds: float
    acknowledged: int = 0

    def figures(self) -> dict[str, Any]:
        """Return everything that is measured."""
        started = time.perf_counter()
        self.collector.start()
        try:
            found: dict[str, Any] = {"start_s": round(time.perf_counter() - started, 1)}
            found["idle_memory_mb"] = _memory_mb(self.collector)
            found["lone_batch_queryable_after_s"] = self._lone()
            found |= self._load()
            trace_ids = self._strike()
        except BaseException:
            self.collector.stop()
            raise
        return found | self._after(trace_ids)

    def _lone(self) -> float | None:
        """Return the median time from the answer until the trace is found, None when it is longer than a minute."""
        batch = payload.read(self.batches)[0]
        chance = random.Random(time.time_ns())
        times = []
        for _ in range(_LONE_BATCHES):
            copy = batch.copy(chance)
            connection = http.client.HTTPConnection("127.0.0.1", self.collector.door.port, timeout=60)
            answer = post(connection, self.collector.door.headers, copy.body)
            connection.close()
            if answer.status != 200:
                raise RuntimeError(f"{self.collector.name} answers {answer.status} to a batch: {answer.body[:300]!r}")
            self.acknowledged += payload.SPANS
            times.append(self._wait([copy.trace_id], time.perf_counter()))
            if times[-1] is None or not self._all_there(time.perf_counter() + _DRAIN_S):
                return None
        return round(statistics.median(filter(None, times)), 3)

    def _load(self) -> dict[str, Any]:
        before_rows, before_cpu_s = self.collector.stored(), _cpu_s(self.collector)
        senders = Senders(self.collector.door, self.batches, self.seconds)
        started = time.perf_counter()
        senders.go()
        sent = senders.wait()
        ended = time.perf_counter()
        memory = _memory_mb(self.collector)
        self.acknowledged += sent.accepted
        queryable = self._wait([each[-1] for each in sent.trace_ids if each], ended)
        is_whole = self._all_there(ended + _DRAIN_S)
        took = time.perf_counter() - started
        rows = self.collector.stored() - before_rows
        cpu_s = _cpu_s(self.collector) - before_cpu_s
        latencies = sorted(sent.latencies_s)
        return {
            "accepted_spans_per_s": round(sent.accepted / (ended - started)),
            "stored_spans_per_s": round(rows / took),
            "accepted_spans": sent.accepted,
            "stored_spans": rows,
            "all_stored_after_s": round(took, 1) if is_whole else None,
            "last_batch_queryable_after_s": queryable,
            "post_p50_ms": _ms(latencies, 0.5),
            "post_p99_ms": _ms(latencies, 0.99),
            "refusals": sent.refusals,
            "rejected_spans": sent.rejected,
            "senders_ended": sent.ended,
            "cpu_ms_per_1000_spans": round(1_000_000 * cpu_s / max(1, rows)),
            "senders_share_of_a_core": round(sent.cpu_s / (ended - started), 3),
            "memory_mb": memory,
        }

    def _strike(self) -> list[str]:
        """Load it again and end it while it is at work; return the traces that it had acknowledged."""
        senders = Senders(self.collector.door, self.batches, self.seconds)
        senders.go()
        time.sleep(self.seconds / 2)
        self.collector.strike()
        sent: Sent = senders.wait()
        self.acknowledged += sent.accepted
        return [trace_id for each in sent.trace_ids for trace_id in each]

    def _after(self, trace_ids: list[str]) -> dict[str, Any]:
        """Count what is there at the next start, once it grows no more."""
        self.collector.start()
        try:
            self._all_there(time.perf_counter() + _DRAIN_S / 4)
            stored = self.collector.stored()
            missing = sum(not self.collector.shows(trace_id) for trace_id in trace_ids)
        finally:
            self.collector.stop()
        return {
            "acknowledged_until_killed": self.acknowledged,
            "stored_after_the_next_start": stored,
            # What was stored and not yet acknowledged must not make up for what is lost.
            "lost_spans": max(self.acknowledged - stored, missing * payload.SPANS_PER_TRACE, 0),
            "bytes_on_disk_per_span": self.collector.bytes_per_span(),
        }

    def _wait(self, trace_ids: list[str], since: float) -> float | None:
        """Return the seconds since then after which all these are found, None when it is more than a minute."""
        waiting = list(trace_ids)
        while True:
            waiting = [each for each in waiting if not self.collector.shows(each)]
            if not waiting:
                return round(time.perf_counter() - since, 3)
            if time.perf_counter() > since + _DRAIN_S:
                return None
            time.sleep(0.01)

    def _all_there(self, deadline: float) -> bool:
        """Say whether everything that was acknowledged is found by then."""
        while self.collector.stored() < self.acknowledged:
            if time.perf_counter() > deadline:
                return False
            time.sleep(0.1)
        return True


def report(figures: dict[str, Any]) -> list[str]:
    """Return the results as lines of Markdown: a row for each figure, a column for each collector."""
    sent, collectors = figures["sent"], figures["collectors"]
    lines = ["", "## Spans of applications over OTLP, beside peers", ""]
    lines.append(
        f"The same {sent['senders']} senders for {sent['seconds']:g} s: batches of {sent['spans_in_a_batch']} spans, "
        f"{sent['bytes_per_span']} bytes a span, which zlib makes {sent['zlib_makes_it_smaller_by']} times smaller. "
        f"Peers as they come, on SQLite: {', '.join(figures['peers'])}. "
        "Stored is what a reader finds; a dash: not within a minute. "
        f"Measured at {figures['measured_at']}, load average {figures['load_average_at_start']}."
    )
    lines.append("")
    lines += [f"- {name} is left out: {why}" for name, why in figures["left_out"].items()]
    cut_short = {name: each["senders_ended"] for name, each in collectors.items() if each["senders_ended"]}
    lines += [f"- {name}: a sender ended early: {why}" for name, why in cut_short.items()]
    lines += [""] if figures["left_out"] or cut_short else []
    columns = ["", *collectors, "ratio to the better peer"]
    lines += ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for name, is_more_better in _SHOWN.items():
        values = [collectors[each].get(name) for each in collectors]
        shown = ["-" if value is None else _text(value) for value in values]
        lines.append(
            f"| {name.replace('_', ' ')} | "
            + " | ".join([*shown, _ratio(values, is_more_better=is_more_better)])
            + " |"
        )
    return lines


_SHOWN: dict[str, bool | None] = {
    "stored_spans_per_s": True,
    "accepted_spans_per_s": True,
    "all_stored_after_s": None,
    "lone_batch_queryable_after_s": False,
    "last_batch_queryable_after_s": False,
    "lost_spans": None,
    "acknowledged_until_killed": None,
    "cpu_ms_per_1000_spans": False,
    "memory_mb": False,
    "idle_memory_mb": False,
    "bytes_on_disk_per_span": False,
    "post_p50_ms": False,
    "post_p99_ms": False,
    "refusals": None,
    "rejected_spans": None,
    "start_s": False,
    "senders_share_of_a_core": None,
}
"""What the table shows, and whether more of it is better; None where a ratio says nothing."""


def _ratio(values: list[Any], *, is_more_better: bool | None) -> str:
    """Say how many times better the first one is than the best of the others, by the worse of two figures."""
    ours, *others = [max(value.values()) if isinstance(value, dict) else value for value in values]
    measured = [value for value in others if value]
    if is_more_better is None or not ours or not measured:
        return ""
    ratio = ours / max(measured) if is_more_better else min(measured) / ours
    return f"{ratio:.3g}x"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in value.items())
    return str(value)


def _ms(ordered_s: list[float], share: float) -> float | None:
    return round(1000 * ordered_s[min(len(ordered_s) - 1, int(share * len(ordered_s)))], 1) if ordered_s else None


def _memory_mb(collector: Collector) -> float:
    """Return the memory of all its processes, what they share counted once (PSS)."""
    return round(sum(memory_mb(pid) for pid in tree(collector.running.pid)), 1)


def _cpu_s(collector: Collector) -> float:
    """Return the processor time of everything that runs, merges in the background and ended children with it."""
    ticks = 0
    for pid in tree(collector.running.pid):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def bytes_per_span(folder: Path) -> int:
    """Return what a span takes on disk with its ledger row, in parts that are in force: merged ones linger a while."""
    warehouse = open_warehouse("", folder)
    try:
        (row,) = warehouse.query(
            "SELECT sum(bytes_on_disk) / sumIf(rows, table = 'spans') AS found FROM system.parts "
            "WHERE active AND table IN ('spans', 'ledger')"
        )
    finally:
        warehouse.close()
    return int(row["found"])
