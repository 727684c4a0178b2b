"""The lines of a price as the ledger keeps them: JSON in which amounts are exact decimal texts. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from trimtab.base import money
from trimtab.costs.price import Line


class KeptLine(msgspec.Struct, frozen=True):
    """One line as it was kept; the rate stays the text that it is, because rates are compared and shown as written."""

    bucket: str
    tokens: int
    usd_per_million: str
    cost_usd: Decimal


_KEPT: Final = msgspec.json.Decoder(list[KeptLine])


def encode(lines: Iterable[Line]) -> str:
    """Return lines as the ledger keeps them."""
    shown = [
        {
            "bucket": line.bucket,
            "tokens": line.tokens,
            "usd_per_million": money.text(line.usd_per_million),
            "cost_usd": money.text(line.cost_usd),
        }
        for line in lines
    ]
    return msgspec.json.encode(shown).decode()


def decode(text: str) -> list[KeptLine]:
    """Return lines as they were kept; none of an empty text."""
    return _KEPT.decode(text) if text else []
