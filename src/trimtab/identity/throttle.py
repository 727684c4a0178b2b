"""How long somebody who gave wrong passwords must wait: a pure rule.

Attempts are counted for an account as seen from one address, so that a stranger cannot lock its owner out, and for an
address over all accounts, so that one address cannot try a common password on everybody. The first few are free; then
the wait doubles up to a quarter of an hour. An hour without an attempt forgets all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FORGET_AFTER: Final = timedelta(hours=1)
_FIRST_WAIT: Final = timedelta(seconds=15)
_LONGEST_WAIT: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many attempts are free before each further one has to wait."""

    free: int


PER_ACCOUNT_AND_ADDRESS: Final = Limit(5)
PER_ADDRESS: Final = Limit(50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """The attempts on record: how many, and when the last one was."""

    count: int
    last_at: datetime


def wait(limit: Limit, attempts: Attempts, now: datetime) -> timedelta:
    """Return how long the next attempt has to wait from `now`; zero when it may be made."""
    if now - attempts.last_at >= FORGET_AFTER or attempts.count < limit.free:
        return timedelta(0)
    doublings = min(attempts.count - limit.free, 10)
    until = attempts.last_at + min(_FIRST_WAIT * (1 << doublings), _LONGEST_WAIT)
    return max(until - now, timedelta(0))


def after(attempts: Attempts, now: datetime) -> Attempts:
    """Return the record with one more attempt, made `now`."""
    if now - attempts.last_at >= FORGET_AFTER:
        return Attempts(count=1, last_at=now)
    return Attempts(count=attempts.count + 1, last_at=now)
