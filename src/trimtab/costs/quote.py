"""The price of one attempt as a value: the amount, the lines that it is the sum of, and where it comes from. Pure."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from trimtab.costs import price


class PriceSource(StrEnum):
    """Where a price comes from."""

    PROVIDER = "provider"
    """A price times the tokens that the provider counted."""
    ESTIMATED = "estimated"
    """A price times tokens that Trimtab estimated."""
    LOCAL = "local"
    """A model on one's own machines: zero."""
    NOT_BILLED = "not_billed"
    """A request that was turned away or never arrived: zero."""
    COUNTED_ELSEWHERE = "counted_elsewhere"
    """Another report of the same call carries its cost: zero here."""
    REPORTED = "reported"
    """What the sender says that it cost; no price of its own is known for the model."""
    NONE = "none"
    """Unknown."""


class Quote(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A price with its reasons; `cost_usd` is None when it is unknown, and `formula` then says why."""

    cost_usd: Decimal | None
    source: PriceSource
    version: str
    lines: tuple[price.Line, ...] = ()
    formula: str
