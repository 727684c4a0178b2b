"""Explains the sums of money that screens show, from the ledger that they were made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from trimtab.base import money
from trimtab.base.clock import Clock
from trimtab.base.errors import InvalidInput
from trimtab.identity.access import ProjectAccess, Right
from trimtab.query.expression import Ref
from trimtab.query.parse import parse_ref
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces import cost_sum
from trimtab.traces.cost_sum import Asked, Line, Of
from trimtab.traces.filter import CallFilter
from trimtab.traces.range import resolve
from trimtab.traces.service import Period
from trimtab.traces.store import cost_sum as store

MOST_LINES: Final = 200
_MOST_GROUPS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A sum, and the lines that it is the sum of: `lines` and `rest_usd` add up to `cost_usd`."""

    cost_usd: Decimal | None
    """None when nothing in it has a price, though there is something."""
    calls: int
    unpriced_calls: int
    lines: list[Line]
    rest_usd: Decimal
    """What the lines cost that are not shown, where there are very many."""


class CostExplainer:
    """Answers from the ledger. Safe to share between threads."""

    def __init__(self, warehouse: Warehouse, clock: Clock) -> None:
        """Read the ledger in `warehouse`."""
        self._warehouse = warehouse
        self._clock = clock

    def explain(
        self, access: ProjectAccess, period: Period, of: Of, wanted: CallFilter, keys: Sequence[tuple[str, str]]
    ) -> Explanation:
        """Return what a sum of money is made of; `keys` are fields with the value that a line of a table has.

        Raises:
            InvalidInput: there is no such field, or one that no table can be cut by.
        """
        access.require(Right.READ)
        asked = Asked(
            project_id=access.project.id,
            during=resolve(period.start, period.end, self._clock.now()),
            of=of,
            wanted=wanted,
            keys=tuple((_field(name), value) for name, value in keys),
        )
        row = store.total(self._warehouse, asked)
        usd = money.usd(row["usd"] or 0)
        lines = cost_sum.greatest(self._lines(asked), MOST_LINES)
        return Explanation(
            cost_usd=usd if row["priced"] or not row["entries"] else None,
            calls=row["calls"],
            unpriced_calls=row["unpriced_calls"],
            lines=lines,
            rest_usd=usd - sum((line.cost_usd or money.ZERO for line in lines), money.ZERO),
        )

    def _lines(self, asked: Asked) -> list[Line]:
        groups = store.groups(self._warehouse, asked, _MOST_GROUPS)
        samples = list(dict.fromkeys(sample for group in groups for sample in cost_sum.samples_of(group)))
        said = store.lines_of(self._warehouse, asked.project_id, samples)
        found: list[Line] = []
        for group in groups:
            lines = cost_sum.by_samples(group, said)
            if lines is None:
                lines = cost_sum.by_entries(group, store.mixed(self._warehouse, asked, group))
            found += lines
        return found


def _field(name: str) -> Ref:
    ref = parse_ref(name)
    if ref.field.is_of_trace or ref.name in ("tag", "scores"):
        raise InvalidInput(f"a sum of money is not cut by {name!r}", hint="Give a field of the call, such as `model`.")
    return ref
