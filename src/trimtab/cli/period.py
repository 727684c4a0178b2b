"""The options `--from` and `--to` of commands that are about a range of time."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A range of time in UTC; the end is not included."""

    start: datetime
    end: datetime

    def body(self) -> dict[str, str]:
        """Return it as the API takes it."""
        return {"from": self.start.isoformat(), "to": self.end.isoformat()}

    def query(self) -> dict[str, Any]:
        """Return it as the options of a request."""
        return dict(self.body())


def period_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options `--from` and `--to`, and what they say as `period`: this month, up to now."""

    @click.option("--from", "start", type=click.DateTime(), help="In UTC; the first of this month unless given.")
    @click.option("--to", "end", type=click.DateTime(), help="In UTC, not included; now unless given.")
    @functools.wraps(command)
    def wrapped(*args: Any, start: datetime | None, end: datetime | None, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        now = datetime.now(UTC)
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        period = Period(start=_utc(start) or month, end=_utc(end) or now)
        command(*args, period=period, **kwargs)

    return wrapped


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
