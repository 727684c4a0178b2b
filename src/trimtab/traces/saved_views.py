"""Keeps queries under names, for everybody in the project."""

from dataclasses import asdict, replace
from typing import Final

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, NotFound
from trimtab.identity import naming
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit, difference
from trimtab.identity.paging import Page, page
from trimtab.query.parse import parse, parse_ref
from trimtab.storage.meta import Meta
from trimtab.traces.saved_view import SavedView
from trimtab.traces.store import saved_views as store

MOST_VIEWS: Final = 500
_SHOWN: Final = ("name", "query", "group_by")


class SavedViewService:
    """Makes, lists, changes and deletes saved views. A query that cannot be read is not kept."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock) -> None:
        """Work on `meta`."""
        self._meta = meta
        self._audit = audit
        self._clock = clock

    def listing(self, access: ProjectAccess, *, limit: int, cursor: str | None) -> Page[SavedView]:
        """Return the project's views by name."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            rows = store.listing(connection, access.project.id, cursor, limit + 1)
        return page(rows, limit, lambda view: view.name)

    def create(self, access: ProjectAccess, *, name: str, query: str, group_by: str) -> SavedView:
        """Return a new view.

        Raises:
            InvalidInput: the name, the query or the field cannot be used.
            Conflict: there is one of this name, or there are as many as there may be.
        """
        access.require(Right.WRITE)
        now = self._clock.now()
        view = SavedView(
            id=ids.new("view"),
            project_id=access.project.id,
            name=naming.name(name, "the name of a view"),
            query=_readable(query),
            group_by=_field(group_by),
            created_by=access.principal.name,
            created_at=now,
            updated_at=now,
        )
        with self._meta.write() as connection:
            if store.count(connection, view.project_id) >= MOST_VIEWS:
                raise Conflict(f"the project has {MOST_VIEWS} views already", hint="Delete some that nobody uses.")
            store.insert(connection, view)
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=view.project_id,
                action="view.create",
                subject=view.id,
                summary=f"saved the view {view.name!r}",
                detail=difference({}, _detail(view)),
            )
        return view

    def update(
        self,
        access: ProjectAccess,
        view_id: str,
        *,
        name: str | None = None,
        query: str | None = None,
        group_by: str | None = None,
    ) -> SavedView:
        """Change what is given, and return the view.

        Raises:
            NotFound: the project has no such view.
            InvalidInput: the name, the query or the field cannot be used.
            Conflict: there is another one of this name.
        """
        access.require(Right.WRITE)
        with self._meta.write() as connection:
            before = self._found(store.find(connection, access.project.id, view_id), view_id)
            view = replace(
                before,
                name=before.name if name is None else naming.name(name, "the name of a view"),
                query=before.query if query is None else _readable(query),
                group_by=before.group_by if group_by is None else _field(group_by),
                updated_at=self._clock.now(),
            )
            store.update(connection, view)
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=view.project_id,
                action="view.update",
                subject=view.id,
                summary=f"changed the view {view.name!r}",
                detail=difference(_detail(before), _detail(view)),
            )
        return view

    def delete(self, access: ProjectAccess, view_id: str) -> None:
        """Forget a view.

        Raises:
            NotFound: the project has no such view.
        """
        access.require(Right.WRITE)
        with self._meta.write() as connection:
            view = self._found(store.find(connection, access.project.id, view_id), view_id)
            store.delete(connection, access.project.id, view_id)
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=view.project_id,
                action="view.delete",
                subject=view.id,
                summary=f"deleted the view {view.name!r}",
                detail=difference(_detail(view), {}),
            )

    def _found(self, view: SavedView | None, view_id: str) -> SavedView:
        if view is None:
            raise NotFound(f"there is no view {view_id!r} in this project", hint="It may have been deleted.")
        return view


def _readable(query: str) -> str:
    parse(query)
    return query.strip()


def _field(group_by: str) -> str:
    if group_by.strip():
        parse_ref(group_by)
    return group_by.strip()


def _detail(view: SavedView) -> dict[str, object]:
    fields = asdict(view)
    return {name: fields[name] for name in _SHOWN}
