"""Processes that send batches as an application's exporter does: one connection each, the next batch after the answer.

A collector that has no room (429 or 502 to 504) is offered the same batch again after the pause that it asks for, or
else after 1, 2, 4 and then 5 seconds. Run as a module, it is one sender: it says that it is ready, waits for a line on
its input, sends until its time is over or the collector is gone, and prints what it achieved.
"""

import http.client
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from bench import payload

COUNT = 2
"""How many there are."""
_NO_ROOM = (429, 502, 503, 504)
_LONGEST_PAUSE_S = 5.0
_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Door:
    """Where a collector takes spans, and what it wants to be told with them."""

    port: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Post:
    """What a collector answered."""

    status: int
    body: bytes
    retry_after_s: float | None = None


@dataclass(slots=True)
class Sent:
    """What one sender achieved, or several of them together."""

    accepted: int = 0
    """Spans that were acknowledged."""
    rejected: int = 0
    """Spans that the collector said it would not keep."""
    refusals: int = 0
    """Answers that said that there is no room."""
    latencies_s: list[float] = field(default_factory=list)
    """Of the posts that were accepted."""
    cpu_s: float = 0.0
    trace_ids: list[list[str]] = field(default_factory=list)
    """For each sender, one trace of each batch that was acknowledged, in this order."""
    ended: str = ""
    """Why it ended before its time."""

    def add(self, other: "Sent") -> None:
        """Count what another one achieved."""
        self.accepted += other.accepted
        self.rejected += other.rejected
        self.refusals += other.refusals
        self.latencies_s += other.latencies_s
        self.cpu_s += other.cpu_s
        self.trace_ids += other.trace_ids
        self.ended = self.ended or other.ended


class Senders:
    """Senders at work on one collector."""

    def __init__(self, door: Door, batches: Path, seconds: float) -> None:
        """Start them; each has its batches in memory when this returns."""
        self._processes = []
        for number in range(COUNT):
            order = {"door": asdict(door), "batches": str(batches), "seconds": seconds, "seed": time.time_ns() + number}
            command = [sys.executable, "-m", "bench.senders", json.dumps(order)]
            self._processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        for each in self._processes:
            assert _pipe(each.stdout).readline() == "ready\n", "a sender did not start; see above"

    def go(self) -> None:
        """Let them begin."""
        for each in self._processes:
            _pipe(each.stdin).write("go\n")
            _pipe(each.stdin).flush()

    def wait(self) -> Sent:
        """Return what they achieved together, once they have ended."""
        whole = Sent()
        for each in self._processes:
            said, _ = each.communicate()
            whole.add(Sent(**json.loads(said)))
        return whole


def post(connection: http.client.HTTPConnection, headers: Mapping[str, str], body: bytes | bytearray) -> Post:
    """Send one batch."""
    connection.request("POST", "/v1/traces", body, {"content-type": "application/x-protobuf", **headers})
    answer = connection.getresponse()
    said = answer.read()
    asked = answer.headers.get("retry-after", "")
    return Post(answer.status, said, float(asked) if asked.isdecimal() else None)


def send(door: Door, batches: list[payload.Batch], seconds: float, chance: random.Random) -> Sent:
    """Send until the time is over, or the collector is gone."""
    sent = Sent(trace_ids=[[]])
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=_TIMEOUT_S)
    deadline = time.perf_counter() + seconds
    at = chance.randrange(len(batches))
    try:
        while time.perf_counter() < deadline:
            # In turn, so that copies of a text lie far from each other wherever they are stored.
            at = (at + 1) % len(batches)
            _deliver(connection, door, batches[at].copy(chance), deadline, sent)
    except (OSError, http.client.HTTPException) as error:
        sent.ended = f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    used = resource.getrusage(resource.RUSAGE_SELF)
    sent.cpu_s = used.ru_utime + used.ru_stime
    return sent


def _deliver(
    connection: http.client.HTTPConnection, door: Door, copy: payload.Copy, deadline: float, sent: Sent
) -> None:
    pause_s = 1.0
    while True:
        started = time.perf_counter()
        answer = post(connection, door.headers, copy.body)
        if answer.status == 200:
            rejected = ExportTraceServiceResponse.FromString(answer.body).partial_success.rejected_spans
            sent.latencies_s.append(time.perf_counter() - started)
            sent.accepted += payload.SPANS - rejected
            sent.rejected += rejected
            sent.trace_ids[0].append(copy.trace_id)
            return
        if answer.status not in _NO_ROOM:
            raise http.client.HTTPException(f"{answer.status}: {answer.body[:200]!r}")
        sent.refusals += 1
        wait_s = pause_s if answer.retry_after_s is None else answer.retry_after_s
        if time.perf_counter() + wait_s >= deadline:
            time.sleep(max(0.0, deadline - time.perf_counter()))
            return
        time.sleep(wait_s)
        pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def main() -> None:
    """Be one sender."""
    order = json.loads(sys.argv[1])
    batches = payload.read(Path(order["batches"]))
    before = resource.getrusage(resource.RUSAGE_SELF)
    print("ready", flush=True)
    sys.stdin.readline()
    sent = send(Door(**order["door"]), batches, order["seconds"], random.Random(order["seed"]))
    sent.cpu_s -= before.ru_utime + before.ru_stime
    print(json.dumps(asdict(sent)))


if __name__ == "__main__":
    main()
