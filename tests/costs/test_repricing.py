"""Calls without a price are listed, and the past is priced again: the ledger, the spans, and every sum with them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.conftest import Running
from tests.costs.conftest import USAGE, Past

from trimtab.base.clock import SystemClock
from trimtab.costs import repricing
from trimtab.costs.quote import PriceSource, Quote
from trimtab.costs.repricing import Comparison, Entry
from trimtab.costs.service.repricing import Plan, RepricingService
from trimtab.llm.call import Outcome
from trimtab.llm.usage import Usage, UsageSource


def test_what_has_no_price_is_listed_by_model_with_counts_and_the_reason(past: Past) -> None:
    past.call(past.attempt())
    past.call(past.attempt(), past.attempt())
    past.call(past.attempt(usage=None, usage_source=UsageSource.NONE, outcome=Outcome.TIMEOUT))
    past.call(past.attempt("gpt-4o"))
    (found,) = past.get("/costs/unpriced", **past.range)["items"]
    assert (found["provider"], found["model"]) == ("openai", "house-llm")
    assert (found["requests"], found["attempts"], found["without_usage"]) == (3, 4, 1)
    assert (found["input_tokens"], found["output_tokens"]) == (3000, 1500)
    assert found["reason"].startswith("unknown: ")
    assert past.overview()["unpriced_requests"] == 3


def test_a_question_shows_the_difference_and_changes_nothing(past: Past) -> None:
    past.call(past.attempt())
    past.set_price()
    answer = past.post("/costs/reprice", past.range)
    assert answer["applied"] is False
    assert answer["total"] == {
        "attempts": 1,
        "changed": 1,
        "before": {"cost_usd": "0", "unpriced": 1},
        "after": {"cost_usd": "0.003", "unpriced": 0},
        "difference_usd": "0.003",
    }
    assert [row["model"] for row in answer["models"]] == ["openai/house-llm"]
    assert past.overview()["unpriced_requests"] == 1


def test_a_correction_reaches_the_ledger_the_spans_the_list_and_every_sum(past: Past) -> None:
    one, two = past.call(past.attempt()), past.call(past.attempt(), past.attempt("gpt-4o"))
    assert past.costs([one, two]) == [(None, [None]), (None, [None, "0.0075"])]
    price = past.set_price()
    past.post("/costs/reprice", past.range | {"apply": True})
    # gpt-4o: 1,000 x 2.50 + 500 x 10
    assert past.costs([one, two]) == [("0.003", ["0.003"]), ("0.0105", ["0.003", "0.0075"])]
    totals = past.overview()
    assert (totals["cost_usd"], totals["unpriced_requests"], totals["requests"]) == ("0.0135", 0, 2)
    (row,) = past.get(f"/traces/{one.trace_id}")["ledger"]
    assert row["price_version"] == price["version"]
    assert row["formula"] == "1000 input_uncached x $1/M + 500 output_text x $4/M = $0.003"
    assert sum(Decimal(line["cost_usd"]) for line in row["price_lines"]) == Decimal(row["cost_usd"])
    assert past.get("/costs/unpriced", **past.range)["items"] == []


def test_a_second_correction_changes_nothing_and_another_price_everything_again(past: Past) -> None:
    call = past.call(past.attempt())
    past.set_price()
    again = past.range | {"apply": True}
    assert past.post("/costs/reprice", again)["total"]["changed"] == 1
    assert past.post("/costs/reprice", again)["total"]["changed"] == 0
    past.set_price(rates={"input_uncached": {"usd_per_million": "2"}, "output_text": {"usd_per_million": "8"}})
    assert past.post("/costs/reprice", again)["total"]["difference_usd"] == "0.003"
    assert past.costs([call]) == [("0.006", ["0.006"])]
    assert past.overview()["cost_usd"] == "0.006"


def test_the_list_prices_alone_can_be_compared(past: Past) -> None:
    past.set_price(model="gpt-4o")
    past.call(past.attempt("gpt-4o"))
    total = past.post("/costs/reprice", past.range | {"prices": "list"})["total"]
    assert (total["before"]["cost_usd"], total["after"]["cost_usd"]) == ("0.003", "0.0075")


def test_only_what_was_asked_for_is_corrected(past: Past) -> None:
    past.call(past.attempt())
    past.call(past.attempt("other"))
    past.set_price(model="*", provider_kind="openai")
    assert past.post("/costs/reprice", past.range | {"model": "openai/other", "apply": True})["total"]["changed"] == 1
    assert past.overview()["unpriced_requests"] == 1
    rest = past.post("/costs/reprice", past.range | {"only_unpriced": True})["total"]
    assert (rest["attempts"], rest["changed"]) == (1, 1)


def test_more_calls_than_fit_on_a_page_are_all_corrected(past: Past, running: Running) -> None:
    calls = [past.call(past.attempt(), past.attempt()) for _ in range(5)]
    past.set_price()
    services = running.services
    in_threes = RepricingService(
        services.meta, services.audit, SystemClock(), services.warehouse, services.prices, rows_at_a_time=3
    )
    plan = Plan(start=past.noon, end=past.noon + timedelta(hours=1), apply=True)
    assert in_threes.reprice(past.access, plan).total.changed == 10
    assert past.costs(calls) == [("0.006", ["0.003", "0.003"])] * 5
    assert past.overview()["cost_usd"] == "0.03"


def test_a_correction_is_in_the_audit_log_with_its_sums(past: Past) -> None:
    past.call(past.attempt())
    past.set_price()
    past.post("/costs/reprice", past.range | {"apply": True})
    (entry, *_) = past.get("/audit")["items"]
    assert (entry["action"], entry["summary"]) == ("cost.reprice", "priced 1 of 1 attempts again, from $0 to $0.003")


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "2024-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"from": "2026-01-01", "to": "2026-01-02"},
    ],
)
def test_a_range_that_makes_no_sense_is_refused(past: Past, wrong: dict[str, str]) -> None:
    past.post("/costs/reprice", wrong, 400)


def _entry(**facts: object) -> Entry:
    usual = {
        "span_id": "a" * 16,
        "call_span_id": "b" * 16,
        "called_ns": 1,
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "provider": "openai",
        "provider_kind": "openai",
        "model": "m",
        "response_model": "",
        "service_tier": "",
        "usage": USAGE,
        "usage_source": "provider",
        "cost_usd": Decimal(1),
        "price_source": "provider",
        "formula": "f",
    }
    return Entry(**(usual | facts))  # type: ignore[arg-type]


def _costs_two(_entry: Entry) -> Quote:
    return Quote(cost_usd=Decimal(2), source=PriceSource.PROVIDER, version="v", formula="g")


@pytest.mark.parametrize(
    "kept",
    [
        {"usage_source": "none", "cost_usd": None, "price_source": "none"},
        {"usage": Usage(), "cost_usd": Decimal(0), "price_source": "counted_elsewhere"},
        {"cost_usd": Decimal(0), "price_source": "not_billed"},
    ],
)
def test_what_has_no_tokens_of_its_own_keeps_its_price(kept: dict[str, object]) -> None:
    found = Comparison()
    changes = list(repricing.compare([_entry(), _entry(**kept)], _costs_two, found))
    assert [change.quote.cost_usd for change in changes] == [Decimal(2)]
    assert (found.total.rows, found.total.changed) == (2, 1)
    assert found.total.after.cost_usd - found.total.before.cost_usd == 1
