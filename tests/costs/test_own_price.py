"""Which of a project's prices holds for a call, and what cannot be a price."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from trimtab.base.errors import InvalidInput
from trimtab.costs import own_price
from trimtab.costs.own_price import Attempt, OwnPrice, Terms
from trimtab.costs.price import Rate, Tier

_MAY = datetime(2026, 5, 1, tzinfo=UTC)
_JUNE = datetime(2026, 6, 1, tzinfo=UTC)
_JULY = datetime(2026, 7, 1, tzinfo=UTC)
_TERMS = Terms(rates={"input_uncached": Rate(Decimal(1)), "output_text": Rate(Decimal(2))})
_DISCOUNT = Terms(discount_percent=Decimal(10))


def price(name: str, *, model: str = "gpt-5", terms: Terms = _TERMS, **facts: Any) -> OwnPrice:
    known: dict[str, Any] = {"valid_from": _MAY, "created_at": _MAY, "created_by": "Ada"} | facts
    return OwnPrice(id=name, project_id="prj_1", model=model, terms=terms, **known)


def attempt(*models: str, at: datetime = _JUNE, **facts: Any) -> Attempt:
    return Attempt(models=models or ("gpt-5",), at=at, **({"provider_kind": "openai", "provider": "main"} | facts))


def found(prices: list[OwnPrice], wanted: Attempt) -> str | None:
    rates, _ = own_price.find(prices, wanted)
    return rates.id if rates else None


def test_a_price_holds_from_its_beginning_up_to_its_end() -> None:
    prices = [price("a", valid_from=_MAY, valid_to=_JUNE), price("b", valid_from=_JUNE)]
    assert found(prices, attempt(at=_MAY - timedelta(microseconds=1))) is None
    assert found(prices, attempt(at=_MAY)) == "a"
    assert found(prices, attempt(at=_JUNE - timedelta(microseconds=1))) == "a"
    assert found(prices, attempt(at=_JUNE)) == "b"


@pytest.mark.parametrize(
    ("general", "special"),
    [
        ({"model": "*"}, {"model": "gpt-*"}),
        ({"model": "gpt-*"}, {"model": "gpt-5*"}),
        ({"model": "gpt-5*"}, {"model": "gpt-5"}),
        ({}, {"provider_kind": "openai"}),
        ({"provider_kind": "openai"}, {"provider": "main"}),
        ({"service_tier": "*"}, {"service_tier": "standard"}),
        ({"valid_from": _MAY}, {"valid_from": _MAY + timedelta(days=1)}),
        ({"created_at": _MAY}, {"created_at": _MAY + timedelta(days=1)}),
    ],
)
def test_the_price_that_says_more_about_the_call_wins(general: dict[str, Any], special: dict[str, Any]) -> None:
    prices = [price("special", **special), price("general", **general)]
    assert found(prices, attempt()) == "special"
    assert found(prices[::-1], attempt()) == "special"


@pytest.mark.parametrize(
    "other",
    [
        {"model": "gpt-5-mini"},
        {"model": "gpt-4*"},
        {"provider_kind": "anthropic"},
        {"provider": "spare"},
        {"service_tier": "batch"},
        {"valid_from": _JULY},
    ],
)
def test_a_price_for_something_else_does_not_hold(other: dict[str, Any]) -> None:
    assert found([price("other", **other)], attempt()) is None


def test_the_model_that_answered_goes_before_the_one_that_was_asked_for() -> None:
    prices = [price("asked", model="router"), price("answer", model="gpt-5")]
    assert found(prices, attempt("gpt-5", "router")) == "answer"
    assert found(prices, attempt("gpt-4", "router")) == "asked"


def test_rates_and_discounts_are_found_apart() -> None:
    prices = [price("rates"), price("discount", model="*", terms=_DISCOUNT)]
    rates, discount = own_price.find(prices, attempt())
    assert (rates, discount) == (prices[0], prices[1])


def test_the_next_price_of_a_key_closes_the_one_before() -> None:
    assert own_price.closed_by(price("old"), price("new", valid_from=_JUNE)) == _JUNE


def test_a_price_from_the_same_moment_on_takes_the_place_of_the_other() -> None:
    assert own_price.closed_by(price("wrong"), price("right")) == _MAY


@pytest.mark.parametrize(
    "new",
    [
        {"valid_from": _JUNE, "model": "gpt-4"},
        {"valid_from": _JUNE, "service_tier": "batch"},
        {"valid_from": _JUNE, "valid_to": _JULY},
        {"valid_from": _MAY - timedelta(days=1)},
    ],
    ids=["another model", "another tier", "an introductory price", "an earlier one"],
)
def test_other_prices_close_nothing(new: dict[str, Any]) -> None:
    assert own_price.closed_by(price("old"), price("new", **new)) is None


def test_after_an_introductory_price_the_one_before_holds_again() -> None:
    prices = [price("usual"), price("introductory", valid_from=_JUNE, valid_to=_JULY)]
    assert [found(prices, attempt(at=at)) for at in (_MAY, _JUNE, _JULY)] == ["usual", "introductory", "usual"]


def test_buckets_without_a_rate_are_billed_as_what_they_are_part_of_and_audio_never_is() -> None:
    assert {bucket: rate.usd_per_million for bucket, rate in _TERMS.effective().items()} == {
        "input_uncached": 1,
        "cache_read": 1,
        "cache_write_5m": 1,
        "input_image": 1,
        "output_text": 2,
        "reasoning": 2,
    }


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"model": "gpt 5"}, "not the name of a model"),
        ({"model": "gpt-[5]"}, "not the name of a model"),
        ({"provider_kind": "Open AI"}, "provider_kind"),
        ({"service_tier": "fast!"}, "service tier"),
        ({"valid_to": _MAY}, "begin before it ends"),
        ({"terms": Terms()}, "needs rates, a fee or a discount"),
        ({"terms": Terms(discount_percent=Decimal(101))}, "between 0 and 100"),
        ({"terms": Terms(rates={"input": Rate(Decimal(1))})}, "no bucket 'input'"),
        ({"terms": Terms(rates={"reasoning": Rate(Decimal(-1))})}, "between"),
        (
            {"terms": Terms(rates={"reasoning": Rate(Decimal(1), (Tier(2, Decimal(2)), Tier(1, Decimal(3))))})},
            "should grow",
        ),
        ({"terms": Terms(fee_usd=Decimal(1001))}, "fee"),
    ],
)
def test_what_cannot_be_a_price_is_refused_with_the_reason(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        own_price.check(price("wrong", **wrong))
