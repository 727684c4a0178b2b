"""The audit log: who did what, written in the transaction of the change, so that neither is there without the other."""

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.identity.access import Principal, ProjectAccess, Right
from trimtab.identity.model import AuditEntry
from trimtab.identity.paging import Page, page
from trimtab.identity.store import audit as store
from trimtab.storage.meta import Meta


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

    def of_project(self, access: ProjectAccess, *, limit: int, cursor: str | None) -> Page[AuditEntry]:
        """Return entries of one project, newest first."""
        access.require(Right.ADMIN)
        return self._page(access.project.organisation_id, access.project.id, limit, cursor)

    def of_organisation(self, principal: Principal, *, limit: int, cursor: str | None) -> Page[AuditEntry]:
        """Return entries of the whole organisation, newest first."""
        principal.require_person(Right.ADMIN)
        return self._page(principal.organisation_id, None, limit, cursor)

    def _page(self, organisation_id: str, project_id: str | None, limit: int, cursor: str | None) -> Page[AuditEntry]:
        with self._meta.read() as connection:
            rows = store.listing(connection, organisation_id, project_id, cursor, limit + 1)
        return page(rows, limit, lambda entry: entry.id)
