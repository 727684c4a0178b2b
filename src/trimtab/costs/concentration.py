"""How much of the money a few users, sessions or prompts make up. Pure.

The measure is the Gini coefficient, half of the relative mean absolute difference (Sen, On Economic Inequality, 1973,
section 2.2): 0 when all cost the same, towards 1 when one costs everything. Of amounts x_1 <= … <= x_n with sum S it is

    G = 2 * (1 x_1 + 2 x_2 + … + n x_n) / (n S) - (n + 1) / n
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from trimtab.base import money


class By(StrEnum):
    """Whose costs are compared."""

    USER = "user"
    SESSION = "session"
    PROMPT = "prompt"
    FEATURE = "feature"
    MODEL = "model"
    TEAM = "team"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What is needed of all groups together. `ranked_usd` is each group's cost times its rank, the cheapest first."""

    groups: int
    total_usd: Decimal
    ranked_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One of the dearest groups, with its share of the whole and that of all down to it."""

    key: str
    cost_usd: Decimal
    share: Decimal
    cumulative_share: Decimal


def gini(sums: Sums) -> Decimal | None:
    """Return the coefficient; None of nothing."""
    if not sums.groups or not sums.total_usd:
        return None
    count = Decimal(sums.groups)
    return 2 * sums.ranked_usd / (count * sums.total_usd) - (count + 1) / count


def shares(dearest: Iterable[tuple[str, Decimal]], total_usd: Decimal) -> list[Share]:
    """Return the groups, the dearest first, with their shares of the total."""
    found: list[Share] = []
    so_far = money.ZERO
    for key, cost_usd in dearest:
        so_far += cost_usd
        found.append(
            Share(
                key=key,
                cost_usd=cost_usd,
                share=cost_usd / total_usd if total_usd else money.ZERO,
                cumulative_share=so_far / total_usd if total_usd else money.ZERO,
            )
        )
    return found
