"""A result as a file, over a real warehouse."""

import io
from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec
import pyarrow.parquet as pq
import pytest

from trimtab.base.clock import FixedClock
from trimtab.base.errors import Forbidden, TooLarge
from trimtab.identity.access import Principal, ProjectAccess
from trimtab.llm.call import Call
from trimtab.query.parse import parse
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces import export
from trimtab.traces.collector import CollectorService
from trimtab.traces.export import SCHEMA, ExportService, Form
from trimtab.traces.filter import CallFilter
from trimtab.traces.service import Period, TraceService

MakeCall = Callable[..., Call]
Frame = Callable[[Iterable[Call]], bytes]


@pytest.fixture
def exporter(warehouse: Warehouse, clock: FixedClock, traces: TraceService) -> ExportService:
    """Give the service."""
    return ExportService(warehouse, clock, traces)


@pytest.fixture
def calls(collector: CollectorService, frame: Frame, make_call: MakeCall) -> list[Call]:
    """Store more calls than fit on a page, one of which has no user."""
    made = [make_call(user_id=f"user-{number}" if number else "") for number in range(export._PAGE + 3)]
    assert collector.accept(frame(made), replay=False).accepted == len(made)
    return made


def _lines(data: bytes) -> list[dict[str, object]]:
    return [msgspec.json.decode(line) for line in data.splitlines()]


def test_jsonl_has_a_line_for_each_call(exporter: ExportService, access: ProjectAccess, calls: list[Call]) -> None:
    pieces = list(exporter.export(access, Period(), CallFilter(), Form.JSONL))
    assert len(pieces) > 1
    lines = _lines(b"".join(pieces))
    assert {line["trace_id"] for line in lines} == {call.trace_id for call in calls}
    assert len(lines) == len(calls)
    line = lines[0]
    assert set(line) == set(SCHEMA.names)
    assert line["cost_usd"] == "0.0005125"
    assert line["started_at"] == "2026-11-20T11:59:59Z"
    assert line["input_messages"] == msgspec.json.decode(calls[0].input_messages)
    assert line["parameters"] == {"temperature": 0.2}


def test_parquet_has_the_same_rows(exporter: ExportService, access: ProjectAccess, calls: list[Call]) -> None:
    data = b"".join(exporter.export(access, Period(), CallFilter(), Form.PARQUET))
    table = pq.read_table(io.BytesIO(data))
    assert table.schema.equals(SCHEMA)
    assert set(table.column("trace_id").to_pylist()) == {call.trace_id for call in calls}
    assert table.num_rows == len(calls)
    assert set(table.column("cost_usd").to_pylist()) == {Decimal("0.000512500000")}
    assert pq.ParquetFile(io.BytesIO(data)).num_row_groups == 2


def test_file_holds_what_fits_the_query(exporter: ExportService, access: ProjectAccess, calls: list[Call]) -> None:
    wanted = CallFilter(where=parse("not user exists"))
    (line,) = _lines(b"".join(exporter.export(access, Period(), wanted, Form.JSONL)))
    assert line["trace_id"] == calls[0].trace_id


@pytest.mark.parametrize("form", list(Form))
def test_no_calls_make_an_empty_file_that_can_be_read(
    exporter: ExportService, access: ProjectAccess, form: Form
) -> None:
    data = b"".join(exporter.export(access, Period(), CallFilter(where=parse("user = nobody")), form))
    rows = len(_lines(data)) if form is Form.JSONL else pq.read_table(io.BytesIO(data)).num_rows
    assert rows == 0


def test_larger_result_is_refused_before_the_first_byte(
    warehouse: Warehouse, clock: FixedClock, traces: TraceService, access: ProjectAccess, calls: list[Call]
) -> None:
    narrow = ExportService(warehouse, clock, traces, most_calls=len(calls) - 1)
    with pytest.raises(TooLarge, match=f"{len(calls)} calls fit"):
        narrow.export(access, Period(), CallFilter(), Form.JSONL)


def test_needs_the_right_to_read(exporter: ExportService, access: ProjectAccess) -> None:
    nobody = Principal(kind="user", id="usr_2", name="N", organisation_id="org_1", rights=frozenset())
    with pytest.raises(Forbidden):
        exporter.export(ProjectAccess(access.project, nobody), Period(), CallFilter(), Form.JSONL)
