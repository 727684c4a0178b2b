from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.costs import price
from trimtab.costs.price import Rate, Tier, TierRule
from trimtab.llm.call import Outcome
from trimtab.llm.usage import BUCKETS, Usage

_TOKENS = st.integers(min_value=0, max_value=10**9)
_RATES = st.decimals(min_value=0, max_value=10_000, places=6)
_USAGES = st.builds(Usage, **dict.fromkeys(BUCKETS, _TOKENS))


@st.composite
def _rate(draw: st.DrawFn) -> Rate:
    cliffs = draw(st.lists(st.tuples(st.integers(1, 10**6), _RATES), max_size=3, unique_by=lambda pair: pair[0]))
    return Rate(draw(_RATES), tuple(Tier(above, rate) for above, rate in sorted(cliffs)))


_BOOKS = st.fixed_dictionaries(dict.fromkeys(BUCKETS, _rate()))


@given(_USAGES, _BOOKS)
def test_the_lines_of_a_price_add_up_to_it_and_cover_every_token(usage: Usage, rates: dict[str, Rate]) -> None:
    lines = price.lines(usage, rates)
    assert lines is not None
    exact = sum(getattr(usage, bucket) * rates[bucket].at(usage.input_total) for bucket in BUCKETS)
    assert price.total(lines) == exact / 10**6
    assert sum(line.tokens for line in lines) == usage.input_total + usage.output_total


@given(_USAGES, _BOOKS, st.sampled_from(BUCKETS))
def test_a_bucket_with_tokens_and_no_rate_makes_the_whole_price_unknown(
    usage: Usage, rates: dict[str, Rate], missing: str
) -> None:
    del rates[missing]
    assert (price.lines(usage, rates) is None) == (getattr(usage, missing) > 0)


@pytest.mark.parametrize(
    ("read", "rate"),
    [(0, "1"), (200_000, "1"), (200_001, "2"), (1_000_000, "2"), (1_000_001, "4")],
)
def test_past_a_cliff_all_tokens_are_billed_at_its_rate(read: int, rate: str) -> None:
    tiered = Rate(Decimal(1), (Tier(200_000, Decimal(2)), Tier(1_000_000, Decimal(4))))
    assert tiered.at(read) == Decimal(rate)


def test_a_cliff_is_reached_by_everything_that_was_read_cached_or_not() -> None:
    tiered = Rate(Decimal(1), (Tier(200_000, Decimal(2)),))
    lines = price.lines(
        Usage(input_uncached=1, cache_read=200_000, output_text=10),
        {"input_uncached": tiered, "cache_read": tiered, "output_text": tiered},
    )
    assert lines is not None
    assert {line.usd_per_million for line in lines} == {Decimal(2)}


def test_the_formula_can_be_checked_by_hand() -> None:
    lines = price.lines(
        Usage(input_uncached=812, output_text=3),
        {"input_uncached": Rate(Decimal("2.50")), "output_text": Rate(Decimal(10))},
    )
    assert lines is not None
    assert price.formula(lines) == "812 input_uncached x $2.5/M + 3 output_text x $10/M = $0.00206"


@pytest.mark.parametrize(
    ("outcome", "has_content", "billed"),
    [
        (Outcome.OK, True, True),
        (Outcome.REFUSED, False, False),
        (Outcome.UPSTREAM_REJECTED, False, False),
        (Outcome.UNREACHABLE, False, False),
        (Outcome.UPSTREAM_ERROR, False, False),
        (Outcome.UPSTREAM_ERROR, True, True),
        (Outcome.TIMEOUT, False, True),
        (Outcome.CLIENT_GONE, False, True),
    ],
)
def test_only_what_never_reached_a_model_is_known_to_be_unbilled(
    outcome: Outcome,
    has_content: bool,  # noqa: FBT001 - a column of the table above
    billed: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    assert price.is_billed(outcome, has_content=has_content) is billed


@given(_USAGES, st.lists(st.tuples(st.integers(1, 10**6), _RATES), max_size=3, unique_by=lambda pair: pair[0]))
def test_graduated_lines_cover_every_token_once_whatever_the_steps(
    usage: Usage, steps: list[tuple[int, Decimal]]
) -> None:
    tiers = tuple(Tier(above, rate) for above, rate in sorted(steps))
    rate = Rate(Decimal(1), tiers, TierRule.GRADUATED)
    lines = price.lines(usage, dict.fromkeys(BUCKETS, rate))
    assert lines is not None
    assert sum(line.tokens for line in lines) == usage.input_total + usage.output_total
    expected = sum(
        (min(total, end) - start) * rate.at(start + 1)
        for total in (usage.input_total, usage.output_total)
        for start, end in zip(
            [0, *(tier.above for tier in tiers)], [*(tier.above for tier in tiers), 10**10], strict=True
        )
        if start < total
    )
    assert price.total(lines) == Decimal(expected) / 10**6
