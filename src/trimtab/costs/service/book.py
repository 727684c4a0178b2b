"""The price of one attempt, with everything that is needed to check it by hand."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol

from trimtab.base import money
from trimtab.base.errors import Unavailable
from trimtab.costs import own_price, price
from trimtab.costs.base_book import BaseData
from trimtab.costs.own_price import Attempt, OwnPrice
from trimtab.costs.price_book import Listing, ListPrices
from trimtab.costs.quote import PriceSource, Quote
from trimtab.llm.call import Outcome
from trimtab.llm.usage import BUCKETS, Usage, UsageSource

SELF_HOSTED_KINDS = frozenset({"local", "ollama", "vllm"})
"""Kinds of provider that run on one's own machines: no token has a price there, which is a fact and not a gap."""

SELF_HOSTED_VERSION = "self-hosted/1"
NOT_BILLED_VERSION = "not-billed/1"

_FRESH_S: Final = 1.0
"""How long own prices are taken to be unchanged without a look at their revision."""

_MOST_TARIFFS: Final = 10_000
"""What was found for attempts, in memory; their moments are whole seconds, so that few are asked for again later."""

_MOST_BOOKS: Final = 8
"""Books of list prices in memory, beside that of the package; about ten megabytes each."""

_NO_LISTING: Final = Listing({})

_FREE = dict.fromkeys(BUCKETS, price.Rate(money.ZERO))


class OwnPrices(Protocol):
    """Where a project's own prices are kept."""

    def revision(self) -> int:
        """Return a number that moves when any project's prices change.

        Raises:
            Unavailable: the store does not answer.
        """
        ...

    def of(self, project_id: str) -> Sequence[OwnPrice]:
        """Return every row of the project.

        Raises:
            Unavailable: the store does not answer.
        """
        ...


class Books(Protocol):
    """Where the list prices are kept that a project has accepted."""

    def of(self, project_id: str) -> BaseData | None:
        """Return the project's; None for those of the package. They change with the revision of own prices.

        Raises:
            Unavailable: the store does not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Tariff:
    """What holds for attempts of one kind at one moment, whatever their tokens."""

    own: OwnPrice | None
    discount: OwnPrice | None
    version: str = ""
    listing: Listing = _NO_LISTING


@dataclass(frozen=True, slots=True)
class _Held:
    """What was read of the stores."""

    rows: dict[str, Sequence[OwnPrice]] = field(default_factory=dict)
    """A project's own prices, by its id."""
    providers: dict[str, frozenset[str]] = field(default_factory=dict)
    """For which providers a project has own prices."""
    chosen: dict[str, ListPrices] = field(default_factory=dict)
    """The list prices that it has accepted."""
    tariffs: dict[tuple[str, Attempt], _Tariff] = field(default_factory=dict)
    """What was found for attempts: those of one batch differ in little but their tokens."""


class PriceBook:
    """Prices attempts by what was known at the time of the call. Safe to share between threads.

    A project's own prices win over list prices. A change made here is seen at the next attempt, one that another server
    made within a second. While the store does not answer, the prices that were read last hold.
    """

    def __init__(self, own_prices: OwnPrices | None = None, books: Books | None = None) -> None:
        """Price by list prices, those of the package unless `books` has others, and by `own_prices` before them."""
        self._list_prices = ListPrices()
        self._books = books
        self._own_prices = own_prices
        self._revision = -1
        self._checked_s = -_FRESH_S
        # As of `_revision`. Replaced as a whole: whoever reads meanwhile writes into the old one.
        self._held = _Held()
        # Read into memory once each; a benign race reads one twice.
        self._by_book: dict[str, ListPrices] = {}
        # Guards `_unpriced`.
        self._counting = threading.Lock()
        self._unpriced = 0

    @property
    def unpriced(self) -> int:
        """How many attempts found no price since the start."""
        return self._unpriced

    def warm(self) -> str:
        """Load the list prices now instead of at the first call; return their version."""
        self._list_prices.warm()
        return self._list_prices.version

    def forget(self) -> None:
        """Look at the next attempt whether own prices have changed."""
        self._checked_s = -_FRESH_S

    def provider_named(self, project_id: str, names: Sequence[str]) -> str:
        """Return the first of the names, in any case, for which the project has a price; empty when it has for none."""
        if not names:
            return ""
        held = self._fresh()
        known = held.providers.get(project_id)
        if known is None:
            known = frozenset(row.provider for row in self._rows_of(held, project_id))
            held.providers[project_id] = known
        return next((lower for name in names if (lower := name.lower()) in known), "")

    def quote(  # noqa: PLR0913 - each is a fact of the attempt that its price depends on
        self,
        *,
        project_id: str = "",
        provider_kind: str,
        provider: str = "",
        model: str,
        response_model: str = "",
        service_tier: str = "",
        usage: Usage | None,
        usage_source: UsageSource = UsageSource.PROVIDER,
        outcome: Outcome = Outcome.OK,
        has_content: bool = True,
        at: datetime,
        is_counted: bool = True,
    ) -> Quote:
        """Return the price of one attempt at `at`, by the model that answered before the one that was asked for.

        Without `project_id` it is the list price. `service_tier` is that of the answer: what was asked for may not have
        been given. `is_counted` False keeps a question out of the count of unpriced attempts.
        """
        if usage is None or usage_source is UsageSource.NONE:
            found = _without_usage(provider_kind, outcome, has_content=has_content)
        else:
            attempt = Attempt(
                provider_kind=provider_kind,
                provider=provider,
                models=(response_model, model),
                service_tier=service_tier,
                at=at,
            )
            tariff = self._tariff(project_id, attempt)
            source = PriceSource.ESTIMATED if usage_source is UsageSource.ESTIMATED else PriceSource.PROVIDER
            if tariff.own is not None:
                found = _by_own(tariff.own, usage, source)
            else:
                found = _by_list(tariff, attempt, usage, source)
        if is_counted and found.cost_usd is None:
            with self._counting:
                self._unpriced += 1
        return found

    def _tariff(self, project_id: str, attempt: Attempt) -> _Tariff:
        held, key = self._fresh(), (project_id, attempt)
        found = held.tariffs.get(key)
        if found is None:
            if len(held.tariffs) >= _MOST_TARIFFS:
                held.tariffs.clear()
            found = held.tariffs[key] = self._find(held, project_id, attempt)
        return found

    def _find(self, held: _Held, project_id: str, attempt: Attempt) -> _Tariff:
        own, discount = own_price.find(self._rows_of(held, project_id), attempt)
        if own is not None or attempt.provider_kind in SELF_HOSTED_KINDS:
            return _Tariff(own, discount)
        lists = self._lists_of(held, project_id)
        listing = lists.find(
            provider_kind=attempt.provider_kind,
            models=attempt.models,
            service_tier=attempt.service_tier,
            at=attempt.at,
        )
        return _Tariff(own, discount, lists.version, listing)

    def _fresh(self) -> _Held:
        """Return what was read, anew if it has changed."""
        if self._own_prices is not None and time.monotonic() - self._checked_s >= _FRESH_S:
            self._check(self._own_prices)
        return self._held

    def _rows_of(self, held: _Held, project_id: str) -> Sequence[OwnPrice]:
        if self._own_prices is None or not project_id:
            return ()
        if project_id not in held.rows:
            held.rows[project_id] = self._own_prices.of(project_id)
        return held.rows[project_id]

    def _lists_of(self, held: _Held, project_id: str) -> ListPrices:
        if self._books is None or not project_id:
            return self._list_prices
        if project_id not in held.chosen:
            held.chosen[project_id] = self._read(self._books.of(project_id))
        return held.chosen[project_id]

    def _read(self, data: BaseData | None) -> ListPrices:
        if data is None:
            return self._list_prices
        if data.id not in self._by_book:
            if len(self._by_book) >= _MOST_BOOKS:
                self._by_book.clear()
            self._by_book[data.id] = ListPrices(data)
        return self._by_book[data.id]

    def _check(self, own_prices: OwnPrices) -> None:
        # Before the look: a change that comes after it makes the next look due.
        self._checked_s = time.monotonic()
        try:
            revision = own_prices.revision()
        except Unavailable:
            # What was read last holds; a project that was never read cannot be priced, and its batch is sent again.
            return
        if revision != self._revision:
            self._held = _Held()
            self._revision = revision


def _by_list(tariff: _Tariff, attempt: Attempt, usage: Usage, source: PriceSource) -> Quote:
    if attempt.provider_kind in SELF_HOSTED_KINDS:
        return _quote(price.lines(usage, _FREE) or [], PriceSource.LOCAL, SELF_HOSTED_VERSION)
    version, discount = tariff.version, tariff.discount
    if tariff.listing.reason:
        return _unknown(tariff.listing.reason, version)
    rates: price.Rates = tariff.listing.rates
    if discount is not None:
        rates = {bucket: rate.times(discount.terms.factor) for bucket, rate in rates.items()}
    parts = price.lines(usage, rates)
    if parts is None:
        return _unknown(f"no list price for {_missing(usage, rates)} of {_name(attempt)!r}", version)
    if discount is None:
        return _quote(parts, source, version)
    return _quote(parts, source, f"{version}+{discount.version}", discount.terms.discount_percent)


def _by_own(row: OwnPrice, usage: Usage, source: PriceSource) -> Quote:
    rates = row.terms.effective()
    fee = None if row.terms.fee_usd is None else row.terms.fee_usd * row.terms.factor
    parts = price.lines(usage, rates, fee)
    if parts is None:
        return _unknown(f"the project's price for {row.model!r} has no rate for {_missing(usage, rates)}", row.version)
    return _quote(parts, source, row.version, row.terms.discount_percent)


def _missing(usage: Usage, rates: Mapping[str, price.Rate]) -> str:
    return ", ".join(bucket for bucket in BUCKETS if getattr(usage, bucket) and bucket not in rates)


def _name(attempt: Attempt) -> str:
    return next((model for model in attempt.models if model), "")


def _quote(parts: list[price.Line], source: PriceSource, version: str, discount_percent: Decimal = money.ZERO) -> Quote:
    formula = price.formula(parts)
    if discount_percent:
        formula = f"{formula}; rates after {money.text(discount_percent)}% discount"
    return Quote(cost_usd=price.total(parts), source=source, version=version, lines=tuple(parts), formula=formula)


def _unknown(reason: str, version: str) -> Quote:
    return Quote(cost_usd=None, source=PriceSource.NONE, version=version, formula=f"unknown: {reason}")


def _without_usage(provider_kind: str, outcome: Outcome, *, has_content: bool) -> Quote:
    if provider_kind in SELF_HOSTED_KINDS:
        return _quote([], PriceSource.LOCAL, SELF_HOSTED_VERSION)
    if price.is_billed(outcome, has_content=has_content):
        return _unknown("the provider reported no usage", "")
    return Quote(
        cost_usd=money.ZERO,
        source=PriceSource.NOT_BILLED,
        version=NOT_BILLED_VERSION,
        formula="the request was turned away or never arrived = $0",
    )
