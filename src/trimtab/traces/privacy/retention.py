"""When old data goes, and how: a whole day at once where every project agrees, else project by project. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from trimtab.traces.privacy.policy import Kind, Policy

HOUR: Final = 3
"""The hour of the day, in UTC, at which old data goes."""

TABLES: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.CONTENT: ("log_records", "langfuse_events"),
    Kind.SPANS: ("spans", "langfuse_events"),
    Kind.SIDE_SPANS: ("side_spans",),
    Kind.LOGS: ("log_records",),
    Kind.SCORES: ("scores", "annotations"),
    Kind.LEDGER: ("ledger",),
}
"""The tables whose rows go with a kind. The content of spans goes out of their rows, which stay."""


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one day of one table. `project_id` is empty when all projects agree, and the day goes whole."""

    table: str
    day: str
    kind: Kind
    project_id: str = ""


def first_kept_day(days: int, now: datetime) -> date:
    """Return the first day of which everything is kept; a day goes when all of it is older than the days given."""
    return (now.astimezone(UTC) - timedelta(days=days)).date()


def next_run(now: datetime) -> datetime:
    """Return when old data goes next."""
    today = now.astimezone(UTC).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)


def is_due(now: datetime, last: datetime | None, decided_at: datetime) -> bool:
    """Say whether a run is due: one was scheduled since the last one, or since somebody decided that there be any."""
    scheduled = next_run(now) - timedelta(days=1)
    return scheduled > max(last or decided_at, decided_at)


def kinds_of(table: str) -> Iterator[Kind]:
    """Yield the kinds with which the rows of a table go."""
    return (kind for kind, tables in TABLES.items() if table in tables)


def kept_from(table: str, policy: Policy, now: datetime) -> tuple[date, Kind] | None:
    """Return the first day of a table that a project keeps, and the kind that says so; None when it keeps all."""
    found = [
        (first_kept_day(policy.retention[kind], now), kind) for kind in kinds_of(table) if kind in policy.retention
    ]
    return max(found, default=None)


def steps(
    table: str, projects_by_day: Mapping[str, Iterable[str]], policies: Mapping[str, Policy], now: datetime
) -> Iterator[Step]:
    """Yield what must happen to a table, the oldest day first."""
    kept = {project_id: kept_from(table, policy, now) for project_id, policy in policies.items()}
    for day in sorted(projects_by_day):
        there = list(projects_by_day[day])
        going = {
            project_id: found[1]
            for project_id in there
            if (found := kept.get(project_id)) is not None and date.fromisoformat(day) < found[0]
        }
        if not going:
            continue
        if len(going) == len(there):
            yield Step(table, day, next(iter(going.values())))
        else:
            for project_id, kind in going.items():
                yield Step(table, day, kind, project_id)
