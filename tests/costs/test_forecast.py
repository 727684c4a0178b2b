"""The forecast of a month: its arithmetic, when it refuses, and how often its interval holds."""

import random
from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from trimtab.costs.forecast import Method, first_day, forecast, student_t

_DAY = timedelta(days=1)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = NOON.date()


def _days(count: int, usd: Callable[[date], Decimal], *, today: date = TODAY) -> dict[date, Decimal]:
    """Return so many whole days before today, and the day before them on which things began."""
    return {today - offset * _DAY: usd(today - offset * _DAY) for offset in range(1, count + 2)}


def test_equal_days_give_that_day_for_each_to_come_and_no_width() -> None:
    found = forecast(_days(28, lambda _: Decimal(2)) | {TODAY: Decimal(1)}, NOON)
    # 19 days of the month are over, half of the 20th is; ten and a half are to come.
    assert found.spent_usd == Decimal(19 * 2 + 1)
    assert found.expected_usd == found.low_usd == found.high_usd == Decimal(60)
    assert (found.month, found.method, found.days_observed) == (date(2026, 11, 1), Method.WEEKDAY_MEANS, 28)


def test_weekdays_and_weekends_have_means_of_their_own() -> None:
    def weekend(day: date) -> Decimal:
        return Decimal(1 if day.weekday() >= 5 else 10)

    found = forecast(_days(28, weekend) | {TODAY: Decimal(5)}, NOON)
    ahead = [TODAY + offset * _DAY for offset in range(1, 11)]
    spent = sum(weekend(TODAY - offset * _DAY) for offset in range(1, 20)) + 5
    assert found.expected_usd == spent + 5 + sum(weekend(day) for day in ahead)


def test_with_less_than_two_weeks_all_days_are_alike() -> None:
    found = forecast(_days(8, lambda day: Decimal(day.day % 2)), NOON)
    assert (found.method, found.days_observed) == (Method.DAILY_MEAN, 8)
    assert found.expected_usd == found.spent_usd + Decimal("10.5") / 2
    assert found.low_usd is not None
    assert found.high_usd is not None
    assert found.spent_usd <= found.low_usd < found.expected_usd < found.high_usd


@pytest.mark.parametrize("days", [0, 1, 6])
def test_with_less_than_a_week_there_is_no_forecast(days: int) -> None:
    found = forecast(_days(days, lambda _: Decimal(3)), NOON)
    assert (found.method, found.days_observed) == (Method.NONE, days)
    assert (found.expected_usd, found.low_usd, found.high_usd) == (None, None, None)
    assert found.spent_usd == 3 * (days + 1)


def test_nothing_at_all_is_no_forecast() -> None:
    found = forecast({}, NOON)
    assert (found.spent_usd, found.days_observed, found.method) == (Decimal(0), 0, Method.NONE)


def test_a_day_without_calls_cost_nothing_and_counts() -> None:
    known = _days(9, lambda day: Decimal(day.day % 2))
    without = {day: usd for day, usd in known.items() if usd or day == min(known)}
    assert forecast(without, NOON) == forecast(known, NOON)


def test_the_day_on_which_things_began_is_not_taken_for_a_whole_one() -> None:
    known = _days(20, lambda _: Decimal(4))
    began = min(known)
    found = forecast(known | {began: Decimal("0.1")}, NOON)
    assert found.high_usd == found.low_usd


def test_at_the_end_of_the_last_day_the_month_is_what_was_spent() -> None:
    end = datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=UTC)
    found = forecast(_days(28, lambda day: Decimal(day.day), today=end.date()), end)
    assert found.expected_usd is not None
    assert abs(found.expected_usd - found.spent_usd) < Decimal("0.000001")


def test_what_is_read_reaches_back_over_four_weeks_and_to_the_first_of_the_month() -> None:
    assert first_day(NOON) == date(2026, 10, 22)
    assert first_day(datetime(2026, 10, 31, tzinfo=UTC)) == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("freedom", "expected"),
    # Of published tables of Student's t, 90 % one-sided.
    [(6, "1.440"), (10, "1.372"), (21, "1.323"), (120, "1.289")],
)
def test_quantiles_of_t_are_those_of_the_tables(freedom: int, expected: str) -> None:
    assert abs(student_t(Decimal("0.9"), freedom) - Decimal(expected)) < Decimal("0.0006")


def _normal(chance: random.Random, level: float) -> float:
    return max(0.0, chance.gauss(level, 0.3 * level))


def _skewed(chance: random.Random, level: float) -> float:
    return level * chance.gammavariate(4, 0.25)


@pytest.mark.parametrize("draw", [_normal, _skewed])
@pytest.mark.parametrize(("history", "day"), [(28, 6), (28, 20), (15, 12), (9, 15)])
def test_interval_holds_as_often_as_it_says(
    draw: Callable[[random.Random, float], float], history: int, day: int
) -> None:
    """Simulate months of days that are alike but for the weekday, and count in how many the interval held."""
    chance = random.Random(20_261_120)  # noqa: S311 - simulated data, the same each time
    today = date(2026, 11, day)
    now = datetime(2026, 11, day, tzinfo=UTC)
    end = date(2026, 11, monthrange(2026, 11)[1])
    runs, held = 1_500, 0

    def level(each: date) -> float:
        return 100.0 if history < 14 or each.weekday() < 5 else 40.0

    for _ in range(runs):
        days = {
            today + offset * _DAY: Decimal(repr(round(draw(chance, level(today + offset * _DAY)), 6)))
            for offset in range(-history - 1, (end - today).days + 1)
        }
        found = forecast({each: usd for each, usd in days.items() if each < today}, now)
        assert found.low_usd is not None
        assert found.high_usd is not None
        truth = sum(usd for each, usd in days.items() if each.month == 11)
        held += found.low_usd <= truth <= found.high_usd
    # With 1,500 runs the share itself is known to about 2 points.
    assert 0.76 <= held / runs <= 0.85, held / runs
