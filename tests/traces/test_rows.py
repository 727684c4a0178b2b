"""What is written fits the tables column by column."""

import pyarrow as pa
import pytest
from msgspec.structs import replace

from trimtab.llm.usage import Usage
from trimtab.storage.warehouse.intake import Bundle
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.span import Dimensions, Span, SpanKind, Status
from trimtab.traces.store import rows


def _span(span_id: str) -> Span:
    return Span(
        project_id="prj_1",
        trace_id="0" * 31 + "1",
        span_id=span_id,
        parent_span_id="",
        request_id="",
        started_ns=1_700_000_000 * 10**9,
        duration_ns=5,
        ttft_ns=None,
        name="chat",
        kind=SpanKind.CLIENT,
        operation="chat",
        status=Status.OK,
        status_message="",
        error_code="",
        requested_model="m",
        stream=False,
        dimensions=Dimensions(model="m"),
        usage=Usage(input_uncached=3),
        usage_source="provider",
        cost_usd=None,
        cost_source="none",
        attributes={"a": "b"},
    )


def _taken(*spans: Span) -> tuple[str, pa.Table]:
    bundle = Bundle()
    rows.insert_spans(bundle, spans)
    (entry,) = bundle.entries
    return entry.token, entry.rows


@pytest.mark.parametrize(("table", "names"), [("spans", rows._span_table([])), ("ledger", rows._ledger_table([]))])
def test_a_batch_has_every_column_of_its_table_but_the_one_that_the_engine_fills(
    warehouse: Warehouse, table: str, names: object
) -> None:
    columns = warehouse.query(
        "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {t:String}", {"t": table}
    )
    assert {row["name"] for row in columns} - set(names.column_names) == {"ingested_at"}  # type: ignore[attr-defined]
    assert set(names.column_names) <= {row["name"] for row in columns}  # type: ignore[attr-defined]


def test_the_same_rows_have_the_same_token_and_a_span_that_is_reported_anew_has_another() -> None:
    one, two = _span("0" * 15 + "1"), _span("0" * 15 + "2")
    token, _ = _taken(one, two)
    assert _taken(_span(one.span_id), _span(two.span_id))[0] == token
    for changed in (
        replace(two, ttft_ns=7),
        replace(two, attributes={"a": "c"}),
        replace(two, output_messages="[]"),
        replace(two, usage=Usage(input_uncached=4)),
        replace(two, is_root=True),
    ):
        assert _taken(one, changed)[0] != token


def test_a_column_of_one_value_holds_what_a_column_of_several_does() -> None:
    one = _span("0" * 15 + "1")
    other = replace(one, span_id="0" * 15 + "2", ttft_ns=9, dimensions=Dimensions(model="n", is_sample=True))
    _, alike = _taken(one, replace(one, span_id=other.span_id))
    _, mixed = _taken(one, other)
    assert alike.schema == mixed.schema
    assert alike.slice(0, 1).to_pylist() == mixed.slice(0, 1).to_pylist()
    assert mixed.column("ttft_ns").to_pylist() == [None, 9]
