"""Fills a warehouse with realistic rows at the speed of the engine: it makes them itself, from numbers.

`python -m bench.scale_rows FOLDER PROJECT SPANS UNTIL_NS`: a week of calls up to the given moment. Of the spans, half
are agents' traces of five (the agent, three calls of a model, a tool) and half are calls through the gateway, of two.
About 1.5 kB of text each, of a vocabulary whose words are as unevenly common as real ones. Runs in a process of its
own, since one process owns the folder.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from trimtab.storage.warehouse import open_warehouse
from trimtab.storage.warehouse.port import DEFAULT_LIMITS, Limits, Warehouse

DAYS: Final = 7
RARE_WORD: Final = "zyzzyva"
"""Stands in the messages of one trace in fifty thousand."""

_DAY_NS: Final = 86_400_000_000_000
_CHUNK_SPANS: Final = 60_000
_CONSONANTS: Final = "bcdfghklmnprstvw"
_WORDS: Final = [
    first + vowel + second + end for first in _CONSONANTS for vowel in "aeio" for second in _CONSONANTS for end in "aeo"
]

_PRICES: Final = {"gpt-4o": (2.5, 10), "gpt-4o-mini": (0.15, 0.6), "claude-sonnet-4": (3, 15), "o3": (2, 8)}
_MODELS: Final = [*_PRICES, "house-model"]
"""The last one has no price."""


def _chance(salt: str, most: int) -> str:
    """Return the text for a number below `most` that each span has by chance, the same each time."""
    return f"(cityHash64(serial, '{salt}') % {most})"


def _of_trace(salt: str, most: int) -> str:
    return f"(cityHash64(trace, '{salt}') % {most})"


def _pick(values: list[str], index: str) -> str:
    return f"{values!r}[1 + {index}]"


def _text(salt: str, words: str) -> str:
    """Return the text for some words; half of all words are one of sixty."""
    unevenly = f"toUInt32(pow((cityHash64(serial, place, '{salt}') % 1000000) / 1000000, 5.6) * {len(_WORDS)})"
    return f"arrayStringConcat(arrayMap(place -> vocabulary[1 + {unevenly}], range({words})), ' ')"


def _hex(expression: str) -> str:
    return f"lower(leftPad(hex({expression}), 16, '0'))"


_RARE: Final = f"if(trace % 50000 = 7 AND is_first, ' {RARE_WORD}', '')"
_MODEL_OF: Final = f"if({_chance('model', 100)} < 98, {_chance('which', 4)}, 4)"

# Read by both tables; `serial` numbers the spans, `trace` the traces, `place` the spans of a trace.
_FACTS: Final = f"""
    SELECT *,
        {_hex("cityHash64(trace, is_agent, 1)")} || {_hex("cityHash64(trace, is_agent, 2)")} AS of_trace,
        {_hex("cityHash64(serial, is_agent, 3)")} AS of_span,
        {_hex("cityHash64(serial - place, is_agent, 3)")} AS of_root,
        place = 0 AS is_first, if(is_agent, place IN (1, 2, 3), place = 1) AS asks_model,
        multiIf(asks_model, 'model', NOT is_agent, '', place = 0, 'agent', 'tool') AS kind_of_work,
        {_pick(_MODELS, f"({_MODEL_OF})")} AS asked,
        {_pick(["openai", "openai", "anthropic", "openai", "house"], f"({_MODEL_OF})")} AS asked_at,
        100 + {_chance("input", 3000)} AS read_tokens, 10 + {_chance("output", 700)} AS written_tokens,
        transform(asked, {list(_PRICES)!r}, {[price for price, _ in _PRICES.values()]!r}, 0.0) AS usd_in,
        transform(asked, {list(_PRICES)!r}, {[price for _, price in _PRICES.values()]!r}, 0.0) AS usd_out,
        if(asked = 'house-model', NULL,
            toDecimal128(round(read_tokens * usd_in + written_tokens * usd_out, 4), 12) / 1000000) AS usd,
        {_chance("error", 100)} < 3 AS has_failed,
        50000000 + toUInt64(pow({_chance("duration", 1000)} / 1000, 6) * 30000000000) AS took_ns
"""

_SPAN: Final[dict[str, str]] = {
    "trace_id": "of_trace",
    "span_id": "of_span",
    "parent_span_id": "if(is_first, '', of_root)",
    "request_id": "if(is_agent, '', 'req_' || substring(of_trace, 1, 26))",
    "started_at": "fromUnixTimestamp64Nano(at_ns + place * 1000000, 'UTC')",
    "duration_ns": "if(is_first, took_ns * if(is_agent, 4, 1) + 5000000, took_ns)",
    "ttft_ns": "if(asks_model AND serial % 2 = 0, toNullable(intDiv(took_ns, 5)), NULL)",
    "name": "multiIf(kind_of_work = 'agent', 'invoke_agent helper', kind_of_work = 'tool', 'execute_tool look_up',"
    " 'chat ' || asked)",
    "kind": "multiIf(asks_model, 'client', is_agent, 'internal', 'server')",
    "operation": "multiIf(kind_of_work = 'agent', 'invoke_agent', kind_of_work = 'tool', 'execute_tool', 'chat')",
    "status": "if(has_failed, 'error', 'ok')",
    "status_message": "if(has_failed, 'the upstream did not answer in time', '')",
    "error_code": "if(has_failed, 'timeout', '')",
    "requested_model": "if(asks_model OR NOT is_agent, asked, '')",
    "stream": "serial % 2 = 0",
    "cost_usd": "if(asks_model OR NOT is_agent, usd, NULL)",
    "cost_source": "if(asked = 'house-model', 'none', 'provider')",
    "attributes": "map('gen_ai.system', asked_at, 'gen_ai.request.model', asked, 'server.address', 'api.example.org',"
    " 'gen_ai.request.temperature', '0.2', 'http.route', '/chat/' || toString(trace % 20),"
    " 'service.name', 'shop', 'service.version', '1.' || toString(trace % 7), 'retries', toString(serial % 4))",
    "events": "'[]'",
    "input_messages": '\'[{"role":"user","parts":[{"type":"text","content":"\' || said || \'"}]}]\'',
    "output_messages": '\'[{"role":"assistant","parts":[{"type":"text","content":"\' || answered || \'"}]}]\'',
    "parameters": "'{\"temperature\":0.2}'",
    "input_preview": "substring(said, 1, 200)",
    "output_preview": "substring(answered, 1, 200)",
    "search_text": "said || '\\n' || answered",
    "source": "if(is_agent, 'otlp', 'gateway')",
    "dialect": "if(is_agent, 'gen_ai', '')",
    "scope": "if(is_agent, 'opentelemetry.instrumentation.openai', '')",
    "role": "kind_of_work",
    "response_id": "if(asks_model, 'chatcmpl-' || of_span, '')",
    "is_root": "is_first",
    "is_call": "if(is_agent, asks_model, is_first)",
}

_LEDGER: Final[dict[str, str]] = {
    "trace_id": "of_trace",
    "span_id": "of_span",
    "call_span_id": "if(is_agent, of_span, of_root)",
    "request_id": "if(is_agent, '', 'req_' || substring(of_trace, 1, 26))",
    "called_at": "fromUnixTimestamp64Nano(at_ns + if(is_agent, place, 0) * 1000000, 'UTC')",
    "at": "fromUnixTimestamp64Nano(at_ns + place * 1000000, 'UTC')",
    "service_tier": "''",
    "cost_usd": "usd",
    "price_source": "if(asked = 'house-model', 'none', 'provider')",
    "price_version": "'genai-prices 2026-11-01'",
    "price_lines": '\'[{"bucket":"input_uncached","tokens":\' || toString(read_tokens) ||'
    ' \',"usd_per_million":"2.5","cost_usd":"\' || toString(read_tokens * 25 / 10000000) || \'"}]\'',
    "formula": "toString(read_tokens) || ' x 2.5 + ' || toString(written_tokens) || ' x 10'",
}

_ON_BOTH: Final[dict[str, str]] = {
    "environment": _pick(["production", "production", "production", "staging"], _of_trace("environment", 4)),
    "key_id": "'key_' || toString(trace % 5)",
    "feature": _pick(["chat", "search", "summary", "triage", "draft"], _of_trace("feature", 5)),
    "user_id": f"'user-' || toString({_of_trace('user', 20_000)})",
    "session_id": f"'session-' || toString(intDiv(trace, 8) * 20000 + {_of_trace('user', 20_000)} % 3)",
    "team": _pick(["red", "green", "blue"], _of_trace("team", 3)),
    "prompt_name": f"'support/answer-' || toString({_of_trace('prompt', 40)})",
    "prompt_version": f"1 + {_of_trace('version', 6)}",
    "provider": "if(asks_model OR NOT is_agent, asked_at, '')",
    "provider_kind": "if(asks_model OR NOT is_agent, asked_at, '')",
    "model": "if(asks_model OR NOT is_agent, asked, '')",
    "response_model": "if(asks_model OR NOT is_agent, asked || '-2026-08-06', '')",
    "outcome": "if(has_failed, 'timeout', 'ok')",
    "status_code": "if(has_failed, 504, 200)",
    "input_uncached": "if(asks_model OR NOT is_agent, read_tokens, 0)",
    "cache_read": "if(asks_model OR NOT is_agent, intDiv(read_tokens, 4), 0)",
    "output_text": "if(asks_model OR NOT is_agent, written_tokens, 0)",
    "usage_source": "'provider'",
}


@dataclass(frozen=True)
class _Kind:
    """A kind of trace: an agent's, or one call through the gateway."""

    spans: int
    is_agent: bool


@dataclass(frozen=True)
class _Stretch:
    """Traces one after the other from a moment on."""

    traces: int
    serial: int
    at_ns: int
    step_ns: int


_AGENT: Final = _Kind(spans=5, is_agent=True)
_GATEWAY: Final = _Kind(spans=2, is_agent=False)


def fill(warehouse: Warehouse, project_id: str, spans: int, until_ns: int) -> Iterator[int]:
    """Write a week of about this many spans with their ledger and scores; yield how many are written, now and then."""
    first_ns = until_ns - DAYS * _DAY_NS
    for made in range(0, spans, _CHUNK_SPANS):
        here = min(_CHUNK_SPANS, spans - made)
        at_ns = first_ns + DAYS * _DAY_NS * made // spans
        for kind in (_AGENT, _GATEWAY):
            traces = here // 2 // kind.spans
            step_ns = DAYS * _DAY_NS * here // spans // max(1, traces)
            _write(warehouse, project_id, kind, _Stretch(traces=traces, serial=made, at_ns=at_ns, step_ns=step_ns))
        yield made + here
    warehouse.command(
        f"INSERT INTO scores (project_id, score_id, trace_id, span_id, at, name, value, label, source) "
        f"SELECT project_id, concat('sco_', span_id), trace_id, span_id, started_at, 'faithfulness', "
        f"(cityHash64(span_id) % 100) / 100, '', 'judge' FROM spans "
        f"WHERE project_id = '{project_id}' AND cityHash64(span_id) % 200 = 0"
    )
    _settle(warehouse)


def _settle(warehouse: Warehouse) -> None:
    """Make one part of each day that is over and index its texts, as a running server does within about an hour."""
    days = warehouse.query(
        "SELECT DISTINCT table, partition FROM system.parts WHERE active AND table IN ('spans', 'ledger') "
        "AND partition < toString(today()) ORDER BY table, partition"
    )
    for day in days:
        warehouse.command(f"OPTIMIZE TABLE {day['table']} PARTITION '{day['partition']}' FINAL")
        if day["table"] == "spans":
            warehouse.command(
                f"ALTER TABLE spans MATERIALIZE INDEX search_text_ngrams IN PARTITION '{day['partition']}' "
                "SETTINGS mutations_sync = 1"
            )


def _write(warehouse: Warehouse, project_id: str, kind: _Kind, stretch: _Stretch) -> None:
    numbers = (
        f"SELECT intDiv(number, {kind.spans}) + {stretch.serial} AS trace, number % {kind.spans} AS place, "
        f"number + {stretch.serial} AS serial, {int(kind.is_agent)} AS is_agent, "
        f"toInt64({stretch.at_ns} + intDiv(number, {kind.spans}) * {stretch.step_ns}) AS at_ns "
        f"FROM numbers({stretch.traces * kind.spans})"
    )
    facts = f"{_FACTS} FROM ({numbers})"
    said = f"{_text('said', '100 + ' + _chance('long', 60))} || {_RARE}"
    texts = f"SELECT *, {said} AS said, {_text('answered', '80')} AS answered FROM ({facts})"
    for table, columns, rows in (
        ("spans", _SPAN, texts),
        ("ledger", _LEDGER, f"SELECT * FROM ({facts}) WHERE asks_model"),
    ):
        shown = columns | _ON_BOTH
        warehouse.command(
            f"INSERT INTO {table} (project_id, {', '.join(shown)}) WITH {_WORDS!r} AS vocabulary "
            f"SELECT '{project_id}', {', '.join(shown.values())} FROM ({rows})"
        )


def main() -> None:
    """Fill the folder named on the command line, and say how far it is."""
    folder, project_id, spans, until_ns = sys.argv[1:5]
    warehouse = open_warehouse("", Path(folder), Limits(memory_bytes=DEFAULT_LIMITS.memory_bytes, time_s=600))
    try:
        for made in fill(warehouse, project_id, int(spans), int(until_ns)):
            print(made, flush=True)
    finally:
        warehouse.close()


if __name__ == "__main__":
    main()
