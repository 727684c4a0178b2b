"""The names of service tiers: how fast, and at which price, a provider promises to answer. Pure."""

from typing import Final

STANDARD: Final = "standard"
ANY: Final = "*"

_STANDARD_NAMES: Final = frozenset({"", "auto", "default", "standard", "on_demand"})


def canonical(name: str) -> str:
    """Return a tier by its one name: whatever answers use to say "nothing special" is `standard`."""
    lower = name.strip().lower()
    return STANDARD if lower in _STANDARD_NAMES else lower
