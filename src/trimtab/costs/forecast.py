"""What a month will have cost when it ends, from the days before, with an interval. Pure; exact arithmetic.

The model is the simplest that knows a week: a day costs the mean of its weekday, plus an error that is independent from
day to day and equally wide on all of them. That is a linear regression on seven indicators, and the sum of the days to
come has the regression's prediction interval for a sum of new observations (Montgomery, Peck and Vining, Introduction
to Linear Regression Analysis, section 3.5, for one observation; the sum of h of them adds their variances):

    sum of c_w m_w  ±  t(0.9; n - p) * s * sqrt(h + sum of c_w^2 / n_w)

where weekday w has the mean m_w of n_w days, c_w of the h days to come are such weekdays, and s^2 is the variance of
the residuals with n - p degrees of freedom. With less than two weeks there is one mean for all days (p = 1). What is
left of today counts as that part of a day.

What this leaves out makes the true uncertainty larger: growth within the month, days that resemble the one before, a
release that changes everything. It says what happens if things go on as they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import NormalDist
from typing import Final

from trimtab.base import money

LEVEL: Final = Decimal("0.8")
"""How often the month ends within the interval, when the model holds."""
FEWEST_DAYS: Final = 7
MOST_DAYS: Final = 28
"""Four whole weeks: enough for a mean of each weekday, and not so many that the past outweighs the present."""

_TWO_WEEKS: Final = 14
_DAY: Final = timedelta(days=1)


class Method(StrEnum):
    """How a month was forecast."""

    WEEKDAY_MEANS = "weekday_means"
    DAILY_MEAN = "daily_mean"
    NONE = "none"
    """Too few days are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A month: what it has cost so far, and what it will have cost at its end; None where that is not known."""

    month: date
    spent_usd: Decimal
    expected_usd: Decimal | None = None
    low_usd: Decimal | None = None
    high_usd: Decimal | None = None
    method: Method = Method.NONE
    days_observed: int


def first_day(now: datetime) -> date:
    """Return the first day that a forecast made now looks at: of the month, or of the weeks before."""
    today = now.astimezone(UTC).date()
    return min(today.replace(day=1), today - (MOST_DAYS + 1) * _DAY)


def forecast(by_day: Mapping[date, Decimal], now: datetime) -> Forecast:
    """Return the forecast of the month that `now` is in, in UTC, from what each day has cost.

    A day that is absent has cost nothing, from the first day there is on; that first day is left out of the means,
    because nobody knows at which hour of it things began.
    """
    now = now.astimezone(UTC)
    today = now.date()
    month = today.replace(day=1)
    spent = sum((usd for day, usd in by_day.items() if month <= day <= today), money.ZERO)
    known = _known_days(by_day, today)
    if len(known) < FEWEST_DAYS:
        return Forecast(month=month, spent_usd=spent, days_observed=len(known))
    method = Method.WEEKDAY_MEANS if len(known) >= _TWO_WEEKS else Method.DAILY_MEAN
    ahead = _ahead(now, _end_of_month(month))
    expected, half = _sum_ahead(known, ahead, method)
    return Forecast(
        month=month,
        spent_usd=spent,
        expected_usd=money.usd(spent + expected),
        low_usd=money.usd(spent + max(money.ZERO, expected - half)),
        high_usd=money.usd(spent + expected + half),
        method=method,
        days_observed=len(known),
    )


def _known_days(by_day: Mapping[date, Decimal], today: date) -> dict[date, Decimal]:
    """Return whole days before today with what they cost, the newest four weeks at most."""
    past = [day for day in by_day if day < today]
    if not past:
        return {}
    first = max(min(past) + _DAY, today - MOST_DAYS * _DAY)
    days = ((first + offset * _DAY) for offset in range((today - first).days))
    return {day: by_day.get(day, money.ZERO) for day in days}


def _end_of_month(month: date) -> date:
    return (month + 31 * _DAY).replace(day=1)


def _ahead(now: datetime, end: date) -> dict[date, Decimal]:
    """Return the days until `end`, each with how much of it is to come: the rest of today, and whole days."""
    today = now.date()
    midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
    passed = Decimal((now - midnight) // timedelta(microseconds=1)) / (_DAY // timedelta(microseconds=1))
    whole = {today + offset * _DAY: Decimal(1) for offset in range(1, (end - today).days)}
    return {today: 1 - passed} | whole


def _sum_ahead(known: Mapping[date, Decimal], ahead: Mapping[date, Decimal], method: Method) -> tuple[Decimal, Decimal]:
    """Return what the days ahead are expected to cost together, and half of the width of the interval around that."""
    kind = date.weekday if method is Method.WEEKDAY_MEANS else _any_day
    groups: dict[int, list[Decimal]] = {}
    for day, usd in known.items():
        groups.setdefault(kind(day), []).append(usd)
    means = {group: sum(amounts, money.ZERO) / len(amounts) for group, amounts in groups.items()}
    squares = sum(((usd - means[kind(day)]) ** 2 for day, usd in known.items()), money.ZERO)
    freedom = len(known) - len(groups)
    counts: dict[int, Decimal] = {}
    for day, part in ahead.items():
        counts[kind(day)] = counts.get(kind(day), money.ZERO) + part
    expected = sum((count * means[group] for group, count in counts.items()), money.ZERO)
    spread = sum(counts.values()) + sum(count**2 / len(groups[group]) for group, count in counts.items())
    return expected, student_t((1 + LEVEL) / 2, freedom) * (squares / freedom * spread).sqrt()


def _any_day(_day: date) -> int:
    return 0


def student_t(share: Decimal, freedom: int) -> Decimal:
    """Return the quantile of Student's t, right to three places from six degrees of freedom on.

    The expansion is 26.7.5 of Abramowitz and Stegun, Handbook of Mathematical Functions.
    """
    z = NormalDist().inv_cdf(float(share))
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160
    return Decimal(repr(z + first / freedom + second / freedom**2 + third / freedom**3 + fourth / freedom**4))
