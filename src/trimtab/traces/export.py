"""The calls that fit a query as a file, made and sent page by page, so that its size takes no memory.

A file has at most `MOST_CALLS` calls; a larger result is refused before the first byte, not cut.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from trimtab.base import money
from trimtab.base.clock import Clock
from trimtab.base.errors import TooLarge
from trimtab.identity.access import ProjectAccess, Right
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces import show
from trimtab.traces.annotation import Annotation, Kind
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import TimeRange, from_ns_since_epoch, resolve
from trimtab.traces.service import Period, TraceService
from trimtab.traces.store import annotations, explore, remarks

MOST_CALLS: Final = 100_000
_PAGE: Final = 500
_TIME: Final = pa.timestamp("ns", "UTC")

Pages = Iterator[list[Row]]


class Form(StrEnum):
    """The form of the file."""

    JSONL = "jsonl"
    PARQUET = "parquet"


SCHEMA: Final = pa.schema(
    {
        **dict.fromkeys(("trace_id", "span_id", "request_id"), pa.string()),
        "started_at": _TIME,
        **dict.fromkeys(("name", "status", "outcome", "error_code"), pa.string()),
        "duration_ms": pa.float64(),
        "ttft_ms": pa.float64(),
        **dict.fromkeys(("model", "provider", "prompt_name"), pa.string()),
        "prompt_version": pa.int64(),
        **dict.fromkeys(("release_id", "arm", "environment", "feature"), pa.string()),
        **dict.fromkeys(("user_id", "session_id", "team", "source"), pa.string()),
        "stream": pa.bool_(),
        "is_sample": pa.bool_(),
        "input_tokens": pa.int64(),
        "output_tokens": pa.int64(),
        "cost_usd": pa.decimal128(38, 12),
        "cost_source": pa.string(),
        "attributes": pa.map_(pa.string(), pa.string()),
        "tags": pa.list_(pa.string()),
        **dict.fromkeys(("parameters", "input_messages", "output_messages"), pa.string()),
        **dict.fromkeys(("scores", "comments", "corrections"), pa.string()),
    }
)
"""The columns of a file, the same in every form. The last six are JSON: text in Parquet, values in JSONL."""

_JSON_COLUMNS: Final = frozenset(SCHEMA.names[-6:])


class ExportService:
    """Reads calls for a file. Needs the right to read."""

    def __init__(
        self, warehouse: Warehouse, clock: Clock, traces: TraceService, *, most_calls: int = MOST_CALLS
    ) -> None:
        """Read from `warehouse`; a file has at most `most_calls` calls."""
        self._most_calls = most_calls
        self._warehouse = warehouse
        self._clock = clock
        self._traces = traces

    def export(self, access: ProjectAccess, period: Period, wanted: CallFilter, form: Form) -> Iterator[bytes]:
        """Return the file in pieces, the newest call first.

        Raises:
            TooLarge: more calls fit than a file may have.
        """
        access.require(Right.READ)
        during = resolve(period.start, period.end, self._clock.now())
        found = explore.count(self._warehouse, access.project.id, during, wanted)
        if found > self._most_calls:
            raise TooLarge(
                f"{found} calls fit, and a file has at most {self._most_calls}",
                hint="Narrow the range or the filter, and export one part after the other.",
            )
        return _WRITERS[form](self._pages(access.project.id, during, wanted))

    def _pages(self, project_id: str, during: TimeRange, wanted: CallFilter) -> Pages:
        after = None
        while True:
            rows = explore.whole_calls(self._warehouse, project_id, during, wanted, after=after, limit=_PAGE)
            if rows:
                self._traces.add_sums(project_id, rows)
                said = self._said(project_id, rows)
                yield [_flat(row) | said[row["trace_id"]] for row in rows]
            if len(rows) < _PAGE:
                return
            after = (rows[-1]["started_ns"], rows[-1]["span_id"])

    def _said(self, project_id: str, rows: list[Row]) -> dict[str, Row]:
        """Return what people and scorers say about each of the traces."""
        times = [row["started_ns"] for row in rows]
        ids = sorted({row["trace_id"] for row in rows})
        during = TimeRange(min(times), max(times) + 1)
        spoken: dict[str, list[Annotation]] = {trace_id: [] for trace_id in ids}
        for each in annotations.of_traces(self._warehouse, project_id, ids, during):
            spoken[each.trace_id].append(each)
        judged = remarks.of_traces(self._warehouse, project_id, rows)
        return {
            trace_id: {
                "tags": sorted({each.text for each in found if each.kind is Kind.TAG}),
                "scores": _json(judged.get(trace_id, show.NO_REMARKS)["scores"]),
                "comments": _json([_remark(each) for each in found if each.kind is Kind.COMMENT]),
                "corrections": _json([_remark(each) for each in found if each.kind is Kind.CORRECTION]),
            }
            for trace_id, found in spoken.items()
        }


def _remark(said: Annotation) -> dict[str, object]:
    return {"span_id": said.span_id, "text": said.text, "author": said.author, "at": said.revised_at}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _flat(row: Row) -> Row:
    flat = {name: row[name] for name in SCHEMA.names if name in row}
    flat["started_at"] = row["started_ns"]
    flat["duration_ms"] = row["duration_ns"] / 1e6
    flat["ttft_ms"] = None if row["ttft_ns"] is None else row["ttft_ns"] / 1e6
    flat["attributes"] = dict(row["attributes"])
    flat["status"] = "error" if row["status"] == "error" else "ok"
    return flat


def _jsonl(pages: Pages) -> Iterator[bytes]:
    for page in pages:
        yield b"".join(msgspec.json.encode(_shown(row)) + b"\n" for row in page)


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(row)
    shown["started_at"] = from_ns_since_epoch(row["started_at"])
    shown["cost_usd"] = money.text(row["cost_usd"])
    return shown | {name: _value(row[name]) for name in _JSON_COLUMNS}


def _value(raw: str) -> object:
    """Return JSON text as it stands; what an application sent in another form, as text."""
    try:
        msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return raw or None
    return msgspec.Raw(raw.encode())


class _Outlet:
    """A file to write to, whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self._pending: list[bytes] = []
        self._position = 0
        self.closed = False

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer of pyarrow's
        self._pending.append(bytes(data))
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Nothing waits here for longer than until `take`."""

    def close(self) -> None:
        self.closed = True

    def take(self) -> bytes:
        taken = b"".join(self._pending)
        self._pending.clear()
        return taken


def _parquet(pages: Pages) -> Iterator[bytes]:
    outlet = _Outlet()
    with pq.ParquetWriter(pa.PythonFile(outlet, mode="w"), SCHEMA, compression="zstd") as writer:
        for page in pages:
            columns = {
                field.name: pa.array(
                    [
                        list(row["attributes"].items()) if field.name == "attributes" else row[field.name]
                        for row in page
                    ],
                    field.type,
                )
                for field in SCHEMA
            }
            writer.write_table(pa.table(columns, schema=SCHEMA))
            yield outlet.take()
    yield outlet.take()


_WRITERS: Final[dict[Form, Callable[[Pages], Iterator[bytes]]]] = {Form.JSONL: _jsonl, Form.PARQUET: _parquet}
