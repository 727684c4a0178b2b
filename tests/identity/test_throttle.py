"""How long wrong passwords make one wait."""

from datetime import UTC, datetime, timedelta

import pytest

from trimtab.identity import throttle
from trimtab.identity.throttle import PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, Attempts

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _wait_s(count: int, *, since_s: float = 0, limit: throttle.Limit = PER_ACCOUNT_AND_ADDRESS) -> float:
    attempts = Attempts(count=count, last_at=_NOW - timedelta(seconds=since_s))
    return throttle.wait(limit, attempts, _NOW).total_seconds()


def test_the_first_five_attempts_are_free() -> None:
    assert [_wait_s(count) for count in range(5)] == [0] * 5


@pytest.mark.parametrize(("count", "wait_s"), [(5, 15), (6, 30), (7, 60), (8, 120), (10, 480), (11, 900), (1000, 900)])
def test_then_the_wait_doubles_up_to_a_quarter_of_an_hour(count: int, wait_s: float) -> None:
    assert _wait_s(count) == wait_s


def test_time_that_has_passed_counts() -> None:
    assert _wait_s(5, since_s=10) == 5
    assert _wait_s(5, since_s=15) == 0


def test_an_hour_without_an_attempt_forgets_all() -> None:
    assert _wait_s(1000, since_s=3600) == 0
    old = Attempts(count=1000, last_at=_NOW - timedelta(hours=1))
    assert throttle.after(old, _NOW) == Attempts(count=1, last_at=_NOW)


def test_an_address_may_try_many_accounts_but_not_any_number() -> None:
    assert _wait_s(49, limit=PER_ADDRESS) == 0
    assert _wait_s(50, limit=PER_ADDRESS) == 15
