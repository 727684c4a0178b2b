"""A provider's report beside the ledger, day by day and model by model, with the drift between them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from trimtab.base import money
from trimtab.costs.provider_report import ALL_MODELS, ReportLine

_PERCENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What the ledger has for one model on one day; the cost is the sum of what is priced, None when nothing is."""

    day: str
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None
    unpriced: int


@dataclass(frozen=True, slots=True)
class Drift:
    """One figure of both sides. A side is None when it does not speak of it."""

    theirs: Decimal | None
    ours: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """How much more the ledger has than the provider."""
        if self.theirs is None or self.ours is None:
            return None
        return self.ours - self.theirs

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of what the provider has; None when that is nothing."""
        if self.theirs is None or self.difference is None or self.theirs == 0:
            return None
        return (self.difference / self.theirs * 100).quantize(_PERCENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Both sides for one day and model."""

    day: str
    model: str
    input_tokens: Drift
    output_tokens: Drift
    cost_usd: Drift
    unpriced: int
    """Attempts in the ledger whose cost nobody knows: they explain why it has less."""


def compare(theirs: Iterable[ReportLine], ours: Iterable[Ours]) -> list[Row]:
    """Return a row for each day and model that either side has, in order.

    Where a report has one line for all models of a day, it is compared with all that the ledger has for that day;
    beside lines of models, such a line is what belongs to none of them.
    """
    reported = {(line.day, line.model): line for line in theirs}
    found = {(each.day, each.model): each for each in ours}
    by_model = {day for day, model in reported if model != ALL_MODELS}
    whole_days = {day for day, model in reported if model == ALL_MODELS} - by_model
    keys = set(reported) | {key for key in found if key[0] not in whole_days}
    sums = {(day, ALL_MODELS): _sum(found, day) for day in whole_days}
    speaks = _Speaks(
        tokens=any(line.input_tokens is not None or line.output_tokens is not None for line in reported.values()),
        cost=any(line.cost_usd is not None for line in reported.values()),
    )
    return [_row(key, reported.get(key), sums.get(key) or found.get(key), speaks) for key in sorted(keys)]


def total(rows: Iterable[Row]) -> Row:
    """Return all rows together, as one about all models: of each figure, those rows of which the report speaks."""
    rows = list(rows)
    return Row(
        day="",
        model=ALL_MODELS,
        input_tokens=_together(row.input_tokens for row in rows),
        output_tokens=_together(row.output_tokens for row in rows),
        cost_usd=_together(row.cost_usd for row in rows),
        unpriced=sum(row.unpriced for row in rows),
    )


@dataclass(frozen=True, slots=True)
class _Speaks:
    tokens: bool
    cost: bool


def _row(key: tuple[str, str], line: ReportLine | None, ours: Ours | None, speaks: _Speaks) -> Row:
    nothing = ReportLine(
        day=key[0],
        model=key[1],
        input_tokens=0 if speaks.tokens else None,
        output_tokens=0 if speaks.tokens else None,
        cost_usd=money.ZERO if speaks.cost else None,
    )
    theirs = line or nothing
    return Row(
        day=key[0],
        model=key[1],
        input_tokens=Drift(_decimal(theirs.input_tokens), Decimal(ours.input_tokens if ours else 0)),
        output_tokens=Drift(_decimal(theirs.output_tokens), Decimal(ours.output_tokens if ours else 0)),
        cost_usd=Drift(theirs.cost_usd, ours.cost_usd if ours else money.ZERO),
        unpriced=ours.unpriced if ours else 0,
    )


def _decimal(count: int | None) -> Decimal | None:
    return None if count is None else Decimal(count)


def _sum(found: Mapping[tuple[str, str], Ours], day: str) -> Ours:
    those = [each for (of_day, _), each in found.items() if of_day == day]
    return Ours(
        day=day,
        model=ALL_MODELS,
        input_tokens=sum(each.input_tokens for each in those),
        output_tokens=sum(each.output_tokens for each in those),
        cost_usd=known_sum(each.cost_usd for each in those),
        unpriced=sum(each.unpriced for each in those),
    )


def _together(drifts: Iterable[Drift]) -> Drift:
    drifts = list(drifts)
    # What the report is silent about is no drift of its sum.
    compared = [drift for drift in drifts if drift.theirs is not None] or drifts
    return Drift(known_sum(drift.theirs for drift in compared), known_sum(drift.ours for drift in compared))


def known_sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum of what is known, None when nothing is."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, money.ZERO) if known else None
