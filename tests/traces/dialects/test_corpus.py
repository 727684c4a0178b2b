"""However a call is reported, what is stored is the same: disjoint buckets, and a price to the nano-dollar."""

from decimal import Decimal

import pytest
from tests.traces.application import Application
from tests.traces.dialects.corpus import BUCKETS, CASES, MODELS, PRICES, Case
from tests.traces.payload import accepted, span

_NANO = Decimal("0.000000001")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_call_is_stored_with_its_buckets_and_cost(app: Application, case: Case) -> None:
    sent = span(case.name, case.attributes | {"unknown.to.all": "kept"})
    accepted(app, sent)
    found = app.spans(sent["traceId"])[case.name]
    expected = BUCKETS[case.provider]
    if case.dialect == "livekit":
        # It reports no reasoning apart.
        expected = {"input_uncached": 600, "cache_read": 400, "output_text": 300}
    assert {bucket: count for bucket, count in found["usage"].items() if count} == expected
    assert abs(Decimal(found["cost_usd"]) - Decimal(PRICES[case.provider])) < _NANO
    assert found["model"] == MODELS[case.provider]
    assert found["attributes"]["unknown.to.all"] == "kept"
    (row,) = app.ledger(sent["traceId"])
    assert {bucket: count for bucket, count in row["usage"].items() if count} == expected
    assert sum((Decimal(line["cost_usd"]) for line in row["price_lines"]), Decimal(0)) == Decimal(row["cost_usd"])
    assert row["provider_kind"] == case.provider
    stored = app.running.services.warehouse.query(
        "SELECT dialect, role FROM spans WHERE trace_id = {id:String}", {"id": sent["traceId"]}
    )
    assert stored == [{"dialect": case.dialect, "role": "model"}]
