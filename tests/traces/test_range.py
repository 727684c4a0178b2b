import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.base.errors import InvalidInput
from trimtab.traces.range import TimeRange, from_ns_since_epoch, resolve, to_ns_since_epoch

_NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_nothing_said_means_the_last_24_hours() -> None:
    found = resolve(None, None, _NOW)
    assert found.to_ns - found.from_ns == 24 * 3600 * 10**9
    assert found.from_ns < to_ns_since_epoch(_NOW) < found.to_ns


def test_start_alone_ends_now_and_end_alone_is_a_day_long() -> None:
    since, until = _NOW - timedelta(hours=3), _NOW - timedelta(days=5)
    assert resolve(since, None, _NOW).from_ns == to_ns_since_epoch(since)
    assert resolve(None, until, _NOW) == TimeRange(
        to_ns_since_epoch(until - timedelta(days=1)), to_ns_since_epoch(until)
    )


@pytest.mark.parametrize("length", [timedelta(0), timedelta(seconds=-1), timedelta(days=401)])
def test_range_that_is_empty_turned_round_or_endless_is_refused(length: timedelta) -> None:
    with pytest.raises(InvalidInput):
        resolve(_NOW - length, _NOW, _NOW)


@pytest.mark.parametrize(
    ("length", "step_s"),
    [
        (timedelta(minutes=1), 1),
        (timedelta(hours=1), 30),
        (timedelta(hours=24), 900),
        (timedelta(days=7), 7200),
        (timedelta(days=30), 21_600),
        (timedelta(days=90), 86_400),
        (timedelta(days=400), 345_600),
    ],
)
def test_step_is_a_round_number_that_gives_a_readable_chart(length: timedelta, step_s: int) -> None:
    assert resolve(_NOW - length, _NOW, _NOW).step_s == step_s


@given(st.integers(1, 400 * 86_400 * 10**9), st.integers(0, 2 * 10**18))
def test_steps_cover_the_range_without_a_gap_and_are_few(length_ns: int, from_ns: int) -> None:
    found = TimeRange(from_ns, from_ns + length_ns)
    steps = list(found.steps())
    assert 1 <= len(steps) <= 122
    assert steps[0] * 10**9 <= found.from_ns
    assert (steps[-1] + found.step_s) * 10**9 >= found.to_ns
    assert all(after - before == found.step_s for before, after in itertools.pairwise(steps))


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - made aware
def test_an_instant_survives_as_nanoseconds_to_the_microsecond(at: datetime) -> None:
    assert from_ns_since_epoch(to_ns_since_epoch(at)) == at


def test_range_before_has_the_same_length_and_ends_where_this_one_starts() -> None:
    assert TimeRange(100, 130).before == TimeRange(70, 100)
