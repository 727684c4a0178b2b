"""Base data of list prices as a file: the JSON that `genai-prices` publishes, read and written, and as plain terms.

A file is read into the library's own types, so that its prices are found by the same rules as those of the package.
What the library needs for other ends, such as reading usage out of answers, is left out.
"""

import dataclasses
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from trimtab.base.errors import InvalidInput

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice, Provider

MOST_BYTES: Final = 20_000_000
_ALIASES: Final = {"or_": "or", "and_": "and"}
_LEFT_OUT: Final = frozenset({"extractors"})

Terms: TypeAlias = dict[str, str]
"""What a model costs, by what for: `input_mtok`, `input_mtok from 2026-01-01`, `input_mtok, service_tier=flex`."""
Book: TypeAlias = dict[tuple[str, str], Terms]
"""Terms by provider and model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseData:
    """Base data that is kept: its name, such as `genai-prices/0.3.0`, and the file, compressed."""

    id: str
    version: str
    content: bytes

    def providers(self) -> "list[Provider]":
        """Return what is in it."""
        return read(gzip.decompress(self.content))


def pack(content: bytes) -> bytes:
    """Return a file as it is kept."""
    return gzip.compress(content, mtime=0)


def read(content: bytes) -> "list[Provider]":
    """Return the providers of a file of base data.

    Raises:
        InvalidInput: it is none; says at which place.
    """
    from genai_prices.types import Provider  # noqa: PLC0415 - takes a good part of a second; not at start-up
    from pydantic import ConfigDict, TypeAdapter, ValidationError  # noqa: PLC0415 - with the library, at first use

    if len(content) > MOST_BYTES:
        raise InvalidInput(f"a file of base data has at most {MOST_BYTES} bytes, found {len(content)}")
    try:
        found = json.loads(content, parse_float=Decimal)
    except ValueError as error:
        raise InvalidInput(f"the base data is not JSON: {error}") from error
    if not isinstance(found, list) or not found:
        raise InvalidInput(
            "base data is a list of providers, found something else", hint="Give the file data.json of genai-prices."
        )
    adapter = TypeAdapter(list[Provider], config=ConfigDict(arbitrary_types_allowed=True))
    try:
        return adapter.validate_python([_with_prices(provider) for provider in found])
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"the base data cannot be read at {place}: {first['msg']}") from error
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(f"the base data has a price of another form: {error!r}") from error


def write(providers: "list[Provider]") -> bytes:
    """Return the providers as a file of base data."""
    return json.dumps([_plain(provider) for provider in providers], ensure_ascii=False).encode()


def terms(providers: "list[Provider]") -> Book:
    """Return what each model of each provider costs, in words that can be compared."""
    return {
        (provider.id, model.id): {
            **_of_prices(model.prices),
            **{
                f"{key}, {_when(variant.when)}{_since(variant.constraint)}": value
                for variant in model.price_variants or ()
                for key, value in _of_price(variant.prices).items()
            },
        }
        for provider in providers
        for model in provider.models
    }


def _of_prices(prices: Any) -> Terms:  # noqa: ANN401 - the library's union
    if not isinstance(prices, list):
        return _of_price(prices)
    return {
        f"{key}{_since(conditional.constraint)}": value
        for conditional in prices
        for key, value in _of_price(conditional.prices).items()
    }


def _of_price(price: "ModelPrice") -> Terms:
    return {key: _amount(value) for key, value in _known(price).items()}


def _known(price: "ModelPrice") -> dict[str, Any]:
    return {key: value for key, value in vars(price).items() if value is not None and not key.startswith("_")}


def _amount(value: Any) -> str:  # noqa: ANN401 - Decimal or the library's TieredPrices
    if isinstance(value, Decimal):
        return _digits(value)
    steps = "".join(f", above {tier.start}: {_digits(tier.price)}" for tier in value.tiers)
    return f"{_digits(value.base)}{steps}"


def _digits(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _since(constraint: Any) -> str:  # noqa: ANN401 - one of the library's constraints
    if constraint is None:
        return ""
    start = getattr(constraint, "start_date", None)
    return f" from {start}" if start else f" from {constraint.start_time} to {constraint.end_time}"


def _when(context: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(context.items()))


def _with_prices(provider: Any) -> Any:  # noqa: ANN401 - JSON, checked by the library's types
    """Return a provider's JSON with its prices as the library's values, which its own types take as they are."""
    if not isinstance(provider, dict):
        return provider
    kept = {name: value for name, value in provider.items() if name not in _LEFT_OUT}
    if isinstance(kept.get("models"), list):
        kept["models"] = [_model(model, str(kept.get("id"))) for model in kept["models"]]
    return kept


def _model(model: Any, provider: str) -> Any:  # noqa: ANN401 - as above
    if not isinstance(model, dict):
        return model
    place = f"{provider}/{model.get('id')}"
    kept = dict(model)
    prices = kept.get("prices")
    if isinstance(prices, dict):
        kept["prices"] = _price(prices, place)
    elif isinstance(prices, list):
        kept["prices"] = [each | {"prices": _price(each.get("prices"), place)} for each in prices]
    if kept.get("price_variants"):
        kept["price_variants"] = [
            each | {"prices": _price(each.get("prices"), place)} for each in kept["price_variants"]
        ]
    return kept


def _price(prices: Any, place: str) -> "ModelPrice":  # noqa: ANN401 - as above
    from genai_prices.types import ModelPrice, Tier, TieredPrices  # noqa: PLC0415 - as above

    if not isinstance(prices, dict):
        raise InvalidInput(f"the prices of {place} are not an object")
    found: dict[str, Any] = {}
    for key, value in prices.items():
        if isinstance(value, dict):
            tiers = [Tier(start=int(each["start"]), price=_usd(each["price"], place)) for each in value["tiers"]]
            found[key] = TieredPrices(base=_usd(value["base"], place), tiers=tiers)
        elif value is not None:
            found[key] = _usd(value, place)
    return ModelPrice(**found)


def _usd(value: Any, place: str) -> Decimal:  # noqa: ANN401 - as above
    try:
        amount = Decimal(value if isinstance(value, Decimal | int) else str(value))
    except InvalidOperation as error:
        raise InvalidInput(f"a price of {place} is {value!r}, which is no number") from error
    if not amount.is_finite() or amount < 0:
        raise InvalidInput(f"a price of {place} is {value!r}, which no price can be")
    return amount


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever the library's values hold
    from genai_prices.types import ModelPrice  # noqa: PLC0415 - as above

    if isinstance(value, ModelPrice):
        return {key: _plain(each) for key, each in _known(value).items()}
    if dataclasses.is_dataclass(value):
        fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {
            _ALIASES.get(name, name): _plain(each)
            for name, each in fields
            if each is not None and name not in _LEFT_OUT and not name.startswith("_")
        }
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, Decimal):
        return _digits(value)
    return value.isoformat() if isinstance(value, date | time) else value
