"""What changed on purpose, as marks on a time line: releases, roll backs, and prices that began or ended."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from trimtab.base.clock import Clock
from trimtab.costs.own_price import OwnPrice
from trimtab.costs.service.list_prices import InForce, ListPriceService
from trimtab.costs.service.own_prices import OwnPriceService
from trimtab.identity.access import ProjectAccess, Right
from trimtab.releases import store
from trimtab.releases.release import Action, Release
from trimtab.storage.meta import Meta
from trimtab.traces.range import from_ns_since_epoch, resolve

MOST_MARKERS: Final = 500
"""Of each kind, the newest."""


class MarkerKind(StrEnum):
    """What a mark stands for."""

    RELEASE = "release"
    ROLLBACK = "rollback"
    PRICE = "price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Something that happened at a moment; `id` is that of the release or price, or the version of list prices."""

    at: datetime
    kind: MarkerKind
    title: str
    detail: str
    id: str
    prompt: str | None = None
    version: int | None = None
    environment: str | None = None


class MarkerService:
    """Says what changed in a range of time."""

    def __init__(self, meta: Meta, clock: Clock, prices: OwnPriceService, list_prices: ListPriceService) -> None:
        """Read releases from `meta`, and ask `prices` and `list_prices` for theirs."""
        self._meta = meta
        self._clock = clock
        self._prices = prices
        self._list_prices = list_prices

    def between(
        self, access: ProjectAccess, start: datetime | None, end: datetime | None, environment: str | None
    ) -> list[Marker]:
        """Return what changed in the range, oldest first: the last 24 hours, up to now, where nothing is said.

        Prices hold in every environment, so they are there whichever is asked for.

        Raises:
            InvalidInput: the range is empty, turned round, or too long.
        """
        access.require(Right.READ)
        during = resolve(start, end, self._clock.now())
        since, until = from_ns_since_epoch(during.from_ns), from_ns_since_epoch(during.to_ns)
        with self._meta.read() as connection:
            released = store.between(connection, access.project.id, since, until, environment or "", MOST_MARKERS)
        found = [_of_release(each) for each in released]
        changed = self._prices.changed(access, since, until)
        found += [_of_price(at, price) for at, price in changed[-MOST_MARKERS:]]
        lists = self._list_prices.in_force(access)
        if lists.accepted_at is not None and since <= lists.accepted_at < until:
            found.append(_of_lists(lists, lists.accepted_at))
        return sorted(found, key=lambda marker: (marker.at, marker.id))


def _of_release(release: Release) -> Marker:
    went_back = release.action is Action.ROLLBACK
    verb = "back to" if went_back else "released"
    title = f"{release.prompt_name} v{release.version}"
    return Marker(
        at=release.created_at,
        kind=MarkerKind.ROLLBACK if went_back else MarkerKind.RELEASE,
        title=title,
        detail=f"{verb} {title} in {release.environment} with {release.model}, by {release.author.name}"
        + (f": {release.note}" if release.note else ""),
        id=release.id,
        prompt=release.prompt_name,
        version=release.version,
        environment=release.environment,
    )


def _of_lists(lists: InForce, at: datetime) -> Marker:
    return Marker(
        at=at,
        kind=MarkerKind.PRICE,
        title=f"list prices {lists.version}",
        detail=f"calls are priced by {lists.version}, accepted by {lists.accepted_by}",
        id=lists.version,
    )


def _of_price(at: datetime, price: OwnPrice) -> Marker:
    provider = price.provider or price.provider_kind
    name = f"{provider}/{price.model}" if provider else price.model
    begins = at == price.valid_from
    return Marker(
        at=at,
        kind=MarkerKind.PRICE,
        title=f"price of {name}",
        detail=f"a price of {name} {'begins' if begins else 'ends'}" + (f": {price.note}" if price.note else ""),
        id=price.id,
    )
