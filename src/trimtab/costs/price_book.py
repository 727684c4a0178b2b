"""Public list prices, from the library `genai-prices`: what a model cost at the time of a call.

The library carries its data; nothing is asked of the network. It is imported at the first look-up, because it takes a
good part of a second. What it leaves to its caller is decided here: a service tier without a published price is
unknown instead of billed as standard, and so are audio tokens of a model that lists only a text rate.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from trimtab.costs import base_book
from trimtab.costs import service_tier as service_tiers
from trimtab.costs.base_book import BaseData
from trimtab.costs.price import Rate, Tier

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice

_PROVIDER_IDS = {
    "azure_openai": "azure",
    "bedrock": "aws",
    "gemini": "google",
}
"""Trimtab's kind to the library's id, where the two differ."""

# For each bucket the price keys that apply, most exact first. Caches and images without a rate of their own are billed
# as text; audio never is.
_PRICE_KEYS: dict[str, tuple[str, ...]] = {
    "input_uncached": ("input_mtok",),
    "cache_read": ("cache_read_mtok", "input_mtok"),
    "cache_write_5m": ("cache_write_5m_mtok", "cache_write_mtok", "input_mtok"),
    "cache_write_1h": ("cache_write_1h_mtok",),
    "input_audio": ("input_audio_mtok",),
    "input_image": ("input_image_mtok", "input_mtok"),
    "output_text": ("output_mtok",),
    "reasoning": ("output_reasoning_mtok", "output_mtok"),
    "output_audio": ("output_audio_mtok",),
}

_PER_REQUEST = "requests_kcount"
"""A fee for each request, beside tokens: such a model cannot be priced by buckets alone."""

_CACHE_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Listing:
    """The rates found, or the reason why there are none."""

    rates: dict[str, Rate]
    reason: str = ""


class ListPrices:
    """Rates by provider kind, model, service tier and time."""

    def __init__(self, data: BaseData | None = None) -> None:
        """Look them up in `data`; without it in the package's own."""
        self._data = data
        self._snapshot: Any = None
        # Which entry of the book a name means; a benign race fills it twice with the same value.
        self._entries: dict[tuple[str, str], ModelInfo | None] = {}
        self._standard_listings: dict[int, Listing] = {}

    def warm(self) -> None:
        """Load the book now, instead of at the first look-up."""
        self._load()

    @property
    def version(self) -> str:
        """The name of the book and its version, as it is written beside every price."""
        return installed_version() if self._data is None else self._data.version

    def find(self, *, provider_kind: str, models: tuple[str, ...], service_tier: str, at: datetime) -> Listing:
        """Return the rates of the first of `models` that is in the book, as they were at `at`."""
        named = [model for model in models if model]
        for model in named:
            entry = self._entry(provider_kind, model)
            if entry is not None:
                return self._rates(entry, service_tier, at)
        wanted = " or ".join(repr(model) for model in dict.fromkeys(named)) or "a model without a name"
        whose = f"at provider kind {provider_kind!r}" if provider_kind else "of an unknown provider"
        return Listing({}, f"no list price for {wanted} {whose}")

    def _entry(self, provider_kind: str, model: str) -> "ModelInfo | None":
        key = (provider_kind, model)
        if key not in self._entries:
            if len(self._entries) >= _CACHE_LIMIT:
                self._entries.clear()
            self._entries[key] = self._look_up(provider_kind, model)
        return self._entries[key]

    def _look_up(self, provider_kind: str, model: str) -> "ModelInfo | None":
        snapshot = self._load()
        provider_id = _PROVIDER_IDS.get(provider_kind, provider_kind)
        # Google's door names a model `models/gemini-…` in some answers.
        name = model.removeprefix("models/")
        # By its exact id: the library would take any kind that contains "openai" for OpenAI.
        provider = next((each for each in snapshot.providers if each.id == provider_id), None)
        if provider is None:
            return None
        try:
            entry: ModelInfo = snapshot.find_provider_model(name, provider, None, None)[1]
        except LookupError:
            return None
        return entry

    def _rates(self, entry: "ModelInfo", service_tier: str, at: datetime) -> Listing:
        tier = service_tiers.canonical(service_tier)
        if tier == service_tiers.STANDARD:
            return self._standard(entry, entry.get_prices(at))
        if not _has_tier(entry, tier, at):
            return Listing({}, f"no list price for {entry.id!r} in service tier {service_tier!r} on {at:%Y-%m-%d}")
        return _listing(entry, entry.get_prices(at, {"service_tier": tier}))

    def _standard(self, entry: "ModelInfo", prices: "ModelPrice") -> Listing:
        # The library answers with one of its own objects, which it never drops: its identity names it.
        found = self._standard_listings.get(id(prices))
        if found is None:
            found = self._standard_listings[id(prices)] = _listing(entry, prices)
        return found

    def _load(self) -> Any:  # noqa: ANN401 - the library's snapshot
        if self._snapshot is None:
            from genai_prices import data_snapshot  # noqa: PLC0415 - takes a good part of a second; not at start-up

            if self._data is None:
                self._snapshot = data_snapshot.get_snapshot()
            else:
                self._snapshot = data_snapshot.DataSnapshot(self._data.providers(), from_auto_update=False)
        return self._snapshot


@cache
def installed_version() -> str:
    """Return the name and version of the package's own book."""
    return f"genai-prices/{metadata.version('genai-prices')}"


def installed_data() -> bytes:
    """Return the package's own book as a file of base data."""
    from genai_prices import data_snapshot  # noqa: PLC0415 - as above

    return base_book.write(data_snapshot.get_snapshot().providers)


def _has_tier(entry: "ModelInfo", tier: str, at: datetime) -> bool:
    return any(
        variant.when == {"service_tier": tier} and (variant.constraint is None or variant.constraint.active(at))
        for variant in entry.price_variants or ()
    )


def _listing(entry: "ModelInfo", prices: "ModelPrice") -> Listing:
    if getattr(prices, _PER_REQUEST) is not None:
        return Listing({}, f"{entry.id!r} is billed for each request beside its tokens")
    return Listing(_by_bucket(prices))


def _by_bucket(prices: "ModelPrice") -> dict[str, Rate]:
    rates = {}
    for bucket, keys in _PRICE_KEYS.items():
        for key in keys:
            price = getattr(prices, key)
            if price is not None:
                rates[bucket] = _rate(price)
                break
    return rates


def _rate(price: Any) -> Rate:  # noqa: ANN401 - Decimal or the library's TieredPrices
    if isinstance(price, Decimal):
        return Rate(price)
    return Rate(price.base, tuple(Tier(tier.start, tier.price) for tier in price.tiers))
