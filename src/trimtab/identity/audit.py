"""The audit log: who did what, written in the transaction of the change, so that neither is there without the other."""

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.identity.access import Principal, ProjectAccess, Right
from trimtab.identity.model import AuditEntry, AuditFilter
from trimtab.identity.paging import Page, page
from trimtab.identity.store import audit as store
from trimtab.storage.meta import Meta


def difference(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """Return the detail of an entry that says what a change did: `before` and `after`, each with what differs alone.

    Of a thing that is new, `before` is empty; of one that is gone, `after`. Give no secrets: entries are shown.
    """
    fields = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {
        "before": {name: before[name] for name in fields if name in before},
        "after": {name: after[name] for name in fields if name in after},
    }


class Audit:
    """Writes and lists entries. Every service records each of its writes with `record`."""

    def __init__(self, meta: Meta, clock: Clock) -> None:
        """Keep entries in `meta`."""
        self._meta = meta
        self._clock = clock

    def record(
        self,
        connection: Connection,
        *,
        principal: Principal,
        action: str,
        subject: str,
        summary: str,
        project_id: str | None = None,
        organisation_id: str | None = None,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        """Add an entry in the caller's transaction.

        Args:
            connection: the transaction of the change.
            principal: who did it.
            action: the noun and the verb, such as `prompt.version.create`.
            subject: the id of what was changed.
            summary: one sentence for people, without secrets.
            project_id: the project that it belongs to; None for the whole organisation.
            organisation_id: that of the principal unless given.
            detail: more for machines, JSON-serialisable, without secrets.
        """
        entry = AuditEntry(
            id=ids.new("aud"),
            organisation_id=organisation_id or principal.organisation_id,
            project_id=project_id,
            at=self._clock.now(),
            actor_kind=principal.kind,
            actor_id=principal.id,
            actor_name=principal.name,
            action=action,
            subject=subject,
            summary=summary,
            detail=detail or {},
        )
        store.insert(connection, entry)

    def of_project(
        self, access: ProjectAccess, wanted: AuditFilter, *, limit: int, cursor: str | None
    ) -> Page[AuditEntry]:
        """Return the entries of one project that are wanted, newest first."""
        access.require(Right.ADMIN)
        return self._page(access.project.organisation_id, access.project.id, wanted, limit, cursor)

    def of_organisation(
        self, principal: Principal, wanted: AuditFilter, *, limit: int, cursor: str | None
    ) -> Page[AuditEntry]:
        """Return the entries of the whole organisation that are wanted, newest first."""
        principal.require_person(Right.ADMIN)
        return self._page(principal.organisation_id, None, wanted, limit, cursor)

    def _page(
        self, organisation_id: str, project_id: str | None, wanted: AuditFilter, limit: int, cursor: str | None
    ) -> Page[AuditEntry]:
        with self._meta.read() as connection:
            rows = store.listing(connection, organisation_id, project_id, wanted, cursor, limit + 1)
        return page(rows, limit, lambda entry: entry.id)
