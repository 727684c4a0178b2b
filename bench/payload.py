"""What an application sends: batches of 512 spans in traces of five, an agent with three model calls and a tool.

Texts are drawn from 30,000 words as unevenly as people use theirs, so that they compress about as real ones do. A batch
is encoded once. Each copy of it that goes out has trace, span and response ids and times that no other has, which are
written over the old ones: that costs the sender a few milliseconds, so that it does not compete with what it measures.
"""

import functools
import io
import itertools
import json
import pickle
import random
import struct
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

SPANS = 512
"""In one batch."""
_KINDS = ("agent", "chat", "chat", "chat", "tool")
SPANS_PER_TRACE = len(_KINDS)
TRACES = -(-SPANS // SPANS_PER_TRACE)
_VOCABULARY = 30_000
_FIXED64 = struct.Struct("<Q")
_WORDS_IN, _WORDS_OUT = 112, 66


@dataclass(frozen=True, slots=True)
class Batch:
    """A request as it is sent, and where in it lies what each copy has of its own."""

    encoded: bytes
    traces: list[list[int]]
    """For each trace, where its id stands."""
    spans: list[list[int]]
    """For each span, where its id stands: its own, and those of its children that name it."""
    responses: list[int]
    """Where the 16 digits of each response's id stand."""
    times: list[tuple[int, int]]
    """Where each time stands, and how many nanoseconds it is before the moment of sending."""

    def copy(self, chance: random.Random) -> "Copy":
        """Return the batch with ids that no other has, as of now."""
        body = bytearray(self.encoded)
        fresh = io.BytesIO(chance.randbytes(16 * len(self.traces) + 8 * (len(self.spans) + len(self.responses))))
        trace_ids = [fresh.read(16) for _ in self.traces]
        for places, trace_id in zip(self.traces, trace_ids, strict=True):
            for at in places:
                body[at : at + 16] = trace_id
        for places in self.spans:
            span_id = fresh.read(8)
            for at in places:
                body[at : at + 8] = span_id
        for at in self.responses:
            body[at : at + 16] = fresh.read(8).hex().encode()
        now_ns = time.time_ns()
        for at, before_ns in self.times:
            _FIXED64.pack_into(body, at, now_ns - before_ns)
        return Copy(body, trace_ids[0].hex())


@dataclass(frozen=True, slots=True)
class Copy:
    """One request, ready to be sent."""

    body: bytearray
    trace_id: str
    """Of its first trace."""


def batches(count: int, seed: int = 7) -> list[Batch]:
    """Return as many batches, the same for the same seed."""
    chance = random.Random(seed)
    return [batch(chance) for _ in range(count)]


def batch(chance: random.Random) -> Batch:
    """Return one batch."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.append(_attribute("service.name", "bench"))
    spans = group.scope_spans.add().spans
    now_ns = time.time_ns()
    for first in range(0, SPANS, SPANS_PER_TRACE):
        trace_id, root_id = chance.randbytes(16), chance.randbytes(8)
        began_ns = now_ns - chance.randrange(5 * 10**9, 15 * 10**9)
        step_ns = chance.randrange(10**8, 10**9)
        for place, kind in enumerate(_KINDS[: SPANS - first]):
            span = spans.add(
                trace_id=trace_id,
                span_id=root_id if place == 0 else chance.randbytes(8),
                parent_span_id=b"" if place == 0 else root_id,
                start_time_unix_nano=began_ns + place * step_ns,
                end_time_unix_nano=began_ns + (SPANS_PER_TRACE if place == 0 else place + 1) * step_ns,
            )
            fill(span, kind, chance)
    return _located(request, now_ns)


def compressibility(of: list[Batch]) -> float:
    """Return how many times smaller zlib makes one of them."""
    return round(len(of[0].encoded) / len(zlib.compress(of[0].encoded, 6)), 2)


def write(of: list[Batch], file: Path) -> None:
    """Keep batches for the senders."""
    file.write_bytes(pickle.dumps(of))


def read(file: Path) -> list[Batch]:
    """Return batches that were kept."""
    found: list[Batch] = pickle.loads(file.read_bytes())
    return found


def _located(request: ExportTraceServiceRequest, now_ns: int) -> Batch:
    """Find in the encoded request what copies change. Fields are encoded in the order of their numbers."""
    encoded = request.SerializeToString()
    traces: dict[bytes, list[int]] = {}
    own: dict[bytes, list[int]] = {}
    responses: list[int] = []
    times: list[tuple[int, int]] = []
    at = 0

    def after(value: bytes) -> int:
        nonlocal at
        found: int = encoded.index(value, at)
        at = found + len(value)
        return found

    for span in request.resource_spans[0].scope_spans[0].spans:
        traces.setdefault(span.trace_id, []).append(after(span.trace_id))
        own[span.span_id] = [after(span.span_id)]
        if span.parent_span_id:
            own[span.parent_span_id].append(after(span.parent_span_id))
        both = (span.start_time_unix_nano, span.end_time_unix_nano)
        times += [(after(_FIXED64.pack(at_ns)), now_ns - at_ns) for at_ns in both]
        if span.kind:
            responses.append(after(b"chatcmpl-") + len(b"chatcmpl-"))
    return Batch(encoded, list(traces.values()), list(own.values()), responses, times)


def fill(span: Any, kind: str, chance: random.Random) -> None:
    """Give a span the attributes of an `agent`, a `tool` or a `chat`, and what was said."""
    if kind == "agent":
        span.name = "invoke_agent helper"
        values: dict[str, Any] = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper"}
    elif kind == "tool":
        span.name = "execute_tool look_up"
        values = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look_up"}
    else:
        span.name = "chat gpt-4o"
        span.kind = 3
        values = {
            "gen_ai.response.id": f"chatcmpl-{chance.getrandbits(64):016x}",
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.response.model": "gpt-4o-2024-08-06",
            "gen_ai.usage.input_tokens": chance.randrange(100, 2000),
            "gen_ai.usage.output_tokens": chance.randrange(10, 500),
            "gen_ai.request.temperature": 0.2,
            "server.address": "api.openai.com",
        }
    values |= {
        "gen_ai.input.messages": _messages("user", _WORDS_IN, chance),
        "gen_ai.output.messages": _messages("assistant", _WORDS_OUT, chance),
        "user.id": f"user-{chance.randrange(500)}",
        "session.id": f"session-{chance.randrange(5000)}",
    }
    span.attributes.extend(_attribute(name, value) for name, value in values.items())


def _messages(role: str, words: int, chance: random.Random) -> str:
    vocabulary, weights = _vocabulary()
    text = " ".join(chance.choices(vocabulary, cum_weights=weights, k=words))
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


@functools.cache
def _vocabulary() -> tuple[list[str], list[float]]:
    """Return words of one to four syllables, and the running sums of how often each is used (Zipf's law)."""
    chance = random.Random(3)
    beginnings = [
        "b",
        "br",
        "d",
        "f",
        "fl",
        "g",
        "h",
        "k",
        "l",
        "m",
        "n",
        "p",
        "pr",
        "qu",
        "r",
        "s",
        "st",
        "t",
        "th",
        "w",
    ]
    middles, ends = "aeiou", ["", "n", "r", "s"]
    words: dict[str, None] = {}
    while len(words) < _VOCABULARY:
        syllables = range(chance.choices((1, 2, 3, 4), (1, 4, 4, 2))[0])
        words["".join(chance.choice(beginnings) + chance.choice(middles) + chance.choice(ends) for _ in syllables)] = (
            None
        )
    # The most frequent words of a language are its short ones.
    ordered = sorted(words, key=lambda word: len(word) + 6 * chance.random())
    return ordered, list(itertools.accumulate(1 / (rank + 2.7) for rank in range(_VOCABULARY)))


def _attribute(name: str, value: Any) -> KeyValue:
    found = KeyValue(key=name)
    if isinstance(value, str):
        found.value.string_value = value
    elif isinstance(value, int):
        found.value.int_value = value
    else:
        found.value.double_value = value
    return found
