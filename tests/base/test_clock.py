from datetime import UTC, datetime, timedelta, timezone

from trimtab.base.clock import FixedClock, SystemClock


def test_the_system_clock_is_aware_and_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_both_readings_of_a_clock_agree() -> None:
    clock = FixedClock(datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
    assert clock.now_ns() == int(clock.now().timestamp()) * 1_000_000_000
