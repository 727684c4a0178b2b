"""The fifteen ways in which the cost of a call is got wrong, each by its number; every sum was worked out by hand.

Where a trap lies in another room, its test is named in `ELSEWHERE`, and must be there.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from trimtab.costs.own_price import OwnPrice, Terms
from trimtab.costs.price import Rate, Tier, TierRule
from trimtab.costs.service import PriceBook, PriceSource, Quote
from trimtab.llm import openai_chat
from trimtab.llm.call import Attempt, Call, Outcome
from trimtab.llm.usage import Usage, UsageSource
from trimtab.traces import spans_of_call
from trimtab.traces.dialects import tokens

ROOT = Path(__file__).resolve().parents[2]
_AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
_EXACT = Decimal("0.000000001")

ELSEWHERE = {
    2: (
        "tests/gateway/test_calls.py",
        "test_usage_of_a_stream_is_asked_for_upstream_and_kept_from_a_client_that_did_not_ask",
    ),
    12: (
        "tests/gateway/test_clients.py",
        "test_a_client_that_leaves_a_plain_call_leaves_a_record_with_the_answer_and_its_usage",
    ),
}


class _Prices:
    """Prices of one project, kept in memory."""

    def __init__(self, *prices: OwnPrice) -> None:
        self._prices = prices

    def revision(self) -> int:
        return 1

    def of(self, _project_id: str) -> Sequence[OwnPrice]:
        return self._prices


def own(model: str, **facts: Any) -> OwnPrice:
    known: dict[str, Any] = {"valid_from": datetime(2025, 1, 1, tzinfo=UTC), "created_at": _AT, "created_by": "Ada"}
    terms = Terms(rates=facts.pop("rates"), fee_usd=facts.pop("fee_usd", None))
    return OwnPrice(id=f"prc_{model}", project_id="prj_1", model=model, terms=terms, **(known | facts))


def flat(**usd: str) -> dict[str, Rate]:
    return {bucket: Rate(Decimal(amount)) for bucket, amount in usd.items()}


def priced(*prices: OwnPrice, **facts: Any) -> Quote:
    known: dict[str, Any] = {"project_id": "prj_1", "provider_kind": "openai", "at": _AT}
    return PriceBook(_Prices(*prices)).quote(**(known | facts))


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook()


def is_usd(quote: Quote, usd: str) -> bool:
    assert quote.cost_usd is not None, quote.formula
    assert sum(line.cost_usd for line in quote.lines) == quote.cost_usd
    assert abs(quote.cost_usd - Decimal(usd)) < _EXACT, quote.formula
    return True


def test_trap_1_openai_counts_cached_tokens_within_the_prompt_and_anthropic_beside_it(book: PriceBook) -> None:
    openai = tokens.of_provider(
        {"prompt_tokens": 1000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 800}}
    )
    anthropic = tokens.of_provider({"input_tokens": 200, "output_tokens": 100, "cache_read_input_tokens": 800})
    assert openai == anthropic == Usage(input_uncached=200, cache_read=800, output_text=100)
    # gpt-4o: 200 x 2.50 + 800 x 1.25 + 100 x 10 = 500 + 1,000 + 1,000
    assert is_usd(book.quote(provider_kind="openai", model="gpt-4o", usage=openai, at=_AT), "0.0025")
    # claude-sonnet-4-5: 200 x 3 + 800 x 0.30 + 100 x 15 = 600 + 240 + 1,500
    assert is_usd(book.quote(provider_kind="anthropic", model="claude-sonnet-4-5", usage=anthropic, at=_AT), "0.00234")


@pytest.mark.parametrize("trap", ELSEWHERE)
def test_traps_2_and_12_are_tests_of_the_gateway(trap: int) -> None:
    file, name = ELSEWHERE[trap]
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE)


def test_trap_3_cache_writes_cost_by_how_long_they_are_kept(book: PriceBook) -> None:
    usage = tokens.of_provider(
        {
            "input_tokens": 10,
            "output_tokens": 10,
            "cache_creation_input_tokens": 3000,
            "cache_creation": {"ephemeral_5m_input_tokens": 2000, "ephemeral_1h_input_tokens": 1000},
        }
    )
    # claude-sonnet-4-5: 10 x 3 + 2,000 x 3.75 + 1,000 x 6 + 10 x 15 = 30 + 7,500 + 6,000 + 150
    assert is_usd(book.quote(provider_kind="anthropic", model="claude-sonnet-4-5", usage=usage, at=_AT), "0.01368")


def test_trap_3_openai_bills_cache_writes_that_it_reports() -> None:
    raw = b'{"prompt_tokens": 1000, "completion_tokens": 0, "prompt_tokens_details": {"cache_write_tokens": 600}}'
    usage = openai_chat.read_usage(raw)
    assert usage == Usage(input_uncached=400, cache_write_5m=600)
    # 400 x 2 + 600 x 2.50 = 800 + 1,500
    price = own("gpt-5.6", rates=flat(input_uncached="2", cache_write_5m="2.5"))
    assert is_usd(priced(price, model="gpt-5.6", usage=usage), "0.0023")


_TIERED = {
    rule: {
        "input_uncached": Rate(Decimal(2), (Tier(200_000, Decimal(4)),), rule),
        "cache_read": Rate(Decimal("0.2"), (Tier(200_000, Decimal("0.4")),), rule),
        "output_text": Rate(Decimal(10), (Tier(200_000, Decimal(15)),), rule),
    }
    for rule in TierRule
}


@pytest.mark.parametrize(
    ("rule", "usage", "usd"),
    [
        # 150,000 x 2 + 50,000 x 0.2 + 1,000 x 10: exactly at the threshold
        (TierRule.CLIFF, Usage(input_uncached=150_000, cache_read=50_000, output_text=1000), "0.32"),
        # 150,000 x 4 + 50,001 x 0.4 + 1,000 x 15: one cached token past it
        (TierRule.CLIFF, Usage(input_uncached=150_000, cache_read=50_001, output_text=1000), "0.6350004"),
        # 200,000 x 2 + 50,000 x 4 + 1,000 x 10
        (TierRule.GRADUATED, Usage(input_uncached=250_000, output_text=1000), "0.61"),
        # 150,000 x 2 + 50,000 x 0.2 + 50,000 x 0.4: the cached ones come after the others
        (TierRule.GRADUATED, Usage(input_uncached=150_000, cache_read=100_000), "0.33"),
        # 200,000 x 10 + 100,000 x 15: output fills steps of its own
        (TierRule.GRADUATED, Usage(output_text=300_000), "3.5"),
    ],
)
def test_trap_4_a_threshold_is_a_cliff_or_graduated_and_counts_cached_input(
    rule: TierRule, usage: Usage, usd: str
) -> None:
    assert is_usd(priced(own("long", rates=_TIERED[rule]), model="long", usage=usage), usd)


@pytest.mark.parametrize(("answered", "usd"), [("default", "0.00625"), ("priority", "0.0125")])
def test_trap_5_the_service_tier_of_the_answer_is_billed(answered: str, usd: str) -> None:
    # Asked for priority, as `parameters` say; gpt-5: 1,000 x 1.25 + 500 x 10, or twice that.
    answer = openai_chat.read_completion(
        msgspec.json.encode(
            {
                "model": "gpt-5",
                "service_tier": answered,
                "usage": {"prompt_tokens": 1000, "completion_tokens": 500},
                "choices": [],
            }
        )
    )
    quote = priced(model=answer.model, service_tier=answer.service_tier, usage=answer.usage)
    assert is_usd(quote, usd)


def test_trap_6_reasoning_is_part_of_the_output_and_the_rest_is_billed_too() -> None:
    raw = b'{"prompt_tokens": 0, "completion_tokens": 500, "completion_tokens_details": {"reasoning_tokens": 384}}'
    usage = openai_chat.read_usage(raw)
    assert usage == Usage(output_text=116, reasoning=384)
    # 500 x 10, not 884 x 10 and not 384 x 10
    assert is_usd(priced(model="gpt-5", usage=usage), "0.005")


def test_trap_7_a_batch_has_rates_of_its_own_also_for_what_was_cached() -> None:
    usual = own("gpt-5", rates=flat(input_uncached="1.25", cache_read="0.125", output_text="10"))
    batch = own("gpt-5", service_tier="batch", rates=flat(input_uncached="0.625", cache_read="0.125", output_text="5"))
    usage = Usage(input_uncached=1000, cache_read=2000, output_text=100)
    # 1,000 x 0.625 + 2,000 x 0.125 + 100 x 5 = 625 + 250 + 500
    assert is_usd(priced(usual, batch, model="gpt-5", usage=usage, service_tier="batch"), "0.001375")
    # 1,000 x 1.25 + 2,000 x 0.125 + 100 x 10 = 1,250 + 250 + 1,000
    assert is_usd(priced(usual, batch, model="gpt-5", usage=usage), "0.0025")


def test_trap_7_a_batch_without_a_price_is_unknown_instead_of_billed_in_full(book: PriceBook) -> None:
    quote = book.quote(
        provider_kind="anthropic", model="claude-sonnet-4-5", service_tier="batch", usage=Usage(output_text=1), at=_AT
    )
    assert quote.cost_usd is None


def test_trap_8_dated_names_deployments_regions_and_introductory_prices() -> None:
    million = Usage(input_uncached=1_000_000)
    assert is_usd(priced(model="gpt-4o-2024-08-06", usage=million), "2.5")
    deployment = {"provider_kind": "azure_openai", "model": "our-deployment", "usage": million}
    assert is_usd(priced(**deployment, response_model="gpt-4o-2024-08-06"), "2.5")
    assert is_usd(priced(own("our-deployment", rates=flat(input_uncached="3")), **deployment), "3")
    regional = own("gpt-4o", provider="openai-eu", rates=flat(input_uncached="2.75"))
    assert is_usd(priced(regional, model="gpt-4o", provider="openai-eu", usage=million), "2.75")
    assert is_usd(priced(regional, model="gpt-4o", provider="openai-us", usage=million), "2.5")
    usual = own("new", rates=flat(input_uncached="2"))
    introductory = own(
        "new",
        rates=flat(input_uncached="1"),
        valid_from=datetime(2026, 10, 1, tzinfo=UTC),
        valid_to=datetime(2026, 11, 1, tzinfo=UTC),
    )
    october, november = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    assert is_usd(priced(usual, introductory, model="new", usage=million, at=october), "1")
    assert is_usd(priced(usual, introductory, model="new", usage=million, at=november), "2")


@pytest.mark.parametrize(("hour", "usd"), [(12, "0.27"), (17, "0.135")])
def test_trap_8_a_price_by_the_time_of_day(book: PriceBook, hour: int, usd: str) -> None:
    # deepseek-chat in May 2025: $0.27 in, half of it from 16:30 to 00:30 UTC.
    at = datetime(2025, 5, 1, hour, tzinfo=UTC)
    assert is_usd(
        book.quote(provider_kind="deepseek", model="deepseek-chat", usage=Usage(input_uncached=1_000_000), at=at), usd
    )


def test_trap_9_an_unknown_price_is_null_and_counted(book: PriceBook) -> None:
    before = book.unpriced
    quote = book.quote(provider_kind="openai", model="gpt-99", usage=Usage(input_uncached=10), at=_AT)
    assert (quote.cost_usd, quote.source) == (None, PriceSource.NONE)
    assert book.unpriced == before + 1


def test_trap_10_zero_tokens_cost_nothing_and_missing_ones_an_unknown_amount(book: PriceBook) -> None:
    zero = book.quote(provider_kind="openai", model="gpt-4o", usage=Usage(), at=_AT)
    missing = book.quote(provider_kind="openai", model="gpt-4o", usage=None, at=_AT)
    estimated = book.quote(
        provider_kind="openai", model="gpt-4o", usage=Usage(), usage_source=UsageSource.ESTIMATED, at=_AT
    )
    assert (zero.cost_usd, missing.cost_usd) == (Decimal(0), None)
    assert (zero.source, estimated.source) == (PriceSource.PROVIDER, PriceSource.ESTIMATED)


def test_trap_11_every_attempt_is_billed_and_one_call_stands_above_them(book: PriceBook) -> None:
    def attempt(span: str, **facts: Any) -> Attempt:
        return Attempt(
            span_id=span, provider="openai", provider_kind="openai", model="gpt-4o", started_ns=1, ended_ns=2, **facts
        )

    usage = {"usage": Usage(input_uncached=1000), "usage_source": UsageSource.PROVIDER}
    attempts = [
        attempt("a" * 16, outcome=Outcome.TIMEOUT, first_token_ns=1, **usage),
        attempt("b" * 16, status_code=200, **usage),
    ]
    call = Call(
        request_id="req_1",
        project_id="prj_1",
        environment="production",
        key_id="key_1",
        trace_id="c" * 32,
        span_id="d" * 16,
        started_ns=1,
        attempts=attempts,
    )
    quotes = [
        book.quote(provider_kind="openai", model="gpt-4o", usage=each.usage, outcome=each.outcome, at=_AT)
        for each in attempts
    ]
    made = spans_of_call.rows_of(call, quotes)
    assert [entry.cost_usd for entry in made.ledger] == [Decimal("0.0025"), Decimal("0.0025")]
    assert {entry.call_span_id for entry in made.ledger} == {call.span_id}
    assert made.spans[0].cost_usd == Decimal("0.005")


@pytest.mark.parametrize("outcome", [Outcome.CLIENT_GONE, Outcome.TIMEOUT])
def test_trap_12_a_call_that_was_left_costs_what_was_seen_or_an_unknown_amount(
    book: PriceBook, outcome: Outcome
) -> None:
    facts: dict[str, Any] = {"provider_kind": "openai", "model": "gpt-4o", "outcome": outcome, "at": _AT}
    assert is_usd(book.quote(**facts, usage=Usage(input_uncached=100)), "0.00025")
    assert book.quote(**facts, usage=None, has_content=True).cost_usd is None


def test_trap_13_sums_are_exact_where_floats_are_not() -> None:
    # 7 x $0.1/M: as floats, ten of them are 6.999999999999999e-06.
    price = own("m", rates=flat(input_uncached="0.1"))
    costs = [priced(price, model="m", usage=Usage(input_uncached=7)).cost_usd for _ in range(10)]
    assert sum(cost for cost in costs if cost is not None) == Decimal("0.000007")
    assert sum([0.1 * 7 / 1e6] * 10) != 0.000007


def test_trap_14_cached_input_can_be_left_out_of_a_limit_or_counted() -> None:
    # Anthropic and Groq leave cached input out of input-token limits, Baseten counts it: both can be told.
    usage = Usage(input_uncached=200, cache_read=800, cache_write_5m=50)
    assert usage.input_total == 1050
    assert usage.input_total - usage.cache_read == 250


@pytest.mark.parametrize("reported", [{}, {"prompt_tokens_details": {"cached_tokens": 0}}])
def test_trap_15_below_the_minimum_nothing_was_cached_whatever_was_asked_for(reported: dict[str, Any]) -> None:
    # 1,000 tokens, the same prefix as before, below OpenAI's 1,024: the provider's report is what is billed.
    usage = openai_chat.read_usage(msgspec.json.encode({"prompt_tokens": 1000, "completion_tokens": 0} | reported))
    assert is_usd(priced(model="gpt-4o", usage=usage), "0.0025")


def test_the_price_of_a_request_beside_its_tokens() -> None:
    # 1,000 x 1 + $0.005 = 0.001 + 0.005
    price = own("search", rates=flat(input_uncached="1"), fee_usd=Decimal("0.005"))
    assert is_usd(priced(price, model="search", usage=Usage(input_uncached=1000)), "0.006")


def test_an_own_price_without_a_rate_for_audio_leaves_audio_unpriced() -> None:
    quote = priced(own("m", rates=flat(input_uncached="1")), model="m", usage=Usage(input_uncached=1, input_audio=1))
    assert quote.cost_usd is None
    assert quote.formula == "unknown: the project's price for 'm' has no rate for input_audio"
