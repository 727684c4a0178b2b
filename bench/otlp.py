"""Spans of applications a second, durable: OTLP over HTTP, protobuf, as an SDK's exporter sends them.

Two senders post batches of 512 spans to a real server in a process of its own: traces of one agent, three model calls
and a tool, 1.5 kB a span on the wire. An answer counts only once it has come: it means that the batch is stored.
"""

import http.client
import json
import os
import random
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from bench.process import memory_mb, tree
from bench.stack import Stack, trimtab
from trimtab.storage.warehouse import open_warehouse

BATCH = 512
_SENDERS = 2
_WORDS = "the quick brown fox jumps over a lazy dog while seven wizards brew potions of jade".split()  # noqa: SIM905 - one line


def measure(*, seconds: float) -> dict[str, Any]:
    """Return durable spans a second, how soon they can be seen, and bytes on disk for each."""
    with tempfile.TemporaryDirectory() as temporary:
        with trimtab(Path(temporary)) as stack:
            found = _measure(stack, seconds)
            data = stack.data
        return found | {"disk_bytes_per_span": bytes_per_span(data / "warehouse")}


def _measure(stack: Stack, seconds: float) -> dict[str, Any]:
    chance = random.Random(7)
    bodies = [batch(chance) for _ in range(40)]
    before_s = _server_cpu_s(stack)
    results: list[list[float]] = [[] for _ in range(_SENDERS)]
    started = time.perf_counter()
    deadline = started + seconds
    threads = [
        threading.Thread(target=_send, args=(stack, bodies, deadline, found, chance.random())) for found in results
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    latencies = sorted(latency for found in results for latency in found)
    spans = len(latencies) * BATCH
    return {
        "spans": spans,
        "spans_per_s": round(spans / took),
        "bytes_per_span_on_the_wire": round(sum(map(len, bodies)) / len(bodies) / BATCH),
        "post_p50_ms": round(1000 * latencies[len(latencies) // 2], 1),
        "post_p99_ms": round(1000 * latencies[int(len(latencies) * 0.99)], 1),
        "server_cpu_ms_per_1000_spans": round(1_000_000 * (_server_cpu_s(stack) - before_s) / max(1, spans), 1),
        "server_memory_mb": round(max(memory_mb(pid) for pid in tree(stack.running.pid)), 1),
        "queryable_after_s": _queryable_after(stack, bodies[0]),
    }


def _send(stack: Stack, bodies: list[bytes], deadline: float, found: list[float], seed: float) -> None:
    chance = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", _port(stack), timeout=60)
    headers = {"authorization": f"Bearer {stack.key}", "content-type": "application/x-protobuf"}
    while time.perf_counter() < deadline:
        body = renewed(chance.choice(bodies), chance)
        started = time.perf_counter()
        connection.request("POST", "/v1/traces", body, headers)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 200, (answer.status, said)
        assert not said, said
        found.append(time.perf_counter() - started)


def _queryable_after(stack: Stack, body: bytes) -> float:
    request = ExportTraceServiceRequest.FromString(renewed(body, random.Random(time.time_ns())))
    trace_id = request.resource_spans[0].scope_spans[0].spans[0].trace_id.hex()
    connection = http.client.HTTPConnection("127.0.0.1", _port(stack), timeout=60)
    headers = {"authorization": f"Bearer {stack.key}", "content-type": "application/x-protobuf"}
    connection.request("POST", "/v1/traces", request.SerializeToString(), headers)
    connection.getresponse().read()
    started = time.perf_counter()
    while not stack.call("GET", f"/traces?q={trace_id}")["items"]:
        time.sleep(0.005)
    return round(time.perf_counter() - started, 3)


def _server_cpu_s(stack: Stack) -> float:
    """Return the processor time of everything that runs, the engine's merges in the background with it."""
    ticks = 0
    for pid in tree(stack.running.pid):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
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
    return round(row["found"])


def _port(stack: Stack) -> int:
    return int(stack.server_url.rpartition(":")[2])


_PLACES = 5


def batch(chance: random.Random) -> bytes:
    """Return a request whose ids begin with marks, so that copies with other ids cost the sender nothing."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.append(_attribute("service.name", "bench"))
    spans = group.scope_spans.add().spans
    now_ns = time.time_ns()
    for number in range(BATCH):
        place = number % _PLACES
        trace = number // _PLACES
        span = spans.add(
            trace_id=b"TRACE" + trace.to_bytes(3, "big") + b"\0" * 8,
            span_id=b"SP" + place.to_bytes(1, "big") + trace.to_bytes(2, "big") + b"\0" * 3,
            parent_span_id=b"" if place == 0 else b"SP" + bytes(1) + trace.to_bytes(2, "big") + b"\0" * 3,
            start_time_unix_nano=now_ns - chance.randrange(10**9),
            end_time_unix_nano=now_ns,
        )
        _fill(span, place, chance)
    return request.SerializeToString()


def _fill(span: Any, place: int, chance: random.Random) -> None:
    def text(words: int) -> str:
        return " ".join(chance.choices(_WORDS, k=words))

    def messages(role: str, words: int) -> str:
        return json.dumps([{"role": role, "parts": [{"type": "text", "content": text(words)}]}])

    if place == 0:
        span.name = "invoke_agent helper"
        values: dict[str, Any] = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper"}
    elif place == 4:
        span.name = "execute_tool look_up"
        values = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look_up"}
    else:
        span.name = "chat gpt-4o"
        span.kind = 3
        values = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2024-08-06",
            "gen_ai.response.id": f"chatcmpl-{chance.getrandbits(64):016x}",
            "gen_ai.usage.input_tokens": chance.randrange(100, 2000),
            "gen_ai.usage.output_tokens": chance.randrange(10, 500),
            "gen_ai.request.temperature": 0.2,
            "server.address": "api.openai.com",
        }
    values |= {"gen_ai.input.messages": messages("user", 130), "gen_ai.output.messages": messages("assistant", 80)}
    values |= {"user.id": f"user-{chance.randrange(500)}", "session.id": f"session-{chance.randrange(5000)}"}
    for name, value in values.items():
        span.attributes.append(_attribute(name, value))


def _attribute(name: str, value: Any) -> KeyValue:
    found = KeyValue(key=name)
    if isinstance(value, str):
        found.value.string_value = value
    elif isinstance(value, int):
        found.value.int_value = value
    else:
        found.value.double_value = value
    return found


def renewed(body: bytes, chance: random.Random) -> bytes:
    """Return the batch with ids that no other batch has."""
    traces = b"T" + chance.randbytes(4)
    return (
        body.replace(b"TRACE", traces)
        .replace(b"\x12\x08SP", b"\x12\x08" + traces[1:3])
        .replace(b"\x22\x08SP", b"\x22\x08" + traces[1:3])
    )


def disk_bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total
