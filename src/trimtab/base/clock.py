"""Time comes from a clock that is passed in, is aware, and is UTC."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the time is, for everything that must know it."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...

    def now_ns(self) -> int:
        """Return nanoseconds since the Unix epoch."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        return datetime.now(UTC)

    def now_ns(self) -> int:
        """Return nanoseconds since the Unix epoch."""
        return time.time_ns()


class FixedClock:
    """A clock that stands still until it is moved; for tests."""

    def __init__(self, at: datetime) -> None:
        """Stand at `at`, which must be aware."""
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant the clock stands at."""
        return self._at

    def now_ns(self) -> int:
        """Return the instant the clock stands at, in nanoseconds since the Unix epoch."""
        return int(self._at.timestamp() * 1_000_000) * 1_000

    def move_to(self, at: datetime) -> None:
        """Set the clock to `at`, which must be aware."""
        self._at = at.astimezone(UTC)
