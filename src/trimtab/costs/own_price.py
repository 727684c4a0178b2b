"""Prices that a project sets itself: for its own models, for negotiated rates, or as a discount on list prices. Pure.

A row has a key (which provider, which models, which service tier) and is in force from one moment on. Rows are never
altered once they are in force: a new row of the same key closes the one before it. Where several rows fit a call, the
one that says more about it wins, then the one that began later.
"""

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from trimtab.base.errors import InvalidInput
from trimtab.costs import service_tier
from trimtab.costs.price import Rate
from trimtab.costs.service_tier import ANY, STANDARD
from trimtab.llm.usage import BUCKETS

# Buckets that are billed at another one's rate unless they have their own. Audio and writes to an hour's cache are not:
# nobody bills them as text.
_BILLED_AS: Final[Mapping[str, str]] = {
    "cache_read": "input_uncached",
    "cache_write_5m": "input_uncached",
    "input_image": "input_uncached",
    "reasoning": "output_text",
}

_MODEL: Final = re.compile(r"[A-Za-z0-9*][A-Za-z0-9._:/@+*-]{0,199}")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_MOST_USD_PER_MILLION: Final = Decimal(1_000_000)
_MOST_FEE_USD: Final = Decimal(1_000)
_MOST_TIERS: Final = 8
_WHOLE: Final = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is paid. Without rates and fee it is a discount on the list price."""

    rates: Mapping[str, Rate] = field(default_factory=dict)
    fee_usd: Decimal | None = None
    """For each request, beside its tokens."""
    discount_percent: Decimal = Decimal(0)

    @property
    def is_discount(self) -> bool:
        """Whether the list price is what the discount is taken from."""
        return not self.rates and self.fee_usd is None

    @property
    def factor(self) -> Decimal:
        """What a price is multiplied by for the discount."""
        return (_WHOLE - self.discount_percent) / _WHOLE

    def effective(self) -> dict[str, Rate]:
        """Return the rate of every bucket that has one, after the discount."""
        rates = {bucket: rate.times(self.factor) for bucket, rate in self.rates.items()}
        for bucket, other in _BILLED_AS.items():
            if bucket not in rates and other in rates:
                rates[bucket] = rates[other]
        return rates


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPrice:
    """One row of a project's price book. `valid_to` None means that it is still open; the end is not included."""

    id: str
    project_id: str
    provider_kind: str = ""
    """Such as `openai`; empty for any."""
    provider: str = ""
    """A provider's name in the project; empty for any."""
    model: str
    """A model's name, in which `*` stands for any text."""
    service_tier: str = STANDARD
    terms: Terms
    valid_from: datetime
    valid_to: datetime | None = None
    note: str = ""
    created_at: datetime
    created_by: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What rows that follow one another have in common."""
        return self.provider_kind, self.provider, self.model, self.service_tier

    @property
    def version(self) -> str:
        """How this row is named beside a price."""
        return f"own/{self.id}"

    def is_in_force(self, at: datetime) -> bool:
        """Say whether the row holds at that moment."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


class Attempt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a price can depend on, beside the tokens."""

    provider_kind: str
    provider: str = ""
    models: tuple[str, ...]
    """The one that answered before the one that was asked for."""
    service_tier: str = ""
    at: datetime


def find(prices: Iterable[OwnPrice], attempt: Attempt) -> tuple[OwnPrice | None, OwnPrice | None]:
    """Return the row whose rates hold for the attempt, and the row whose discount on list prices does."""
    fitting = [price for price in prices if _fits(price, attempt)]
    rates = [price for price in fitting if not price.terms.is_discount]
    discounts = [price for price in fitting if price.terms.is_discount]
    return _first(rates, attempt), _first(discounts, attempt)


def _fits(price: OwnPrice, attempt: Attempt) -> bool:
    return (
        price.is_in_force(attempt.at)
        and price.provider in ("", attempt.provider)
        and price.provider_kind in ("", attempt.provider_kind)
        and price.service_tier in (ANY, service_tier.canonical(attempt.service_tier))
        and any(_matches(price.model, model) for model in attempt.models)
    )


def _matches(pattern: str, model: str) -> bool:
    return bool(model) and fnmatch.fnmatchcase(model.lower(), pattern.lower())


def _first(prices: list[OwnPrice], attempt: Attempt) -> OwnPrice | None:
    def rank(price: OwnPrice) -> tuple[bool, bool, int, int, bool, bool, datetime, datetime]:
        place = next(index for index, model in enumerate(attempt.models) if _matches(price.model, model))
        return (
            price.provider != "",
            ANY not in price.model,
            -place,
            len(price.model.replace(ANY, "")),
            price.provider_kind != "",
            price.service_tier != ANY,
            price.valid_from,
            price.created_at,
        )

    return max(prices, key=rank, default=None)


def closed_by(price: OwnPrice, new: OwnPrice) -> datetime | None:
    """Return when `price` ends because `new` comes; None when it does not.

    A row that follows another of its key closes it for good, unless it has an end itself: after an introductory price
    the earlier one holds again. A row from the same moment on takes the other's place altogether.
    """
    if price.key != new.key or not price.is_in_force(new.valid_from):
        return None
    if price.valid_from == new.valid_from:
        return price.valid_from
    return None if new.valid_to is not None else new.valid_from


def changes(prices: Iterable[OwnPrice], since: datetime, until: datetime) -> list[tuple[datetime, OwnPrice]]:
    """Return each price that began in the range, or ended without another of its key in its place, with when."""
    held = [price for price in prices if price.valid_to is None or price.valid_from < price.valid_to]
    begun = {(price.key, price.valid_from) for price in held}
    found = [(price.valid_from, price) for price in held]
    found += [
        (price.valid_to, price)
        for price in held
        if price.valid_to is not None and (price.key, price.valid_to) not in begun
    ]
    return sorted(((at, price) for at, price in found if since <= at < until), key=lambda each: (each[0], each[1].id))


def check(price: OwnPrice) -> OwnPrice:
    """Return the row if it can be used.

    Raises:
        InvalidInput: something of it cannot be; says what, and how it should look.
    """
    for what, name in (("provider_kind", price.provider_kind), ("provider", price.provider)):
        if name and not _NAME.fullmatch(name):
            raise InvalidInput(f"{what} {name[:80]!r} is not a name of lower-case letters, digits, '.', '_' and '-'")
    if not _MODEL.fullmatch(price.model):
        raise InvalidInput(
            f"model {price.model[:80]!r} is not the name of a model",
            hint="Write it as the provider does, with * for any text: gpt-5*, ft:gpt-4o:acme:*.",
        )
    if price.service_tier != ANY and not _NAME.fullmatch(price.service_tier):
        raise InvalidInput(f"service tier {price.service_tier[:80]!r} should be standard, batch, flex, priority or *")
    if price.valid_to is not None and price.valid_to <= price.valid_from:
        raise InvalidInput("a price must begin before it ends")
    _check_terms(price.terms)
    return price


def _check_terms(terms: Terms) -> None:
    if not 0 <= terms.discount_percent <= _WHOLE:
        raise InvalidInput(f"a discount lies between 0 and 100 percent, found {terms.discount_percent}")
    if terms.is_discount and not terms.discount_percent:
        raise InvalidInput(
            "a price needs rates, a fee or a discount", hint='Such as rates {"input_uncached": …, "output_text": …}.'
        )
    if terms.fee_usd is not None and not 0 <= terms.fee_usd <= _MOST_FEE_USD:
        raise InvalidInput(f"a fee for each request lies between $0 and ${_MOST_FEE_USD}, found {terms.fee_usd}")
    for bucket, rate in terms.rates.items():
        if bucket not in BUCKETS:
            raise InvalidInput(f"there is no bucket {bucket[:40]!r}; there are: {', '.join(BUCKETS)}")
        _check_rate(bucket, rate)


def _check_rate(bucket: str, rate: Rate) -> None:
    if len(rate.tiers) > _MOST_TIERS:
        raise InvalidInput(f"the rate of {bucket} has {len(rate.tiers)} tiers, at most {_MOST_TIERS}")
    for usd in (rate.usd_per_million, *(tier.usd_per_million for tier in rate.tiers)):
        if not 0 <= usd <= _MOST_USD_PER_MILLION:
            raise InvalidInput(f"a rate lies between $0 and ${_MOST_USD_PER_MILLION} per million, found {usd}")
    thresholds = [tier.above for tier in rate.tiers]
    if thresholds != sorted(set(thresholds)) or (thresholds and thresholds[0] < 1):
        raise InvalidInput(f"the thresholds of {bucket} should grow from 1 on, found {thresholds}")
