"""What the past would cost by today's prices, what was never priced, and the correction of both."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from trimtab.base import ids, money
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, InvalidInput, TooLarge
from trimtab.costs import repricing
from trimtab.costs.quote import Quote
from trimtab.costs.repricing import Comparison, Entry
from trimtab.costs.service.book import PriceBook
from trimtab.costs.store import ledger
from trimtab.costs.store.ledger import Span, Wanted
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit
from trimtab.llm.usage import UsageSource
from trimtab.storage.meta import Meta
from trimtab.storage.warehouse.port import Row, Warehouse

Prices = Literal["own", "list"]

MOST_ROWS: Final = 200_000
"""Of one run; a longer range is done in parts."""
_MOST_MODELS: Final = 200
_LONGEST: Final = timedelta(days=400)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which calls are priced again, and by which prices: one's own before the lists, or the lists alone."""

    start: datetime
    end: datetime
    model: str = ""
    only_unpriced: bool = False
    prices: Prices = "own"
    apply: bool = False


def between(start: datetime, end: datetime) -> Span:
    """Return the range in nanoseconds.

    Raises:
        InvalidInput: it is empty, turned round, or too long.
    """
    if start >= end:
        raise InvalidInput(f"the range must start before it ends, found {start.isoformat()} to {end.isoformat()}")
    if end - start > _LONGEST:
        raise InvalidInput(f"a range may cover {_LONGEST.days} days, found {(end - start).days}")
    microsecond = timedelta(microseconds=1)
    return Span((start - _EPOCH) // microsecond * 1000, (end - _EPOCH) // microsecond * 1000)


class RepricingService:
    """Corrects the ledger. Nothing is overwritten in place: a corrected row is a newer version of the old one."""

    def __init__(
        self,
        meta: Meta,
        audit: Audit,
        clock: Clock,
        warehouse: Warehouse,
        book: PriceBook,
        *,
        rows_at_a_time: int = ledger.PAGE,
    ) -> None:
        """Correct the ledger in `warehouse` by the prices of `book`."""
        self._rows_at_a_time = rows_at_a_time
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self._warehouse = warehouse
        self._book = book
        # Held while one run writes: two at once would write the same rows.
        self._writing = threading.Lock()

    def unpriced(self, access: ProjectAccess, start: datetime, end: datetime) -> list[Row]:
        """Return what has no price in the range, by model, the most frequent first; at most 200."""
        access.require(Right.READ)
        return ledger.unpriced(self._warehouse, access.project.id, between(start, end), _MOST_MODELS)

    def reprice(self, access: ProjectAccess, plan: Plan) -> Comparison:
        """Return the difference that other prices make; with `apply`, write it too.

        A run that was cut off has corrected some rows, whole ones; running it again corrects the rest.

        Raises:
            TooLarge: the range holds too many rows for one run.
            Conflict: another run is writing.
        """
        access.require(Right.ADMIN if plan.apply else Right.READ)
        during = between(plan.start, plan.end)
        wanted = Wanted(model=plan.model, only_unpriced=plan.only_unpriced)
        rows = ledger.count(self._warehouse, access.project.id, during, wanted)
        if rows > MOST_ROWS:
            raise TooLarge(
                f"the range holds {rows} attempts, one run prices at most {MOST_ROWS}",
                hint="Choose a shorter range or one model, and do it in parts.",
            )
        if not plan.apply:
            return self._walk(access, during, wanted, plan, token="")
        if not self._writing.acquire(blocking=False):
            raise Conflict("the past is being priced again by somebody else", hint="Try again when it is done.")
        try:
            planned = self._walk(access, during, wanted, plan, token="")
            self._note(access, plan, planned)
            return self._walk(access, during, wanted, plan, token=ids.new("rpr"))
        finally:
            self._writing.release()

    def _walk(self, access: ProjectAccess, during: Span, wanted: Wanted, plan: Plan, *, token: str) -> Comparison:
        """Price every row again; with a token for the batches, write what changed."""
        project_id = access.project.id
        price = self._price(project_id if plan.prices == "own" else "")
        found = Comparison()
        pages = ledger.pages(self._warehouse, project_id, during, wanted, size=self._rows_at_a_time)
        for number, rows in enumerate(pages):
            changes = list(repricing.compare(map(ledger.entry, rows), price, found))
            if token:
                ledger.write(self._warehouse, rows, changes, self._clock.now(), token=f"{token}-{number}")
        return found

    def _price(self, project_id: str) -> Callable[[Entry], Quote]:
        def price(entry: Entry) -> Quote:
            return self._book.quote(
                project_id=project_id,
                provider_kind=entry.provider_kind,
                provider=entry.provider,
                model=entry.model,
                response_model=entry.response_model,
                service_tier=entry.service_tier,
                usage=entry.usage,
                usage_source=UsageSource(entry.usage_source),
                at=entry.at,
                is_counted=False,
            )

        return price

    def _note(self, access: ProjectAccess, plan: Plan, planned: Comparison) -> None:
        total = planned.total
        with self._meta.write() as connection:
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=access.project.id,
                organisation_id=access.project.organisation_id,
                action="cost.reprice",
                subject=access.project.id,
                summary=(
                    f"priced {total.changed} of {total.rows} attempts again, from ${money.text(total.before.cost_usd)} "
                    f"to ${money.text(total.after.cost_usd)}"
                ),
                detail={
                    "from": plan.start.isoformat(),
                    "to": plan.end.isoformat(),
                    "model": plan.model,
                    "only_unpriced": plan.only_unpriced,
                    "prices": plan.prices,
                    "changed": total.changed,
                    "unpriced_before": total.before.unpriced,
                    "unpriced_after": total.after.unpriced,
                },
            )
