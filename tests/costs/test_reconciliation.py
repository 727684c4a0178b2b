"""A provider's report beside the ledger: what agrees, what drifts, and by how much."""

from typing import Any

from tests.costs.conftest import Past

from trimtab.llm.usage import Usage

Json = dict[str, Any]


def drift(past: Past, content: str, **facts: Any) -> Json:
    report = past.post("/costs/reports", {"provider_kind": "openai", "content": content} | facts, 201)
    return past.get(f"/costs/reports/{report['id']}")


def test_tokens_and_money_are_compared_by_day_and_model(past: Past) -> None:
    day = past.noon.date().isoformat()
    # gpt-4o: 2 x (1,000 x 2.50 + 500 x 10) = $0.015
    past.call(past.attempt("gpt-4o", response_model="gpt-4o-2024-08-06"))
    past.call(past.attempt("gpt-4o"))
    past.call(past.attempt())
    found = drift(past, f"day,model,input_tokens,output_tokens,cost\n{day},gpt-4o-2024-08-06,1600,1000,0.02\n")
    assert [(row["day"], row["model"], row["unpriced"]) for row in found["rows"]] == [
        (day, "gpt-4o", 0),
        (day, "house-llm", 1),
    ]
    gpt, house = found["rows"]
    assert gpt["input_tokens"] == {"theirs": "1600", "ours": "2000", "difference": "400", "percent": "25"}
    assert gpt["output_tokens"]["percent"] == "0"
    assert gpt["cost_usd"] == {"theirs": "0.02", "ours": "0.015", "difference": "-0.005", "percent": "-25"}
    # Nobody knows what it cost: that is not zero.
    assert (house["cost_usd"]["ours"], house["cost_usd"]["difference"]) == (None, None)
    assert house["input_tokens"] == {"theirs": "0", "ours": "1000", "difference": "1000", "percent": None}
    assert found["total"]["input_tokens"]["difference"] == "1400"
    assert found["total"]["unpriced"] == 1


def test_a_line_for_all_models_is_compared_with_the_whole_day(past: Past) -> None:
    day = past.noon.date().isoformat()
    past.call(past.attempt("gpt-4o"))
    past.call(past.attempt("gpt-4o-mini", usage=Usage(output_text=1_000_000)))
    (row,) = drift(past, f"day,cost\n{day},0.6\n")["rows"]
    # 0.0075 + 1,000,000 x 0.60/M
    assert (row["model"], row["cost_usd"]["ours"], row["cost_usd"]["difference"]) == ("*", "0.6075", "0.0075")
    assert row["input_tokens"]["theirs"] is None


def test_only_the_calls_of_the_provider_are_compared(past: Past) -> None:
    day = past.noon.date().isoformat()
    past.call(past.attempt("gpt-4o"))
    past.call(past.attempt("gpt-4o", provider="openai-eu"))
    content = f"day,model,cost\n{day},gpt-4o,0.0075\n"
    assert drift(past, content)["total"]["cost_usd"]["ours"] == "0.015"
    named = drift(past, content, provider_kind="", provider="openai-eu")["total"]["cost_usd"]
    assert (named["ours"], named["difference"], named["percent"]) == ("0.0075", "0", "0")


def test_what_the_provider_billed_and_the_ledger_has_not_is_a_row_too(past: Past) -> None:
    day = past.noon.date().isoformat()
    found = drift(past, f"day,model,cost\n{day},gpt-4o,2\n")
    assert found["rows"][0]["cost_usd"] == {"theirs": "2", "ours": "0", "difference": "-2", "percent": "-100"}


def test_what_the_report_is_silent_about_is_no_drift_of_its_sum(past: Past) -> None:
    day = past.noon.date().isoformat()
    past.call(past.attempt("gpt-4o"))
    past.call(past.attempt("gpt-4o-mini"))
    content = f"day,model,input_tokens,cost\n{day},gpt-4o,1000,0.0075\n{day},gpt-4o-mini,1000,\n"
    total = drift(past, content)["total"]
    assert total["cost_usd"] == {"theirs": "0.0075", "ours": "0.0075", "difference": "0", "percent": "0"}
    assert total["input_tokens"]["difference"] == "0"


def test_reports_are_listed_noted_and_removed(past: Past) -> None:
    report = past.post("/costs/reports", {"provider_kind": "openai", "content": "day,cost\n2026-11-01,1\n"}, 201)
    assert (report["name"], report["form"]) == ("openai 2026-11-01 to 2026-11-01", "csv")
    assert past.get("/costs/reports")["items"] == [report]
    assert past.get("/audit")["items"][0]["action"] == "cost.report.add"
    assert past.client.delete(f"{past.path}/costs/reports/{report['id']}").status_code == 204
    assert past.get("/costs/reports")["items"] == []


def test_whose_report_it_is_must_be_said(past: Past) -> None:
    past.post("/costs/reports", {"content": "day,cost\n2026-11-01,1\n"}, 400)
