"""A project's own prices over REST, and how they reach the price of a call."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.conftest import Running

from trimtab.costs.service import PriceBook
from trimtab.costs.service.own_prices import PricesFromStore
from trimtab.llm.usage import Usage

Json = dict[str, Any]
_NOW = datetime.now(UTC)
_RATES = {"input_uncached": {"usd_per_million": "2"}, "output_text": {"usd_per_million": "10"}}


def set_price(running: Running, **body: Any) -> Json:
    answer = running.ours.owner.post(
        f"{running.ours.path}/costs/prices", json={"model": "house-llm", "rates": _RATES} | body
    )
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def explain(running: Running, **body: Any) -> Json:
    question = {"provider_kind": "openai", "model": "house-llm", "input_uncached": 1000, "output_text": 100} | body
    answer = running.ours.owner.post(f"{running.ours.path}/costs/explain", json=question)
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()
    return made


def test_a_model_of_ones_own_has_no_price_until_one_is_set(running: Running) -> None:
    before = explain(running)
    assert before["cost_usd"] is None
    assert before["formula"].startswith("unknown: no list price for 'house-llm'")
    made = set_price(running)
    after = explain(running)
    # 1,000 x $2/M + 100 x $10/M = 0.002 + 0.001
    assert after["cost_usd"] == "0.003"
    assert after["version"] == made["version"] == f"own/{made['id']}"
    assert after["formula"] == "1000 input_uncached x $2/M + 100 output_text x $10/M = $0.003"


def test_an_own_price_wins_over_the_list_price(running: Running) -> None:
    assert explain(running, model="gpt-4o")["version"].startswith("genai-prices/")
    set_price(running, model="gpt-4o", provider_kind="openai")
    assert explain(running, model="gpt-4o")["cost_usd"] == "0.003"


def test_a_discount_is_taken_from_the_list_price_and_said(running: Running) -> None:
    # gpt-4o: $2.50 in, $10 out, less 20%: 1,000 x $2/M + 100 x $8/M
    made = set_price(running, model="*", provider_kind="openai", rates={}, discount_percent="20", service_tier="*")
    found = explain(running, model="gpt-4o")
    assert found["cost_usd"] == "0.0028"
    assert found["version"].endswith(f"+own/{made['id']}")
    assert found["formula"].endswith("= $0.0028; rates after 20% discount")
    assert explain(running, model="claude-sonnet-4-5", provider_kind="anthropic")["formula"].find("discount") == -1


def test_a_fee_for_each_request_is_a_line_of_its_own(running: Running) -> None:
    set_price(running, fee_usd="0.005")
    found = explain(running)
    assert found["cost_usd"] == "0.008"
    assert found["lines"][-1] == {"bucket": "request", "tokens": 1, "usd_per_million": "5000", "cost_usd": "0.005"}
    assert "1 request x $0.005" in found["formula"]


def test_a_new_price_closes_the_one_before_and_the_past_keeps_its_own(running: Running) -> None:
    start, change = _NOW - timedelta(days=30), _NOW - timedelta(days=10)
    first = set_price(running, valid_from=start.isoformat())
    second = set_price(
        running, valid_from=change.isoformat(), rates=_RATES | {"output_text": {"usd_per_million": "20"}}
    )
    path = f"{running.ours.path}/costs/prices"
    closed = running.ours.owner.get(f"{path}/{first['id']}").json()
    assert datetime.fromisoformat(closed["valid_to"]) == change
    assert {key: closed[key] for key in closed if key != "valid_to"} == {
        key: first[key] for key in first if key != "valid_to"
    }
    assert explain(running, at=(change - timedelta(seconds=1)).isoformat())["cost_usd"] == "0.003"
    assert explain(running, at=change.isoformat())["cost_usd"] == "0.004"
    assert explain(running, at=(start - timedelta(seconds=1)).isoformat())["cost_usd"] is None
    listed = running.ours.owner.get(path).json()["items"]
    assert [each["id"] for each in listed] == [second["id"]]
    assert len(running.ours.owner.get(path, params={"ended": True}).json()["items"]) == 2


def test_an_ended_price_holds_no_longer_and_one_that_never_began_is_gone(running: Running) -> None:
    path = f"{running.ours.path}/costs/prices"
    present = set_price(running)
    coming = set_price(running, model="later", valid_from=(_NOW + timedelta(days=1)).isoformat())
    assert running.ours.owner.delete(f"{path}/{present['id']}").status_code == 200
    assert explain(running)["cost_usd"] is None
    assert running.ours.owner.delete(f"{path}/{present['id']}").status_code == 409
    assert running.ours.owner.delete(f"{path}/{coming['id']}").status_code == 200
    assert running.ours.owner.get(f"{path}/{coming['id']}").status_code == 404


def test_the_change_of_another_server_is_seen_within_a_second(running: Running) -> None:
    other = PriceBook(PricesFromStore(running.services.meta))
    facts: Any = {
        "project_id": running.ours.project.id,
        "provider_kind": "openai",
        "model": "house-llm",
        "usage": Usage(input_uncached=1),
    }
    assert other.quote(**facts, at=datetime.now(UTC)).cost_usd is None
    set_price(running)
    deadline = datetime.now(UTC) + timedelta(seconds=5)
    while other.quote(**facts, at=datetime.now(UTC)).cost_usd is None:
        assert datetime.now(UTC) < deadline
    assert other.unpriced >= 1


def test_a_price_is_that_of_one_project(running: Running) -> None:
    set_price(running)
    question = {"provider_kind": "openai", "model": "house-llm", "input_uncached": 1000}
    answer = running.theirs.owner.post(f"{running.theirs.path}/costs/explain", json=question)
    assert answer.json()["cost_usd"] is None


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"model": "a b"}, "not the name of a model"),
        ({"model": "m", "rates": {"input_uncached": {"usd_per_million": "-1"}}}, "greater than or equal to 0"),
        ({"model": "m", "rates": {"nonsense": {"usd_per_million": "1"}}}, "no bucket 'nonsense'"),
        ({"model": "m"}, "needs rates, a fee or a discount"),
        ({"model": "m", "rates": _RATES, "valid_from": "2026-01-01"}, "valid_from"),
        ({"model": "m", "rates": _RATES, "valid_from": "1990-01-01T00:00:00Z"}, "more than ten years"),
        ({"model": "m", "rates": {"input_uncached": {"usd_per_million": "NaN"}}}, "usd_per_million"),
    ],
)
def test_what_cannot_be_a_price_is_refused_and_changes_nothing(running: Running, body: Json, part: str) -> None:
    answer = running.ours.owner.post(f"{running.ours.path}/costs/prices", json=body)
    assert answer.status_code == 400, answer.text
    assert part in answer.json()["error"]["message"]
    assert running.ours.owner.get(f"{running.ours.path}/costs/prices").json() == {"items": [], "next": None}
