"""Golden prices: every number here was worked out by hand from the providers' published rates."""

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from trimtab.costs.service import PriceBook, PriceSource, Quote
from trimtab.llm import openai_chat
from trimtab.llm.call import Outcome
from trimtab.llm.usage import Usage, UsageSource

_AUTUMN = datetime(2026, 11, 1, 12, tzinfo=UTC)
_EXACT = Decimal("0.000000001")


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook()


def _openai(book: PriceBook, usage: dict[str, object], model: str, **facts: object) -> Quote:
    found = openai_chat.read_usage(msgspec.json.encode(usage))
    return book.quote(provider_kind="openai", model=model, usage=found, **({"at": _AUTUMN} | facts))  # type: ignore[arg-type]


def _is(quote: Quote, usd: str) -> bool:
    assert quote.cost_usd is not None, quote.formula
    assert sum(line.cost_usd for line in quote.lines) == quote.cost_usd
    return abs(quote.cost_usd - Decimal(usd)) < _EXACT


def test_openai_total_that_contains_cached_tokens_is_billed_once(book: PriceBook) -> None:
    # gpt-4o: $2.50 in, $1.25 cached, $10 out. 86 x 2.50 + 1,920 x 1.25 + 300 x 10 = 215 + 2,400 + 3,000
    usage = {"prompt_tokens": 2006, "completion_tokens": 300, "prompt_tokens_details": {"cached_tokens": 1920}}
    quote = _openai(book, usage, "gpt-4o", response_model="gpt-4o-2024-08-06")
    assert _is(quote, "0.005615")
    assert [(line.bucket, line.tokens) for line in quote.lines] == [
        ("input_uncached", 86),
        ("cache_read", 1920),
        ("output_text", 300),
    ]
    assert quote.source is PriceSource.PROVIDER
    assert quote.version.startswith("genai-prices/")


def test_openai_reasoning_is_part_of_the_output_and_billed_once(book: PriceBook) -> None:
    # gpt-5: $1.25 in, $10 out. 1,000 x 1.25 + 500 x 10 = 1,250 + 5,000
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "completion_tokens_details": {"reasoning_tokens": 384}}
    quote = _openai(book, usage, "gpt-5")
    assert _is(quote, "0.00625")
    assert {line.bucket: line.tokens for line in quote.lines}["reasoning"] == 384


def test_openai_audio_has_rates_of_its_own(book: PriceBook) -> None:
    # gpt-audio: $2.50 and $32 in, $10 and $64 out.
    # 20 x 2.50 + 100 x 32 + 30 x 10 + 200 x 64 = 50 + 3,200 + 300 + 12,800
    usage = {
        "prompt_tokens": 120,
        "completion_tokens": 230,
        "prompt_tokens_details": {"audio_tokens": 100},
        "completion_tokens_details": {"audio_tokens": 200},
    }
    assert _is(_openai(book, usage, "gpt-audio"), "0.01635")


def test_audio_without_an_audio_rate_is_unknown_instead_of_billed_as_text(book: PriceBook) -> None:
    quote = book.quote(
        provider_kind="openai", model="gpt-4o-audio-preview", usage=Usage(input_audio=100, output_text=5), at=_AUTUMN
    )
    assert quote.cost_usd is None
    assert "input_audio" in quote.formula


def test_anthropic_cache_writes_of_both_lifetimes_are_told_apart(book: PriceBook) -> None:
    # claude-sonnet-4-5: $3 in, $0.30 read, $3.75 write 5 min, $6 write 1 h, $15 out.
    # 50 x 3 + 18,000 x 0.30 + 2,048 x 3.75 + 1,000 x 6 + 503 x 15 = 150 + 5,400 + 7,680 + 6,000 + 7,545
    quote = book.quote(
        provider_kind="anthropic",
        model="claude-sonnet-4-5-20250929",
        usage=Usage(input_uncached=50, cache_read=18_000, cache_write_5m=2048, cache_write_1h=1000, output_text=503),
        at=_AUTUMN,
    )
    assert _is(quote, "0.026775")


@pytest.mark.parametrize(
    ("tokens", "usd"),
    [
        (200_000, "0.26"),  # 200,000 x 1.25 + 1,000 x 10
        (200_001, "0.5150025"),  # 200,001 x 2.50 + 1,000 x 15: all of them, not the one above
    ],
)
def test_gemini_long_prompts_fall_off_the_cliff(book: PriceBook, tokens: int, usd: str) -> None:
    quote = book.quote(
        provider_kind="gemini", model="gemini-2.5-pro", usage=Usage(input_uncached=tokens, output_text=1000), at=_AUTUMN
    )
    assert _is(quote, usd)


def test_price_is_that_of_the_day_of_the_call(book: PriceBook) -> None:
    # o3 went from $10 and $40 to $2 and $8 on 2025-06-10.
    usage = Usage(input_uncached=1_000_000, output_text=1_000_000)
    before = book.quote(provider_kind="openai", model="o3", usage=usage, at=datetime(2025, 6, 9, 23, 59, tzinfo=UTC))
    after = book.quote(provider_kind="openai", model="o3", usage=usage, at=datetime(2025, 6, 10, tzinfo=UTC))
    assert (before.cost_usd, after.cost_usd) == (Decimal(50), Decimal(10))


@pytest.mark.parametrize(
    ("tier", "usd"),
    [
        ("default", "0.00625"),  # 1,000 x 1.25 + 500 x 10
        ("flex", "0.003125"),  # 1,000 x 0.625 + 500 x 5
        ("priority", "0.0125"),  # 1,000 x 2.50 + 500 x 20
    ],
)
def test_service_tier_of_the_response_sets_the_rate(book: PriceBook, tier: str, usd: str) -> None:
    usage = Usage(input_uncached=1000, output_text=500)
    quote = book.quote(provider_kind="openai", model="gpt-5", usage=usage, service_tier=tier, at=_AUTUMN)
    assert _is(quote, usd)


def test_service_tier_without_a_published_rate_is_unknown(book: PriceBook) -> None:
    usage = Usage(input_uncached=1000, output_text=500)
    quote = book.quote(provider_kind="openai", model="gpt-5", usage=usage, service_tier="scale", at=_AUTUMN)
    assert quote.cost_usd is None
    assert quote.source is PriceSource.NONE
    assert "'scale'" in quote.formula


@pytest.mark.parametrize(
    ("kind", "model", "usd"),
    [
        # A million tokens in and none out, at the published rate for that door.
        ("openai", "text-embedding-3-small", "0.02"),
        ("azure_openai", "gpt-4o-2024-08-06", "2.50"),
        ("anthropic", "claude-haiku-4-5", "1"),
        ("gemini", "models/gemini-2.5-flash", "0.30"),
        ("bedrock", "openai.gpt-oss-120b-1:0", "0.15"),
        ("mistral", "mistral-small-2506", "0.10"),
        ("groq", "llama-3.3-70b-versatile", "0.59"),
        ("openrouter", "openai/gpt-4o", "2.50"),
    ],
)
def test_every_kind_of_provider_with_list_prices_finds_its_own(
    book: PriceBook, kind: str, model: str, usd: str
) -> None:
    usage = Usage(input_uncached=1_000_000)
    assert _is(book.quote(provider_kind=kind, model=model, usage=usage, at=_AUTUMN), usd)


def test_unknown_model_has_an_unknown_price_and_says_why(book: PriceBook) -> None:
    quote = book.quote(provider_kind="openai", model="gpt-99", usage=Usage(input_uncached=10), at=_AUTUMN)
    assert quote.cost_usd is None
    assert quote.source is PriceSource.NONE
    assert "'gpt-99'" in quote.formula


def test_unknown_provider_has_an_unknown_price(book: PriceBook) -> None:
    quote = book.quote(provider_kind="openai_compatible", model="gpt-4o", usage=Usage(input_uncached=1), at=_AUTUMN)
    assert quote.cost_usd is None


def test_a_model_whose_provider_nobody_names_says_so(book: PriceBook) -> None:
    quote = book.quote(provider_kind="", model="own-llama", usage=Usage(input_uncached=1), at=_AUTUMN)
    assert quote.formula == "unknown: no list price for 'own-llama' of an unknown provider"


def test_model_that_answered_goes_before_the_one_that_was_asked_for(book: PriceBook) -> None:
    # An Azure deployment has any name; gpt-4o-mini costs $0.15 in.
    usage = Usage(input_uncached=1_000_000)
    facts = {"provider_kind": "azure_openai", "model": "our-deployment", "usage": usage, "at": _AUTUMN}
    assert _is(book.quote(**facts, response_model="gpt-4o-mini-2024-07-18"), "0.15")  # type: ignore[arg-type]
    assert book.quote(**facts).cost_usd is None  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["local", "ollama", "vllm"])
def test_self_hosted_model_costs_an_explicit_zero(book: PriceBook, kind: str) -> None:
    quote = book.quote(provider_kind=kind, model="smollm2", usage=Usage(input_uncached=40, output_text=9), at=_AUTUMN)
    assert quote.cost_usd == Decimal(0)
    assert quote.source is PriceSource.LOCAL
    assert quote.version == "self-hosted/1"
    assert [(line.bucket, line.tokens, line.usd_per_million) for line in quote.lines] == [
        ("input_uncached", 40, Decimal(0)),
        ("output_text", 9, Decimal(0)),
    ]


def test_estimated_tokens_make_an_estimated_price(book: PriceBook) -> None:
    quote = book.quote(
        provider_kind="openai",
        model="gpt-4o",
        usage=Usage(input_uncached=100),
        usage_source=UsageSource.ESTIMATED,
        at=_AUTUMN,
    )
    assert quote.source is PriceSource.ESTIMATED


def test_answer_without_usage_is_unknown_and_a_turned_away_request_is_free(book: PriceBook) -> None:
    answered = book.quote(provider_kind="openai", model="gpt-4o", usage=None, at=_AUTUMN)
    refused = book.quote(
        provider_kind="openai",
        model="gpt-4o",
        usage=None,
        outcome=Outcome.UPSTREAM_REJECTED,
        has_content=False,
        at=_AUTUMN,
    )
    assert answered.cost_usd is None
    assert (refused.cost_usd, refused.source) == (Decimal(0), PriceSource.NOT_BILLED)


def test_importing_the_price_book_loads_no_price_library() -> None:
    probe = "import sys, trimtab.costs.service; sys.exit('genai_prices' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
