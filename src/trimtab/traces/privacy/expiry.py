"""Removes what is older than a project wants to keep it, once a night, and keeps account of what went.

What a run does follows from what lies there and from the days that projects have set: one that broke off goes on where
it was by being run again.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from trimtab.base.clock import Clock
from trimtab.base.errors import TrimtabError
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit
from trimtab.storage.batches import batches
from trimtab.traces.privacy import content, retention
from trimtab.traces.privacy.deletions import Places
from trimtab.traces.privacy.policy import Kind, Policy
from trimtab.traces.privacy.store import deletions as store
from trimtab.traces.privacy.store import erase, policies, records
from trimtab.traces.privacy.store.deletions import Run
from trimtab.traces.privacy.store.erase import Held
from trimtab.traces.store import media

_LOG = logging.getLogger(__name__)
_SPANS: Final = "spans"
_AT_ONCE: Final = 500
"""Traces whose media are forgotten in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When old data goes next, and what went last, by kind."""

    next_run_at: datetime
    runs: list[Run]


@dataclass(slots=True)
class _Account:
    """What one run removed of each project, by kind, and what it could not."""

    removed: Counter[tuple[str, Kind]]
    errors: dict[tuple[str, Kind], str]


class RetentionService:
    """Safe to share between threads; two runs at once remove the same things, once."""

    def __init__(self, places: Places, audit: Audit, clock: Clock) -> None:
        """Remove from `places`."""
        self._places = places
        self._meta = places.meta
        self._audit = audit
        self._clock = clock

    def plan(self, access: ProjectAccess) -> Plan:
        """Return when old data goes next, and what went last."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            runs = store.runs_of(connection, access.project.id)
        return Plan(next_run_at=retention.next_run(self._clock.now()), runs=runs)

    def run_now(self, access: ProjectAccess) -> Plan:
        """Remove what is too old in this project at once."""
        access.require(Right.ADMIN)
        self.run(only=access.project.id)
        with self._meta.write() as connection:
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=access.project.id,
                action="privacy.retention.run",
                subject=access.project.id,
                summary="removed old data at once",
            )
        return self.plan(access)

    def run_if_due(self) -> bool:
        """Run when one was scheduled since the last; say whether it ran."""
        with self._meta.read() as connection:
            decided_at = policies.decided_at(connection)
            last = store.last_run(connection)
        if decided_at is None or not retention.is_due(self._clock.now(), last, decided_at):
            return False
        self.run()
        return True

    def run(self, *, only: str = "") -> None:
        """Remove what is too old, in one project or in all that have said how long to keep anything."""
        with self._meta.read() as connection:
            every = policies.every(connection)
        wanted = {key: policy for key, policy in every.items() if policy.retention and only in ("", key)}
        if not wanted:
            return
        now = self._clock.now()
        self._places.flush()
        account = _Account(Counter(), {})
        held = erase.tables(self._places.warehouse)
        for table in sorted({name for tables in retention.TABLES.values() for name in tables} & held.keys()):
            self._table(held[table], wanted, now, account)
        self._content(held[_SPANS], wanted, now, account)
        for project_id, policy in wanted.items():
            self._beside(project_id, policy, now, account)
        with self._meta.write() as connection:
            for project_id, policy in wanted.items():
                for kind, days in policy.retention.items():
                    key = (project_id, kind)
                    run = Run(
                        project_id=project_id,
                        kind=kind,
                        ran_at=now,
                        before_day=retention.first_kept_day(days, now).isoformat(),
                        removed=account.removed[key],
                        removed_in_all=0,
                        error=account.errors.get(key, ""),
                    )
                    store.put_run(connection, run)

    def _table(self, table: Held, wanted: dict[str, Policy], now: datetime, account: _Account) -> None:
        firsts = [found[0] for policy in wanted.values() if (found := retention.kept_from(table.name, policy, now))]
        if not firsts:
            return
        warehouse = self._places.warehouse
        there = erase.projects_by_day(warehouse, table.name, max(firsts).isoformat())
        for step in retention.steps(table.name, there, wanted, now):
            going = [step.project_id] if step.project_id else there[step.day]
            counts = {each: erase.rows_of_day(warehouse, table.name, each, step.day) for each in going}
            try:
                if step.project_id:
                    erase.remove_day(warehouse, table, step.project_id, step.day)
                else:
                    erase.drop_day(warehouse, table, step.day)
            except TrimtabError as error:
                _LOG.warning("%s of %s could not be removed: %s", table.name, step.day, error.message)
                account.errors.update({(each, step.kind): error.message for each in going})
                continue
            for each, count in counts.items():
                found = retention.kept_from(table.name, wanted[each], now)
                account.removed[each, found[1] if found else step.kind] += count

    def _content(self, spans: Held, wanted: dict[str, Policy], now: datetime, account: _Account) -> None:
        """Take messages out of spans that stay."""
        firsts = {
            project_id: retention.first_kept_day(policy.retention[Kind.CONTENT], now).isoformat()
            for project_id, policy in wanted.items()
            if Kind.CONTENT in policy.retention
        }
        if not firsts:
            return
        there = erase.projects_by_day(self._places.warehouse, _SPANS, max(firsts.values()))
        for project_id, first in firsts.items():
            days = [day for day, projects in there.items() if day < first and project_id in projects]
            keep = content.plain_names(wanted[project_id].content.keep_attributes)
            self._strip(spans, project_id, days, erase.plain_attributes(*keep, content.LONGEST), account)

    def _strip(self, spans: Held, project_id: str, days: list[str], keep: str, account: _Account) -> None:
        warehouse = self._places.warehouse
        for day in days:
            try:
                count = erase.content_of_day(warehouse, project_id, day, keep)
                if count:
                    # First what the messages refer to: a run that breaks off in between finds them again.
                    self._forget_media(project_id, erase.traces_of_day(warehouse, project_id, day))
                    erase.strip_day(warehouse, spans, project_id, day, keep)
                account.removed[project_id, Kind.CONTENT] += count
            except TrimtabError as error:
                _LOG.warning("the content of %s could not be removed: %s", day, error.message)
                account.errors[project_id, Kind.CONTENT] = error.message

    def _forget_media(self, project_id: str, trace_ids: list[str]) -> None:
        if self._places.media is None:
            return
        for some in batches(trace_ids, _AT_ONCE):
            self._places.media.forget_traces(project_id, some)

    def _beside(self, project_id: str, policy: Policy, now: datetime, account: _Account) -> None:
        """Remove what lies outside the warehouse."""
        for kind in (Kind.DEAD_LETTERS, Kind.MEDIA, Kind.AUDIT):
            if kind not in policy.retention:
                continue
            first = retention.first_kept_day(policy.retention[kind], now)
            before = datetime(first.year, first.month, first.day, tzinfo=UTC)
            try:
                account.removed[project_id, kind] += sum(self._remove(kind, project_id, before))
            except (TrimtabError, SQLAlchemyError, OSError) as error:
                _LOG.warning("%s of %s could not be removed", kind.value, project_id, exc_info=error)
                account.errors[project_id, kind] = str(error)

    def _remove(self, kind: Kind, project_id: str, before: datetime) -> Iterator[int]:
        if kind is Kind.DEAD_LETTERS:
            day = before.date().isoformat()
            yield self._places.refused.sift(project_id, lambda found, _payload: found >= day)
        elif kind is Kind.MEDIA and self._places.media is not None:
            with self._meta.read() as connection:
                old = media.before(connection, project_id, before)
            yield len(self._places.media.delete(project_id, old))
        elif kind is Kind.AUDIT:
            with self._meta.write() as connection:
                yield records.remove_audit_before(connection, project_id, before)

    def drop_unreadable(self) -> None:
        """Forget the gateway's unreadable records, of whatever project, once all projects would have."""
        with self._meta.read() as connection:
            every = policies.every(connection)
        days = [policy.retention.get(Kind.DEAD_LETTERS) for policy in every.values()]
        known = [each for each in days if each is not None]
        if not known or len(known) < len(days):
            return
        first = (self._clock.now() - timedelta(days=max(known))).date().isoformat()
        self._places.unreadable.sift(lambda found, _payload: found >= first)
