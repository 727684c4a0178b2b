"""Writes spans and ledger entries as Arrow batches, and tells which of them are there already."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import attrgetter
from typing import Any, Final, Protocol

import msgspec
import pyarrow as pa

from trimtab.llm.usage import BUCKETS
from trimtab.storage.warehouse.grouped import Inserts
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.span import Dimensions, LedgerEntry, Span

_TIME = pa.timestamp("ns", "UTC")
_MONEY = pa.decimal128(38, 12)

_SPAN_TEXTS = (
    "project_id",
    "trace_id",
    "span_id",
    "parent_span_id",
    "request_id",
    "name",
    "kind",
    "operation",
    "status",
    "status_message",
    "error_code",
    "requested_model",
    "usage_source",
    "cost_source",
    "input_messages",
    "output_messages",
    "parameters",
    "variables",
    "input_preview",
    "output_preview",
    "search_text",
    "source",
    "dialect",
    "scope",
    "role",
    "response_id",
)

_LEDGER_TEXTS = (
    "project_id",
    "trace_id",
    "span_id",
    "call_span_id",
    "request_id",
    "service_tier",
    "usage_source",
    "price_source",
    "price_version",
    "price_lines",
    "formula",
)


_SPAN_COLUMNS: Final[dict[str, pa.DataType]] = dict.fromkeys(_SPAN_TEXTS, pa.string()) | {
    "started_ns": _TIME,
    "duration_ns": pa.uint64(),
    "ttft_ns": pa.uint64(),
    "stream": pa.bool_(),
    "is_root": pa.bool_(),
    "is_call": pa.bool_(),
    "cost_usd": _MONEY,
}
_LEDGER_COLUMNS: Final[dict[str, pa.DataType]] = dict.fromkeys(_LEDGER_TEXTS, pa.string()) | {
    "called_ns": _TIME,
    "at_ns": _TIME,
    "cost_usd": _MONEY,
}
_DIMENSION_COLUMNS: Final[dict[str, pa.DataType]] = dict.fromkeys(Dimensions.__struct_fields__, pa.string()) | {
    "prompt_version": pa.uint32(),
    "status_code": pa.uint16(),
    "is_sample": pa.bool_(),
}
_USAGE_COLUMNS: Final[dict[str, pa.DataType]] = dict.fromkeys(BUCKETS, pa.uint64())
_NAMES: Final = {"started_ns": "started_at", "called_ns": "called_at", "at_ns": "at"}
"""Of columns that are called otherwise than their fields."""


class _Identified(Protocol):
    @property
    def project_id(self) -> str: ...
    @property
    def span_id(self) -> str: ...


def insert_spans(warehouse: Inserts, spans: Sequence[Span]) -> None:
    """Append the spans; the same ones again change nothing."""
    if spans:
        table = _span_table(spans)
        warehouse.insert("spans", table, token=_token(table))


def insert_ledger(warehouse: Inserts, entries: Sequence[LedgerEntry]) -> None:
    """Append the ledger entries; the same ones again change nothing."""
    if entries:
        table = _ledger_table(entries)
        warehouse.insert("ledger", table, token=_token(table))


def warm() -> None:
    """Make an empty table now: the first one loads what takes pyarrow half a second."""
    _span_table([])


def known_spans(warehouse: Warehouse, spans: Sequence[Span]) -> set[tuple[str, str]]:
    """Return `(project, span id)` of those that are stored already."""
    if not spans:
        return set()
    times = [span.started_ns for span in spans]
    return _known(warehouse, "spans", "started_at", spans, (min(times), max(times)))


def known_entries(warehouse: Warehouse, entries: Sequence[LedgerEntry]) -> set[tuple[str, str]]:
    """Return `(project, span id)` of the ledger entries that are stored already."""
    if not entries:
        return set()
    times = [entry.called_ns for entry in entries]
    return _known(warehouse, "ledger", "called_at", entries, (min(times), max(times)))


def _known(
    warehouse: Warehouse, table: str, time: str, rows: Sequence[_Identified], bounds: tuple[int, int]
) -> set[tuple[str, str]]:
    found = warehouse.query(
        f"""
        SELECT DISTINCT project_id, span_id FROM {table}
        WHERE project_id IN {{projects:Array(String)}} AND span_id IN {{ids:Array(String)}}
          AND {time} >= fromUnixTimestamp64Nano({{first:Int64}}) AND {time} <= fromUnixTimestamp64Nano({{last:Int64}})
        """,  # noqa: S608 - table and column are ours
        {
            "projects": sorted({row.project_id for row in rows}),
            "ids": [row.span_id for row in rows],
            "first": bounds[0],
            "last": bounds[1],
        },
    )
    return {(row["project_id"], row["span_id"]) for row in found}


def _token(table: pa.Table) -> str:
    """Name a batch by its rows: the same rows have the same name, and a span that is reported anew has another."""
    digest = hashlib.sha256()
    for column in table.columns:
        for chunk in column.chunks:
            for buffer in chunk.buffers():
                if buffer is not None:
                    digest.update(buffer)
    return digest.hexdigest()


def _span_table(spans: Sequence[Span]) -> pa.Table:
    columns = _columns(spans, _SPAN_COLUMNS)
    columns["attributes"] = _maps([span.attributes for span in spans])
    columns["events"] = _column([_events(span) for span in spans], pa.string())
    return pa.table(columns | _shared(spans))


def _ledger_table(entries: Sequence[LedgerEntry]) -> pa.Table:
    return pa.table(_columns(entries, _LEDGER_COLUMNS) | _shared(entries))


def _events(span: Span) -> str:
    return msgspec.json.encode(span.events).decode() if span.events else "[]"


def _maps(dicts: Sequence[Mapping[str, str]]) -> pa.Array:
    """Return dicts as a column of maps, by its parts: a fifth of the time of handing over pairs."""
    offsets = [0, *accumulate(map(len, dicts))]
    keys = pa.array([key for found in dicts for key in found], pa.string())
    values = pa.array([value for found in dicts for value in found.values()], pa.string())
    return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), keys, values)


def _shared(rows: Sequence[Span] | Sequence[LedgerEntry]) -> dict[str, pa.Array]:
    dimensions = _columns([row.dimensions for row in rows], _DIMENSION_COLUMNS)
    return dimensions | _columns([row.usage for row in rows], _USAGE_COLUMNS)


def _columns(rows: Sequence[object], types: Mapping[str, pa.DataType]) -> dict[str, pa.Array]:
    """Return the fields of the rows as columns, all fields of a row read at once."""
    fields: Iterable[Sequence[Any]] = zip(*map(attrgetter(*types), rows), strict=True) if rows else [()] * len(types)
    return {
        _NAMES.get(name, name): _column(values, kind)
        for (name, kind), values in zip(types.items(), fields, strict=True)
    }


def _column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return values as a column; one value for all rows, as in most of the columns, is converted once."""
    if values and values[0] == values[-1] and values.count(values[0]) == len(values):
        return pa.repeat(pa.scalar(values[0], kind), len(values))
    return pa.array(values, kind)
