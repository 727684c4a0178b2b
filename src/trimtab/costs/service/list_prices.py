"""Which list prices a project goes by: an update takes effect when somebody has seen what it changes and accepts it.

The package that carries the prices may be upgraded at any time. Projects that were there before stay with the book
they had, which is kept in the meta store for that, until the new one is accepted; projects made later begin with it.
"""

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, InvalidInput, Unavailable
from trimtab.costs import base_book, book_difference
from trimtab.costs.base_book import BaseData
from trimtab.costs.book_difference import Change, ModelChange
from trimtab.costs.price_book import installed_data, installed_version
from trimtab.costs.service.book import PriceBook
from trimtab.costs.store import list_prices as store
from trimtab.costs.store.list_prices import Choice
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit
from trimtab.storage.meta import Meta

_LONGEST_NAME: Final = 60
_UPGRADE: Final = "the upgrade of the package"


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The list prices that a project goes by."""

    version: str
    installed_version: str
    """That of the package, which is what a project may accept."""
    accepted_at: datetime | None
    accepted_by: str | None

    @property
    def is_current(self) -> bool:
        """Whether the package has nothing else to offer."""
        return self.version == self.installed_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What changes when `to_version` takes the place of `from_version`."""

    from_version: str
    to_version: str
    changes: list[ModelChange]

    @property
    def counts(self) -> Mapping[Change, int]:
        """How many models are added, removed and changed."""
        return book_difference.counts(self.changes)


class BooksInStore:
    """Keeps books, and tells the price book which one a project goes by."""

    def __init__(self, meta: Meta, clock: Clock) -> None:
        """Keep them in `meta`."""
        self._meta = meta
        self._clock = clock
        # Held while the package's own book is looked at, once in a process.
        self._noting = threading.Lock()
        self._is_noted = False

    def of(self, project_id: str) -> BaseData | None:
        """Return the book that a project goes by; None for that of the package.

        Raises:
            Unavailable: the store does not answer.
        """
        try:
            self.note_installed()
            with self._meta.read() as connection:
                chosen = store.choice(connection, project_id)
                if chosen is None or is_installed(chosen):
                    return None
                return store.find(connection, chosen.book_id)
        except SQLAlchemyError as error:
            raise Unavailable("the project's list prices cannot be read", hint="Look at the meta store.") from error

    def note_installed(self) -> None:
        """Keep the package's book if it is not kept yet, and let projects stay with the one that was there before."""
        if self._is_noted:
            return
        with self._noting:
            version = installed_version()
            with self._meta.read() as connection:
                known = store.newest_packaged(connection)
            if known is None or known[1] != version:
                self._keep_installed(version)
            self._is_noted = True

    def _keep_installed(self, version: str) -> None:
        book = BaseData(id=ids.new("lpb"), version=version, content=base_book.pack(installed_data()))
        now = self._clock.now()
        with self._meta.write() as connection:
            known = store.newest_packaged(connection)
            if known is not None and known[1] == version:
                return
            if known is not None:
                store.stay(connection, known[0], now, _UPGRADE)
            store.keep(connection, book, now, is_packaged=True)


def is_installed(chosen: Choice) -> bool:
    """Say whether a choice is what the package carries."""
    return chosen.is_packaged and chosen.version == installed_version()


class ListPriceService:
    """Shows and accepts updates of list prices, project by project."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock, books: BooksInStore, book: PriceBook) -> None:
        """Keep choices in `meta`, and let `book` know at once of what changes here."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self._books = books
        self._book = book

    def in_force(self, access: ProjectAccess) -> InForce:
        """Return which list prices the project goes by."""
        access.require(Right.READ)
        self._books.note_installed()
        with self._meta.read() as connection:
            chosen = store.choice(connection, access.project.id)
        return InForce(
            version=chosen.version if chosen else installed_version(),
            installed_version=installed_version(),
            accepted_at=chosen.accepted_at if chosen else None,
            accepted_by=chosen.accepted_by if chosen else None,
        )

    def compare(self, access: ProjectAccess, content: str | None, name: str) -> Difference:
        """Return what a file of base data, or without one the package's own, would change.

        Raises:
            InvalidInput: the file is none.
        """
        access.require(Right.READ)
        present = self._books.of(access.project.id)
        before = base_book.read(installed_data()) if present is None else present.providers()
        after = base_book.read(_bytes(content))
        return Difference(
            from_version=installed_version() if present is None else present.version,
            to_version=_version(content, name),
            changes=book_difference.compare(base_book.terms(before), base_book.terms(after)),
        )

    def accept(self, access: ProjectAccess, content: str | None, name: str, expected_version: str) -> Difference:
        """Let the project go by new list prices from now on, and return what that changed; the past stays as it was.

        Raises:
            InvalidInput: the file is none.
            Conflict: the project goes by another version than `expected_version`, which the difference was shown for.
        """
        access.require(Right.ADMIN)
        found = self.compare(access, content, name)
        if found.from_version != expected_version:
            raise Conflict(
                f"the project goes by {found.from_version}, and the difference was shown for {expected_version}",
                hint="Look at the difference again.",
            )
        now = self._clock.now()
        packed = b"" if content is None else base_book.pack(_bytes(content))  # outside of the transaction
        with self._meta.write() as connection:
            installed = store.newest_packaged(connection) if content is None else None
            book_id = installed[0] if installed else ids.new("lpb")
            if installed is None:
                kept = BaseData(id=book_id, version=found.to_version, content=packed or base_book.pack(_bytes(content)))
                store.keep(connection, kept, now, is_packaged=False)
            store.choose(connection, access.project.id, book_id, now, access.principal.name)
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=access.project.id,
                action="cost.list_prices.accept",
                subject=book_id,
                summary=f"accepted the list prices {found.to_version} in place of {found.from_version}",
                detail={kind.value: count for kind, count in found.counts.items()},
            )
        self._book.forget()
        return found


def _bytes(content: str | None) -> bytes:
    return installed_data() if content is None else content.encode()


def _version(content: str | None, name: str) -> str:
    if content is None:
        return installed_version()
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput(f"the name of base data has at most {_LONGEST_NAME} printable characters")
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return f"{name.strip() or 'file'}@{digest}"
