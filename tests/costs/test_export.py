"""Files of the ledger: every attempt is in them, and their sums are those of the overview."""

import csv
import io
from decimal import Decimal
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from httpx2 import Response
from tests.costs.conftest import Past

from trimtab.costs import export
from trimtab.llm.usage import Usage


@pytest.fixture
def sold(past: Past) -> Past:
    """Give a project with calls of several kinds: cheap, dear, free, failed over and without a price."""
    past.set_price(model="with-fee", fee_usd="0.005")
    past.call(past.attempt("gpt-4o", usage=Usage(input_uncached=7, cache_read=3, output_text=1)))
    past.call(past.attempt("gpt-4o-mini"), past.attempt("gpt-4o"), feature='=cmd|"/c calc"', user_id="ü-1")
    past.call(past.attempt("with-fee"))
    past.call(past.attempt())
    past.call(past.attempt("smollm2", provider="local", provider_kind="local"))
    return past


def download(past: Past, form: str) -> Response:
    answer = past.client.get(f"{past.path}/costs/export", params=past.range | {"format": form})
    assert answer.status_code == 200, answer.text
    return answer


def rows_of(answer: Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_csv_has_every_attempt_and_sums_up_to_the_overview(sold: Past) -> None:
    answer = download(sold, "csv")
    rows = rows_of(answer)
    totals = sold.overview()
    assert len(rows) == 6
    assert sum(Decimal(row["cost_usd"]) for row in rows if row["cost_usd"]) == Decimal(totals["cost_usd"])
    assert sum(row["cost_usd"] == "" for row in rows) == totals["unpriced_requests"] == 1
    tokens = sum(int(row[bucket]) for row in rows for bucket in ("input_uncached", "cache_read", "output_text"))
    assert tokens == totals["input_tokens"] + totals["output_tokens"]
    assert answer.headers["content-disposition"].startswith('attachment; filename="past-')
    assert rows[0]["called_at"] == sold.noon.strftime("%Y-%m-%dT%H:%M:%S.000000000Z")


def test_parquet_is_exact_and_typed_and_sums_up_to_the_overview(sold: Past) -> None:
    table = pq.read_table(io.BytesIO(download(sold, "parquet").content))
    assert table.schema.equals(export.SCHEMA)
    assert table.num_rows == 6
    assert pc.sum(table["cost_usd"]).as_py() == Decimal(sold.overview()["cost_usd"])
    assert table["cost_usd"].null_count == 1


def test_focus_has_a_row_for_each_line_of_a_price_and_sums_up_to_the_overview(sold: Past) -> None:
    answer = download(sold, "focus")
    rows = rows_of(answer)
    assert sum(Decimal(row["BilledCost"]) for row in rows) == Decimal(sold.overview()["cost_usd"])
    assert answer.headers["x-trimtab-unpriced-attempts"] == "1"
    for row in rows:
        exact = Decimal(row["PricingQuantity"]) * Decimal(row["ContractedUnitPrice"])
        assert exact == Decimal(row["EffectiveCost"]) == Decimal(row["BilledCost"])
        assert (row["BillingCurrency"], row["ChargeCategory"]) == ("USD", "Usage")
        assert row["ServiceCategory"] == "AI and Machine Learning"
        assert row["ConsumedUnit"] in ("Tokens", "Requests")
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"] < row["ChargePeriodEnd"]
        assert row["SubAccountId"] == sold.project_id
    fee = next(row for row in rows if row["x_Bucket"] == "request")
    assert (fee["BilledCost"], fee["ConsumedQuantity"], fee["ConsumedUnit"]) == ("0.005", "1", "Requests")


def test_text_that_a_spreadsheet_would_run_is_made_harmless(sold: Past) -> None:
    dangerous = [row["feature"] for row in rows_of(download(sold, "csv")) if row["feature"]]
    assert dangerous == ['\'=cmd|"/c calc"'] * 2
    plain = pq.read_table(io.BytesIO(download(sold, "parquet").content))
    assert '=cmd|"/c calc"' in plain["feature"].to_pylist()


@pytest.mark.parametrize("form", ["csv", "parquet", "focus"])
def test_an_empty_ledger_makes_a_file_that_can_be_read(past: Past, form: str) -> None:
    answer = download(past, form)
    if form == "parquet":
        assert pq.read_table(io.BytesIO(answer.content)).num_rows == 0
    else:
        assert rows_of(answer) == []
        assert len(answer.text.splitlines()) == 1


def test_a_file_is_made_page_by_page() -> None:
    taken: list[int] = []

    def pages() -> Any:
        for number in range(3):
            taken.append(number)
            yield []

    account = export.Account(organisation_id="o", project_id="p", project_name="P")
    pieces = export.write(export.FileForm.CSV, pages(), account)
    assert taken == []
    assert next(pieces).startswith(b"called_at,at,trace_id")
    assert taken == []
    assert list(pieces) == []
    assert taken == [0, 1, 2]


def test_focus_says_what_a_charge_is_for(sold: Past) -> None:
    row = rows_of(download(sold, "focus"))[0]
    assert (row["ProviderName"], row["ResourceName"], row["SkuMeter"]) == ("openai", "gpt-4o", "input_uncached")
    assert (row["PricingUnit"], row["PricingQuantity"]) == ("1000000 Tokens", "0.000007")
