"""The price of one attempt, with everything that is needed to check it by hand."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from trimtab.base import money
from trimtab.costs import price
from trimtab.costs.price_book import ListPrices
from trimtab.llm.call import Outcome
from trimtab.llm.usage import BUCKETS, Usage, UsageSource

SELF_HOSTED_KINDS = frozenset({"local", "ollama", "vllm"})
"""Kinds of provider that run on one's own machines: no token has a price there, which is a fact and not a gap."""

SELF_HOSTED_VERSION = "self-hosted/1"
NOT_BILLED_VERSION = "not-billed/1"

_FREE = dict.fromkeys(BUCKETS, price.Rate(money.ZERO))


class PriceSource(StrEnum):
    """Where a price comes from."""

    PROVIDER = "provider"
    """A list price times the tokens that the provider counted."""
    ESTIMATED = "estimated"
    """A list price times tokens that Trimtab estimated."""
    LOCAL = "local"
    """A model on one's own machines: zero."""
    NOT_BILLED = "not_billed"
    """A request that was turned away or never arrived: zero."""
    COUNTED_ELSEWHERE = "counted_elsewhere"
    """Another report of the same call carries its cost: zero here."""
    NONE = "none"
    """Unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A price with its reasons; `cost_usd` is None when it is unknown, and `formula` then says why."""

    cost_usd: Decimal | None
    source: PriceSource
    version: str
    lines: tuple[price.Line, ...] = ()
    formula: str


class PriceBook:
    """Prices attempts by what was known at the time of the call. Safe to share between threads."""

    def __init__(self) -> None:
        self._list_prices = ListPrices()

    def warm(self) -> str:
        """Load the prices now instead of at the first call; return their version."""
        self._list_prices.warm()
        return self._list_prices.version

    def quote(  # noqa: PLR0913 - each is a fact of the attempt that its price depends on
        self,
        *,
        provider_kind: str,
        model: str,
        response_model: str = "",
        service_tier: str = "",
        usage: Usage | None,
        usage_source: UsageSource = UsageSource.PROVIDER,
        outcome: Outcome = Outcome.OK,
        has_content: bool = True,
        at: datetime,
    ) -> Quote:
        """Return the price of one attempt at `at`, by the model that answered before the one that was asked for."""
        if provider_kind in SELF_HOSTED_KINDS:
            return _quote(price.lines(usage or Usage(), _FREE) or [], PriceSource.LOCAL, SELF_HOSTED_VERSION)
        if usage is None or usage_source is UsageSource.NONE:
            return _without_usage(outcome, has_content=has_content)
        version = self._list_prices.version
        listing = self._list_prices.find(
            provider_kind=provider_kind, models=(response_model, model), service_tier=service_tier, at=at
        )
        if listing.reason:
            return _unknown(listing.reason, version)
        parts = price.lines(usage, listing.rates)
        if parts is None:
            missing = [bucket for bucket in BUCKETS if getattr(usage, bucket) and bucket not in listing.rates]
            return _unknown(f"no list price for {', '.join(missing)} of {response_model or model!r}", version)
        estimated = usage_source is UsageSource.ESTIMATED
        return _quote(parts, PriceSource.ESTIMATED if estimated else PriceSource.PROVIDER, version)


def _quote(parts: list[price.Line], source: PriceSource, version: str) -> Quote:
    return Quote(
        cost_usd=price.total(parts),
        source=source,
        version=version,
        lines=tuple(parts),
        formula=price.formula(parts),
    )


def _unknown(reason: str, version: str) -> Quote:
    return Quote(cost_usd=None, source=PriceSource.NONE, version=version, formula=f"unknown: {reason}")


def _without_usage(outcome: Outcome, *, has_content: bool) -> Quote:
    if price.is_billed(outcome, has_content=has_content):
        return _unknown("the provider reported no usage", "")
    return Quote(
        cost_usd=money.ZERO,
        source=PriceSource.NOT_BILLED,
        version=NOT_BILLED_VERSION,
        formula="the request was turned away or never arrived = $0",
    )
