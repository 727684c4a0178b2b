"""The stretch of time that a question is about, and the steps in which it is drawn. Pure.

Every question to the warehouse has one. Times are whole nanoseconds since the Unix epoch; a range contains its start
and not its end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from trimtab.base.errors import InvalidInput

DEFAULT_LENGTH: Final = timedelta(hours=24)
MAX_LENGTH: Final = timedelta(days=400)
_MOST_STEPS: Final = 120
_NS_PER_S: Final = 1_000_000_000
_FIRST_PIECE_NS: Final = 3600 * _NS_PER_S
_FIRST_PIECE_SHARE: Final = 64
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_STEPS_S: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 240, 300, 600, 900, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200),
    *(86_400, 172_800, 345_600),
)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `from_ns` up to, but not including, `to_ns`."""

    from_ns: int
    to_ns: int

    @property
    def before(self) -> "TimeRange":
        """The range of the same length that ends where this one starts."""
        return TimeRange(2 * self.from_ns - self.to_ns, self.from_ns)

    @property
    def step_s(self) -> int:
        """The seconds between two points of a series over this range: a round number that gives at most 120 or so."""
        length_s = (self.to_ns - self.from_ns) / _NS_PER_S
        return next((step for step in _STEPS_S if length_s / step <= _MOST_STEPS), _STEPS_S[-1])

    def newest_first(self) -> Iterator["TimeRange"]:
        """Yield the range in two pieces, a small newest one first; a short range is one piece.

        Who looks for the newest things that fit, and stops when there are enough, reads little where many fit. More
        pieces would have the last day, whose rows are the costliest to read, read again with each of them.
        """
        start = self.to_ns - max(_FIRST_PIECE_NS, (self.to_ns - self.from_ns) // _FIRST_PIECE_SHARE)
        if start - self.from_ns < _FIRST_PIECE_NS:
            yield self
            return
        yield TimeRange(start, self.to_ns)
        yield TimeRange(self.from_ns, start)

    def newest_parts(self) -> Iterator["TimeRange"]:
        """Yield the newest part of the range, then the whole."""
        for piece in self.newest_first():
            yield TimeRange(piece.from_ns, self.to_ns)

    def steps(self) -> Iterator[int]:
        """Yield the start of each step in seconds since the Unix epoch; the first may lie before the range."""
        step = self.step_s
        first = self.from_ns // _NS_PER_S // step * step
        last = (self.to_ns - 1) // _NS_PER_S // step * step
        yield from range(first, last + 1, step)


def resolve(start: datetime | None, end: datetime | None, now: datetime) -> TimeRange:
    """Return the range asked for: the last 24 hours up to now where nothing is said.

    Raises:
        InvalidInput: the range is empty, turned round, or longer than 400 days.
    """
    # Spans of the present second are wanted too, and senders' clocks are a little ahead at times.
    until = end or now + timedelta(seconds=60)
    since = start or until - DEFAULT_LENGTH
    if since >= until:
        raise InvalidInput(
            f"the range must start before it ends, found from {since.isoformat()} to {until.isoformat()}"
        )
    if until - since > MAX_LENGTH:
        raise InvalidInput(f"a range may cover {MAX_LENGTH.days} days, found {(until - since).days}")
    return TimeRange(to_ns_since_epoch(since), to_ns_since_epoch(until))


def to_ns_since_epoch(at: datetime) -> int:
    """Return an aware instant as whole nanoseconds, without passing through a float."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000


def from_ns_since_epoch(at_ns: int) -> datetime:
    """Return nanoseconds as an aware instant in UTC, cut to the microsecond."""
    return _EPOCH + timedelta(microseconds=at_ns // 1000)
