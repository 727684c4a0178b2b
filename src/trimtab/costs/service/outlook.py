"""What the month will cost, and who makes up most of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from trimtab.base.clock import Clock
from trimtab.costs import concentration, forecast
from trimtab.costs.concentration import By, Share
from trimtab.costs.forecast import FEWEST_DAYS, Forecast, Method
from trimtab.costs.service.repricing import between
from trimtab.costs.store import outlook as store
from trimtab.identity.access import ProjectAccess, Right
from trimtab.storage.warehouse.port import Warehouse

SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A forecast, and what has to be known to read it."""

    forecast: Forecast
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """How a sum of money is spread over users, sessions or the like."""

    total_usd: Decimal
    """What all groups cost together."""
    unattributed_usd: Decimal
    """What calls cost beside that which have no such value."""
    unpriced_calls: int
    groups: int
    top: list[Share]
    gini: Decimal | None


class OutlookService:
    """Answers from the ledger alone. Safe to share between threads."""

    def __init__(self, warehouse: Warehouse, clock: Clock) -> None:
        """Read the ledger in `warehouse`."""
        self._warehouse = warehouse
        self._clock = clock

    def forecast(self, access: ProjectAccess, environment: str | None) -> Outlook:
        """Return what this month will have cost when it ends, in UTC."""
        access.require(Right.READ)
        now = self._clock.now()
        start = datetime.combine(forecast.first_day(now), time(), tzinfo=UTC)
        # Spans of the present second are wanted too, and senders' clocks are a little ahead at times.
        during = between(start, now + timedelta(seconds=60))
        by_day, unpriced = store.by_day(self._warehouse, access.project.id, during, environment)
        found = forecast.forecast(by_day, now)
        return Outlook(forecast=found, note=_note(found, unpriced))

    def concentration(
        self, access: ProjectAccess, by: By, start: datetime, end: datetime, environment: str | None
    ) -> Concentration:
        """Return how the cost of a range is spread.

        Raises:
            InvalidInput: the range is empty, turned round, or too long.
        """
        access.require(Right.READ)
        during = between(start, end)
        project_id = access.project.id
        row = store.totals(self._warehouse, project_id, during, by, environment)
        sums = store.sums_of(row)
        dearest = store.dearest(self._warehouse, project_id, during, by, environment, limit=SHOWN)
        return Concentration(
            total_usd=sums.total_usd,
            unattributed_usd=Decimal(row["unattributed_usd"]),
            unpriced_calls=int(row["unpriced"]),
            groups=sums.groups,
            top=concentration.shares(dearest, sums.total_usd),
            gini=concentration.gini(sums),
        )


def _note(found: Forecast, unpriced: int) -> str | None:
    said = []
    if found.method is Method.NONE:
        said.append(f"A forecast needs {FEWEST_DAYS} whole days, and {found.days_observed} are known.")
    if found.method is Method.DAILY_MEAN:
        said.append("With less than two weeks, weekdays and weekends are taken to be alike.")
    if unpriced:
        calls = "1 call without a price is" if unpriced == 1 else f"{unpriced} calls without a price are"
        said.append(f"{calls} in none of these sums.")
    return " ".join(said) or None
