"""Forecast and concentration over the doors, and that their sums are those of the overview."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.costs.conftest import Past

from trimtab.costs.concentration import Sums, gini, shares


def _difference(amounts: Sequence[int]) -> Fraction:
    """Return half of the relative mean absolute difference, by its definition."""
    total = sum(amounts)
    gaps = sum(abs(one - other) for one in amounts for other in amounts)
    return Fraction(gaps, 2 * len(amounts) * total)


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30).filter(any))
def test_the_coefficient_is_half_the_relative_mean_difference(amounts: list[int]) -> None:
    ranked = sum(place * amount for place, amount in enumerate(sorted(amounts), 1))
    found = gini(Sums(groups=len(amounts), total_usd=Decimal(sum(amounts)), ranked_usd=Decimal(ranked)))
    assert found is not None
    assert abs(found - Decimal(float(_difference(amounts)))) < Decimal("1e-9")


def test_of_nothing_there_is_no_coefficient() -> None:
    assert gini(Sums(groups=0, total_usd=Decimal(0), ranked_usd=Decimal(0))) is None
    assert gini(Sums(groups=3, total_usd=Decimal(0), ranked_usd=Decimal(0))) is None
    assert [share.share for share in shares([("a", Decimal(0))], Decimal(0))] == [0]


@pytest.fixture
def spread(past: Past) -> Past:
    """Record calls of three users, $0.009, $0.003 and nothing known, and one of nobody, $0.003."""
    past.set_price()
    for user in ("ada", "ada", "ada", "ben", ""):
        past.call(past.attempt(), user_id=user, feature="chat")
    past.call(past.attempt("nova-9"), user_id="cy", feature="chat")
    return past


def test_the_dearest_come_first_with_their_shares(spread: Past) -> None:
    found = spread.get("/costs/concentration", by="user", **spread.range)
    assert [(each["key"], each["cost_usd"], each["share"], each["cumulative_share"]) for each in found["top"]] == [
        ("ada", "0.009", 0.75, 0.75),
        ("ben", "0.003", 0.25, 1.0),
        ("cy", "0", 0.0, 1.0),
    ]
    assert (found["total_usd"], found["unattributed_usd"], found["unpriced_calls"]) == ("0.012", "0.003", 1)
    assert (found["groups"], found["gini"]) == (3, 0.5)


@pytest.mark.parametrize("by", ["user", "session", "prompt", "feature", "model", "team", "environment"])
def test_whatever_is_compared_the_sums_are_those_of_the_overview(spread: Past, by: str) -> None:
    found = spread.get("/costs/concentration", by=by, **spread.range)
    overview = spread.overview()
    assert Decimal(found["total_usd"]) + Decimal(found["unattributed_usd"]) == Decimal(overview["cost_usd"])
    assert sum(Decimal(each["cost_usd"]) for each in found["top"]) == Decimal(found["total_usd"])


def test_environment_narrows_both(spread: Past) -> None:
    nothing = spread.get("/costs/concentration", by="user", environment="staging", **spread.range)
    assert (nothing["total_usd"], nothing["groups"], nothing["gini"]) == ("0", 0, None)
    assert spread.get("/costs/forecast", environment="staging")["spent_usd"] == "0"


def test_forecast_says_what_is_spent_and_why_there_is_none_yet(spread: Past) -> None:
    found = spread.get("/costs/forecast")
    in_month = spread.noon.strftime("%Y-%m") == found["month"][:7]
    assert found["spent_usd"] == ("0.015" if in_month else "0")
    assert (found["expected_usd"], found["method"], found["interval"]) == (None, "none", 0.8)
    assert found["note"] == (
        "A forecast needs 7 whole days, and 0 are known. 1 call without a price is in none of these sums."
    )


def test_forecast_is_made_of_the_days_in_the_ledger(past: Past) -> None:
    past.set_price(valid_from=(past.noon - timedelta(days=40)).isoformat())
    yesterday = past.noon
    for day in range(12):
        past.noon = yesterday - timedelta(days=day)
        past.call(past.attempt(), user_id="ada")
    found = past.get("/costs/forecast")
    assert (found["method"], found["days_observed"]) == ("daily_mean", 11)
    expected, low, high = (Decimal(found[name]) for name in ("expected_usd", "low_usd", "high_usd"))
    # Every day cost the same, so nothing is uncertain but how much of today is left.
    assert low == expected == high
    assert Decimal(found["spent_usd"]) <= expected <= Decimal("0.003") * 31 + Decimal(found["spent_usd"])
