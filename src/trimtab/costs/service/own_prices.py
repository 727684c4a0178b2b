"""Which prices a project has set itself, and what a call would cost by them."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, InvalidInput, NotFound, Unavailable
from trimtab.costs import own_price, service_tier
from trimtab.costs.own_price import OwnPrice, Terms
from trimtab.costs.quote import Quote
from trimtab.costs.service.book import PriceBook
from trimtab.costs.store import prices as store
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit
from trimtab.identity.paging import Page, page
from trimtab.llm.usage import Usage
from trimtab.storage import revision
from trimtab.storage.meta import Meta

_MOST_ROWS: Final = 2_000
_LONGEST_NOTE: Final = 500
_FURTHEST: Final = timedelta(days=3_660)
"""How far from now a price may begin or end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPrice:
    """A price that somebody wants to set; without a beginning it holds from now on."""

    provider_kind: str = ""
    provider: str = ""
    model: str
    service_tier: str = service_tier.STANDARD
    terms: Terms
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A call whose price somebody wants to know; without a time it is made now."""

    provider_kind: str = ""
    provider: str = ""
    model: str
    service_tier: str = ""
    usage: Usage
    at: datetime | None = None


class OwnPriceService:
    """Keeps the prices that projects set. Calls are priced by them from the next batch on."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock, book: PriceBook) -> None:
        """Work on `meta`, and let `book` know at once of what changes here."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self._book = book

    @property
    def list_version(self) -> str:
        """The name and version of the list prices beneath."""
        return self._book.warm()

    def listing(self, access: ProjectAccess, *, with_ended: bool, limit: int, cursor: str | None) -> Page[OwnPrice]:
        """Return the project's prices, newest first; those that have ended only if asked for."""
        access.require(Right.READ)
        moment = None if with_ended else self._clock.now()
        with self._meta.read() as connection:
            rows = store.listing(connection, access.project.id, in_force_at=moment, before=cursor, limit=limit + 1)
        return page(rows, limit, lambda price: price.id)

    def changed(self, access: ProjectAccess, since: datetime, until: datetime) -> list[tuple[datetime, OwnPrice]]:
        """Return each price that began in the range or ended without another in its place, with when, oldest first."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            present = store.every(connection, access.project.id)
        return own_price.changes(present, since, until)

    def get(self, access: ProjectAccess, price_id: str) -> OwnPrice:
        """Return one price.

        Raises:
            NotFound: the project has no such price.
        """
        access.require(Right.READ)
        with self._meta.read() as connection:
            found = store.find(connection, access.project.id, price_id)
        if found is None:
            raise _no_price(price_id)
        return found

    def set(self, access: ProjectAccess, new: NewPrice) -> OwnPrice:
        """Return the new price; the one of the same key that was in force at its beginning ends there.

        Raises:
            InvalidInput: something of it cannot be used; says what and how it should look.
            Conflict: the project has too many prices.
        """
        access.require(Right.ADMIN)
        made = self._made(access, new)
        with self._meta.write() as connection:
            present = store.lock_all(connection, access.project.id)
            if len(present) >= _MOST_ROWS:
                raise Conflict(f"a project has at most {_MOST_ROWS} prices", hint="Use a pattern such as gpt-5*.")
            closed = []
            for price in present:
                end = own_price.closed_by(price, made)
                if end is not None:
                    store.close(connection, price.id, end)
                    closed.append(price.id)
            store.insert(connection, made)
            self._note(connection, access, made, "cost.price.set", f"set a price for {_name(made)}", closes=closed)
        self._book.forget()
        return made

    def end(self, access: ProjectAccess, price_id: str) -> OwnPrice:
        """Let a price end now, or take it back if it has not begun; return it as it then is.

        Raises:
            NotFound: the project has no such price.
            Conflict: it has ended already.
        """
        access.require(Right.ADMIN)
        now = self._clock.now()
        with self._meta.write() as connection:
            present = store.lock_all(connection, access.project.id)
            found = next((price for price in present if price.id == price_id), None)
            if found is None:
                raise _no_price(price_id)
            if found.valid_to is not None and found.valid_to <= now:
                raise Conflict(f"this price ended at {found.valid_to.isoformat()} already")
            ended = dataclasses.replace(found, valid_to=max(now, found.valid_from))
            if found.valid_from > now:
                store.delete(connection, price_id)
            else:
                store.close(connection, price_id, now)
            self._note(connection, access, found, "cost.price.end", f"ended the price for {_name(found)}")
        self._book.forget()
        return ended

    def explain(self, access: ProjectAccess, question: Question) -> Quote:
        """Return what a call would cost, with the rows that its price is made of.

        Raises:
            InvalidInput: a provider and its kind are both missing.
        """
        access.require(Right.READ)
        if not question.provider_kind and not question.provider:
            raise InvalidInput("a price needs the kind of a provider, such as openai, or a provider's name")
        return self._book.quote(
            project_id=access.project.id,
            provider_kind=question.provider_kind or question.provider,
            provider=question.provider,
            model=question.model,
            service_tier=question.service_tier,
            usage=question.usage,
            at=question.at or self._clock.now(),
            is_counted=False,
        )

    def _made(self, access: ProjectAccess, new: NewPrice) -> OwnPrice:
        now = self._clock.now()
        for moment in (new.valid_from, new.valid_to):
            if moment is not None and abs(moment - now) > _FURTHEST:
                raise InvalidInput(f"{moment.isoformat()} is more than ten years away")
        if len(new.note) > _LONGEST_NOTE:
            raise InvalidInput(f"a note has at most {_LONGEST_NOTE} characters, found {len(new.note)}")
        return own_price.check(
            OwnPrice(
                id=ids.new("prc"),
                project_id=access.project.id,
                provider_kind=new.provider_kind.strip(),
                provider=new.provider.strip(),
                model=new.model.strip(),
                service_tier=new.service_tier if new.service_tier == "*" else service_tier.canonical(new.service_tier),
                terms=new.terms,
                valid_from=new.valid_from or now,
                valid_to=new.valid_to,
                note=new.note.strip(),
                created_at=now,
                created_by=access.principal.name,
            )
        )

    def _note(
        self,
        connection: Connection,
        access: ProjectAccess,
        price: OwnPrice,
        action: str,
        summary: str,
        *,
        closes: list[str] | None = None,
    ) -> None:
        self._audit.record(
            connection,
            principal=access.principal,
            project_id=access.project.id,
            organisation_id=access.project.organisation_id,
            action=action,
            subject=price.id,
            summary=summary,
            detail={
                "model": price.model,
                "provider": price.provider or price.provider_kind or "*",
                "service_tier": price.service_tier,
                "valid_from": price.valid_from.isoformat(),
                "closes": closes or [],
            },
        )


class PricesFromStore:
    """Reads projects' prices for the price book."""

    def __init__(self, meta: Meta) -> None:
        """Read from `meta`."""
        self._meta = meta

    def revision(self) -> int:
        """Return the counter of changes; see the book."""
        with _available(), self._meta.read() as connection:
            return revision.current(connection, store.REVISION)

    def of(self, project_id: str) -> list[OwnPrice]:
        """Return every row of the project; see the book."""
        with _available(), self._meta.read() as connection:
            return store.every(connection, project_id)


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise Unavailable("the project's prices cannot be read", hint="Look at the meta store.") from error


def _name(price: OwnPrice) -> str:
    provider = price.provider or price.provider_kind
    return f"{provider}/{price.model}" if provider else price.model


def _no_price(price_id: str) -> NotFound:
    return NotFound(f"there is no price {price_id[:60]!r} in this project")
