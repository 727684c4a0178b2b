"""API keys of a project: made, listed, revoked. The text of a key is shown once and kept nowhere."""

import logging
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Forbidden, InvalidInput, NotFound
from trimtab.identity import naming, tokens
from trimtab.identity.access import Principal, ProjectAccess, Right
from trimtab.identity.audit import Audit, difference
from trimtab.identity.model import ApiKey
from trimtab.identity.paging import Page, page
from trimtab.identity.store import keys as store
from trimtab.identity.store import projects as project_store
from trimtab.storage import revision
from trimtab.storage.meta import Meta

_LOG = logging.getLogger(__name__)

NOTE_USE_EVERY: Final = timedelta(minutes=1)


class KeyService:
    """Works on the keys of one project at a time."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock) -> None:
        """Work on `meta`."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        # Guards `_noted`, which every thread of the collector asks.
        self._noting = threading.Lock()
        self._noted: dict[str, datetime] = {}

    def listing(self, access: ProjectAccess, *, limit: int, cursor: str | None) -> Page[ApiKey]:
        """Return the keys, newest first, revoked ones included."""
        access.require(Right.ADMIN)
        with self._meta.read() as connection:
            rows = store.listing(connection, access.project.id, cursor, limit + 1)
        return page(rows, limit, lambda key: key.id)

    def create(
        self,
        access: ProjectAccess,
        *,
        name: str,
        scopes: frozenset[Right],
        environment: str,
        expires_at: datetime | None = None,
        routes_projects: bool = False,
    ) -> tuple[ApiKey, str]:
        """Return a new key and its text, which is shown this once.

        `routes_projects` lets telemetry sent with it go to whichever project of the organisation it names.

        Raises:
            InvalidInput: no scope is given, the environment does not exist, or the time has passed.
            Forbidden: a scope goes beyond the caller's own rights, or a key wants to make one that reaches further.
        """
        access.require(Right.ADMIN)
        if routes_projects:
            access.principal.require_person(Right.ADMIN)
        now = self._clock.now()
        _check(access.principal, scopes, expires_at, now)
        text = tokens.new_key()
        key = ApiKey(
            id=ids.new("key"),
            project_id=access.project.id,
            organisation_id=access.project.organisation_id,
            name=naming.name(name, "the name of a key"),
            label=tokens.label(text),
            digest=tokens.digest(text),
            scopes=scopes,
            environment=environment,
            created_at=now,
            created_by=access.principal.name,
            expires_at=expires_at,
            last_used_at=None,
            revoked_at=None,
            routes_projects=routes_projects,
        )
        with self._meta.write() as connection:
            _check_environment(connection, access.project.id, environment)
            store.insert(connection, key)
            revision.touch(connection, revision.GATEWAY)
            granted = ", ".join(sorted(scopes))
            summary = f"made the key {key.name!r} with {granted}"
            self._note(connection, access, key, "key.create", summary, difference({}, _audited(key)))
        return key, text

    def revoke(self, access: ProjectAccess, key_id: str) -> None:
        """Make a key useless from now on. Revoking it again changes nothing.

        Raises:
            NotFound: the project has no such key.
        """
        access.require(Right.ADMIN)
        with self._meta.write() as connection:
            key = store.find(connection, access.project.id, key_id)
            if key is None:
                raise NotFound(f"there is no key {key_id!r} in this project")
            if key.revoked_at is not None:
                return
            now = self._clock.now()
            store.revoke(connection, key.id, now)
            revision.touch(connection, revision.GATEWAY)
            detail = difference({"revoked_at": None}, {"revoked_at": now.isoformat()})
            self._note(connection, access, key, "key.revoke", f"revoked the key {key.name!r}", detail)

    def usable(self, connection: Connection) -> list[ApiKey]:
        """Return every key of the installation that is usable now: for the gateway's snapshot alone."""
        return store.usable(connection, self._clock.now())

    def note_use(self, used: Mapping[str, datetime]) -> None:
        """Note when keys were last used, by id, each at most once a minute; for the collector.

        It never fails: a record of a call is worth more than this note, which the next call brings again.
        """
        with self._noting:
            due = {key_id: at for key_id, at in used.items() if is_due(self._noted.get(key_id), at)}
            self._noted |= due
        if not due:
            return
        try:
            with self._meta.write() as connection:
                store.set_used(connection, due)
        except SQLAlchemyError as error:
            _LOG.warning("the last use of %d keys could not be noted: %s", len(due), error)

    def _note(
        self,
        connection: Connection,
        access: ProjectAccess,
        key: ApiKey,
        action: str,
        summary: str,
        detail: Mapping[str, object],
    ) -> None:
        self._audit.record(
            connection,
            principal=access.principal,
            project_id=access.project.id,
            action=action,
            subject=key.id,
            summary=summary,
            detail={"label": key.label, "scopes": sorted(key.scopes), "environment": key.environment, **detail},
        )


def _audited(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "scopes": sorted(key.scopes),
        "environment": key.environment,
        "expires_at": key.expires_at.isoformat() if key.expires_at else None,
        "routes_projects": key.routes_projects or None,
    }


def is_due(noted_at: datetime | None, used_at: datetime) -> bool:
    """Say whether a use of a key is so much later than the one on record that it is worth a write."""
    return noted_at is None or used_at - noted_at >= NOTE_USE_EVERY


def _check(principal: Principal, scopes: frozenset[Right], expires_at: datetime | None, now: datetime) -> None:
    if not scopes:
        raise InvalidInput("a key needs at least one scope", hint=f"Known: {', '.join(Right)}.")
    if beyond := scopes - principal.rights:
        raise Forbidden(
            f"a key cannot have more rights than its maker; missing: {', '.join(sorted(beyond))}",
            hint="Leave these scopes out, or have an admin make the key.",
        )
    if expires_at is not None and expires_at.tzinfo is None:
        raise InvalidInput(
            f"expires_at must name its zone, such as 2030-01-31T00:00:00Z, found {expires_at.isoformat()}"
        )
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(f"expires_at must lie in the future, found {expires_at.isoformat()}")


def _check_environment(connection: Connection, project_id: str, environment: str) -> None:
    known = [found.name for found in project_store.environments_of(connection, project_id)]
    if environment not in known:
        raise InvalidInput(f"there is no environment {environment[:60]!r} in this project; known: {', '.join(known)}")
