"""What a call costs: buckets times rates, as exact lines and their sum. Pure.

A rate is dollars per million tokens. Some models have a cliff: once everything that the model read passes a threshold,
all tokens of the call are billed at the higher rate, not only those above it. A bucket that holds tokens but has no
rate makes the whole price unknown, because a partial sum would look like a price.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from trimtab.base import money
from trimtab.llm.call import Outcome
from trimtab.llm.usage import BUCKETS, Usage


@dataclass(frozen=True, slots=True)
class Cliff:
    """The rate for all tokens of a call that read more than `above` tokens."""

    above: int
    usd_per_million: Decimal


@dataclass(frozen=True, slots=True)
class Rate:
    """Dollars per million tokens, and the cliffs at which that changes, lowest first."""

    usd_per_million: Decimal
    cliffs: tuple[Cliff, ...] = ()

    def at(self, input_total: int) -> Decimal:
        """Return the rate for a call that read `input_total` tokens."""
        rate = self.usd_per_million
        for cliff in self.cliffs:
            if input_total > cliff.above:
                rate = cliff.usd_per_million
        return rate


Rates = Mapping[str, Rate]
"""Rate by bucket name; a bucket that is absent has no known rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One bucket's part of a price."""

    bucket: str
    tokens: int
    usd_per_million: Decimal
    cost_usd: Decimal


def lines(usage: Usage, rates: Rates) -> list[Line] | None:
    """Return one line for each bucket that holds tokens, or None when one of them has no rate."""
    input_total = usage.input_total
    result = []
    for bucket in BUCKETS:
        tokens: int = getattr(usage, bucket)
        if tokens == 0:
            continue
        rate = rates.get(bucket)
        if rate is None:
            return None
        usd_per_million = rate.at(input_total)
        cost = money.usd(usd_per_million.scaleb(-6) * tokens)
        result.append(Line(bucket=bucket, tokens=tokens, usd_per_million=usd_per_million, cost_usd=cost))
    return result


def total(parts: list[Line]) -> Decimal:
    """Return what the lines add up to, exactly."""
    return sum((line.cost_usd for line in parts), money.ZERO)


def formula(parts: list[Line]) -> str:
    """Return the arithmetic as a person would write it: `812 input_uncached x $2.5/M + … = $0.00203`."""
    if not parts:
        return "no tokens = $0"
    terms = [f"{line.tokens} {line.bucket} x ${money.text(line.usd_per_million)}/M" for line in parts]
    return f"{' + '.join(terms)} = ${money.text(total(parts))}"


def is_billed(outcome: Outcome, *, has_content: bool) -> bool:
    """Say whether a provider may bill an attempt that reported no usage.

    Nothing is billed for a request that never arrived or was turned away; one that broke off, timed out or was
    abandoned after content had begun may be, and so costs an unknown amount rather than nothing.
    """
    if outcome in (Outcome.REFUSED, Outcome.UPSTREAM_REJECTED, Outcome.UNREACHABLE):
        return False
    return outcome is not Outcome.UPSTREAM_ERROR or has_content
