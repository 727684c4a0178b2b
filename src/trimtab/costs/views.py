"""The shapes in which the costs room answers, as they stand in the API document. Amounts are exact, as text."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from trimtab.base import money
from trimtab.costs.own_price import OwnPrice, Terms
from trimtab.costs.price import Rate, Tier, TierRule
from trimtab.costs.provider_report import Columns, Form, Report
from trimtab.costs.reconciliation import Drift
from trimtab.costs.reconciliation import Row as ReconciliationRow
from trimtab.costs.repricing import Comparison, Difference, Side, greatest_first
from trimtab.costs.service import PriceSource, Quote
from trimtab.llm.usage import BUCKETS, Usage
from trimtab.storage.warehouse.port import Row

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


class UnpricedView(BaseModel):
    """Calls of one model without a price. Of `without_usage` attempts nobody knows the tokens: no price helps those."""

    provider: str
    provider_kind: str
    model: str
    response_model: str
    service_tier: str
    requests: int
    attempts: int
    without_usage: int
    input_tokens: int
    output_tokens: int
    reason: str
    first_at: datetime
    last_at: datetime

    @classmethod
    def of(cls, row: Row) -> "UnpricedView":
        """Show a row of the listing."""
        return cls(
            **{name: row[name] for name in cls.model_fields if name in row},
            first_at=datetime.fromtimestamp(row["first_ns"] // 10**9, UTC),
            last_at=datetime.fromtimestamp(row["last_ns"] // 10**9, UTC),
        )


class UnpricedPage(BaseModel):
    """Models without a price, the most frequent first."""

    items: list[UnpricedView]
    next: str | None


class SideView(BaseModel):
    """The sum of what is priced, and how many attempts are not."""

    cost_usd: Usd
    unpriced: int

    @classmethod
    def of(cls, side: Side) -> "SideView":
        """Show one side."""
        return cls(cost_usd=side.cost_usd, unpriced=side.unpriced)


class DifferenceView(BaseModel):
    """What other prices change: attempts, and the sums before and after."""

    attempts: int
    changed: int
    before: SideView
    after: SideView
    difference_usd: Usd

    @classmethod
    def of(cls, found: Difference) -> "DifferenceView":
        """Show a difference."""
        return cls(
            attempts=found.rows,
            changed=found.changed,
            before=SideView.of(found.before),
            after=SideView.of(found.after),
            difference_usd=found.after.cost_usd - found.before.cost_usd,
        )


class ModelDifferenceView(DifferenceView):
    """The difference for one model, named `provider/model`."""

    model: str


class RepricingView(BaseModel):
    """What pricing the past again changes, or has changed; models without a change are left out."""

    applied: bool
    total: DifferenceView
    models: list[ModelDifferenceView]

    @classmethod
    def of(cls, found: Comparison, *, applied: bool) -> "RepricingView":
        """Show a comparison."""
        models = [
            ModelDifferenceView(model=name, **dict(DifferenceView.of(difference)))
            for name, difference in greatest_first(found.models)
        ]
        return cls(applied=applied, total=DifferenceView.of(found.total), models=models)


class ColumnsBody(_Body):
    """The names of a CSV's columns; those left out are looked for under the names in use."""

    day: Annotated[str, Field(max_length=200)] = ""
    model: Annotated[str, Field(max_length=200)] = ""
    input_tokens: Annotated[str, Field(max_length=200)] = ""
    output_tokens: Annotated[str, Field(max_length=200)] = ""
    cost_usd: Annotated[str, Field(max_length=200)] = ""

    def columns(self) -> Columns:
        """Return them as the rules take them."""
        return Columns(**self.model_dump())


class ReportView(BaseModel):
    """What a provider says of its usage and cost; days are in UTC."""

    id: str
    name: str
    form: Form
    provider_kind: str
    provider: str
    first_day: str
    last_day: str
    created_at: datetime
    created_by: str

    @classmethod
    def of(cls, report: Report) -> "ReportView":
        """Show a report."""
        return cls(**{name: getattr(report, name) for name in cls.model_fields})


class ReportPage(BaseModel):
    """Some reports."""

    items: list[ReportView]
    next: str | None


class DriftView(BaseModel):
    """A figure of both sides, exact, as text. Null is what a side does not speak of; `percent` is of theirs."""

    theirs: Usd | None
    ours: Usd | None
    difference: Usd | None
    percent: Usd | None

    @classmethod
    def of(cls, drift: Drift) -> "DriftView":
        """Show a drift."""
        return cls(theirs=drift.theirs, ours=drift.ours, difference=drift.difference, percent=drift.percent)


class ReconciliationRowView(BaseModel):
    """The provider's report beside the ledger, for one day and model; `*` is all models."""

    day: str
    model: str
    input_tokens: DriftView
    output_tokens: DriftView
    cost_usd: DriftView
    unpriced: int

    @classmethod
    def of(cls, row: ReconciliationRow) -> "ReconciliationRowView":
        """Show a row."""
        return cls(
            day=row.day,
            model=row.model,
            input_tokens=DriftView.of(row.input_tokens),
            output_tokens=DriftView.of(row.output_tokens),
            cost_usd=DriftView.of(row.cost_usd),
            unpriced=row.unpriced,
        )


class ReconciliationView(BaseModel):
    """A report with the ledger beside it, in all and by day and model."""

    report: ReportView
    total: ReconciliationRowView
    rows: list[ReconciliationRowView]
