"""What a call costs: buckets times rates, as exact lines and their sum. Pure.

A rate is dollars per million tokens. Past a threshold of what the model read, most providers bill all tokens of the
call at a higher rate (a cliff); a few bill only those above it so (graduated). A bucket that holds tokens but has no
rate makes the whole price unknown, because a partial sum would look like a price.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from trimtab.base import money
from trimtab.llm.call import Outcome
from trimtab.llm.usage import BUCKETS, Usage

REQUEST: Final = "request"
"""The name of the line for a fee on each request, where others have a bucket."""

_OUTPUT: Final = frozenset({"output_text", "reasoning", "output_audio"})
_MILLION: Final = 1_000_000


class TierRule(StrEnum):
    """What happens to a call that passes a threshold."""

    CLIFF = "cliff"
    """Everything that the call read counts against the threshold, and all its tokens are billed at the rate reached."""
    GRADUATED = "graduated"
    """Each token is billed at the rate of the step it falls in: input by all input, output by all output, bucket by
    bucket in the order of the table."""


@dataclass(frozen=True, slots=True)
class Tier:
    """The rate past `above` tokens."""

    above: int
    usd_per_million: Decimal


@dataclass(frozen=True, slots=True)
class Rate:
    """Dollars per million tokens, and the tiers at which that changes, lowest first."""

    usd_per_million: Decimal
    tiers: tuple[Tier, ...] = ()
    rule: TierRule = TierRule.CLIFF

    def at(self, total: int) -> Decimal:
        """Return the rate in force past `total` tokens."""
        rate = self.usd_per_million
        for tier in self.tiers:
            if total > tier.above:
                rate = tier.usd_per_million
        return rate

    def parts(self, tokens: int, *, before: int, input_total: int) -> Iterator[tuple[int, Decimal]]:
        """Yield the tokens with the rate of each part; `before` tokens of the same side were billed already."""
        if self.rule is TierRule.CLIFF:
            yield tokens, self.at(input_total)
            return
        end = before + tokens
        while before < end:
            until = min((tier.above for tier in self.tiers if before < tier.above < end), default=end)
            yield until - before, self.at(before + 1)
            before = until

    def times(self, factor: Decimal) -> "Rate":
        """Return the rate with every price multiplied."""
        tiers = tuple(Tier(tier.above, tier.usd_per_million * factor) for tier in self.tiers)
        return Rate(self.usd_per_million * factor, tiers, self.rule)


Rates = Mapping[str, Rate]
"""Rate by bucket name; a bucket that is absent has no known rate."""


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One part of a price: tokens of a bucket at one rate. A fee is one `request` at a rate per million of them."""

    bucket: str
    tokens: int
    usd_per_million: Decimal
    cost_usd: Decimal


def lines(usage: Usage, rates: Rates, fee_usd: Decimal | None = None) -> list[Line] | None:
    """Return the lines for each bucket that holds tokens and for the fee, or None when a bucket has no rate."""
    input_total = usage.input_total
    billed = {True: 0, False: 0}
    result = []
    for bucket in BUCKETS:
        tokens: int = getattr(usage, bucket)
        if tokens == 0:
            continue
        rate = rates.get(bucket)
        if rate is None:
            return None
        side = bucket in _OUTPUT
        for count, usd_per_million in rate.parts(tokens, before=billed[side], input_total=input_total):
            result.append(_line(bucket, count, usd_per_million))
        billed[side] += tokens
    if fee_usd:
        result.append(_line(REQUEST, 1, fee_usd * _MILLION))
    return result


def _line(bucket: str, tokens: int, usd_per_million: Decimal) -> Line:
    cost = money.usd(usd_per_million.scaleb(-6) * tokens)
    return Line(bucket=bucket, tokens=tokens, usd_per_million=usd_per_million, cost_usd=cost)


def total(parts: list[Line]) -> Decimal:
    """Return what the lines add up to, exactly."""
    return sum((line.cost_usd for line in parts), money.ZERO)


def formula(parts: list[Line]) -> str:
    """Return the arithmetic as a person would write it: `812 input_uncached x $2.5/M + … = $0.00203`."""
    if not parts:
        return "no tokens = $0"
    return f"{' + '.join([_term(line) for line in parts])} = ${money.text(total(parts))}"


def _term(line: Line) -> str:
    if line.bucket == REQUEST:
        return f"1 request x ${money.text(line.cost_usd)}"
    return f"{line.tokens} {line.bucket} x ${money.text(line.usd_per_million)}/M"


def is_billed(outcome: Outcome, *, has_content: bool) -> bool:
    """Say whether a provider may bill an attempt that reported no usage.

    Nothing is billed for a request that never arrived or was turned away; one that broke off, timed out or was
    abandoned after content had begun may be, and so costs an unknown amount rather than nothing.
    """
    if outcome in (Outcome.REFUSED, Outcome.UPSTREAM_REJECTED, Outcome.UNREACHABLE):
        return False
    return outcome is not Outcome.UPSTREAM_ERROR or has_content
