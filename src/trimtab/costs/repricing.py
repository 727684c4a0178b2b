"""What the past costs by other prices, beside what was written down for it. Pure.

Only what has tokens is priced again: a request that was turned away, or whose usage nobody knows, stays as it is, and
so does one whose cost another report of the same call carries.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from trimtab.base import money
from trimtab.costs.quote import PriceSource, Quote
from trimtab.llm.usage import Usage, UsageSource

_KEPT: Final = frozenset({PriceSource.NOT_BILLED.value, PriceSource.COUNTED_ELSEWHERE.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row of the ledger, as far as its price depends on it. Times are nanoseconds."""

    span_id: str
    call_span_id: str
    called_ns: int
    at: datetime
    provider: str
    provider_kind: str
    model: str
    response_model: str
    service_tier: str
    usage: Usage
    usage_source: str
    cost_usd: Decimal | None
    price_source: str
    formula: str


@dataclass(frozen=True, slots=True)
class Change:
    """A row that has another price now."""

    entry: Entry
    quote: Quote


@dataclass(slots=True)
class Side:
    """A sum of what is priced, and how many rows are not."""

    cost_usd: Decimal = money.ZERO
    unpriced: int = 0

    def add(self, cost_usd: Decimal | None) -> None:
        """Count one row."""
        if cost_usd is None:
            self.unpriced += 1
        else:
            self.cost_usd += cost_usd


@dataclass(slots=True)
class Difference:
    """Rows looked at and changed, with the sums before and after."""

    rows: int = 0
    changed: int = 0
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)

    def add(self, before_usd: Decimal | None, after_usd: Decimal | None, *, is_changed: bool) -> None:
        """Count one row."""
        self.rows += 1
        self.changed += is_changed
        self.before.add(before_usd)
        self.after.add(after_usd)


@dataclass(slots=True)
class Comparison:
    """The difference over all rows, and for each model, named `provider/model`."""

    total: Difference = field(default_factory=Difference)
    models: dict[str, Difference] = field(default_factory=dict)


Price = Callable[[Entry], Quote]


def compare(entries: Iterable[Entry], price: Price, into: Comparison) -> Iterator[Change]:
    """Yield the rows that have another price now, and count every row into `into`."""
    for entry in entries:
        quote = price(entry) if _has_price(entry) else None
        if quote is not None and quote.cost_usd is None and entry.price_source == PriceSource.REPORTED.value:
            # What the sender said is better than nothing.
            quote = None
        is_changed = quote is not None and (
            quote.cost_usd != entry.cost_usd
            or quote.source.value != entry.price_source
            or quote.formula != entry.formula
        )
        after_usd = quote.cost_usd if quote is not None else entry.cost_usd
        name = f"{entry.provider}/{entry.response_model or entry.model}"
        for difference in (into.total, into.models.setdefault(name, Difference())):
            difference.add(entry.cost_usd, after_usd, is_changed=is_changed)
        if quote is not None and is_changed:
            yield Change(entry, quote)


def _has_price(entry: Entry) -> bool:
    return entry.usage_source != UsageSource.NONE.value and entry.price_source not in _KEPT


def greatest_first(models: Mapping[str, Difference]) -> list[tuple[str, Difference]]:
    """Return the models with a change, those whose sum changed most first."""
    changed = [(name, difference) for name, difference in models.items() if difference.changed]
    return sorted(changed, key=lambda each: (-abs(each[1].after.cost_usd - each[1].before.cost_usd), each[0]))


def cost_of_call(costs: Iterable[Decimal | None], sources: Iterable[str]) -> tuple[Decimal | None, str]:
    """Return what all attempts of a call cost, and where that comes from: the least certain of their sources."""
    found = set(sources)
    ranking = (
        *(PriceSource.NONE, PriceSource.REPORTED, PriceSource.ESTIMATED),
        *(PriceSource.PROVIDER, PriceSource.LOCAL, PriceSource.NOT_BILLED),
    )
    source = next((each.value for each in ranking if each.value in found), PriceSource.NOT_BILLED.value)
    return money.total(costs), source
