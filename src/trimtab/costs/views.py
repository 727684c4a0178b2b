"""The shapes in which the costs room answers, as they stand in the API document. Amounts are exact, as text."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from trimtab.base import money
from trimtab.costs.own_price import OwnPrice, Terms
from trimtab.costs.price import Rate, Tier, TierRule
from trimtab.costs.service import PriceSource, Quote
from trimtab.llm.usage import BUCKETS, Usage

Usd = Annotated[Decimal, PlainSerializer(money.text, return_type=str)]
"""Dollars, exact, as text."""

_Amount = Annotated[Decimal, Field(ge=0, max_digits=24, decimal_places=money.PLACES)]
_Tokens = Annotated[int, Field(ge=0, le=1_000_000_000)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TierBody(_Body):
    """The rate past `above` tokens."""

    above: Annotated[int, Field(ge=1, le=1_000_000_000)]
    usd_per_million: _Amount


class RateBody(_Body):
    """Dollars per million tokens; past a threshold all tokens cost that rate (cliff), or those above it (graduated)."""

    usd_per_million: _Amount
    tiers: list[TierBody] = Field(default=[], max_length=8)
    rule: TierRule = TierRule.CLIFF

    def rate(self) -> Rate:
        """Return it as the rules take it."""
        return Rate(
            self.usd_per_million, tuple(Tier(tier.above, tier.usd_per_million) for tier in self.tiers), self.rule
        )


class TermsBody(_Body):
    """Rates by bucket, a fee for each request, a discount. A discount alone is taken from the list price."""

    rates: dict[str, RateBody] = Field(default={}, max_length=len(BUCKETS))
    fee_usd: _Amount | None = None
    discount_percent: _Amount = money.ZERO

    def terms(self) -> Terms:
        """Return them as the rules take them."""
        return Terms(
            rates={bucket: rate.rate() for bucket, rate in self.rates.items()},
            fee_usd=self.fee_usd,
            discount_percent=self.discount_percent,
        )


class TierView(BaseModel):
    """The rate past `above` tokens."""

    above: int
    usd_per_million: Usd


class RateView(BaseModel):
    """Dollars per million tokens, and how that changes for long calls."""

    usd_per_million: Usd
    tiers: list[TierView]
    rule: TierRule


class PriceView(BaseModel):
    """A price that the project set. Empty provider and kind mean any; without rates and fee it is a discount."""

    id: str
    provider_kind: str
    provider: str
    model: str
    service_tier: str
    rates: dict[str, RateView]
    fee_usd: Usd | None
    discount_percent: Usd
    valid_from: datetime
    valid_to: datetime | None
    note: str
    created_at: datetime
    created_by: str
    version: str

    @classmethod
    def of(cls, price: OwnPrice) -> "PriceView":
        """Show a price."""
        return cls(
            id=price.id,
            provider_kind=price.provider_kind,
            provider=price.provider,
            model=price.model,
            service_tier=price.service_tier,
            rates={bucket: _rate(rate) for bucket, rate in price.terms.rates.items()},
            fee_usd=price.terms.fee_usd,
            discount_percent=price.terms.discount_percent,
            valid_from=price.valid_from,
            valid_to=price.valid_to,
            note=price.note,
            created_at=price.created_at,
            created_by=price.created_by,
            version=price.version,
        )


def _rate(rate: Rate) -> RateView:
    return RateView(
        usd_per_million=rate.usd_per_million,
        tiers=[TierView(above=tier.above, usd_per_million=tier.usd_per_million) for tier in rate.tiers],
        rule=rate.rule,
    )


class PricePage(BaseModel):
    """Some prices."""

    items: list[PriceView]
    next: str | None


class UsageBody(_Body):
    """Tokens by bucket; buckets do not overlap."""

    input_uncached: _Tokens = 0
    cache_read: _Tokens = 0
    cache_write_5m: _Tokens = 0
    cache_write_1h: _Tokens = 0
    input_audio: _Tokens = 0
    input_image: _Tokens = 0
    output_text: _Tokens = 0
    reasoning: _Tokens = 0
    output_audio: _Tokens = 0

    def usage(self) -> Usage:
        """Return it as the rules take it."""
        return Usage(**self.model_dump())


class QuoteLine(BaseModel):
    """One part of a price: tokens times a rate. A fee is one `request`."""

    bucket: str
    tokens: int
    usd_per_million: Usd
    cost_usd: Usd


class QuoteView(BaseModel):
    """What a call would cost and why; `cost_usd` null says that nobody knows, and `formula` why."""

    cost_usd: Usd | None
    source: PriceSource
    version: str
    lines: list[QuoteLine]
    formula: str

    @classmethod
    def of(cls, quote: Quote) -> "QuoteView":
        """Show a quote."""
        return cls(
            cost_usd=quote.cost_usd,
            source=quote.source,
            version=quote.version,
            lines=[
                QuoteLine(
                    bucket=line.bucket,
                    tokens=line.tokens,
                    usd_per_million=line.usd_per_million,
                    cost_usd=line.cost_usd,
                )
                for line in quote.lines
            ],
            formula=quote.formula,
        )
