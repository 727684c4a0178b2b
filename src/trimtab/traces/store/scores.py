"""Writes scores that came by themselves, and reads scores whatever way they came."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import pyarrow as pa

from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces.range import TimeRange
from trimtab.traces.store import condition
from trimtab.traces.store.condition import Condition

_TIME: Final = pa.timestamp("ns", "UTC")
_TEXTS: Final = (
    *("project_id", "score_id", "trace_id", "span_id", "session_id", "name", "label", "source", "kind", "text"),
    *("author", "environment", "metadata"),
)
_COLUMNS: Final = """
    score_id, trace_id, span_id, session_id, name, value, label, explanation AS comment, source, kind, text, author,
    environment, metadata, toUnixTimestamp64Nano(at) AS at_ns, toUnixTimestamp64Milli(ingested_at) AS updated_ms
"""


class ScoreRow(msgspec.Struct, frozen=True, kw_only=True):
    """One score as it is stored."""

    project_id: str
    score_id: str
    trace_id: str
    span_id: str
    session_id: str
    at_ns: int
    name: str
    kind: str
    value: float | None
    label: str
    text: str
    comment: str
    source: str
    author: str
    environment: str
    metadata: str
    is_deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFilter:
    """Which scores; empty fields ask for nothing."""

    trace_id: str = ""
    span_id: str = ""
    session_id: str = ""
    name: str = ""
    kind: str = ""
    source: str = ""
    environment: str = ""
    ids: Sequence[str] = ()


def insert(warehouse: Warehouse, rows: Sequence[ScoreRow], *, token: str) -> None:
    """Append scores; a newer row of the same score and time wins."""
    if not rows:
        return
    columns = {name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in _TEXTS} | {
        "explanation": pa.array([row.comment for row in rows], pa.string()),
        "at": pa.array([row.at_ns for row in rows], _TIME),
        "value": pa.array([row.value for row in rows], pa.float64()),
        "is_deleted": pa.array([row.is_deleted for row in rows], pa.bool_()),
    }
    warehouse.insert("scores", pa.table(columns), token=token)


def token(rows: Iterable[ScoreRow], now_ns: int) -> str:
    """Name an insert: the same score may be written again with the same content later, after it was deleted."""
    digest = hashlib.sha256(str(now_ns).encode())
    for row in rows:
        digest.update(msgspec.json.encode(row))
    return digest.hexdigest()


def times(warehouse: Warehouse, project_id: str, ids: Sequence[str], during: TimeRange) -> dict[str, int]:
    """Return when the scores of these ids that are there were judged, deleted ones included, in nanoseconds."""
    where = condition.within(project_id, during, "at")
    where.add("score_id IN {ids:Array(String)}", ids=list(ids))
    found = warehouse.query(
        f"SELECT score_id, toUnixTimestamp64Nano(max(at)) AS at_ns FROM scores WHERE {where.sql} GROUP BY score_id",  # noqa: S608 - conditions are ours
        where.values,
    )
    return {row["score_id"]: row["at_ns"] for row in found}


def listing(
    warehouse: Warehouse,
    project_id: str,
    during: TimeRange,
    wanted: ScoreFilter,
    *,
    after: tuple[int, str] | None = None,
    offset: int = 0,
    limit: int,
) -> list[Row]:
    """Return scores, the newest first, from behind `after` on or without the first `offset`."""
    where = _where(project_id, during, wanted)
    if after is not None:
        where.add(
            "(at, score_id) < (fromUnixTimestamp64Nano({after_ns:Int64}), {after_id:String})",
            after_ns=after[0],
            after_id=after[1],
        )
    return warehouse.query(
        f"""
        SELECT {_COLUMNS} FROM scores FINAL WHERE {where.sql}
        ORDER BY at DESC, score_id DESC LIMIT {limit} OFFSET {offset}
        """,  # noqa: S608 - columns and conditions are ours, values are bound
        where.values,
    )


def count(warehouse: Warehouse, project_id: str, during: TimeRange, wanted: ScoreFilter) -> int:
    """Return how many scores fit."""
    where = _where(project_id, during, wanted)
    (row,) = warehouse.query(f"SELECT count() AS scores FROM scores FINAL WHERE {where.sql}", where.values)  # noqa: S608 - conditions are ours
    return int(row["scores"])


def _where(project_id: str, during: TimeRange, wanted: ScoreFilter) -> Condition:
    where = condition.within(project_id, during, "at")
    where.add("NOT is_deleted")
    for name in ("trace_id", "span_id", "session_id", "name", "kind", "source", "environment"):
        if value := getattr(wanted, name):
            where.add(f"{name} = {{{name}:String}}", **{name: value})
    if wanted.ids:
        where.add("score_id IN {ids:Array(String)}", ids=list(wanted.ids))
    return where
